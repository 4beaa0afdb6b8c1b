"""What happened at every step of every problem, as columns."""

from __future__ import annotations

import time

import numpy as np

from casestudies.optim.arrays import Array, Index
from casestudies.optim.methods.base import State

_FIGURES = (
    "value",
    "gradient_norm",
    "step_size",
    "decrement",
    "suboptimality",
    "products",
    "condition",
    "misfits",
)


class Trace:
    """One row per step and problem, in the order they were taken; row 0 of a problem is its starting point.

    Columns: `step`, `problem` (from 0), `passes` over the data so far, `seconds` since the trace was made, and the
    figures that `State` describes.
    """

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._blocks: list[dict[str, Array]] = []

    def record(self, state: State, problems: Index) -> None:
        """Adds a row for each of the problems that moved."""
        same = {"step": state.step, "passes": state.passes, "seconds": time.perf_counter() - self._began}
        block = {name: np.full(len(problems), float(value)) for name, value in same.items()}
        block["problem"] = problems.astype(np.float64)
        block |= {name: getattr(state, name)[problems] for name in _FIGURES}
        self._blocks.append(block)

    def __len__(self) -> int:
        return sum(len(block["step"]) for block in self._blocks)

    def columns(self) -> dict[str, Array]:
        """The whole table: (rows of the trace,) each."""
        names = ("step", "problem", "passes", "seconds", *_FIGURES)
        return {name: np.concatenate([block[name] for block in self._blocks]) for name in names}

    def of(self, problem: int) -> dict[str, Array]:
        """One problem's rows of the table."""
        table = self.columns()
        mine = table["problem"] == problem
        return {name: column[mine] for name, column in table.items()}
