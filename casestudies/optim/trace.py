"""What happened at every step of every problem, as columns."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Self

import numpy as np

from casestudies.errors import DataError
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
_ALWAYS = ("step", "problem", "passes", "seconds", *_FIGURES)


class Trace:
    """One row per step and problem, in the order they were taken; row 0 of a problem is its starting point.

    Columns: `step`, `problem` (from 0), `passes` over the data so far, `seconds` since the trace was made, the figures
    that `State` describes, and those a method adds by a member `figures` of its state (name -> (problems,)), such as
    `rate` or `gradient_norm/LAYER`. nan = not measured.
    """

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._blocks: list[dict[str, Array]] = []

    @classmethod
    def from_columns(cls, table: Mapping[str, Array]) -> Self:
        """The trace whose `columns()` these are, to be continued by a solve that goes on from a saved state.

        Raises
        ------
        DataError: a column that every trace has is missing, or columns differ in length.
        """
        missing = [name for name in _ALWAYS if name not in table]
        if missing or len({len(column) for column in table.values()}) > 1:
            raise DataError(
                f"not a trace: {f'no column {missing[0]}' if missing else 'columns differ in length'}",
                advice="give what `Trace.columns` returned",
            )
        trace = cls()
        trace._blocks.append({name: np.asarray(column, dtype=np.float64) for name, column in table.items()})
        trace._began -= max(table["seconds"], default=0.0)
        return trace

    def record(self, state: State, problems: Index) -> None:
        """Adds a row for each of the problems that moved."""
        same = {"step": state.step, "passes": state.passes, "seconds": time.perf_counter() - self._began}
        block = {name: np.full(len(problems), float(value)) for name, value in same.items()}
        block["problem"] = problems.astype(np.float64)
        block |= {name: getattr(state, name)[problems] for name in _FIGURES}
        own: Mapping[str, Array] = getattr(state, "figures", {})
        block |= {name: figure[problems] for name, figure in own.items()}
        self._blocks.append(block)

    def __len__(self) -> int:
        return sum(len(block["step"]) for block in self._blocks)

    def columns(self) -> dict[str, Array]:
        """The whole table: (rows of the trace,) each, the methods' own figures last."""
        names = dict.fromkeys(_ALWAYS) | dict.fromkeys(name for block in self._blocks for name in block)
        unknown = [np.full(len(block["step"]), np.nan) for block in self._blocks]
        return {
            name: np.concatenate([block.get(name, nan) for block, nan in zip(self._blocks, unknown, strict=True)])
            if self._blocks
            else np.empty(0)
            for name in names
        }

    def of(self, problem: int) -> dict[str, Array]:
        """One problem's rows of the table."""
        table = self.columns()
        mine = table["problem"] == problem
        return {name: column[mine] for name, column in table.items()}
