"""A run of the imaging study as anybody would start it, its CPU seconds told by stage: `python -m benchmarks.imaging.ours REQUEST`."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any


def _cpu() -> float:
    """Seconds of this process since its start, imports included, and of what it has started."""
    return sum(used.ru_utime + used.ru_stime for used in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))


def main() -> None:
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    began = time.perf_counter()

    import casestudies

    clock: list[tuple[str, float]] = []

    def hear(event: Any) -> None:
        if not clock or clock[-1][0] != event.stage:
            clock.append((event.stage, _cpu()))

    run = casestudies.run(
        "imaging",
        request["data"],
        overrides=request["overrides"],
        seed=request["seed"],
        runs=request["runs"],
        on_event=hear,
        variables={},
    )
    cpu = _cpu()
    ends = [*(at for _, at in clock[1:]), cpu]
    stages: dict[str, float] = {"start": clock[0][1]}
    for (stage, at), end in zip(clock, ends, strict=True):
        stages[stage] = stages.get(stage, 0.0) + end - at
    told = {"path": str(run.path), "cpu": cpu, "wall": time.perf_counter() - began, "load": os.getloadavg()[1]}
    told["stages"] = stages
    Path(request["out"]).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
