"""Nonlinear conjugate gradient: each direction is the steepest one, bent towards the last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from casestudies.errors import ConfigError
from casestudies.optim.arrays import Array, Index, Mask
from casestudies.optim.methods.base import ARMIJO
from casestudies.optim.methods.wolfe import Place, search
from casestudies.optim.reasons import Reason
from casestudies.optim.smooth import Smooth, begin, certified, uncertified
from casestudies.optim.stopping import TOLERANCE

_DOWNHILL = 1e-2  # cosine, squared, of a direction with the steepest one, below which it begins afresh
Beta = Callable[[Array, Array, Array], float]


def fletcher_reeves(new: Array, old: Array, along: Array) -> float:
    """How much of the last direction stays: by how much the gradient shrank.

    Parameters
    ----------
    new, old: (variables, 1) the gradient here and where the last step began. along: the direction of that step.

    Source: Fletcher and Reeves 1964, "Function minimization by conjugate gradients".
    """
    return _dot(new, new) / _dot(old, old)


def polak_ribiere(new: Array, old: Array, along: Array) -> float:
    """As Fletcher and Reeves where successive gradients are orthogonal; nothing stays after a step that got nowhere.

    Source: Polak and Ribière 1969; never below 0: Gilbert and Nocedal 1992, section 4.
    """
    return max(0.0, _dot(new, new - old) / _dot(old, old))


def hestenes_stiefel(new: Array, old: Array, along: Array) -> float:
    """The new direction is conjugate to the last one by the change of the gradient, whatever the step's length was.

    Source: Hestenes and Stiefel 1952, "Methods of conjugate gradients for solving linear systems"; never below 0.
    """
    return max(0.0, _dot(new, new - old) / _dot(along, new - old))


def dai_yuan(new: Array, old: Array, along: Array) -> float:
    """Downhill after every step that meets the Wolfe conditions.

    Source: Dai and Yuan 1999, "A nonlinear conjugate gradient method with a strong global convergence property".
    """
    return _dot(new, new) / _dot(along, new - old)


@dataclass(frozen=True)
class ConjugateState:
    """See `State`.

    gradient, direction: (variables, 1), the direction of the next step. length: of the last step, in units of its
    direction. slope: along that direction, where it began. since: steps since the direction was the steepest one.
    exhausted: the steepest direction led nowhere.
    """

    step: int
    passes: float
    x: Array
    value: Array
    gradient: Array
    direction: Array
    length: float
    slope: float
    since: int
    step_size: Array
    decrement: Array
    suboptimality: Array
    exhausted: bool = False

    products = np.full(1, np.nan)
    condition = np.full(1, np.nan)
    misfits = np.full(1, -1.0)

    @property
    def gradient_norm(self) -> Array:
        return np.abs(self.gradient).max(axis=0)

    @property
    def figures(self) -> dict[str, Array]:
        return {"since_restart": np.array([float(self.since)])}


@dataclass(frozen=True)
class NonlinearCG:
    """Conjugate gradient on functions that are no parabolas: two vectors of memory, and a search along each direction.

    It begins afresh, down the steepest way, after as many steps as there are variables, where the new direction is hardly
    downhill, and where a search found nothing; where a search down the steepest way finds nothing, it is at its end.

    Parameters
    ----------
    beta: how much of the last direction stays: `polak_ribiere` (the usual choice), `hestenes_stiefel`, `dai_yuan`,
        `fletcher_reeves`, or any function like them.
    flat: share of a direction's slope that may be left where its search ends; small = exact searches, more evaluations.
    tolerance: the suboptimality the stop rule asks for. It is measured, by products with the Hessian, where a step hardly
        lowers the value; an objective that knows no such products has no certificate.

    Raises
    ------
    ConfigError: a `flat` that is not between 0.0001 and 1.

    Source: Nocedal and Wright 2006, "Numerical Optimization", section 5.2; Shanno and Phua 1978 for the first trial.
    """

    beta: Beta = polak_ribiere
    flat: float = 0.1
    tolerance: float = TOLERANCE

    certifies: ClassVar[str] = "half the Newton decrement, once the values hardly fall"

    def __post_init__(self) -> None:
        if not ARMIJO < self.flat < 1:
            raise ConfigError(f"flat is {self.flat}", advice=f"give a share between {ARMIJO} and 1")

    def start(self, objective: Smooth, x: Array | None) -> ConjugateState:
        """At `x` (variables, 1).

        Raises
        ------
        ConfigError: no start. DataError: the value or the slope there is not finite.
        """
        x, value, gradient = begin(objective, x)
        far = uncertified(objective)
        unknown = np.full(1, np.nan)
        return ConjugateState(
            0, 2.0, x, value, gradient, -gradient, np.nan, np.nan, 0, unknown, far.decrement, far.suboptimality
        )

    def step(self, objective: Smooth, state: ConjugateState, problems: Index) -> ConjugateState:
        """One direction of the one problem there is."""
        slope = _dot(state.gradient, state.direction)
        first = _first_length(state, slope)
        found = search(objective, state.x, state.value, state.gradient, state.direction, first, self.flat)
        taken = replace(state, step=state.step + 1, passes=state.passes + found.evaluations)
        place = found.place
        if place is None or place.gradient is None or not _gets_on(state, place):
            told = certified(objective, state.x, state.value, state.gradient, 0.0, self.tolerance)
            return replace(
                taken,
                direction=-state.gradient,
                length=np.nan,
                since=0,
                step_size=np.zeros(1),
                decrement=told.decrement,
                suboptimality=told.suboptimality,
                exhausted=state.since == 0,
            )
        direction, since = self._bent(place.gradient, state)
        value, gain = np.array([place.value]), float(state.value[0]) - place.value
        told = certified(objective, place.x, value, place.gradient, gain, self.tolerance)
        return replace(
            taken,
            x=place.x,
            value=value,
            gradient=place.gradient,
            direction=direction,
            length=place.length,
            slope=slope,
            since=since,
            step_size=np.ones(1),
            decrement=told.decrement,
            suboptimality=told.suboptimality,
        )

    def finished(self, state: ConjugateState) -> Mapping[Reason, Mask]:
        return {Reason.STALLED: np.array([state.exhausted])}

    def _bent(self, gradient: Array, state: ConjugateState) -> tuple[Array, int]:
        """The next direction, and how many steps ago it was the steepest one."""
        if state.since + 1 < len(gradient):
            with np.errstate(divide="ignore", invalid="ignore"):
                direction = -gradient + self.beta(gradient, state.gradient, state.direction) * state.direction
            downhill = -_dot(direction, gradient)
            if downhill > 0 and downhill**2 > _DOWNHILL * _dot(direction, direction) * _dot(gradient, gradient):
                return direction, state.since + 1
        return -gradient, 0


def _gets_on(state: ConjugateState, place: Place) -> bool:
    """Lower, or as low as far as that can be told, and flatter."""
    flatter = place.gradient is not None and _dot(place.gradient, place.gradient) < _dot(state.gradient, state.gradient)
    return place.value < float(state.value[0]) or flatter


def _first_length(state: ConjugateState, slope: float) -> float:
    """So long that the value would change as much as in the last step; the very first moves by 1 in all."""
    with np.errstate(all="ignore"):
        same = state.length * state.slope / slope
    if 0 < same < np.inf:
        return same
    return 1.0 / max(float(np.abs(state.direction).sum()), 1.0)


def _dot(one: Array, other: Array) -> float:
    return np.float64(one[:, 0] @ other[:, 0])  # which divides by 0
