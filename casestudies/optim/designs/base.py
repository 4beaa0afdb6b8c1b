"""A design: how the rows of a table are held, seen from above as tiles and sums.

Dense arrays, sparse ones, codes of bins, a GPU tensor, a file larger than memory and a cluster differ only here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Protocol

from casestudies.optim.arrays import Array


class Tile(Protocol):
    """A block of consecutive rows, X_t (rows of the tile, columns)."""

    @property
    def rows(self) -> slice:
        """Where the tile stands in the table."""

    def matmul(self, W: Array) -> Array:
        """X_t W: (rows, problems) from (columns, problems)."""

    def rmatmul(self, S: Array) -> Array:
        """X_tᵀ S: (columns, problems) from (rows, problems)."""

    def squares(self, D: Array) -> Array:
        """(X_t ∘ X_t)ᵀ D: the diagonals of the weighted Grams, (columns, problems) from (rows, problems)."""

    def gram(self, D: Array) -> Array:
        """X_tᵀ diag(D[:, k]) X_t for each problem k: (problems, columns, columns) from (rows, problems)."""


class Design(ABC):
    """The columns of a table and its tiles, always the same tiles in the same order."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int]:
        """(rows, columns), the column of ones included."""

    @abstractmethod
    def tiles(self) -> Iterator[Tile]: ...

    def sum(self, part: Callable[[Tile], tuple[Array, ...]]) -> tuple[Array, ...]:
        """`part` of every tile, added in tile order, so that the sums do not depend on who computed which tile."""
        tiles = self.tiles()
        total = part(next(tiles))
        for tile in tiles:
            total = tuple(whole + more for whole, more in zip(total, part(tile), strict=True))
        return total
