"""empulse's EMPC and maximum profit of scores: values, and the least CPU seconds of some calls.

`python -m benchmarks.peers.empulse_profit REQUEST`, in empulse's environment. The request: `cases`, each with `data` (npz of y
and p) and `offer` (clv, incentive_cost, contact_cost, alpha, beta, accept_rate), and `out` (file for the answers).
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
from empulse.metrics import empc_score, mpc_score

_CALLS = 9


def main() -> None:
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    answers = []
    for case in request["cases"]:
        with np.load(case["data"]) as held:
            y, p = held["y"], held["p"]
        offer = dict(case["offer"])
        accept = offer.pop("accept_rate")
        fixed = {name: value for name, value in offer.items() if name not in ("alpha", "beta")} | {
            "accept_rate": accept
        }
        cpu = []
        for _ in range(_CALLS):
            began = time.process_time()
            value = empc_score(y, p, **offer)
            cpu.append(time.process_time() - began)
        answers.append(
            {
                "empc": float(value),
                "share": float(empc_score.optimal_rate(y, p, **offer)),
                "mpc": float(mpc_score(y, p, **fixed)),
                "cpu": min(cpu),
            }
        )
    libraries = {name: version(name) for name in ("empulse", "scikit-learn", "numpy")}
    Path(request["out"]).write_text(json.dumps({"answers": answers, "versions": libraries}), encoding="utf-8")


if __name__ == "__main__":
    main()
