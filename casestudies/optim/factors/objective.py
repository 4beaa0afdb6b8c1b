"""Ratings of items by users as something to be minimised over their vectors and biases."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import cast

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import ConfigError, DataError
from casestudies.optim.arrays import Array
from casestudies.optim.factors.bags import Gathered, summed
from casestudies.optim.factors.batches import Batches, Codes, Ratings, count_for
from casestudies.optim.factors.tables import Bag, Floats, Tables

_LEAST = {"factors": 1, "ridge": 0, "bias_ridge": 0, "growth": 0, "batches": 1, "threads": 1, "seed": 0}


@dataclass(frozen=True)
class Layout:
    """How the tables lie in one vector of all that is learnt: users, items, their biases, then the bags and theirs.

    bags: the columns of each.
    """

    users: int
    items: int
    factors: int
    bags: tuple[int, ...] = ()

    @property
    def _shapes(self) -> list[tuple[int, ...]]:
        vectors = [(rows, self.factors) for rows in (self.users, self.items)]
        in_bags = [*((columns, self.factors) for columns in self.bags), *((columns,) for columns in self.bags)]
        return [*vectors, (self.users,), (self.items,), *in_bags]

    @property
    def size(self) -> int:
        return sum(math.prod(shape) for shape in self._shapes)

    def cut(self, x: NDArray[np.floating]) -> Tables:
        """Views into (parameters, 1) or (parameters,) float32.

        Raises
        ------
        DataError: it is of another size.
        """
        if x.size != self.size:
            raise DataError(
                f"a point of {x.size} numbers for tables of {self.size}", advice="give what `join` made of such tables"
            )
        flat, shapes = cast(Floats, x.reshape(-1)), self._shapes
        ends = pairwise(accumulate((math.prod(shape) for shape in shapes), initial=0))
        parts = [flat[begin:end].reshape(shape) for (begin, end), shape in zip(ends, shapes, strict=True)]
        bags = len(self.bags)
        return Tables(parts[0], parts[1], parts[2], parts[3], tuple(parts[4 : 4 + bags]), tuple(parts[4 + bags :]))

    def join(self, tables: Tables) -> Array:
        """(parameters, 1) float32: the point that a solve begins at.

        Raises
        ------
        DataError: tables of another shape; the message names both.
        """
        parts = [tables.users, tables.items, tables.user_bias, tables.item_bias, *tables.bags, *tables.bag_bias]
        shapes = [part.shape for part in parts]
        if shapes != self._shapes:
            raise DataError(f"tables of shapes {shapes} where {self._shapes} are learnt", advice="grow them first")
        x = aligned(self.size)
        np.concatenate([part.reshape(-1) for part in parts], out=x)
        return cast(Array, x[:, None])


def aligned(size: int) -> Floats:
    """(size,) float32, not yet filled, that begins at a line of the cache: rows of 16 then never straddle one more."""
    room = np.empty(4 * size + 64, np.uint8)
    begin = -room.ctypes.data % 64
    return room[begin : begin + 4 * size].view(np.float32)


@dataclass(frozen=True, eq=False)
class FactorObjective:
    """Half the sum of squared errors, of rating - mean - biases - user · item, and of a ridge on each row.

    A row of n ratings bears  n (usual / n)^(1 - growth) (ridge |vector|^2 + bias_ridge bias^2),  usual being the n of
    the mean row of its side. With growth 1 the ridge is counted once for each rating, and a row with many is held as
    much, in proportion, as a row with few; with less, a row with few is held more.

    Parameters
    ----------
    user, item: (ratings,) codes from 0. rating: (ratings,). shape: users and items that have a row.
    factors: numbers in a vector.
    ridge, bias_ridge: L2 of vectors and biases for a rating of a usual row, in squares of the ratings' unit.
    growth: power of a row's ratings that its ridge grows with.
    bags: sums of embeddings that are added to vectors.
    batches: how many mini-batches the ratings are cut into; None = by `batches.count_for`.
    held_out: user, item, rating to judge by, which are not learnt from.
    scale: lowest and highest rating, within which held-out predictions are kept.
    threads: to work with; they change nothing but the time.
    device: where torch computes the epochs ("cuda"); None = the compiled loops, on the processor. Not with bags.
    seed: of the division into batches.
    mean: of all ratings; None = theirs. Further ratings of a fitted model go by the mean that it was fitted with.

    Raises
    ------
    DataError: no ratings, columns of different lengths, codes outside `shape`, ratings that are not finite.
    ConfigError: a setting out of its range.
    """

    user: Codes
    item: Codes
    rating: Floats
    shape: tuple[int, int]
    factors: int
    ridge: float
    bias_ridge: float
    growth: float = 1.0
    bags: Sequence[Bag] = ()
    batches: int | None = None
    held_out: Ratings | None = None
    scale: tuple[float, float] | None = None
    threads: int = 1
    seed: int = 0
    mean: float | None = None
    device: str | None = None

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if value is not None and not least <= value < np.inf:
                raise ConfigError(f"{name} is {value}", advice=f"give {name} a finite number from {least} up")
        if self.device is not None and self.bags:
            raise ConfigError("device with bags: only the compiled loops know them", advice="leave device out")
        object.__setattr__(self, "user", np.ascontiguousarray(self.user, np.int32))
        object.__setattr__(self, "item", np.ascontiguousarray(self.item, np.int32))
        object.__setattr__(self, "rating", np.ascontiguousarray(self.rating, np.float32))
        _check("ratings", (self.user, self.item, self.rating), self.shape)
        if self.held_out is not None:
            user, item, rating = self.held_out
            held_out = np.asarray(user, np.int32), np.asarray(item, np.int32), np.asarray(rating, np.float32)
            object.__setattr__(self, "held_out", held_out)
            _check("held-out ratings", held_out, self.shape)

    @cached_property
    def centre(self) -> float:
        """The mean that predictions begin from."""
        return float(self.rating.mean(dtype=np.float64)) if self.mean is None else self.mean

    @cached_property
    def usual(self) -> tuple[float, float]:
        """Ratings of the mean user and of the mean item that have any."""
        users, items = (int(np.count_nonzero(counts)) for counts in self._counts)
        return len(self.rating) / users, len(self.rating) / items

    @cached_property
    def holds(self) -> tuple[Floats, Floats]:
        """(users,), (items,) what the ridges of a row's ratings are multiplied by; without any, as if it had one."""
        users, items = (
            ((usual / np.maximum(counts, 1)) ** (1 - self.growth)).astype(np.float32)
            for usual, counts in zip(self.usual, self._counts, strict=True)
        )
        return users, items

    @cached_property
    def _counts(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """(users,), (items,) the ratings of each."""
        users, items = self.shape
        return np.bincount(self.user, minlength=users), np.bincount(self.item, minlength=items)

    @property
    def layout(self) -> Layout:
        return Layout(*self.shape, self.factors, tuple(bag.columns for bag in self.bags))

    @cached_property
    def cut(self) -> Batches:
        """The ratings in batches; made when first asked for."""
        count = self.batches or count_for(len(self.rating), int(np.count_nonzero(self._counts[0])))
        rng = np.random.default_rng(self.seed)
        rating = self.rating - np.float32(self.centre)
        return Batches.of(self.user, self.item, rating, self.shape, min(count, len(rating)), rng)

    @cached_property
    def gathered(self) -> Gathered:
        """The bags as an epoch takes them."""
        return Gathered.of(self.bags, self.cut, self.shape)

    def point(self, tables: Tables) -> Array:
        """(parameters, 1) where a solve can begin: `minimise(objective, method, start=objective.point(tables))`."""
        return self.layout.join(tables)

    def tables(self, x: Array) -> Tables:
        """What a point says, as views into it."""
        return self.layout.cut(x)

    def error(self, tables: Tables) -> float:
        """Mean squared error of the ratings learnt from."""
        return self._mean_square((self.user, self.item, self.rating), tables, -np.inf, np.inf)

    def held_out_error(self, tables: Tables) -> float:
        """Mean squared error of the held-out ratings, predictions kept within the scale; nan without any."""
        if self.held_out is None:
            return np.nan
        return self._mean_square(self.held_out, tables, *(self.scale or (-np.inf, np.inf)))

    def _mean_square(self, ratings: Ratings, tables: Tables, low: float, high: float) -> float:
        from casestudies.optim.factors.passes import mean_square

        return mean_square(ratings, self._summed(tables), self.centre, (low, high), self.threads)

    def _summed(self, tables: Tables) -> Tables:
        """With the bags in the vectors."""
        return summed(tables, self.bags) if self.bags else tables


def _check(what: str, ratings: Ratings, shape: tuple[int, int]) -> None:
    user, item, rating = ratings
    if not len(user) == len(item) == len(rating):
        raise DataError(f"{what}: {len(user)} users, {len(item)} items and {len(rating)} values do not go together")
    if not len(rating):
        raise DataError(f"{what}: there are none", advice="give at least one rating")
    for name, codes, rows in (("user", user, shape[0]), ("item", item, shape[1])):
        if codes.min() < 0 or codes.max() >= rows:
            row = int(np.argmax((codes < 0) | (codes >= rows)))
            raise DataError(
                f"{what}: {name} {codes[row]} where {rows} are numbered from 0", where=f"row {row + 1}",
                advice="make the shape larger, or drop the row",
            )  # fmt: skip
    if not np.isfinite(rating).all():
        row = int(np.argmin(np.isfinite(rating)))
        raise DataError(f"{what}: {rating[row]} is no rating", where=f"row {row + 1}", advice="drop the row")
