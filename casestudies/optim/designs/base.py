"""A design: how the rows of a table are held, seen from above as blocks of tiles and as sums over them.

Dense arrays, sparse ones, codes of bins, a GPU tensor, a file larger than memory and a cluster differ only here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import ClassVar, Protocol, Self

import numpy as np

from casestudies.optim.arrays import Array, Index

Sums = tuple[Array, ...]


class Tile(Protocol):
    """A few thousand consecutive rows, X_t (rows of the tile, columns); small enough to stay in the processor's cache."""

    @property
    def rows(self) -> slice:
        """Where the tile stands in the table."""

    @property
    def y(self) -> Array | None:
        """(rows,) labels, where the design carries them (a file, a cluster); else None."""

    @property
    def weights(self) -> Array | None:
        """(rows,) row weights, where the design carries them; else None."""

    @property
    def folds(self) -> Index | None:
        """(rows,) number of the fold each row belongs to, where the design carries it; else None."""

    def bring(self, array: Array) -> Array:
        """An array of rows of this tile, in the tile's own kind of array (a tensor on its device)."""

    def matmul(self, W: Array) -> Array:
        """X_t W: (rows, problems) from (columns, problems)."""

    def rmatmul(self, S: Array) -> Array:
        """X_tᵀ S: (columns, problems) from (rows, problems)."""

    def squares(self, D: Array) -> Array:
        """(X_t ∘ X_t)ᵀ D: the diagonals of the weighted Grams, (columns, problems) from (rows, problems)."""

    def gram(self, D: Array) -> Array:
        """X_tᵀ diag(D[:, k]) X_t for each problem k: (problems, columns, columns) from (rows, problems)."""


class Design(ABC):
    """The columns of a table and its tiles, always the same tiles in the same order.

    keeps: the rows are at hand, so that callers may keep arrays with an entry for each row from pass to pass, and ask
        for some of the rows. Otherwise (a file larger than memory, a cluster) the labels come with the tiles.
    """

    keeps: ClassVar[bool] = True
    dtype: type[np.floating] = np.float64  # of margins and of whatever has an entry for each row

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int]:
        """(rows, columns), the column of ones included."""

    @property
    def work(self) -> tuple[float, float]:
        """Multiplications of a product with one problem's coefficients, there and back, and of one Gram."""
        rows, columns = self.shape
        return 2.0 * rows * columns, 0.5 * rows * columns**2

    @abstractmethod
    def blocks(self) -> Iterator[Iterable[Tile]]:
        """The tiles, in order, cut into blocks; a block is what one worker computes and one file part holds."""

    def tiles(self) -> Iterator[Tile]:
        return chain.from_iterable(self.blocks())

    def partials(self, part: Callable[[Tile], Sums]) -> Iterator[Sums]:
        """`part` summed over the tiles of each block, in block order. `part` is a pure function that can be pickled."""
        return (block_sum(part, block) for block in self.blocks())

    def sum(self, part: Callable[[Tile], Sums]) -> Sums:
        """`part` of every tile, added within blocks and then over blocks in their order: whoever computed a block, the
        bits of the sum are the same."""
        return _added(self.partials(part))

    def take(self, rows: Index) -> Self:
        """The design of some of the rows, in the given order. Only where `keeps` is set."""
        raise NotImplementedError


def block_sum(part: Callable[[Tile], Sums], block: Iterable[Tile]) -> Sums:
    """`part` of each tile of one block, added in tile order."""
    return _added(part(tile) for tile in block)


def _added(parts: Iterable[Sums]) -> Sums:
    parts = iter(parts)
    total = next(parts)
    for more in parts:
        total = tuple(whole + one for whole, one in zip(total, more, strict=True))
    return total
