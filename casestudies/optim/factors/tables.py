"""What a factorisation learns, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Bag:
    """Embeddings that are summed into the vectors of one side: vector = own + matrix @ embeddings.

    The items a user has rated (SVD++), the users who rated an item, the category of an item, the age of a user: each is
    a sparse matrix of who has what.

    side: whose vectors it is added to. indptr, indices, data: the matrix as CSR, (users or items, columns) float32.
    columns: rows of the table of embeddings. ridge: L2 for each embedding, counted as often as the mean column of the bag
    has ratings, each with the square of its weight. biased: whether each column also carries a bias, summed in the same way (side features do: a cold item
    has a level of its own; histories do not).
    """

    name: str
    side: str  # "user" | "item"
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    data: Floats
    columns: int
    ridge: float
    biased: bool = False


@dataclass(frozen=True)
class Tables:
    """users: (users, factors) own vectors. items: (items, factors). user_bias, item_bias: (users,), (items,).

    bags: (columns, factors) of each `Bag`, in their order. bag_bias: (columns,) of each, zeros where it has none.
    """

    users: Floats
    items: Floats
    user_bias: Floats
    item_bias: Floats
    bags: tuple[Floats, ...] = ()
    bag_bias: tuple[Floats, ...] = ()
