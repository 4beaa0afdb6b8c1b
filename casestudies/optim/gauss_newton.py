"""The generalised Gauss-Newton matrix of one problem at one point.

H = sum over rows of JᵀAJ, plus the penalty, with J the derivatives of a row's margins by the unknowns and A the curvature
of its loss. It is never indefinite, and where margins are linear in the unknowns it is the Hessian. No square root of
the loss is taken: that would leave one rank of a row's several, and is steep where the loss is nearly 0.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import combinations_with_replacement

import numpy as np

from casestudies.errors import ConfigError
from casestudies.optim.arrays import Array, Index
from casestudies.optim.losses import Loss
from casestudies.optim.objective import Objective

_CHUNK = 2**21  # entries of a Jacobian that are laid out at once: 16 MB
_RANK = 1e-12  # relative; eigenvalues below it are none: the curvature of a softmax does not feel a common shift


class LocalModel(ABC):
    """The objective of one problem near one point: its value and slope there, and the parabola that fits.

    Parameters
    ----------
    loss, labels (rows,), weights (rows,): what the rows cost.
    margins: (rows, classes) at the point; one class where the loss knows none.
    quadratic: (unknowns,) curvature of the penalty. x: (unknowns,) the point.

    linear: margins are straight in the unknowns, so a curvature found at one point says something of the next.
    exact: the bends of the margins are in the parabola too, which may then open downwards.
    """

    linear: bool = False
    exact: bool = False

    def __init__(self, loss: Loss, labels: Array, weights: Array, margins: Array, quadratic: Array, x: Array) -> None:
        z = margins[:, None, :] if loss.classes else margins
        value, slope, self._curvature = loss.derivatives(z, labels[:, None])
        self.loss, self.weights, self.margins, self.quadratic, self.x = loss, weights, margins, quadratic, x
        self.slopes = slope.reshape(margins.shape) * weights[:, None]
        self.value = float(weights @ value[:, 0] + 0.5 * quadratic @ (x * x))
        wrong = (self.slopes * margins > 0) | ((margins == 0) & (weights[:, None] > 0))
        self.misfits = -1.0 if loss.attained or loss.classes else float(wrong.sum())

    @abstractmethod
    def pull(self, U: Array) -> Array:
        """(unknowns,): Jᵀ U of changes of the margins (rows, classes)."""

    @abstractmethod
    def push(self, v: Array) -> Array:
        """(rows, classes): J v, how the margins change along `v` (unknowns,)."""

    @abstractmethod
    def jacobian(self, rows: Index) -> Array:
        """(len(rows), classes, unknowns): J of some rows."""

    @abstractmethod
    def metric(self) -> Array:
        """(unknowns,) a curvature to measure steps of each unknown by, had without the matrix."""

    def gradient(self) -> Array:
        """(unknowns,)"""
        return self.pull(self.slopes) + self.quadratic * self.x

    @property
    def sides(self) -> int:
        """Side of the system in the space of the rows."""
        rows, classes = self.margins.shape
        return rows * max(classes - 1, 1)

    def product(self, v: Array) -> Array:
        """H v, (unknowns,)."""
        U = self.push(v)
        bent = self.loss.bend(self._curvature, U[:, None, :] if self.loss.classes else U)
        return self.pull(bent.reshape(U.shape) * self.weights[:, None]) + self.quadratic * v

    def matrix(self) -> Array:
        """H laid out, (unknowns, unknowns)."""
        H = np.diag(self.quadratic)
        for part in self._roots():
            H += part.T @ part
        return H

    def root(self) -> Array:
        """(sides, unknowns): B with H = BᵀB + penalty."""
        return np.vstack(list(self._roots()))

    def bends(self, rows: Index | slice) -> Array:
        """(rows, classes, classes): A, the weighted curvature of each row's loss."""
        return np.stack([self._bend_of(one, rows) for one in range(self.margins.shape[1])], axis=1)

    def _bend_of(self, one: int, rows: Index | slice) -> Array:
        """(rows, classes): the column of A of one class."""
        curvature, weights = self._curvature[rows], self.weights[rows, None]
        if not self.loss.classes:
            return curvature * weights
        unit = np.zeros_like(curvature)
        unit[:, :, one] = 1.0
        return self.loss.bend(curvature, unit)[:, 0] * weights

    def _roots(self) -> Iterator[Array]:
        """The rows of `root`, a few MB after the other."""
        rows, classes = self.margins.shape
        size = max(1, _CHUNK // (classes * len(self.x)))
        for first in range(0, rows, size):
            part = np.arange(first, min(first + size, rows))
            values, vectors = np.linalg.eigh(self.bends(part))
            if classes > 1 and values[:, 0].max() <= _RANK * values.max():
                values, vectors = values[:, 1:], vectors[:, :, 1:]
            roots = np.sqrt(np.maximum(values, 0.0))[:, :, None] * vectors.transpose(0, 2, 1)
            yield (roots @ self.jacobian(part)).reshape(-1, len(self.x))


class LinearModel(LocalModel):
    """Where margins are the design times the coefficients: the tiles do the work, and nothing else than NumPy is needed.

    Parameters
    ----------
    objective: of one problem; its design keeps the rows.
    x: (columns,) or (columns, classes). The unknowns are its entries, row after row.
    """

    linear = True

    def __init__(self, objective: Objective, x: Array) -> None:
        W = x.reshape(len(x), -1)
        self._design, self._shape = objective.design, W.shape
        margins = np.concatenate([tile.matmul(W) for tile in self._design.tiles()]).astype(np.float64, copy=False)
        if objective.y is None or objective.weights is None:
            raise ConfigError("the design does not keep its rows", advice="give a table in memory")
        weights = objective.weights.reshape(len(margins))
        if objective.held is not None and objective.folds is not None:
            weights = weights * (objective.folds != objective.held)
        quadratic = np.repeat(objective.penalty.quadratic()[:, 0], W.shape[1])
        super().__init__(objective.loss, objective.y, weights, margins, quadratic, W.reshape(-1))

    def pull(self, U: Array) -> Array:
        (total,) = self._design.sum(lambda tile: (tile.rmatmul(tile.bring(U[tile.rows])),))
        return total.reshape(-1)

    def push(self, v: Array) -> Array:
        V = v.reshape(self._shape)
        return np.concatenate([tile.matmul(V) for tile in self._design.tiles()]).astype(np.float64, copy=False)

    def jacobian(self, rows: Index) -> Array:
        columns, classes = self._shape
        tiles = self._design.take(rows).tiles()
        X = np.concatenate([tile.matmul(np.eye(columns)) for tile in tiles])
        J = np.zeros((len(rows), classes, columns, classes))
        for one in range(classes):
            J[:, one, :, one] = X
        return J.reshape(len(rows), classes, -1)

    def metric(self) -> Array:
        own = np.stack([self._bend_of(one, slice(None))[:, one] for one in range(self._shape[1])], axis=1)
        (squares,) = self._design.sum(lambda tile: (tile.squares(tile.bring(own[tile.rows])),))
        return squares.reshape(-1) + self.quadratic

    def matrix(self) -> Array:
        """By a Gram for each pair of classes, which takes a 2 · classes-th of the multiplications of the general way."""
        columns, classes = self._shape
        pairs = list(combinations_with_replacement(range(classes), 2))
        bends = self.bends(slice(None))
        D = np.stack([bends[:, a, b] for a, b in pairs], axis=1)
        H = np.zeros((columns, classes, columns, classes))
        for sign in (1.0, -1.0):
            some = np.flatnonzero((sign * D > 0).any(axis=0))
            if not some.size:
                continue
            for gram, pair in zip(self._grams(np.maximum(sign * D[:, some], 0.0)), some, strict=True):
                a, b = pairs[pair]
                H[:, a, :, b] += sign * gram
                if a != b:
                    H[:, b, :, a] += sign * gram
        matrix = H.reshape(columns * classes, -1)
        matrix[np.diag_indices_from(matrix)] += self.quadratic
        return matrix

    def _grams(self, D: Array) -> Array:
        """(sets, columns, columns) of (rows, sets) row weights."""
        (grams,) = self._design.sum(lambda tile: (tile.gram(tile.bring(D[tile.rows])),))
        return grams
