"""implicit: alternating least squares on the whole table of choices."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from benchmarks.peers.measured import _cpu


def main() -> None:
    """Answers the request named on the command line.

    The request: `data` (.npz with user, item, shape), `settings` of AlternatingLeastSquares, `out` (folder for users.npy,
    items.npy and measured.json).
    """
    from implicit.als import AlternatingLeastSquares

    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    out = Path(request["out"])
    with np.load(request["data"]) as held:
        ones = np.ones(len(held["user"]), np.float32)
        table = sparse.csr_matrix((ones, (held["user"], held["item"])), shape=tuple(map(int, held["shape"])))
    threadpool_limits(1, "blas")
    AlternatingLeastSquares(random_state=0, num_threads=1, iterations=1).fit(table[:100], show_progress=False)
    model = AlternatingLeastSquares(random_state=0, num_threads=1, use_gpu=False, **request["settings"])
    used = _cpu()
    model.fit(table, show_progress=False)
    answer = {"cpu": [_cpu() - used], "versions": {"implicit": version("implicit")}}
    np.save(out / "users.npy", model.user_factors)
    np.save(out / "items.npy", model.item_factors)
    (out / "measured.json").write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()
