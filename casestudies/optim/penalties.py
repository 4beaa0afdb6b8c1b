"""Penalties: what the coefficients themselves cost, with a strength of its own for each problem.

`W` is (columns, problems). Columns marked `free` (the intercept) are never penalised. A new penalty is added to
`ALL_PENALTIES`, and the tests of derivatives and proximal steps find it there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from casestudies.errors import ConfigError
from casestudies.optim.arrays import Array, Index, Mask


@dataclass(frozen=True)
class Penalty(ABC):
    """A price on the size of coefficients.

    Parameters
    ----------
    strength: (problems,) at least 0, finite.
    free: (columns,) True = not penalised.

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

    def select(self, problems: Index) -> Self:
        return replace(self, strength=self.strength[problems])

    @property
    def _prices(self) -> Array:
        """(columns, problems): the strength, 0 on free columns."""
        return np.where(self.free[:, None], 0.0, self.strength)

    @abstractmethod
    def value(self, W: Array) -> Array:
        """(problems,)"""

    @abstractmethod
    def quadratic(self) -> Array:
        """(columns, problems): curvature of the quadratic part, which methods treat together with the loss."""

    @abstractmethod
    def prox(self, V: Array, step: Array) -> Array:
        """argmin over W of value(W) + |W - V|² / (2 step), for each problem its own `step` (problems,)."""

    @abstractmethod
    def residual(self, W: Array, G: Array) -> Array:
        """(columns, problems): distance of -G, the gradient of the loss alone, to the subdifferential at `W`.

        Zero everywhere = optimal, whatever the penalty.
        """


class L2(Penalty):
    """strength/2 times the sum of squares: pulls every coefficient towards 0, most where the rows say least."""

    smooth = True

    def value(self, W: Array) -> Array:
        return 0.5 * (self._prices * W * W).sum(axis=0)

    def quadratic(self) -> Array:
        return self._prices

    def prox(self, V: Array, step: Array) -> Array:
        return V / (1.0 + step * self._prices)

    def residual(self, W: Array, G: Array) -> Array:
        return np.abs(G + self._prices * W)


ALL_PENALTIES: tuple[type[Penalty], ...] = (L2,)
