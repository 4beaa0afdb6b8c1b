"""Objectives that are nothing but smooth: a value and a slope at each point, no rows, no penalty, no bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Protocol, Self, runtime_checkable

import numpy as np

from casestudies.errors import ConfigError, DataError
from casestudies.optim.arrays import Array, Index
from casestudies.optim.damped import conjugate
from casestudies.optim.methods.base import relative
from casestudies.optim.penalties import L2
from casestudies.optim.spectrum import Curved, curvature_ends

_PRECISION = 1e-12, 500  # of the decrement that certifies: squared residual, relative, and most products
_UPHILL = 1e-8  # of the largest curvature: a negative one that is smaller is rounding


@runtime_checkable
class Smooth(Protocol):
    """`optim.functions.Function`, `optim.networks.TorchObjective`; one problem, so `x` is (variables, 1)."""

    def value(self, x: Array) -> Array:
        """(1,)"""

    def gradient(self, x: Array) -> Array:
        """(variables, 1)"""


@dataclass(frozen=True)
class Slope:
    """value: (1,). gradient: of the shape of the point."""

    value: Array
    gradient: Array


@dataclass(frozen=True)
class Parabola:
    """The parabola at a point, by products of (variables,) vectors."""

    turn: Callable[[Array], Array]

    def product(self, v: Array) -> Array:
        return self.turn(v[:, None])[:, 0]


@dataclass(frozen=True)
class Bare:
    """A smooth function as an objective of one problem without penalty: what methods made for those ask for."""

    function: Smooth
    variables: int

    problems: ClassVar[int] = 1
    smooth: ClassVar[bool] = True

    @property
    def loss(self) -> Self:
        return self

    @cached_property
    def penalty(self) -> L2:
        return L2(np.zeros(1), np.ones(self.variables, dtype=np.bool_))

    def select(self, problems: Index) -> Self:
        return self

    def evaluate(self, W: Array) -> Slope:
        return Slope(self.function.value(W), self.function.gradient(W))


@dataclass(frozen=True)
class Certified:
    """decrement: (1,) gradient · H⁻¹ · gradient, inf before it is known. suboptimality: see `State`."""

    decrement: Array
    suboptimality: Array


def begin(function: Smooth, x: Array | None) -> tuple[Array, Array, Array]:
    """The start (variables, 1), and value and gradient there.

    Raises
    ------
    ConfigError: no start. DataError: the value or the gradient is not finite.
    """
    if x is None:
        raise ConfigError("no start", advice="give a point, (variables, 1)")
    x = np.array(x, dtype=np.float64)
    value, gradient = function.value(x), function.gradient(x)
    if not (np.isfinite(value).all() and np.isfinite(gradient).all()):
        what = f"the value is {value[0]}" if not np.isfinite(value).all() else "the gradient is not finite"
        raise DataError(f"{what} at the start", advice="start elsewhere")
    return x, value, gradient


def uncertified(function: Smooth) -> Certified:
    """Far from the optimum; nan where the function does not know its curvature, so that nobody ever will."""
    far = np.full(1, np.inf if isinstance(function, Curved) else np.nan)
    return Certified(far, far)


def certified(function: Smooth, x: Array, value: Array, gradient: Array, gain: float, tolerance: float) -> Certified:
    """What is left to gain at `x`, measured where the last step gained hardly more than `tolerance` of the value.

    gain: of the last step.
    """
    if gain > tolerance * abs(float(value[0])):
        return uncertified(function)
    doubled = np.array([decrement(function, x, gradient)])
    return Certified(doubled, np.where(np.isnan(doubled), np.nan, relative(0.5 * doubled, value)))


def decrement(function: Smooth, x: Array, gradient: Array) -> float:
    """gradient · H⁻¹ · gradient at `x`: twice what is left to gain by the parabola there.

    nan where the function does not know its curvature. inf where the parabola opens downwards along any direction: the
    slope says nothing of what can be gained there, at a saddle it is 0.
    """
    if not isinstance(function, Curved):
        return np.nan
    low, high = curvature_ends(function, x)
    if low < -_UPHILL * abs(high):
        return np.inf
    ones = np.ones(len(x))
    trial = conjugate(Parabola(function.product_at(x)), gradient[:, 0], 0.0 * ones, ones, *_PRECISION)
    return np.inf if trial is None else trial.decrement
