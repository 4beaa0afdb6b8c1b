"""`python -m benchmarks.explain [--list] [--quick]`: scores of explanations beside those of Quantus, stored as JSON.

Quantus is installed on first use, in an environment under CASESTUDIES_PEERS (else the folder for temporary files), with
the versions of `benchmarks/peers/quantus.txt`; it never comes into the project's own. A minute of one core.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.explain.shared import cases
from benchmarks.optim.running import interpreter
from benchmarks.record import ROOT
from benchmarks.rows import Measurement, Row, main

_MODULE = "benchmarks.peers.quantus"
_TITLES = {
    "points": "a card of whole points, exact values",
    "table": "a network on a table, permutation SHAP and LIME",
    "films": "a network on films, integrated gradients",
}
TEXT = (
    "The same explanations of the same functions, scored by `casestudies.explain` and by Quantus: whether values add up "
    "(its Completeness), how far the score moves without what is named first (its PixelFlipping, one step), what two "
    "explanations have in common (its TopKIntersection and Spearman similarity) and whether a map points at the known place "
    "(its PointingGame). Networks answer in single precision, so figures agree to some six digits."
)


def measured() -> Measurement:
    """Each score by both sides."""
    shared = cases()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for case in shared:
            np.savez(folder / f"{case.name}.npz", **case.arrays)
        request = folder / "request.json"
        request.write_text(json.dumps({"data": name, "out": name}), encoding="utf-8")
        subprocess.run(
            [interpreter(_MODULE), "-m", _MODULE, str(request)],
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": ""},
            check=True,
        )
        told = json.loads((folder / "measured.json").read_text(encoding="utf-8"))
    rows = [
        [
            _TITLES[case.name],
            score,
            f"{own:.6f}",
            f"{told['scores'][case.name][score]:.6f}",
            f"{abs(own - told['scores'][case.name][score]):.0e}",
        ]
        for case in shared
        for score, own in case.ours.items()
    ]
    versions = {
        "quantus": f"{told['versions'].pop('quantus')} (with {', '.join(' '.join(v) for v in told['versions'].items())})"
    }
    table = {
        "caption": "Scores of the same explanations",
        "head": ["explained", "score", "ours", "Quantus", "difference"],
        "rows": rows,
    }
    return [table], versions


ROWS = {"quantus": Row("Explanations: the scores beside Quantus", TEXT, measured, measured)}

if __name__ == "__main__":
    main("explain", ROWS, __doc__, data=False)
