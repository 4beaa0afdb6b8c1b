"""What items are seen to be alike in, the same for all models."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from casestudies.tabular.interactions import Interactions

_WIDTH = 128  # random directions: a cosine of two items is then known to about 0.09, a mean of many to far less


def item_vectors(data: Interactions, known: NDArray[np.intp], seed: int) -> tuple[NDArray[np.float64], str]:
    """(items, d) vectors to see in how alike items are, the same for all models, and in words what they say.

    Where the table of items has a column `category`, the category; else who had the item, as random directions of the
    users summed (a cosine then estimates that of the two items' sets of users).

    Source of the latter: Achlioptas 2003, "Database-friendly random projections".
    """
    if "category" in data.items and len(data.items) == data.shape[1]:
        codes, names = data.items["category"].factorize(use_na_sentinel=False)
        return (np.eye(len(names)) if len(names) <= _WIDTH else _signs(len(names), seed))[codes], "category"
    from scipy.sparse import csr_array

    ones = np.ones(len(known), dtype=np.float32)
    had = csr_array((ones, (data.item[known], data.user[known])), shape=(data.shape[1], data.shape[0]))
    had.data[:] = 1.0  # once, however often
    return np.asarray(had @ _signs(data.shape[0], seed), dtype=np.float64), "users"


def _signs(count: int, seed: int) -> NDArray[np.float32]:
    """(count, d) directions of which any two are about at right angles."""
    return np.random.default_rng(seed).integers(0, 2, (count, _WIDTH)).astype(np.float32) * 2 - 1
