"""The first fit of a process, its imports among it. The request names `data` and `out`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main() -> None:
    """Answers the request named on the command line."""
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    import numpy as np
    import pandas as pd

    with np.load(request["data"]) as held:
        frame = pd.DataFrame({name: held[name] for name in ("user", "item", "rating")})
    used, began = time.process_time(), time.perf_counter()
    from casestudies.models.factorisation.estimator import MatrixFactorization
    from casestudies.tabular.interactions.frame import interactions_of

    MatrixFactorization().fit(interactions_of(frame, rating="rating"))
    answer = {"cpu": time.process_time() - used, "wall": time.perf_counter() - began}
    (Path(request["out"]) / "measured.json").write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()
