"""Losses: what one row costs at a given margin, with the two derivatives every method asks for.

A loss knows nothing of columns, weights or penalties. `z` is (rows, problems), `y` broadcasts to it ((rows, 1)), and
every result has the shape of `z`. A new loss is added to `ALL_LOSSES`, and the tests of derivatives, convexity and
stability find it there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from scipy.special import expit

from casestudies.optim.arrays import Array


class Loss(ABC):
    """One row's loss as a function of its margin.

    smooth: slope and curvature exist everywhere.
    convex: the curvature is never negative.
    attained: each row has a finite best margin. Where it has none (logistic), rows that some columns separate perfectly
        push the coefficients outward for ever.
    interval: the labels that make sense, both ends included.
    """

    smooth: ClassVar[bool]
    convex: ClassVar[bool]
    attained: ClassVar[bool]
    interval: ClassVar[tuple[float, float]]

    @abstractmethod
    def value(self, z: Array, y: Array) -> Array: ...

    @abstractmethod
    def slope(self, z: Array, y: Array) -> Array:
        """First derivative in the margin."""

    @abstractmethod
    def curvature(self, z: Array, y: Array) -> Array:
        """Second derivative in the margin."""

    @abstractmethod
    def inverse_link(self, z: Array) -> Array:
        """What the margin predicts, in the units of `y`."""

    def derivatives(self, z: Array, y: Array) -> tuple[Array, Array, Array]:
        """Value, slope and curvature at once; a loss whose three share work (an exponential) says so here."""
        return self.value(z, y), self.slope(z, y), self.curvature(z, y)


class Logistic(Loss):
    """log(1 + exp(z)) - y z: the negative log-likelihood of a yes/no outcome with log-odds `z`.

    Everything is written with exp(-|z|), which never overflows, and the slope as (1 - y) p - y (1 - p), which keeps
    its digits where p has long rounded to 0 or 1. Labels between 0 and 1 are probabilities.
    """

    smooth, convex, attained = True, True, False
    interval = (0.0, 1.0)

    def value(self, z: Array, y: Array) -> Array:
        return self.derivatives(z, y)[0]

    def slope(self, z: Array, y: Array) -> Array:
        return self.derivatives(z, y)[1]

    def curvature(self, z: Array, y: Array) -> Array:
        return self.derivatives(z, y)[2]

    def inverse_link(self, z: Array) -> Array:
        return expit(z)

    def derivatives(self, z: Array, y: Array) -> tuple[Array, Array, Array]:
        small = np.exp(-np.abs(z))  # the smaller of the two odds; the larger is 1
        value = np.maximum(z, 0.0)
        value -= y * z  # exactly 0 for a row far on its right side, so that the logarithm keeps its digits
        value += np.log1p(small)
        above = z >= 0.0
        total = 1.0 + small
        slope = np.where(above, 1.0 - y, -y)
        slope -= np.where(above, y, y - 1.0) * small
        slope /= total
        small /= total
        small /= total
        return value, slope, small


ALL_LOSSES: tuple[Loss, ...] = (Logistic(),)
