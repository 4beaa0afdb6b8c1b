"""A small run struck at every point where it writes; started with the library of faults ahead of the C library."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.robustness.faults import MODES, struck
from casestudies.errors import CaseError
from casestudies.runs import RunStore, RunWriter
from casestudies.runs.limits import explained


def work(folder: Path) -> tuple[int, str]:
    """Every kind of write that a run has, with what a command line would make of an error."""
    try:
        run = RunStore(folder).create("credit", {"config": {"seed": 0}})
        with RunWriter(run) as writer, explained():
            writer.event("fit", 0.5)
            writer.write_json("metrics.json", {"models": {"card": {"auc": 0.75}}})
            writer.write_bytes("model/weights.npz", bytes(5000))
            writer.write_text("metrics.json", '{"models": {}}\n')
            writer.path("tuning/journal.log").write_text("written by a library\n")
            writer.finish({"seed": 0})
    except (CaseError, OSError) as error:
        return 7, str(error)
    return 0, ""


if __name__ == "__main__":
    out, found = Path(sys.argv[1]), []
    for mode, number in MODES.items():
        point = 1
        while (one := struck(work, out / f"{number}-{point}", mode, point)).reached:
            found.append(asdict(one))
            point += 1
    (out / "struck.json").write_text(json.dumps(found))
