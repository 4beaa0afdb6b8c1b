"""Losses of yes/no outcomes."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from casestudies.optim.arrays import Array
from casestudies.optim.losses.base import Loss


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
