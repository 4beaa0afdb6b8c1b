"""Penalties: what the coefficients themselves cost, with a strength of its own for each problem.

`W` is (columns, problems), or (columns, problems, classes) where every class has coefficients. Columns marked `free`
(the intercept) are never penalised and never bounded. A new penalty is added to `ALL_PENALTIES`, and the tests of
proximal steps and of optimality find it there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Self

import numpy as np

from casestudies.errors import ConfigError
from casestudies.optim.arrays import Array, Index, Mask


@dataclass(frozen=True)
class Penalty(ABC):
    """A price on the size of coefficients: quadratic/2 · w² + kink · |w| for each, within its bounds.

    A penalty says what its strength buys (`share`) and where coefficients may lie (`bounds`); the rest follows from
    these, coefficient by coefficient.

    Parameters
    ----------
    strength: (problems,) at least 0, finite.
    free: (columns,) True = not penalised, not bounded.

    smooth: the price has a slope everywhere.

    Raises
    ------
    ConfigError: a strength that is negative or not finite.
    """

    strength: Array
    free: Mask

    smooth: ClassVar[bool]

    def __post_init__(self) -> None:
        bad = np.flatnonzero(~((self.strength >= 0) & np.isfinite(self.strength)))
        if bad.size:
            raise ConfigError(
                f"the strength {self.strength[bad[0]]} is not a number from 0 up",
                where=f"penalty of problem {bad[0] + 1}",
                advice="give every problem a finite strength, 0 for none",
            )

    @property
    @abstractmethod
    def share(self) -> Array | float:
        """(problems,) or one for all: how much of the strength is a price on |w|; the rest is one on w²/2."""

    def select(self, problems: Index) -> Self:
        """The penalty of some of the problems."""
        return replace(self, strength=self.strength[problems])

    def quadratic(self) -> Array:
        """(columns, problems): curvature of the quadratic part, which methods treat together with the loss."""
        return self._prices(self.strength * (1.0 - self.share))

    def kinks(self) -> Array:
        """(columns, problems): price of |w|, 0 where there is none."""
        return self._prices(self.strength * self.share)

    def bounds(self) -> tuple[Array, Array]:
        """Where coefficients may lie: (columns, problems) lower and upper ends, -inf and inf where nothing holds."""
        shape = len(self.free), len(self.strength)
        return np.full(shape, -np.inf), np.full(shape, np.inf)

    def value(self, W: Array) -> Array:
        """(problems,); inf where a coefficient is out of its bounds."""
        quadratic, kinks, lower, upper = self._parts(W)
        prices = (0.5 * quadratic * W + np.copysign(kinks, W)) * W
        within = (lower <= W) & (upper >= W)
        axes = (0, *range(2, W.ndim))
        return np.where(within.all(axis=axes), prices.sum(axis=axes), np.inf)

    def prox(self, V: Array, step: Array) -> Array:
        """argmin over W of value(W) + |W - V|² / (2 step), for each problem its own `step` (problems,)."""
        quadratic, kinks, lower, upper = self._parts(V)
        step = step.reshape(-1, *[1] * (V.ndim - 2))
        shrunk = np.sign(V) * np.maximum(np.abs(V) - step * kinks, 0.0)
        return np.clip(shrunk / (1.0 + step * quadratic), lower, upper)

    def residual(self, W: Array, G: Array) -> Array:
        """Distance of -G, the gradient of the loss alone, to the subdifferential at `W`; of the shape of `W`.

        In other words: how fast the objective falls when the coefficient moves to its better side. Zero everywhere =
        optimal, whatever the penalty. Out of bounds it is inf.
        """
        quadratic, kinks, lower, upper = self._parts(W)
        slope = G + quadratic * W
        growing = np.where(upper <= W, np.inf, slope + np.where(W < 0, -kinks, kinks))
        shrinking = np.where(lower >= W, np.inf, np.where(W > 0, -kinks, kinks) - slope)
        fall = np.maximum(0.0, -np.minimum(growing, shrinking))
        return np.where((lower <= W) & (upper >= W), fall, np.inf)

    def strongest(self, G: Array) -> Array:
        """(problems,) the smallest strength at which every penalised coefficient is 0; inf where none is enough.

        G: gradient of the loss alone, of the shape of `W`, with the penalised coefficients at 0 and the free ones at
        their best.
        """
        lower, upper = (self._beside(bound, G) for bound in self.bounds())
        pull = np.where(lower >= 0, -G, np.where(upper <= 0, G, np.abs(G)))[~self.free]
        largest = np.maximum(pull, 0.0).max(axis=(0, *range(2, G.ndim)), initial=0.0)
        enough = np.where(largest > 0, np.inf, 0.0)
        return np.divide(largest, self.share, out=enough, where=(np.asarray(self.share) > 0) & (largest > 0))

    def _prices(self, strength: Array) -> Array:
        """(columns, problems): 0 on free columns."""
        return np.where(self.free[:, None], 0.0, strength)

    def _parts(self, W: Array) -> tuple[Array, Array, Array, Array]:
        """Quadratic, kinks, lower and upper bounds, to be used with `W`."""
        lower, upper = self.bounds()
        quadratic, kinks, lower, upper = (self._beside(a, W) for a in (self.quadratic(), self.kinks(), lower, upper))
        return quadratic, kinks, lower, upper

    @staticmethod
    def _beside(array: Array, W: Array) -> Array:
        """(columns, problems), or (columns, problems, 1) if `W` has classes."""
        return array.reshape(*array.shape, *[1] * (W.ndim - 2))


class L2(Penalty):
    """strength/2 times the sum of squares: pulls every coefficient towards 0, most where the rows say least."""

    smooth = True
    share = 0.0


class L1(Penalty):
    """strength times the sum of absolute values: columns that say too little get a coefficient of exactly 0."""

    smooth = False
    share = 1.0


@dataclass(frozen=True)
class ElasticNet(Penalty):
    """L1 and L2 in a fixed proportion: as L1, but columns that say the same share the coefficient.

    l1_ratio: (problems,) or one for all, from 0 (L2) to 1 (L1).

    Raises
    ------
    ConfigError: as `Penalty`; an `l1_ratio` that is not a share.

    Source: Zou and Hastie 2005, "Regularization and variable selection via the elastic net".
    """

    l1_ratio: Array | float

    smooth = False

    def __post_init__(self) -> None:
        super().__post_init__()
        bad = np.flatnonzero(~((np.ravel(self.l1_ratio) >= 0) & (np.ravel(self.l1_ratio) <= 1)))
        if bad.size or np.shape(self.l1_ratio) not in ((), self.strength.shape):
            raise ConfigError(
                f"l1_ratio is {self.l1_ratio} for {len(self.strength)} problems",
                advice="give one share from 0 (L2) to 1 (L1), or one for each problem",
            )

    @property
    def share(self) -> Array | float:
        return self.l1_ratio

    def select(self, problems: Index) -> Self:
        ratio = self.l1_ratio[problems] if isinstance(self.l1_ratio, np.ndarray) else self.l1_ratio
        return replace(self, strength=self.strength[problems], l1_ratio=ratio)


@dataclass(frozen=True)
class Box(ElasticNet):
    """Bounds on the coefficients, with L2, L1 or both between them: signs and limits that are known beforehand.

    lower, upper: (columns,) or one for all; -inf and inf = no bound. The entries of free columns are not read.

    Raises
    ------
    ConfigError: as `ElasticNet`; bounds that are missing, of another length, or leave a coefficient no place.
    """

    l1_ratio: Array | float = 0.0
    lower: Array | float = -np.inf
    upper: Array | float = np.inf

    smooth = False

    def __post_init__(self) -> None:
        super().__post_init__()
        shapes = {(), self.free.shape}
        if np.shape(self.lower) not in shapes or np.shape(self.upper) not in shapes:
            raise ConfigError(
                f"bounds of shapes {np.shape(self.lower)} and {np.shape(self.upper)} for {len(self.free)} columns",
                advice="give one bound, or one for each column",
            )
        lower, upper = self._ends()
        bad = np.flatnonzero(~((lower <= upper) & (lower < np.inf) & (upper > -np.inf)))
        if bad.size:
            raise ConfigError(
                f"no number lies between {lower[bad[0]]} and {upper[bad[0]]}",
                where=f"bounds of column {bad[0] + 1}",
                advice="give a lower bound that is at most the upper one",
            )

    def bounds(self) -> tuple[Array, Array]:
        shape = len(self.free), len(self.strength)
        lower, upper = (np.broadcast_to(end[:, None], shape) for end in self._ends())
        return lower, upper

    def _ends(self) -> tuple[Array, Array]:
        """(columns,) each."""
        return np.where(self.free, -np.inf, self.lower), np.where(self.free, np.inf, self.upper)


class NonNegative(Penalty):
    """Coefficients from 0 up, with L2 on them: columns that can only speak for the event."""

    smooth = False
    share = 0.0

    def bounds(self) -> tuple[Array, Array]:
        lower, upper = super().bounds()
        lower[~self.free] = 0.0
        return lower, upper


# each makes its penalty from a strength (problems,) and `free` (columns,)
ALL_PENALTIES: tuple[Callable[[Array, Mask], Penalty], ...] = (
    L2,
    L1,
    partial(ElasticNet, l1_ratio=0.3),
    partial(Box, lower=-1.0, upper=2.0),
    partial(Box, lower=0.0, upper=np.inf, l1_ratio=1.0),
    NonNegative,
)
