"""Columns brought to one scale for the solve, and the answer brought back: the same problem in better coordinates.

With columns (x - centre) / scale the coefficients are u = scale · w, and the intercept takes up the centre. Penalties
stay what they are in the caller's units, so the optimum does not change; what changes is that single precision has
all its digits for the differences between rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from casestudies.optim.arrays import Array, Index, Mask
from casestudies.optim.designs.dense import Dense
from casestudies.optim.designs.sparse import Sparse
from casestudies.optim.penalties import Penalty

_ROWS = 2_000  # that centre and scale are taken from: any scale will do that is about right


@dataclass(frozen=True)
class Units:
    """centre, scale: (columns,), those of a column of ones 0 and 1."""

    centre: Array
    scale: Array

    @classmethod
    def of(cls, design: Dense | Sparse, free: Mask) -> Units:
        """About mean and spread of each column; no centre without a free intercept, which has to take it up."""
        some = slice(None, None, max(1, design.shape[0] // _ROWS))
        if isinstance(design, Sparse):
            rows = design.X[some].astype(np.float64)
            mean, square = (np.asarray(part.mean(axis=0)).ravel() for part in (rows, rows.multiply(rows)))
            largest = np.sqrt(square)
            spread = np.sqrt(np.maximum(square - mean**2, 0.0)) if design.intercept else largest
        else:
            X = np.asarray(design.X[some], dtype=np.float64)
            mean, largest = X.mean(axis=0), np.abs(X).max(axis=0, initial=0.0)
            spread = X.std(axis=0) if design.intercept else np.sqrt((X * X).mean(axis=0))
        spread = np.where(spread > 1e-9 * largest, spread, 1.0)
        centre = mean if design.intercept and free[-1] else np.zeros(len(mean))
        tail = np.zeros(int(design.intercept))
        return cls(np.append(centre, tail), np.append(spread, tail + 1.0))

    def applied(self, design: Dense | Sparse) -> Dense | Sparse:
        features = design.X.shape[1]
        return replace(design, units=np.stack([self.centre[:features], self.scale[:features]]))

    def inward(self, W: Array) -> Array:
        """Coefficients of the columns as given -> those of the columns in one scale."""
        U = W * _column(self.scale, W)
        U[-1] += np.tensordot(self.centre, W, axes=1)
        return U

    def outward(self, U: Array) -> Array:
        """The reverse of `inward`."""
        W = U / _column(self.scale, U)
        W[-1] -= np.tensordot(self.centre, W, axes=1)
        return W


@dataclass(frozen=True)
class InUnits(Penalty):
    """A penalty on the coefficients as given, seen from those of the columns in one scale.

    own: the penalty; scale: (columns,).
    """

    own: Penalty
    scale: Array

    @classmethod
    def of(cls, own: Penalty, scale: Array) -> InUnits:
        return cls(own.strength, own.free, own, scale)

    @property
    def smooth(self) -> bool:  # type: ignore[override]
        return self.own.smooth

    @property
    def share(self) -> Array | float:
        return self.own.share

    def select(self, problems: Index) -> Self:
        return replace(self, strength=self.strength[problems], own=self.own.select(problems))

    def quadratic(self) -> Array:
        return self.own.quadratic() / self.scale[:, None] ** 2

    def kinks(self) -> Array:
        return self.own.kinks() / self.scale[:, None]

    def bounds(self) -> tuple[Array, Array]:
        lower, upper = self.own.bounds()
        return lower * self.scale[:, None], upper * self.scale[:, None]


def _column(figures: Array, like: Array) -> Array:
    """(columns,) to be multiplied with (columns, problems[, classes])."""
    return figures.reshape(-1, *[1] * (like.ndim - 1))
