"""Vectors of which a part is a sum of embeddings: implicit histories of users and of items, and side features.

    whole user u = own_u + sum over the columns c of u of weight_uc embedding_c      (biases, where a bag has them, alike)

What a user has rated says something whatever the ratings were (SVD++), and so does who rated an item; an item that
nobody has rated yet is still of a category. All of it is one thing, a `Bag`: a sparse matrix of who has what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from casestudies.errors import DataError
from casestudies.optim.factors.batches import Batches, Codes
from casestudies.optim.factors.tables import Bag, Floats, Tables

if TYPE_CHECKING:  # numba is loaded when there is an epoch to run
    from casestudies.optim.factors.bag_kernels import Lines

# steps of the embeddings in an epoch: with both histories of MovieLens 100K 1, 2, 4 and 19 (one a batch) end at .8897,
# .8879, .8900 and .8867 (validation), in .24, .25, .38 and .99 s
ROUNDS = 2
_ENTRIES = 4096  # of a sparse matrix, some 50 microseconds of work: what a thread takes at a time
_LINE = 4  # entries that a line costs besides its own


def history(side: Literal["user", "item"], user: Codes, item: Codes, shape: tuple[int, int], ridge: float) -> Bag:
    """Which items each user has rated, or which users rated each item, n of them with weight n^-1/2 each.

    user, item: (ratings,) codes below `shape`; what was rated twice counts twice. ridge: of the embeddings, as often as
    the mean column has ratings (`Joined`).

    Source: Koren 2008, "Factorization meets the neighborhood", for users (SVD++); Rendle, Zhang and Koren 2019, "On the
    difficulty of evaluating baselines", for items as well ("flipped").
    """
    rows, columns = (user, item) if side == "user" else (item, user)
    size = shape if side == "user" else shape[::-1]
    count = np.bincount(rows, minlength=size[0])
    weight = (np.maximum(count, 1) ** -0.5).astype(np.float32)
    order = np.argsort(rows, kind="stable")
    return Bag(
        name=f"history of {side}s",
        side=side,
        indptr=np.concatenate([[0], np.cumsum(count)]),
        indices=columns[order].astype(np.int32),
        data=weight[rows[order]],
        columns=size[1],
        ridge=ridge,
    )


def summed(tables: Tables, bags: Sequence[Bag]) -> Tables:
    """The vectors and biases that predict: the sums of the bags are in them, and no bags are left."""
    whole = {
        "user": (tables.users.copy(), tables.user_bias.copy()),
        "item": (tables.items.copy(), tables.item_bias.copy()),
    }
    for bag, embeddings, biases in zip(bags, tables.bags, tables.bag_bias, strict=True):
        vectors, levels = whole[bag.side]
        matrix = _matrix(bag, len(vectors))
        vectors += matrix @ embeddings
        if bag.biased:
            levels += matrix @ biases
    (users, user_bias), (items, item_bias) = whole["user"], whole["item"]
    return Tables(users, items, user_bias, item_bias)


@dataclass(frozen=True, eq=False)
class Joined:
    """The bags of one side, side by side as one sparse matrix, and what holds their embeddings.

    places: of these bags among all, in their order. matrix: (rows, columns of all of them).
    ratings: (columns,) float32 how many the mean column of the bag has, each counted with the square of its weight: so
    often the ridges count in an epoch. All columns of a bag are held alike: with a ridge that grows with a column's own
    ratings both histories of MovieLens 100K end at .8903 instead of .8878 (validation).
    ridge: (columns,) of the bag. biased: (columns,) 1 or 0.
    """

    places: tuple[int, ...]
    matrix: sparse.csr_array
    ratings: Floats
    ridge: Floats
    biased: Floats

    @classmethod
    def of(cls, bags: Sequence[Bag], side: str, ratings: NDArray[np.integer]) -> Joined:
        """ratings: (rows,) how many each row of the side has."""
        places = tuple(place for place, bag in enumerate(bags) if bag.side == side)
        matrices = [sparse.csr_array((len(ratings), 0), dtype=np.float32)]
        each = [np.zeros((0, 3), np.float32)]
        for place in places:
            bag = bags[place]
            matrix = _matrix(bag, len(ratings))
            through = matrix.power(2).T @ ratings.astype(np.float32)
            mean = through.sum() / max(np.count_nonzero(through), 1)
            matrices.append(matrix)
            each.append(np.tile(np.array([mean, bag.ridge, bag.biased], np.float32), (bag.columns, 1)))
        of_columns = np.ascontiguousarray(np.concatenate(each).T)
        return cls(places, sparse.csr_array(sparse.hstack(matrices, format="csr")), *of_columns)

    @cached_property
    def by_row(self) -> Lines:
        return _lines(self.matrix)

    @cached_property
    def by_column(self) -> Lines:
        return _lines(sparse.csr_array(self.matrix.T.tocsr()))


@dataclass(frozen=True, eq=False)
class Gathered:
    """All bags, ready for the epochs of one division into batches. rounds: steps of the embeddings in an epoch."""

    users: Joined
    items: Joined
    rounds: int = ROUNDS

    @classmethod
    def of(cls, bags: Sequence[Bag], batches: Batches, shape: tuple[int, int], rounds: int = ROUNDS) -> Gathered:
        """shape: users and items.

        Raises
        ------
        DataError: a bag of another number of rows than its side, or with columns that it does not count.
        """
        user_ratings = np.bincount(batches.items.other, minlength=shape[0])
        item_ratings = np.bincount(batches.users.other, minlength=shape[1])
        return cls(Joined.of(bags, "user", user_ratings), Joined.of(bags, "item", item_ratings), rounds)


def _matrix(bag: Bag, rows: int) -> sparse.csr_array:
    if len(bag.indptr) != rows + 1:
        raise DataError(f"{bag.name}: {len(bag.indptr) - 1} rows where there are {rows} {bag.side}s")
    outside = bag.indices[(bag.indices < 0) | (bag.indices >= bag.columns)]
    if len(outside):
        raise DataError(f"{bag.name}: column {outside.max()} where {bag.columns} are numbered from 0")
    matrix = sparse.csr_array((bag.data, bag.indices, bag.indptr), shape=(rows, bag.columns), copy=True)
    matrix.sum_duplicates()  # in place, hence the copy
    return matrix


def _lines(matrix: sparse.csr_array) -> Lines:
    from casestudies.optim.factors.bag_kernels import Lines

    firsts = matrix.indptr.astype(np.int64)
    part = (firsts[:-1] + _LINE * np.arange(len(firsts) - 1)) // _ENTRIES
    chunks = np.append(np.flatnonzero(np.diff(part, prepend=-1)), len(part))
    return Lines(firsts, matrix.indices.astype(np.int32), matrix.data.astype(np.float32), chunks)
