"""When a solve is good enough, or has to be: small rules that the loop asks before every step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from casestudies.errors import ConfigError
from casestudies.optim.arrays import Mask
from casestudies.optim.methods.base import State
from casestudies.optim.methods.best import Best
from casestudies.optim.reasons import Reason

TOLERANCE = 1e-8  # relative; half of a double's 16 digits


class Stop(Protocol):
    def finished(self, state: State) -> Mapping[Reason, Mask]:
        """The problems (problems,) that may leave the block, by reason."""


@dataclass(frozen=True)
class Suboptimality:
    """The value is, by the method's own estimate, within `tolerance` of the best one, relative to the value.

    It means the same at every penalty strength and in every unit, which a limit on the gradient does not.
    """

    tolerance: float = TOLERANCE

    def finished(self, state: State) -> Mapping[Reason, Mask]:
        return {Reason.CONVERGED: state.suboptimality <= self.tolerance}


@dataclass(frozen=True)
class Steps:
    """So many steps and no more."""

    most: int = 100

    def finished(self, state: State) -> Mapping[Reason, Mask]:
        return {Reason.STEPS: np.full(state.suboptimality.shape, state.step >= self.most)}


@dataclass(frozen=True)
class Reached:
    """The value is within `within` of `least`, the lowest there is, which somebody knows: a landscape, a test problem."""

    least: float
    within: float = 1e-10

    def finished(self, state: State) -> Mapping[Reason, Mask]:
        return {Reason.CONVERGED: state.value <= self.least + self.within}


@dataclass(frozen=True)
class Patience:
    """The held-out figure was best `steps` steps ago: early stopping. `Solution.best` is the point to use.

    Raises
    ------
    ConfigError: the objective holds no rows out, or the method does not look at them.
    """

    steps: int = 10

    def finished(self, state: State) -> Mapping[Reason, Mask]:
        best = getattr(state, "best", None)
        if not isinstance(best, Best) or (state.step > 0 and np.isnan(best.figure).all()):
            raise ConfigError(
                "Patience has no held-out figure to watch",
                advice="give the objective held-out rows, or stop by Steps",
            )
        return {Reason.PATIENCE: np.full(state.suboptimality.shape, state.step - best.step >= self.steps)}


@dataclass(frozen=True)
class Asked:
    """Someone wants it to end: `asked(state)` is called before every step, so it may report progress too."""

    asked: Callable[[State], bool]

    def finished(self, state: State) -> Mapping[Reason, Mask]:
        return {Reason.CANCELLED: np.full(state.suboptimality.shape, self.asked(state))}
