"""What was asked beside what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.optim.comparison import Table

_HEAD = ["", "at least", "aim", "found", "met"]


@dataclass(frozen=True)
class Goal:
    """what: in words. least, aim: to be reached. lower: whether less is better. form: of the figures; note: to the found."""

    what: str
    found: float
    least: float
    aim: float | None = None
    lower: bool = True
    form: str = "{:.4f}"
    note: str = ""

    @property
    def line(self) -> list[str]:
        shown = [self.form.format(value) if value is not None else "" for value in (self.least, self.aim)]
        found = f"{self.form.format(self.found)} {self.note}".strip() if np.isfinite(self.found) else "not reached"
        met = "no" if not self._reaches(self.least) else "yes"
        if self.aim is not None and self._reaches(self.aim):
            met += ", and the aim"
        return [self.what, *shown, found, met]

    def _reaches(self, goal: float) -> bool:
        """As precisely as it is shown."""
        found = float(f"{self.found:.6g}")
        return found <= goal if self.lower else found >= goal


def asked(caption: str, goals: Sequence[Goal]) -> Table:
    return {"caption": f"{caption}: asked and found", "head": _HEAD, "rows": [goal.line for goal in goals]}
