"""One payment at a time through a saved model: milliseconds of each, by kind of champion."""

from __future__ import annotations

import json
import tempfile
import time
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.rows import Measurement

TEXT = (
    "One transaction as a JSON line through the demo's saved model (synthetic payments), columns of its past, decision and "
    "reasons included, after the state of the demo was loaded; milliseconds of CPU, and of the clock on a machine that others "
    "use too. Each kind of model is made the champion by being the only candidate; a mean, which needs two others beside it and does not win on the demo, is not measured. "
)
KINDS = ("logistic", "scorecard", "lightgbm", "logistic_cost", "lightgbm_cost")
_MOST = 10.0  # milliseconds
_FIRST = 100  # lines that are not counted: what is loaded at the first ones is no part of the others
_QUICK = {
    "interval": {"rounds": 100},
    "explain": {"rows": 60, "lime": {"samples": 200, "seeds": 2}},
    "analyse": [],
    "report": {"formats": ["html"]},
}


def measure(rows: int = 3_000, kinds: tuple[str, ...] = KINDS) -> Measurement:
    """rows: lines of each kind."""
    lines, asked = _lines(rows), []
    table = []
    for kind in kinds:
        champion, cpu, wall = _scored(kind, lines)
        kept = [np.quantile(times[_FIRST:], q) for times in (cpu, wall) for q in (0.5, 0.99)]
        table.append([champion, f"{len(lines) - _FIRST:,}", *(f"{one:.1f}" for one in kept)])
        met = "yes" if kept[0] < _MOST else "no"
        asked.append([f"{champion}: median CPU ms", f"below {_MOST:.0f}", f"{kept[0]:.1f}", met])
        met = "yes" if kept[1] < _MOST else "no"
        asked.append([f"{champion}: 99 of 100, CPU ms", f"below {_MOST:.0f}", f"{kept[1]:.1f}", met])
    head = ["champion", "lines", "median CPU ms", "99th CPU ms", "median ms", "99th ms"]
    return [
        {"caption": "One payment at a time", "head": head, "rows": table},
        {"caption": "One payment at a time: asked and found", "head": ["", "asked", "found", "met"], "rows": asked},
    ], {}


def _lines(rows: int) -> list[str]:
    """Payments of the demo once more, 90 days later and without their outcome."""
    from casestudies.fraud.demo import demo

    new = demo(None, 1).frame.head(rows).astype("object")
    late = (pd.to_datetime(new["time"]) + pd.Timedelta(days=90)).dt.strftime("%Y-%m-%d %H:%M:%S")
    new = new.assign(time=late).drop(columns=[name for name in ("fraud", "transaction") if name in new])
    return [json.dumps({k: v for k, v in row.items() if not pd.isna(v)}, default=str) for row in new.to_dict("records")]


def _scored(kind: str, lines: list[str]) -> tuple[str, np.ndarray, np.ndarray]:
    """The champion's name, and (lines,) milliseconds of CPU and of the clock."""
    import casestudies
    from casestudies.fraud.config import FraudSettings
    from casestudies.fraud.demo import DEFAULTS
    from casestudies.fraud.predictor import FraudPredictor
    from casestudies.fraud.study import WORDS

    config: dict[str, Any] = {**DEFAULTS, **_QUICK, "model": {"candidates": [kind]}}
    with tempfile.TemporaryDirectory() as folder:
        run = casestudies.run("fraud", config=config, runs=folder, variables={})
        scored = FraudPredictor.open(run.folder, FraudSettings, WORDS).stream().lines(lines)
        cpu, wall = np.empty(len(lines)), np.empty(len(lines))
        for place in range(len(lines)):
            used, began = time.process_time(), time.perf_counter()
            line = next(scored)
            cpu[place], wall[place] = 1e3 * (time.process_time() - used), 1e3 * (time.perf_counter() - began)
            if '"error"' in line[:60]:
                raise SystemExit(f"not scored: {line}")
        return str(run.metrics["champion"]), cpu, wall
