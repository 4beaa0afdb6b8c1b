"""Rows in an ordinary array."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from casestudies.errors import DataError
from casestudies.optim.arrays import Array, Index
from casestudies.optim.designs.base import Design, Sums, Tile, block_sum
from casestudies.optim.designs.limits import sound, unusable, within
from casestudies.optim.designs.scaling import parts, summed

_BLOCK = 4  # tiles of a block, where no cuts are given


@dataclass(frozen=True)
class DenseTile:
    """`X` (rows, features); the column of ones, always the last, is arithmetic and never stored.

    units: (2, features) centre and scale: the columns are (X - centre) / scale, which is arithmetic too.
    """

    rows: slice
    X: Array
    intercept: bool
    units: Array | None = None
    y: Array | None = None
    weights: Array | None = None
    folds: Index | None = None

    def bring(self, array: Array) -> Array:
        return array.astype(self.X.dtype, copy=False)

    def matmul(self, W: Array) -> Array:
        slopes, shift = parts(W, self.intercept, self.units)
        Z = self.X @ slopes.astype(self.X.dtype, copy=False)
        if shift is not None:
            Z += shift.astype(self.X.dtype)
        return Z

    def rmatmul(self, S: Array) -> Array:
        top = (S.T @ self.X).T.astype(np.float64, copy=False)  # faster than Xᵀ S, whose long side is not contiguous
        if self.units is None and not self.intercept:
            return top
        return summed(top, S.sum(axis=0, dtype=np.float64), self.intercept, self.units)

    def squares(self, D: Array) -> Array:
        X = self._scaled()
        top = (D.T @ (X * X)).T.astype(np.float64, copy=False)
        return np.vstack([top, D.sum(axis=0, dtype=np.float64)]) if self.intercept else top

    def gram(self, D: Array) -> Array:
        X = self._scaled()
        rows, features = X.shape
        scaled = np.empty((rows, features + self.intercept), dtype=X.dtype)
        out = np.empty((D.shape[1], scaled.shape[1], scaled.shape[1]))
        for problem, root in enumerate(np.sqrt(D).T):
            np.multiply(X, root[:, None], out=scaled[:, :features])
            scaled[:, features:] = root[:, None]
            out[problem] = scaled.T @ scaled  # one operand: BLAS computes a triangle only
        return out

    def _scaled(self) -> Array:
        """The columns as they stand for, the ones left aside."""
        return self.X if self.units is None else (self.X - self.units[0]) / self.units[1]


@dataclass(frozen=True)
class Dense(Design):
    """An array in memory, read where it lies: no copy of the whole, whatever its memory order or number type.

    Parameters
    ----------
    X: (rows, features) numbers; other types than `dtype` are converted tile by tile.
    intercept: a column of ones is added as the last column.
    tile: rows of a tile. For 50 problems on 30,000 x 100, tiles of 512, 2,048 and 8,192 rows took 0.31, 0.30, 0.36 s.
    cuts: rows (ascending, from 0) where blocks begin; without, a block is 4 tiles.
    units: (2, features): the columns stand for (X - units[0]) / units[1]. Centring is for designs with an intercept.
    dtype: of the arithmetic with rows; sums over tiles are float64.
    threads: that compute blocks side by side; the sums are the same to the last bit.

    Raises
    ------
    DataError: no rows, a missing value, or one beyond 1e100; the message gives their count, the first row and column.
    """

    X: NDArray[np.generic]
    intercept: bool = True
    tile: int = 2048
    cuts: tuple[int, ...] = ()
    units: Array | None = None
    dtype: type[np.floating] = np.float64
    threads: int = 1

    def __post_init__(self) -> None:
        if self.X.ndim != 2 or self.X.shape[0] == 0:
            raise DataError(f"no table: X has the shape {self.X.shape}", advice="give rows and columns")
        if (
            self.units is None
            and self.dtype is np.float64
            and not all(sound(self.X[first:last]) for first, last in self._spans())
        ):
            raise self._complaint()

    def _complaint(self) -> DataError:
        first = np.array([[self.tile, 0]])  # what one tile adds to the places in it
        spans = enumerate(self._spans())
        bad = np.vstack([np.argwhere(~within(self.X[row:last])) + i * first for i, (row, last) in spans])
        row, column = bad[0]
        return unusable(len(bad), self.X[row, column], row, column)

    @property
    def shape(self) -> tuple[int, int]:
        return self.X.shape[0], self.X.shape[1] + int(self.intercept)

    def blocks(self) -> Iterator[Iterable[DenseTile]]:
        starts = self.cuts or range(0, self.X.shape[0], self.tile * _BLOCK)
        for first, last in zip(starts, [*starts[1:], self.X.shape[0]], strict=True):
            yield (self._tile(*span) for span in self._spans(first, last))

    def partials(self, part: Callable[[Tile], Sums]) -> Iterator[Sums]:
        if self.threads == 1:
            yield from super().partials(part)
            return
        with threadpool_limits(1, "blas"), ThreadPoolExecutor(self.threads) as pool:
            yield from pool.map(partial(block_sum, part), self.blocks())

    def take(self, rows: Index) -> Self:
        return replace(self, X=self.X[rows], cuts=())

    def single(self) -> Dense:
        """The same columns, units applied and ones stored, as a copy in single precision: every pass reads half."""
        copy = np.ones(self.shape, dtype=np.float32)
        features = self.X.shape[1]
        for span in self._spans():
            tile = self._tile(*span)
            copy[tile.rows, :features] = tile.X if tile.units is None else (tile.X - tile.units[0]) / tile.units[1]
        return replace(self, X=copy, intercept=False, units=None, dtype=np.float32)

    def _spans(self, first: int = 0, last: int | None = None) -> Iterator[tuple[int, int]]:
        last = self.X.shape[0] if last is None else last
        return ((row, min(row + self.tile, last)) for row in range(first, last, self.tile))

    def _tile(self, first: int, last: int) -> DenseTile:
        return DenseTile(
            slice(first, last), np.asarray(self.X[first:last], dtype=self.dtype), self.intercept, self.units
        )
