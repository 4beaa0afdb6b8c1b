"""Blocks of logistic problems on the devices there are: the `Torch` design beside NumPy's."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch

from benchmarks.record import machine
from benchmarks.timing import measured
from casestudies.optim import L2, Dense, Logistic, NewtonCG, Objective, designs, minimise


def table(rows: int = 30_000, columns: int = 100) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, columns))
    y = (rng.random(rows) < 1 / (1 + np.exp(-X[:, :10] @ rng.normal(size=10)))).astype(float)
    card = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    made: dict[str, Any] = {"Dense, NumPy": Dense}
    for device, shown in {"cpu": "this processor", **({"cuda": card} if card else {})}.items():
        for dtype in (torch.float64, torch.float32):
            name = f"Torch, {str(dtype).removeprefix('torch.')}, {shown}"
            made[name] = partial(designs.Torch, device=device, dtype=dtype)
    lines = []
    for problems in (1, 20):
        penalty = L2(np.logspace(-1, 4, problems) if problems > 1 else np.ones(1), np.arange(columns + 1) == columns)

        def solve(make: Any, penalty: L2 = penalty) -> Any:
            return minimise(Objective(make(X), y, Logistic(), penalty, np.ones(rows)), NewtonCG())

        dense = solve(Dense)
        for name, make in made.items():
            solution, cpu, wall = measured(partial(solve, make), 4)
            apart = np.abs(solution.x - dense.x).max() / np.abs(dense.x).max()
            worst = solution.certificate.suboptimality.max()
            lines.append([name, problems, f"{cpu:.2f}", f"{wall:.2f}", f"{worst:.0e}", f"{apart:.0e}"])
    head = ["design", "problems", "CPU s", "wall s", "certificate", "largest difference from Dense"]
    measured_on = (
        f"{machine()['cpu']} and {card}" if card else f"{machine()['cpu']}; no graphics card here, none measured"
    )
    return {
        "caption": f"Logistic blocks, {rows:,} rows, {columns} columns, on {measured_on}",
        "head": head,
        "rows": lines,
    }
