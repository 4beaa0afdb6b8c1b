"""The squared loss over the whole table of users and items, of which only some cells were observed.

Who has acted on what is the only thing known, so every cell of the table counts: those with an action are drawn to 1,
and all of them, with a small weight, to 0. Summed over all cells that would cost users x items; by the Gram matrix of
the other side it costs factors² for each row, and the observed cells.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from casestudies.errors import ConfigError, DataError
from casestudies.optim.arrays import Array
from casestudies.optim.factors.tables import Floats

Codes = NDArray[np.integer[Any]]

_BLOCK = 8192  # rows whose Gram matrix is one task: fixed, so that sums do not depend on the threads
_PIECES = 4  # tasks for each thread: rows differ in cost, and the last to end should not be long alone


@dataclass(frozen=True, eq=False)
class Side:
    """The observed cells of the users, or of the items: a sparse matrix by rows (CSR).

    ridges: (rows,) strength of the penalty on each row's vector.
    """

    starts: NDArray[np.int64]
    others: NDArray[np.int32]
    weights: Floats
    ridges: Floats

    @classmethod
    def of(
        cls, own: Codes, other: Codes, weights: Floats, shape: tuple[int, int], ridges: Callable[[Array], Array]
    ) -> Side:
        """shape: of the table, this side first. ridges: of the rows' observed weights."""
        # adds up what comes more than once and sorts, so the order of the rows given makes no difference
        cells = coo_array((weights, (own, other)), shape=shape).tocsr()
        observed = cells.sum(axis=1, dtype=np.float64)
        others = cells.indices.astype(np.int32)
        return cls(cells.indptr.astype(np.int64), others, cells.data, ridges(observed).astype(np.float32))

    def pieces(self, count: int) -> list[tuple[int, int]]:
        """First and last row of at most `count` stretches of like cost."""
        rows = len(self.ridges)
        costs = self.starts + np.arange(rows + 1)
        cuts = np.unique(np.searchsorted(costs, np.linspace(0, costs[-1], count + 1)[1:-1]))
        edges = [0, *cuts[(cuts > 0) & (cuts < rows)].tolist(), rows]
        return list(pairwise(edges))


@dataclass(frozen=True, eq=False)
class WholeObjective:
    """sum of w (1 - p·q)² over observed cells + w0 sum of (p·q)² over all cells + sum of ridge_r |row r|² over rows.

    `ridge_r = ridge · (row's weight over all its cells) ** scale`: at 1 each cell is penalised alike, at 0 each row; 1
    keeps the vectors of frequent rows from being regularised away to nothing beside the sum of their cells.

    Parameters
    ----------
    user, item: (cells,) numbers from 0 of the observed cells. weight: (cells,) above 0; None = 1 each.
    shape: users and items of the table, observed or not.
    factors: length of the vectors. ridge: strength of the penalty, per unit of weight. scale: see above.
    unobserved: w0, the weight of every cell as a 0.
    held_out: (user, item) cells left out of `user` and `item`, to be watched: `held_out_loss` is the loss without the
        penalty when these are the observed cells, per held-out cell.
    threads: the vectors are the same, bit for bit, whatever their number.

    Raises
    ------
    ConfigError: a setting out of its range. DataError: no cells, or numbers and weights out of their ranges.

    Source: Hu, Koren, Volinsky 2008, "Collaborative filtering for implicit feedback datasets"; Rendle, Krichene, Zhang,
    Koren 2021, "Revisiting the performance of iALS on item recommendation benchmarks", equations 1 and 5.
    """

    user: Codes
    item: Codes
    weight: Floats | None
    shape: tuple[int, int]
    factors: int = 64
    ridge: float = 0.005
    scale: float = 1.0
    unobserved: float = 0.5
    held_out: tuple[Codes, Codes] | None = None
    threads: int = 1

    def __post_init__(self) -> None:
        positive = {
            "factors": self.factors,
            "unobserved": self.unobserved,
            "ridge": self.ridge,
            "threads": self.threads,
        }
        for name, value in positive.items():
            if not 0 < value < np.inf:
                raise ConfigError(f"{name} is {value}", advice=f"give {name} a finite number above 0")
        if not 0 <= self.scale <= 2:
            raise ConfigError(f"scale is {self.scale}", advice="give a number from 0 to 2")
        if not len(self.user):
            raise DataError("there is no observed cell to learn from", advice="give at least one interaction")
        for name, numbers, count in (("user", self.user, self.shape[0]), ("item", self.item, self.shape[1])):
            if len(numbers) != len(self.user) or numbers.min() < 0 or numbers.max() >= count:
                raise DataError(f"{name} must hold {len(self.user)} numbers from 0 to {count - 1}")
        weights = self.weights
        if len(weights) != len(self.user) or not (np.isfinite(weights) & (weights > 0)).all():
            raise DataError(f"weight must hold {len(self.user)} finite numbers above 0")

    @property
    def weights(self) -> Floats:
        return np.ones(len(self.user), np.float32) if self.weight is None else self.weight.astype(np.float32)

    @cached_property
    def users(self) -> Side:
        return Side.of(self.user, self.item, self.weights, self.shape, self._ridges(self.shape[1]))

    @cached_property
    def items(self) -> Side:
        return Side.of(self.item, self.user, self.weights, self.shape[::-1], self._ridges(self.shape[0]))

    @property
    def baseline(self) -> float:
        """The loss of the best constant score for every cell."""
        observed, whole = float(self.weights.sum(dtype=np.float64)), self.unobserved * float(np.prod(self.shape))
        return observed * whole / (observed + whole)

    def penalty(self, vectors: Floats, side: Side) -> float:
        return float(side.ridges.astype(np.float64) @ np.square(vectors, dtype=np.float64).sum(axis=1))

    def held_out_loss(self, users: Floats, items: Floats) -> float:
        """See the class; nan where nothing is held out."""
        if self.held_out is None or not len(self.held_out[0]):
            return np.nan
        user, item = self.held_out
        scores = np.einsum("nk,nk->n", users[user], items[item]).astype(np.float64)
        whole = self.unobserved * float((self._gram(users) * self._gram(items)).sum())
        return float(np.square(1 - scores).mean()) + whole / float(self.weights.sum(dtype=np.float64))

    def descended(self, side: Side, rows: Floats, fixed: Floats, products: int) -> tuple[Floats, Floats, float]:
        """One side after steps of conjugate gradient on each row, the other fixed; `products` 0 = as it was.

        Returns the vectors, minus half the slope at them, and the loss with this side's penalty and not the other's.
        """
        from casestudies.optim.factors.alternating_kernels import descend

        common = (self.unobserved * self._gram(fixed)).astype(np.float32)
        new, residuals, losses = rows.copy(), np.empty_like(rows), np.empty(len(rows))

        def task(first: int, last: int) -> None:
            cells = side.starts, side.others, side.weights
            descend(*cells, fixed, common, side.ridges, new, residuals, losses, products, first, last)

        self._share(task, side.pieces(1 if self.threads == 1 else _PIECES * self.threads))
        return new, residuals, float(losses.sum())

    def _gram(self, vectors: Floats) -> Array:
        from casestudies.optim.factors.alternating_kernels import gram

        blocks = range(0, len(vectors), _BLOCK)
        parts = np.zeros((len(blocks), vectors.shape[1], vectors.shape[1]))

        def task(first: int, last: int) -> None:
            gram(vectors, first, last, parts[first // _BLOCK])

        self._share(task, [(first, min(first + _BLOCK, len(vectors))) for first in blocks])
        whole: Array = parts.sum(axis=0)
        return whole

    def _share(self, task: Callable[[int, int], None], pieces: list[tuple[int, int]]) -> None:
        """The compiled loops let go of Python's lock, so plain threads do."""
        if self.threads == 1 or len(pieces) == 1:
            for first, last in pieces:
                task(first, last)
            return
        with ThreadPoolExecutor(self.threads) as pool:
            for _ in pool.map(task, *zip(*pieces, strict=True)):
                pass

    def _ridges(self, others: int) -> Callable[[Array], Array]:
        return lambda observed: self.ridge * (observed + self.unobserved * others) ** self.scale
