"""Losses of amounts: the margin is the prediction, in the units of the label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casestudies.errors import ConfigError
from casestudies.optim.arrays import Array, namespace
from casestudies.optim.losses.base import Loss, beside


class Amount(Loss):
    """A price on the distance of prediction and label. What it finds is a kind of middle of the labels."""

    attained = True
    interval = (-np.inf, np.inf)

    def inverse_link(self, z: Array) -> Array:
        return z


class Squared(Amount):
    """(z - y)²/2: finds the mean."""

    smooth, convex = True, True

    def value(self, z: Array, y: Array) -> Array:
        return 0.5 * (z - beside(y, z)) ** 2

    def slope(self, z: Array, y: Array) -> Array:
        return z - beside(y, z)

    def curvature(self, z: Array, y: Array) -> Array:
        return namespace(z).ones_like(z)


class Absolute(Amount):
    """|z - y|: finds the median."""

    smooth, convex = False, True

    def value(self, z: Array, y: Array) -> Array:
        return abs(z - beside(y, z))

    def slope(self, z: Array, y: Array) -> Array:
        return namespace(z).sign(z - beside(y, z))

    def curvature(self, z: Array, y: Array) -> Array:
        return namespace(z).zeros_like(z)


@dataclass(frozen=True)
class Huber(Amount):
    """Squared up to a distance of `delta`, straight beyond: a mean that far-off rows cannot drag away.

    delta: above 0, in the units of the labels.

    Raises
    ------
    ConfigError: a delta that is not above 0 or not finite.

    Source: Huber 1964, "Robust estimation of a location parameter".
    """

    delta: float = 1.0

    smooth, convex = True, True

    def __post_init__(self) -> None:
        if not 0 < self.delta < np.inf:
            raise ConfigError(f"delta of Huber is {self.delta}", advice="give a distance above 0, in units of y")

    def value(self, z: Array, y: Array) -> Array:
        distance = abs(z - beside(y, z))
        near = namespace(z).clip(distance, None, self.delta)
        return near * (distance - 0.5 * near)

    def slope(self, z: Array, y: Array) -> Array:
        return namespace(z).clip(z - beside(y, z), -self.delta, self.delta)

    def curvature(self, z: Array, y: Array) -> Array:
        return namespace(z).astype(abs(z - beside(y, z)) <= self.delta, z.dtype)


@dataclass(frozen=True)
class Quantile(Amount):
    """level · (y - z) below the label, (1 - level) · (z - y) above it: finds the value that `level` of them are below.

    level: between 0 and 1, both ends excluded.

    Raises
    ------
    ConfigError: a level outside.

    Source: Koenker and Bassett 1978, "Regression quantiles".
    """

    level: float = 0.5

    smooth, convex = False, True

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise ConfigError(f"level of Quantile is {self.level}", advice="give a share between 0 and 1, as 0.9")

    def value(self, z: Array, y: Array) -> Array:
        over = z - beside(y, z)
        return 0.5 * abs(over) + (0.5 - self.level) * over

    def slope(self, z: Array, y: Array) -> Array:
        over = namespace(z).sign(z - beside(y, z))
        return 0.5 * over + (0.5 - self.level) * abs(over)

    def curvature(self, z: Array, y: Array) -> Array:
        return namespace(z).zeros_like(z)
