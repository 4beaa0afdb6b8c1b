"""Levenberg-Marquardt for the heads of networks, and for linear models with unknowns enough for one matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, Self

import numpy as np

from casestudies.errors import ConfigError, DataError
from casestudies.optim.arrays import Array, Index, Mask
from casestudies.optim.damped import Factor, Trial, conjugate, dual, primal
from casestudies.optim.gauss_newton import LinearModel, LocalModel
from casestudies.optim.losses import Loss
from casestudies.optim.methods.base import ROUNDING, relative
from casestudies.optim.objective import Objective
from casestudies.optim.penalties import Penalty
from casestudies.optim.reasons import Reason

_ENOUGH = 1e-4  # share of its promise that a step has to keep
_LEAST = 1e-15  # damping
_LEAST_DUAL = 1e-8  # the same in the space of the rows, where it divides: less would cost digits
_MOST = 1e16  # damping beyond which a step changes nothing
_FORCING = 1e-10, 1e-2  # squared residuals of conjugate gradient, relative: the tightest and the loosest


class Bent(Protocol):
    """An objective whose margins bend with its unknowns (a head with a hidden layer, `optim.heads.Head`)."""

    @property
    def problems(self) -> int: ...

    @property
    def loss(self) -> Loss: ...

    @property
    def penalty(self) -> Penalty: ...

    def select(self, problems: Index) -> Self: ...

    def near(self, x: Array) -> LocalModel:
        """The local model at `x` (unknowns,)."""


@dataclass(frozen=True)
class Point:
    """Where one problem stands.

    x, gradient: (columns,) or (columns, classes).
    metric: (unknowns,) the curvature that damping is measured by. Of a linear model the largest of each unknown so far
        (Moré), so that units do not matter; of a network one for all: the entries of its diagonal come and go.
    factor: of the Gauss-Newton matrix at `x`, where that was laid out.
    damping, growth: of the next step, and by how much it grows if that fails; damping inf = there is no next step.
    The rest: see `State`.
    """

    x: Array
    value: float
    gradient: Array
    metric: Array
    factor: Factor | None
    damping: float
    growth: float
    step_size: float
    decrement: float
    suboptimality: float
    products: float
    misfits: float


@dataclass(frozen=True)
class LevenbergState:
    """See `State`."""

    step: int
    passes: float
    points: tuple[Point, ...]

    @property
    def x(self) -> Array:
        return np.stack([point.x for point in self.points], axis=1)

    @property
    def gradient_norm(self) -> Array:
        return np.array([np.abs(point.gradient).max() for point in self.points])

    @property
    def condition(self) -> Array:
        return np.array([np.nan if point.factor is None else point.factor.condition for point in self.points])

    @property
    def value(self) -> Array:
        return self._each("value")

    @property
    def step_size(self) -> Array:
        return self._each("step_size")

    @property
    def decrement(self) -> Array:
        return self._each("decrement")

    @property
    def suboptimality(self) -> Array:
        return self._each("suboptimality")

    @property
    def products(self) -> Array:
        return self._each("products")

    @property
    def misfits(self) -> Array:
        return self._each("misfits")

    @property
    def figures(self) -> dict[str, Array]:
        return {"damping": self._each("damping")}

    def _each(self, name: str) -> Array:
        return np.array([getattr(point, name) for point in self.points])


@dataclass(frozen=True)
class LevenbergMarquardt:
    """Newton's method on the parabola of the generalised Gauss-Newton matrix, damped as much as the last step deserved.

    Where to go: (H + damping · metric) step = -gradient, solved by the matrix where the unknowns are few, in the space
    of the rows where those are fewer, else by conjugate gradient. How far: the damping falls while steps keep what the
    parabola promised, and grows when they do not (Nielsen). A step that fails is a turn of the loop like any other.
    For a linear head this is Newton's method with a safe start; for a hidden layer it drops the bends of the network,
    unless the objective has them in (`Head.exact`).

    Parameters
    ----------
    damping: of the first step, as a share of each unknown's own curvature.
    direct: largest side of a matrix that is laid out; 2,000 take 64 MB.
    products: most Hessian products of a step by conjugate gradient.

    Source: Nielsen 1999, "Damping parameter in Marquardt's method"; Martens 2010, "Deep learning via Hessian-free
    optimization", for the Gauss-Newton matrix of losses that are no squares.
    """

    damping: float = 1e-3
    direct: int = 2000
    products: int = 250

    certifies: ClassVar[str] = "half the decrement of the Gauss-Newton parabola"

    def start(self, objective: Objective | Bent, x: Array | None) -> LevenbergState:
        """At `x`; a linear model without one at 0.

        Raises
        ------
        ConfigError: the loss has kinks, or the penalty has any or bounds; no start where 0 would be none.
        """
        loss, penalty = objective.loss, objective.penalty
        if not (loss.smooth and penalty.smooth) or np.isfinite(penalty.bounds()).any():
            raise ConfigError(
                f"LevenbergMarquardt cannot solve {type(loss).__name__} with {type(penalty).__name__}",
                advice="it needs a smooth loss and a smooth penalty without bounds",
            )
        if x is None:
            if not isinstance(objective, Objective) or loss.classes:
                raise ConfigError("no start", advice="give (columns, problems[, classes]); a network not all zeros")
            x = np.zeros((objective.design.shape[1], objective.problems))
        points = [self._first(objective.select(np.array([k])), x[:, k].astype(np.float64)) for k in range(x.shape[1])]
        return LevenbergState(step=0, passes=3.0, points=tuple(points))

    def step(self, objective: Objective | Bent, state: LevenbergState, problems: Index) -> LevenbergState:
        points, passes = list(state.points), 0.0
        for k in problems:
            points[k], cost = self._next(objective.select(np.array([k])), state.points[k])
            passes = max(passes, cost)
        return LevenbergState(state.step + 1, state.passes + passes, tuple(points))

    def finished(self, state: LevenbergState) -> Mapping[Reason, Mask]:
        return {Reason.STALLED: state.figures["damping"] > _MOST}

    def _first(self, objective: Objective | Bent, x: Array) -> Point:
        model = near(objective, x)
        if not np.isfinite(model.value):
            raise DataError(
                f"the objective is {model.value} at the start", advice="start elsewhere, or scale the columns"
            )
        factor = self._factor(model)
        return Point(
            x=x,
            value=model.value,
            gradient=(gradient := model.gradient()).reshape(x.shape),
            metric=_positive(np.square(factor.scale) if factor is not None and model.linear else model.metric()),
            factor=factor,
            damping=self.damping,
            growth=2.0,
            step_size=np.nan,
            decrement=np.inf,
            suboptimality=np.inf if factor is None else _left(factor.decrement(gradient), model.value),
            products=np.nan,
            misfits=model.misfits,
        )

    def _factor(self, model: LocalModel) -> Factor | None:
        return Factor.of(model.matrix()) if len(model.x) <= self.direct else None

    def _next(self, objective: Objective | Bent, here: Point) -> tuple[Point, float]:
        """The next point, and how many passes it took to get there."""
        trial, added = self._trial(objective, here)
        if trial is None:
            return _refused(here), 1.0
        here = replace(here, decrement=trial.decrement, products=float(trial.products))
        if here.factor is None:
            here = replace(here, suboptimality=_left(trial.undamped(added), here.value))
        passes = 1.0 + 2.0 * trial.products
        there = near(objective, here.x + trial.step.reshape(here.x.shape))
        gain, noise = here.value - there.value, ROUNDING * abs(here.value)
        if max(abs(gain), trial.promised) <= noise:  # where values can no longer tell, the slope can
            gradient = there.gradient()
            if not _norm(gradient, here.metric) < _norm(here.gradient.reshape(-1), here.metric):
                return replace(here, damping=np.inf, step_size=0.0), passes
            kept = 1.0
        else:
            kept = min(gain / trial.promised, 1.0)
            if not kept > _ENOUGH:
                return _refused(here), passes
            gradient = there.gradient()
        return self._accepted(here, there, gradient, kept), passes + 2.0

    def _accepted(self, here: Point, there: LocalModel, gradient: Array, kept: float) -> Point:
        """kept: share of the promise."""
        factor = self._factor(there)
        metric, suboptimality = here.metric, here.suboptimality
        if factor is not None:
            metric = np.maximum(metric, np.square(factor.scale)) if there.linear else metric
            suboptimality = _left(factor.decrement(gradient), there.value)
        return replace(
            here,
            x=there.x.reshape(here.x.shape),
            value=there.value,
            gradient=gradient.reshape(here.x.shape),
            metric=metric,
            factor=factor,
            damping=max(here.damping * max(1 / 3, 1 - (2 * kept - 1) ** 3), _LEAST),
            growth=2.0,
            step_size=1.0,
            suboptimality=suboptimality,
            misfits=there.misfits,
        )

    def _trial(self, objective: Objective | Bent, here: Point) -> tuple[Trial | None, Array]:
        """The damped step, by whichever solve is the cheapest, and what was added to the diagonal for it."""
        gradient, added = here.gradient.reshape(-1), here.damping * here.metric
        if here.factor is not None:
            return primal(here.factor, gradient, added), added
        model = near(objective, here.x)
        if model.sides <= self.direct and not model.exact:
            added = np.maximum(added, _LEAST_DUAL * here.metric)
            return dual(model, gradient, added), added
        left = _left(_norm(gradient, here.metric), here.value)
        return conjugate(model, gradient, added, here.metric, float(np.clip(left, *_FORCING)), self.products), added


def near(objective: Objective | Bent, x: Array) -> LocalModel:
    return LinearModel(objective, x) if isinstance(objective, Objective) else objective.near(x)


def _refused(here: Point) -> Point:
    """The same place, with more damping."""
    return replace(here, damping=here.damping * here.growth, growth=2 * here.growth, step_size=0.0)


def _norm(gradient: Array, metric: Array) -> float:
    return float(gradient @ (gradient / metric))


def _positive(metric: Array) -> Array:
    return np.where(metric > 0, metric, 1.0)


def _left(decrement: float, value: float) -> float:
    return float(relative(np.array(0.5 * decrement), np.array(value)))
