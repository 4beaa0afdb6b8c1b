"""Rows in a torch tensor, on the processor or on a graphics card."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import ConfigError, DataError, MissingExtra, shown
from casestudies.optim.arrays import Index
from casestudies.optim.designs.base import Design, Sums, Tile
from casestudies.optim.designs.limits import LARGEST, unusable

try:
    import torch
except ImportError as error:
    raise MissingExtra("torch", "torch") from error

_LARGEST_SINGLE = 1e18  # its square is a float32 still
_TILE = 2048  # rows of a tile; on a card, what it does with one should take longer than asking for it
_TILE_OF_CARDS = 1 << 17


@dataclass(frozen=True)
class TorchTile:
    """`X` (rows, features) on its device; the column of ones, always the last, is arithmetic and never stored.

    Coefficients come as NumPy arrays. Everything with an entry per row is a float64 tensor on the device, whatever the
    precision `X` is held in.
    """

    rows: slice
    X: torch.Tensor
    intercept: bool

    y = weights = folds = None

    def bring(self, array: Any) -> Any:
        return torch.as_tensor(array, dtype=torch.float64, device=self.X.device)

    def matmul(self, W: Any) -> Any:
        W = self.bring(W)
        if not self.intercept:
            return self._product(self.X, W)
        Z = self._product(self.X, W[:-1])
        Z += W[-1]
        return Z

    def rmatmul(self, S: Any) -> Any:
        return self._stacked(self._product(self.X.T, S), S)

    def squares(self, D: Any) -> Any:
        return self._stacked(self._product((self.X * self.X).T, D), D)

    def gram(self, D: Any) -> Any:
        out = []
        for weights in D.T:
            gram = self._product(self.X.T, weights[:, None] * self.X)
            if self.intercept:
                edge = self.rmatmul(weights[:, None])
                gram = torch.cat([torch.cat([gram, edge[:-1]], dim=1), edge.T])
            out.append(gram)
        return torch.stack(out)

    def _product(self, A: torch.Tensor, B: torch.Tensor) -> torch.Tensor:
        """A B in the precision of `X`, the result in float64."""
        if A.dtype == torch.float64:
            return A @ B
        with _full_mantissas():
            return (A @ B.to(A.dtype)).to(torch.float64)

    def _stacked(self, top: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        return torch.cat([top, rows.sum(dim=0, keepdim=True)]) if self.intercept else top


class Torch(Design):
    """A tensor that lies on a device and is computed with there: for tables that fit on a graphics card.

    Parameters
    ----------
    X: (rows, features) tensor or array.
    device: as torch names it ("cpu", "cuda", "cuda:1"); "auto" = the graphics card, where there is one.
    intercept: a column of ones is added as the last column.
    dtype: what `X` is held in: float64, or float32 for half the memory. Products of float32 keep their full mantissas
        (TF32 stays off), and all else is float64.
    tile: rows of a tile; by default 2,048, on a card 131,072.

    Raises
    ------
    MissingExtra: torch is not installed.
    ConfigError: no such device, or a type that is neither float32 nor float64.
    DataError: no rows, a missing value, or one beyond 1e100 (1e18 in float32); the message gives their count, the first row and column.
    """

    def __init__(
        self,
        X: torch.Tensor | NDArray[np.generic],
        device: str = "auto",
        intercept: bool = True,
        dtype: torch.dtype = torch.float64,
        tile: int | None = None,
    ) -> None:
        if X.ndim != 2 or X.shape[0] == 0:
            raise DataError(f"no table: X has the shape {tuple(X.shape)}", advice="give rows and columns")
        if dtype not in (torch.float64, torch.float32):
            raise ConfigError(f"{dtype} is too coarse to fit with", advice="use torch.float64 or torch.float32")
        self.X = torch.as_tensor(X).to(device=_device(device), dtype=dtype)
        self.intercept = intercept
        self.tile = tile or (_TILE if self.X.device.type == "cpu" else _TILE_OF_CARDS)
        largest = LARGEST if dtype is torch.float64 else _LARGEST_SINGLE
        bad = torch.nonzero(~(self.X.abs() <= largest))
        if len(bad):
            row, column = bad[0].tolist()
            raise unusable(len(bad), self.X[row, column].item(), row, column, largest)

    @property
    def shape(self) -> tuple[int, int]:
        return self.X.shape[0], self.X.shape[1] + int(self.intercept)

    def blocks(self) -> Iterator[Iterable[TorchTile]]:
        yield self._tiles()

    def _tiles(self) -> Iterator[TorchTile]:
        for first in range(0, self.X.shape[0], self.tile):
            rows = slice(first, min(first + self.tile, self.X.shape[0]))
            yield TorchTile(rows, self.X[rows], self.intercept)

    def partials(self, part: Callable[[Tile], Sums]) -> Iterator[Sums]:
        """As NumPy arrays; within a block they stay on the device."""
        for sums in super().partials(part):
            yield tuple(np.asarray(torch.as_tensor(each).cpu(), dtype=np.float64) for each in sums)

    def take(self, rows: Index) -> Self:
        some = torch.as_tensor(rows, device=self.X.device)
        return type(self)(self.X[some], str(self.X.device), self.intercept, self.X.dtype, self.tile)


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(
            f"there is no device {shown(name)} here: {str(error).splitlines()[0]}",
            advice="use 'cpu', or 'auto' for a card where there is one",
        ) from error


@contextmanager
def _full_mantissas() -> Iterator[None]:
    """Products of float32 as exact as they can be, whatever the program that called has allowed (TF32 keeps 10 bits)."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
