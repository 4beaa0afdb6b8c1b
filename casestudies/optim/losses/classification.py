"""Losses of outcomes: yes or no, or one of several classes."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import reduce

import numpy as np
from scipy.special import expit

from casestudies.errors import ConfigError
from casestudies.optim.arrays import Array, namespace
from casestudies.optim.losses.base import Joint, beside


class Logistic(Joint):
    """log(1 + exp(z)) - y z: the negative log-likelihood of a yes/no outcome with log-odds `z`.

    Everything is written with exp(-|z|), which never overflows, and keeps its digits where probabilities have long
    rounded to 0 or 1. Labels between 0 and 1 are probabilities.
    """

    smooth, convex, attained = True, True, False
    interval = (0.0, 1.0)

    def value(self, z: Array, y: Array) -> Array:
        xp, size = namespace(z), abs(z)  # |z|/2 + z/2 is max(z, 0), with the right slope at 0 for automatic derivatives
        return (0.5 * size + (0.5 - beside(y, z)) * z) + xp.log1p(xp.exp(-size))

    def inverse_link(self, z: Array) -> Array:
        return _sigmoid(z)

    def derivatives(self, z: Array, y: Array) -> tuple[Array, Array, Array]:
        # the inner loop of the suite: in place, without `where` (2,048 x 50: 1.3 ms -> 0.5 ms)
        xp = namespace(z)
        tail = abs(z)
        tail *= -1.0
        tail = xp.exp(tail)  # the smaller of the two odds; the larger is 1
        slope = (1.0 - beside(y, z)) - xp.astype(xp.signbit(z), z.dtype)
        value = slope * z  # exactly 0 for a row far on its right side, so that the logarithm keeps its digits
        value += xp.log1p(tail)
        tail /= 1.0 + tail  # the smaller of the two probabilities
        slope -= xp.copysign(tail, z)
        curvature = 1.0 - tail
        curvature *= tail
        return value, slope, curvature

    def weighted(self, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
        if z.dtype != np.float32:
            return super().weighted(z, y, weights)
        # drafts: the same in single precision, where log is six times as fast as log1p and as exact as the draft is
        weights = np.ascontiguousarray(np.broadcast_to(weights, z.shape))  # few problems: one broadcast, not three
        tail = np.abs(z)
        np.exp(np.negative(tail, out=tail), out=tail)
        slope = (1.0 - y) - np.signbit(z)
        value = slope * z
        value += np.log(1.0 + tail)
        value *= weights
        tail /= 1.0 + tail
        slope -= np.copysign(tail, z)
        slope *= weights
        curvature = 1.0 - tail
        curvature *= tail
        curvature *= weights
        return value.sum(0, dtype=np.float64), slope, curvature


class Multinomial(Joint):
    """log(sum of exp(z)) - z[y]: the negative log-likelihood of one of several classes.

    `y` are the codes 0, 1, ... of the classes. Sums go over the odds of the other classes alone, so that sure rows keep
    their digits.
    """

    smooth, convex, attained = True, True, False
    interval = (0.0, np.inf)
    classes = True

    def derivatives(self, z: Array, y: Array) -> tuple[Array, Array, Array]:
        xp = namespace(z)
        codes = xp.arange(z.shape[-1], device=z.device)
        own = xp.astype(beside(y, z[..., 0])[..., None] == codes, z.dtype)  # 1 for the row's class; products with
        others = 1.0 - own  # it cost a tenth of `where`
        gaps = z - _largest(z)[..., None]
        odds = xp.exp(gaps)
        gap, rest = xp.vecdot(own, gaps), xp.vecdot(others, odds)
        right = xp.exp(gap)  # 1 if the row's class has the largest margin
        total = right + rest
        p = odds / total[..., None]
        return xp.log1p(rest + (right - 1.0)) - gap, others * p - own * (rest / total)[..., None], p

    def curvature(self, z: Array, y: Array) -> Array:
        return self.inverse_link(z)

    def inverse_link(self, z: Array) -> Array:
        xp = namespace(z)
        odds = xp.exp(z - _largest(z)[..., None])
        return odds / xp.vecdot(xp.ones_like(odds), odds)[..., None]

    def bend(self, curvature: Array, U: Array) -> Array:
        return curvature * (U - namespace(U).vecdot(curvature, U)[..., None])


class Sided(Joint):
    """A price f on how far a row lies on its right side: y f(z) + (1 - y) f(-z).

    Labels between 0 and 1 are probabilities, and the prediction is the label that would leave no slope at `z`.
    """

    interval = (0.0, 1.0)

    @abstractmethod
    def side(self, t: Array) -> tuple[Array, Array, Array]:
        """f and its two derivatives at `t`, the margin towards the row's own side."""

    def derivatives(self, z: Array, y: Array) -> tuple[Array, Array, Array]:
        event, other = beside(y, z), 1.0 - beside(y, z)
        (value, slope, curvature), (price, fall, bend) = self.side(z), self.side(-z)
        clipped = namespace(z).clip(event * curvature + other * bend, 0.0, None)
        return event * value + other * price, event * slope - other * fall, clipped

    def inverse_link(self, z: Array) -> Array:
        event, other = self.side(z)[1], self.side(-z)[1]
        return other / (event + other)


class Hinge(Sided):
    """max(0, 1 - t): nothing to pay beyond a margin of 1.

    Its margins sort rows but say no probability: the prediction is 1/2 between the sides.
    """

    smooth, convex, attained = False, True, True

    def side(self, t: Array) -> tuple[Array, Array, Array]:
        xp = namespace(t)
        return xp.clip(1.0 - t, 0.0, None), -xp.astype(t < 1.0, t.dtype), xp.zeros_like(t)


class SquaredHinge(Sided):
    """max(0, 1 - t)²/2: the hinge with its corner rounded off."""

    smooth, convex, attained = True, True, True

    def side(self, t: Array) -> tuple[Array, Array, Array]:
        xp = namespace(t)
        short = xp.clip(1.0 - t, 0.0, None)
        return 0.5 * short * short, -short, xp.astype(t < 1.0, t.dtype)


@dataclass(frozen=True)
class Focal(Sided):
    """-(1 - p)^gamma log p, with p the sigmoid of t: rows that are nearly right hardly count.

    Not convex: a row far on its wrong side bends downwards. Its probabilities are not the sigmoid of the margin, which
    would be too near to 1/2; `inverse_link` is the transformation that sets them right.

    gamma: from 0 (the log loss) up; 2 is usual.

    Raises
    ------
    ConfigError: a gamma below 0 or not finite.

    Source: Lin et al. 2017, "Focal loss for dense object detection"; Charoenphakdee et al. 2021, "On focal loss for
    class-posterior probability estimation", theorem 11, for the transformation.
    """

    gamma: float = 2.0

    smooth, convex, attained = True, False, False

    def __post_init__(self) -> None:
        if not 0 <= self.gamma < np.inf:
            raise ConfigError(f"gamma of Focal is {self.gamma}", advice="give a number from 0 up; 2 is usual")

    def side(self, t: Array) -> tuple[Array, Array, Array]:
        xp, gamma = namespace(t), self.gamma
        loss, other = _softplus(-t), _softplus(t)  # -log p and -log q, where q = 1 - p
        p, q, weight = xp.exp(-loss), xp.exp(-other), xp.exp(-gamma * other)
        slope = -weight * (gamma * p * loss + q)
        return weight * loss, slope, weight * p * (gamma * loss * (gamma * p - q) + (2.0 * gamma + 1.0) * q)


def _largest(z: Array) -> Array:
    """(rows, problems) the largest margin; class by class, since NumPy's `max` over a short last axis takes ten times
    as long."""
    return reduce(namespace(z).maximum, [z[..., k] for k in range(z.shape[-1])])


def _softplus(t: Array) -> Array:
    """log(1 + exp(t))."""
    xp, size = namespace(t), abs(t)
    return 0.5 * (t + size) + xp.log1p(xp.exp(-size))


def _sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), by either library's own kernel: with all its digits on both sides, and fit for autograd."""
    sigmoid: Array = expit(z) if isinstance(z, np.ndarray) else namespace(z).sigmoid(z)
    return sigmoid
