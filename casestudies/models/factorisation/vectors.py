"""What serves: the vectors and biases that scores are made of, whatever they were trained by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Codes = NDArray[np.int32] | NDArray[np.intp]
Times = NDArray[np.int64]  # seconds since 1970


@dataclass(frozen=True, eq=False)
class Vectors:
    """score(u, i) = mean + user_bias[u] + item_bias[i] + users[u] · items[i].

    Side features, implicit histories and the average over snapshots are already in them: a sum of embeddings is one
    vector, and the mean of several models of the same shape is one model of their vectors side by side.

    users: (users, factors) float32. items: (items, factors). user_bias: (users,). item_bias: (items,).
    """

    users: Floats
    items: Floats
    user_bias: Floats
    item_bias: Floats
    mean: float

    def scores(self, users: Codes) -> Floats:
        """(users, items) of some users by number: one product of matrices."""
        out = self.users[users] @ self.items.T
        out += self.item_bias
        out += (self.user_bias[users] + np.float32(self.mean))[:, None]
        return out

    def pairs(self, users: Codes, items: Codes) -> Floats:
        """(pairs,) the scores of these pairs of numbers."""
        product = np.einsum("nk,nk->n", self.users[users], self.items[items])
        return product + self.user_bias[users] + self.item_bias[items] + np.float32(self.mean)
