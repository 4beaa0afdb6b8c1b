"""What a diagnosis consists of, and the run of one problem as the checks see it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from casestudies.optim.arrays import Array, Mask
from casestudies.optim.methods.base import State
from casestudies.optim.reasons import Reason
from casestudies.optim.solve import Solution
from casestudies.optim.trace import Trace

_STILL_FALLING = 0.05  # of the whole fall, in the last fifth; an exponential fall has then 3 % or more before it
_SCHEDULED_OUT = 0.1  # of the largest rate: a schedule that has come so low was meant to end here


@dataclass(frozen=True)
class Finding:
    """code: stable, for programs. The rest are sentences for people."""

    code: str
    what: str
    evidence: str
    advice: str


@dataclass(frozen=True)
class Course:
    """The steps of one problem, row 0 the start, and why it ended."""

    table: dict[str, Array]
    reason: Reason

    def __getitem__(self, name: str) -> Array:
        """(rows,) a figure; nan throughout where the method has no such figure."""
        return self.table.get(name, np.full(self.steps + 1, np.nan))

    @property
    def steps(self) -> int:
        return len(self.table["step"]) - 1

    @property
    def certified(self) -> bool:
        """The method says how far the optimum is."""
        return not bool(np.isnan(self["suboptimality"]).all())

    @property
    def watched(self) -> Array:
        """(rows,) the held-out loss where there is one, else the value."""
        return self["value"] if np.isnan(self["held_out_loss"]).all() else self["held_out_loss"]

    @property
    def fall(self) -> float:
        """From the start to the lowest value watched."""
        return float(self.watched[0] - np.fmin.reduce(self.watched))

    @cached_property
    def thirds(self) -> tuple[int, Array]:
        """How long the last fifth is, and the means of the last three stretches of that length, earliest first."""
        length = max(2, self.steps // 5)
        stretches = [self.watched[len(self.watched) - k * length :][:length] for k in (3, 2, 1)]
        return length, np.array([stretch.mean() for stretch in stretches])

    @property
    def still_falling(self) -> bool:
        """Ended while the value came down, at a rate that would have gone on."""
        if self.steps < 6:
            return False
        _, (_, before, now) = self.thirds
        rate = self["rate"]
        fading = np.isfinite(rate).any() and rate[-1] < _SCHEDULED_OUT * np.fmax.reduce(rate)
        return bool(before - now > _STILL_FALLING * self.fall > 0) and not fading

    def layers(self, figure: str) -> dict[str, Array]:
        """The figures of one kind, by layer, in the order of the layers."""
        return {name.partition("/")[2]: self.table[name] for name in self.table if name.startswith(f"{figure}/")}


def courses(trace: Trace, solution: Solution[State]) -> list[Course]:
    """Of the problems that the trace has rows of."""
    table = trace.columns()
    rows = [np.flatnonzero(table["problem"] == problem) for problem in range(len(solution.reasons))]
    return [
        Course({name: column[mine] for name, column in table.items()}, reason)
        for mine, reason in zip(rows, solution.reasons, strict=True)
        if len(mine)
    ]


def count(affected: Mask) -> str:
    """As " (3 of 50 problems)" where there is more than one."""
    return "" if affected.size == 1 else f" ({np.count_nonzero(affected)} of {affected.size} problems)"


def number(value: float) -> str:
    return f"{value:.4g}"
