"""Rows in which most entries are 0, in SciPy's compressed rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, csr_matrix

from casestudies.errors import DataError
from casestudies.optim.arrays import Array, Index
from casestudies.optim.designs.base import Design
from casestudies.optim.designs.limits import sound, unusable, within
from casestudies.optim.designs.scaling import parts, summed


@dataclass(frozen=True)
class SparseTile:
    """`X` (rows, features); the column of ones, always the last, is arithmetic and never stored."""

    rows: slice
    X: csr_array
    intercept: bool
    units: Array | None
    dtype: type[np.floating]

    y = weights = folds = None

    def bring(self, array: Array) -> Array:
        return array.astype(self.dtype, copy=False)

    def matmul(self, W: Array) -> Array:
        slopes, shift = parts(W, self.intercept, self.units)
        Z = np.asarray(self.X @ slopes.astype(self.dtype, copy=False))
        if shift is not None:
            Z += shift.astype(self.dtype)
        return Z

    def rmatmul(self, S: Array) -> Array:
        """With the transposed view: a transpose stored as rows is no faster for one problem, and at 300,000 x 100 with
        50 problems eight times slower (284 ms for 33 ms), since it jumps about in `S` instead of in the small result."""
        top = (self._transposed @ S).astype(np.float64, copy=False)
        if self.units is None and not self.intercept:
            return top
        return summed(top, S.sum(axis=0, dtype=np.float64), self.intercept, self.units)

    def squares(self, D: Array) -> Array:
        squared = transposed(self._with(np.square(self.X.data, dtype=np.float64))) @ D
        total = D.sum(axis=0, dtype=np.float64)
        if self.units is not None:
            centre, scale = self.units[:, :, None]
            squared = (squared - 2.0 * centre * (self._transposed @ D) + centre**2 * total) / scale**2
        return np.vstack([squared, total]) if self.intercept else squared

    def gram(self, D: Array) -> Array:
        features = self.X.shape[1]
        out = np.empty((D.shape[1], features + self.intercept, features + self.intercept))
        entries = np.diff(self.X.indptr)
        sums, total = (self._transposed @ D).astype(np.float64), D.sum(axis=0, dtype=np.float64)
        for problem, weights in enumerate(D.T):
            weighted = self._with(self.X.data * np.repeat(weights, entries))
            inner = (self._transposed @ weighted).toarray().astype(np.float64, copy=False)
            if self.units is not None:
                centre, scale = self.units
                beside = np.outer(centre, sums[:, problem])
                inner -= beside + beside.T - total[problem] * np.outer(centre, centre)
                inner /= np.outer(scale, scale)
            out[problem, :features, :features] = inner
        if self.intercept:
            out[:, -1] = out[:, :, -1] = self.rmatmul(D).T
        return out

    def _with(self, data: Array) -> csr_array:
        """The same places with other entries."""
        return compressed_rows(data, self.X.indices, self.X.indptr, self.X.shape)

    @cached_property
    def _transposed(self) -> csc_array:
        return transposed(self.X)


@dataclass(frozen=True)
class Sparse(Design):
    """A SciPy matrix of compressed rows, read where it lies and never filled up with zeros.

    Parameters
    ----------
    X: (rows, features) numbers of any type.
    intercept: a column of ones is added as the last column.
    tile: rows of a tile. A pass over 100,000 x 50,000 with 0.1 % entries: 2,048 rows 15 ms, 8,192 and more 13 ms.
    units: (2, features): the columns stand for (X - units[0]) / units[1], without being filled up.
    dtype: of the arithmetic with rows; sums over tiles are float64.

    Raises
    ------
    DataError: no rows, a stored value that is missing or beyond 1e100; the message gives their count, the first row and
        column.
    """

    X: csr_array | csr_matrix = field(repr=False)
    intercept: bool = True
    tile: int = 8192
    units: Array | None = None
    dtype: type[np.floating] = np.float64

    def __post_init__(self) -> None:
        if getattr(self.X, "format", None) != "csr" or self.X.ndim != 2 or self.X.shape[0] == 0:
            raise DataError(
                f"no compressed rows: {type(self.X).__name__} of the shape {self.X.shape}",
                advice="convert the table with tocsr(), and give it at least one row",
            )
        if not self.X.has_canonical_format:  # a place that is stored twice would be squared twice
            X = self.X.copy()
            X.sum_duplicates()
            object.__setattr__(self, "X", X)
        if not sound(self.X.data):
            bad = np.flatnonzero(~within(self.X.data))
            row = int(np.searchsorted(self.X.indptr, bad[0], side="right")) - 1
            raise unusable(len(bad), self.X.data[bad[0]], row, self.X.indices[bad[0]])

    @property
    def shape(self) -> tuple[int, int]:
        return self.X.shape[0], self.X.shape[1] + int(self.intercept)

    @property
    def work(self) -> tuple[float, float]:
        """In multiplications of a dense table, which is three times as fast in products and ten times in Grams."""
        entries = float(self.X.nnz)
        return 6.0 * entries, 10.0 * entries**2 / self.X.shape[0]

    def blocks(self) -> Iterator[Iterable[SparseTile]]:
        yield self._tiles

    def take(self, rows: Index) -> Self:
        return replace(self, X=self.X[rows])

    def single(self) -> Sparse:
        """The same columns with entries in single precision."""
        return replace(self, X=self.X.astype(np.float32), dtype=np.float32)

    @cached_property
    def _tiles(self) -> tuple[SparseTile, ...]:
        tiles = []
        for first in range(0, self.X.shape[0], self.tile):
            last = min(first + self.tile, self.X.shape[0])
            starts = self.X.indptr[first : last + 1]
            here = slice(starts[0], starts[-1])
            X = compressed_rows(
                self.X.data[here], self.X.indices[here], starts - starts[0], (last - first, self.X.shape[1])
            )
            tiles.append(SparseTile(slice(first, last), X, self.intercept, self.units, self.dtype))
        return tuple(tiles)


def compressed_rows(
    data: NDArray[np.generic], indices: NDArray[np.integer], starts: NDArray[np.integer], shape: tuple[int, int]
) -> csr_array:
    """A matrix of these very arrays.

    SciPy's constructor would check them, which takes as long as a product, and copy what is a small part of a larger
    array.
    """
    out = csr_array(shape, dtype=data.dtype)
    out.data, out.indices, out.indptr = data, indices, starts
    return out


def transposed(X: csr_array) -> csc_array:
    """The transpose, of the same arrays."""
    out = csc_array(X.shape[::-1], dtype=X.dtype)
    out.data, out.indices, out.indptr = X.data, X.indices, X.indptr
    return out
