"""What a search is to make small or large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Goal:
    """One figure that settings are scored by.

    Parameters
    ----------
    name: as a user writes it ("cost"). direction: which way is better. label: for a reader ("Cost per application").
    unit: of the figure, "" where it has none. digits: behind the point, in print.
    """

    name: str
    direction: Literal["minimise", "maximise"]
    label: str
    unit: str = ""
    digits: int = 4

    @property
    def sign(self) -> float:
        """What turns "better" into "smaller"."""
        return 1.0 if self.direction == "minimise" else -1.0

    @property
    def optuna(self) -> Literal["minimize", "maximize"]:
        """The direction as Optuna spells it."""
        return "minimize" if self.direction == "minimise" else "maximize"

    def said(self, value: float) -> str:
        """The figure with its unit."""
        return f"{value:,.{self.digits}f} {self.unit}".rstrip()


SECONDS = Goal("seconds", "minimise", "Processor time of a trial", "s", 2)  # measured by the search itself
