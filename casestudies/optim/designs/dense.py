"""Rows in an ordinary array."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError
from casestudies.optim.arrays import Array, Mask
from casestudies.optim.designs.base import Design

_LARGEST = 1e100  # beyond it the squares that make up a curvature overflow


@dataclass(frozen=True)
class DenseTile:
    """`X` (rows, features) float64; the column of ones, always the last, is arithmetic and never stored."""

    rows: slice
    X: Array
    intercept: bool

    y = weights = folds = None

    def bring(self, array: Array) -> Array:
        return array

    def matmul(self, W: Array) -> Array:
        if not self.intercept:
            return self.X @ W
        Z = self.X @ W[:-1]
        Z += W[-1]
        return Z

    def rmatmul(self, S: Array) -> Array:
        return self._stacked(self.X.T @ S, S)

    def squares(self, D: Array) -> Array:
        return self._stacked((self.X * self.X).T @ D, D)

    def gram(self, D: Array) -> Array:
        ones = np.ones((len(self.X), int(self.intercept)))
        wide = np.hstack([self.X, ones])
        out = np.empty((D.shape[1], wide.shape[1], wide.shape[1]))
        for problem, root in enumerate(np.sqrt(D).T):
            scaled = wide * root[:, None]
            out[problem] = scaled.T @ scaled  # one operand: BLAS computes a triangle only
        return out

    def _stacked(self, top: Array, rows: Array) -> Array:
        return np.vstack([top, rows.sum(axis=0)]) if self.intercept else top


@dataclass(frozen=True)
class Dense(Design):
    """An array in memory, read where it lies: no copy of the whole, whatever its memory order or number type.

    Parameters
    ----------
    X: (rows, features) numbers; other types than float64 are converted tile by tile.
    intercept: a column of ones is added as the last column.
    tile: rows of a tile. For 50 problems on 30,000 x 100, tiles of 512, 2,048 and 8,192 rows took 0.31, 0.30, 0.36 s.

    Raises
    ------
    DataError: no rows, a missing value, or one beyond 1e100; the message gives their count, the first row and column.
    """

    X: NDArray[np.generic]
    intercept: bool = True
    tile: int = 2048

    def __post_init__(self) -> None:
        if self.X.ndim != 2 or self.X.shape[0] == 0:
            raise DataError(f"no table: X has the shape {self.X.shape}", advice="give rows and columns")
        if not all(_sound(tile.X) for tile in self.tiles()):
            raise self._complaint()

    def _complaint(self) -> DataError:
        first = np.array([[self.tile, 0]])  # what one tile adds to the places in it
        bad = np.vstack([np.argwhere(~_within(tile.X)) + i * first for i, tile in enumerate(self.tiles())])
        row, column = bad[0]
        return DataError(
            f"{len(bad)} values are missing or beyond {_LARGEST:g}, first {self.X[row, column]}",
            where=f"row {row + 1}, column {column + 1}",
            advice="fill missing values and use larger units",
        )

    @property
    def shape(self) -> tuple[int, int]:
        return self.X.shape[0], self.X.shape[1] + int(self.intercept)

    def blocks(self) -> Iterator[Iterable[DenseTile]]:
        yield self._tiles()

    def _tiles(self) -> Iterator[DenseTile]:
        for first in range(0, self.X.shape[0], self.tile):
            rows = slice(first, min(first + self.tile, self.X.shape[0]))
            yield DenseTile(rows, np.asarray(self.X[rows], dtype=np.float64), self.intercept)


def _within(X: Array) -> Mask:
    return np.abs(X) <= _LARGEST


def _sound(X: Array) -> bool:
    """Whether all of `X` is within; smallest and largest need no array of their own, and a missing value fails both."""
    return X.size == 0 or bool(X.min() >= -_LARGEST and X.max() <= _LARGEST)
