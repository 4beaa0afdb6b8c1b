"""When a solve is good enough, or has to be: small rules that the loop asks before every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from casestudies.optim.arrays import Mask
from casestudies.optim.methods.base import State
from casestudies.optim.reasons import Reason


class Stop(Protocol):
    def finished(self, state: State) -> Mapping[Reason, Mask]:
        """The problems (problems,) that may leave the block, by reason."""


@dataclass(frozen=True)
class Suboptimality:
    """The value is, by the method's own estimate, within `tolerance` of the best one, relative to the value.

    It means the same at every penalty strength and in every unit, which a limit on the gradient does not.
    """

    tolerance: float = 1e-8

    def finished(self, state: State) -> Mapping[Reason, Mask]:
        return {Reason.CONVERGED: state.suboptimality <= self.tolerance}


@dataclass(frozen=True)
class Steps:
    """So many steps and no more."""

    most: int = 100

    def finished(self, state: State) -> Mapping[Reason, Mask]:
        return {Reason.STEPS: np.full(state.suboptimality.shape, state.step >= self.most)}
