"""Newton's method with a leash: the lowest point of the parabola within a distance that it has earned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol

import numpy as np
from scipy.optimize import brentq

from casestudies.errors import ConfigError
from casestudies.optim.arrays import Array, Index, Mask
from casestudies.optim.methods.base import relative
from casestudies.optim.reasons import Reason
from casestudies.optim.smooth import Smooth, begin

_ENOUGH = 1e-4  # share of its promise that a step has to keep
_POOR, _GOOD = 0.25, 0.75  # shares of the promise below which the distance shrinks, and above which it grows
_WHOLE = 0.99  # of the distance: a step that long would have gone further
_ROUNDING = 1e-12  # of the largest curvature


class Bowl(Smooth, Protocol):
    """`optim.functions.Function`."""

    def hessian(self, x: Array) -> Array:
        """(variables, variables) at `x` (variables, 1)."""


@dataclass(frozen=True)
class NewtonPoint:
    """See `State`.

    gradient: (variables, 1). axes, curvatures: of the Hessian, (variables, variables) by columns and (variables,).
    radius: how far the next step may go, inf = as far as the parabola says. lost: nothing more can be done.
    """

    step: int
    passes: float
    x: Array
    value: Array
    gradient: Array
    axes: Array
    curvatures: Array
    radius: float
    step_size: Array
    lost: bool = False

    products = np.full(1, np.nan)
    misfits = np.full(1, -1.0)

    @property
    def gradient_norm(self) -> Array:
        return np.abs(self.gradient).max(axis=0)

    @property
    def decrement(self) -> Array:
        """inf where the parabola has no lowest point."""
        if self.curvatures[0] <= 0:
            return np.full(1, np.inf)
        return np.array([np.sum((self.axes.T @ self.gradient)[:, 0] ** 2 / self.curvatures)])

    @property
    def suboptimality(self) -> Array:
        return relative(0.5 * self.decrement, self.value)

    @property
    def condition(self) -> Array:
        low, high = self.curvatures[0], self.curvatures[-1]
        return np.array([high / low if low > 0 else np.nan])

    @property
    def figures(self) -> dict[str, Array]:
        return {"radius": np.array([self.radius]), "least_curvature": self.curvatures[:1]}


@dataclass(frozen=True)
class TrustNewton:
    """Newton's method for functions of a few variables, at home where they bend downwards too.

    Where to go: to the lowest point of the parabola within `radius`; where it opens downwards, away along its steepest
    fall, so saddles are left. How far: the radius grows while steps keep what the parabola promised, and shrinks when
    they do not; a step that fails is a turn of the loop like any other. The matrix of second derivatives is laid out and
    its axes found, variables³ multiplications a step.

    Parameters
    ----------
    radius: of the first step, in the units of the variables; inf is Newton's method as it stands in the books: the whole
        step to where the parabola is level, which may be its highest point, or a saddle, and is taken whatever the value
        does there.

    Source: Moré and Sorensen 1983, "Computing a trust region step"; Nocedal and Wright 2006, algorithm 4.1.
    """

    radius: float = 1.0

    certifies: ClassVar[str] = "half the Newton decrement"

    def __post_init__(self) -> None:
        if not self.radius > 0:
            raise ConfigError(f"radius is {self.radius}", advice="give a distance above 0")

    def start(self, objective: Bowl, x: Array | None) -> NewtonPoint:
        """At `x` (variables, 1); errors as of `smooth.begin`."""
        x, value, gradient = begin(objective, x)
        unknown = np.full(1, np.nan)
        return NewtonPoint(0, 3.0, x, value, gradient, *_axes(objective, x), self.radius, unknown)

    def step(self, objective: Bowl, state: NewtonPoint, problems: Index) -> NewtonPoint:
        slopes, whole = (state.axes.T @ state.gradient)[:, 0], bool(np.isinf(state.radius))
        move = _level(slopes, state.curvatures) if whole else _lowest(slopes, state.curvatures, state.radius)
        x = state.x + state.axes @ move[:, None]
        with np.errstate(over="ignore", invalid="ignore"):
            value = objective.value(x)
        promised = -float(slopes @ move + 0.5 * state.curvatures @ move**2)
        kept = float(state.value[0] - value[0]) / promised if promised > 0 else 0.0
        length, still = float(np.linalg.norm(move)), bool((x == state.x).all())
        if not (np.isfinite(value[0]) and (whole or kept > _ENOUGH)) or still:
            return replace(
                state,
                step=state.step + 1,
                passes=state.passes + 1,
                radius=state.radius if whole else _POOR * length,
                step_size=np.zeros(1),
                lost=whole or still,
            )
        axes, curvatures = _axes(objective, x)
        return NewtonPoint(
            step=state.step + 1,
            passes=state.passes + 3,
            x=x,
            value=value,
            gradient=objective.gradient(x),
            axes=axes,
            curvatures=curvatures,
            radius=_radius(state.radius, length, kept),
            step_size=np.ones(1),
        )

    def finished(self, state: NewtonPoint) -> Mapping[Reason, Mask]:
        return {Reason.STALLED: np.array([state.lost])}


def _axes(objective: Bowl, x: Array) -> tuple[Array, Array]:
    curvatures, axes = np.linalg.eigh(objective.hessian(x))
    return axes, curvatures


def _level(slopes: Array, curvatures: Array) -> Array:
    """To where the parabola is level, along its axes; none along those without curvature."""
    return -np.divide(slopes, curvatures, out=np.zeros_like(slopes), where=curvatures != 0)


def _radius(radius: float, length: float, kept: float) -> float:
    """Of the next step, after one of `length` that kept so much of its promise."""
    if np.isinf(radius) or _POOR <= kept <= _GOOD:
        return radius
    if kept < _POOR:
        return _POOR * length
    return 2 * radius if length > _WHOLE * radius else radius


def _lowest(slopes: Array, curvatures: Array, radius: float) -> Array:
    """The lowest point of the parabola within `radius`, along its axes, the flattest first."""
    low, high, steep = float(curvatures[0]), float(curvatures[-1]), float(np.linalg.norm(slopes))
    if low > 0 and np.linalg.norm(newton := -slopes / curvatures) <= radius:
        return newton

    def move(shift: float) -> Array:
        return -np.divide(slopes, curvatures + shift, out=np.zeros_like(slopes), where=slopes != 0)

    def short(shift: float) -> float:
        """Positive where the step is within the radius; one over its length is nearly straight in the shift."""
        length = float(np.linalg.norm(move(shift)))
        return 1.0 / length - 1.0 / radius if length > 0 else np.inf

    edge = max(0.0, -low) + _ROUNDING * max(abs(low), abs(high), steep / radius)  # beyond it it opens upwards
    if short(edge) >= 0:  # nothing pulls along the flattest axis: down it, either way
        at = move(edge)
        at[0] += np.copysign(np.sqrt(max(radius**2 - float(at @ at), 0.0)), -slopes[0])
        return at
    far = edge + 2 * (steep / radius + abs(low))
    return move(brentq(short, edge, far, rtol=1e-12) if short(far) > 0 else far)  # else slopes that underflow
