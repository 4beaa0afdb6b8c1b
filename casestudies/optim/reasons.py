"""Why a solve ended, in sentences that may be shown to the person who asked for it."""

from __future__ import annotations

from enum import Enum


class Reason(Enum):
    CONVERGED = "The estimated distance from the optimum is within the tolerance."
    STEPS = "The largest number of steps was reached before the tolerance."
    STALLED = "No step lowers the objective any further at this precision."
    PATIENCE = "The held-out figure has not improved for as many steps as were allowed."
    DIVERGED = "The value exploded; the last point before that is kept."
    CANCELLED = "It was asked to stop."

    def __str__(self) -> str:
        return self.value
