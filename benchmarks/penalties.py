"""Every penalty of the core on one table: how far from optimal the solutions are, and what they took."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from scipy.special import expit

from benchmarks.timing import measured
from casestudies.optim import ALL_PENALTIES, Dense, Logistic, NewtonCG, Objective, ProxNewton, minimise

STRENGTHS = np.array([1.0, 30.0, 1000.0])
_HEAD = ["penalty", "method", "residual", "certificate", "at 0 or on a bound", "CPU s"]


def table(rows: int = 30_000, columns: int = 50) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, columns))
    y = (rng.random(rows) < expit(X[:, :10] @ rng.normal(size=10) / 2 - 1)).astype(float)
    lines = []
    for make in ALL_PENALTIES:
        penalty = make(STRENGTHS, np.arange(columns + 1) == columns)
        objective = Objective(Dense(X), y, Logistic(), penalty, np.ones(rows))
        methods: list[Any] = [ProxNewton(), NewtonCG()] if penalty.smooth else [ProxNewton()]
        for method in methods:
            solution, cpu, _ = measured(partial(minimise, objective, method), 3)
            x, (lower, upper) = solution.x, penalty.bounds()
            slope = objective.evaluate(x).gradient - penalty.quadratic() * x
            residual = penalty.residual(x, slope).max() / np.abs(objective.evaluate(0.0 * x).gradient).max()
            still = int(((x == 0) | (x == lower) | (x == upper)).sum())
            worst = solution.certificate.suboptimality.max()
            names = type(penalty).__name__, type(method).__name__
            lines.append([*names, f"{residual:.0e}", f"{worst:.0e}", f"{still} of {x.size}", f"{cpu:.2f}"])
    caption = f"Every penalty, {len(STRENGTHS)} strengths as one block, {rows:,} rows, {columns} columns"
    return {"caption": caption, "head": _HEAD, "rows": lines}
