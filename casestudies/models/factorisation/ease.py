"""EASE: a linear model from items to items in closed form; hard to beat where items are few."""

from __future__ import annotations

from typing import Self

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.sparse import csr_array

from casestudies.errors import ConfigError, DataError
from casestudies.models.factorisation.asked import numbers_within
from casestudies.models.factorisation.recency import Recency, Unit
from casestudies.models.factorisation.vectors import Codes, Floats, Times
from casestudies.tabular.interactions import Interactions

MOST_ITEMS = 20_000  # 5 GB while it is fitted, 1.6 GB after
_BLOCK = 512  # users laid out at once


class Ease:
    """score(u, i) = sum over the user's items j of weight_j · B_ji,  B the best linear map of histories onto themselves.

    Minimises |X - XB|² + ridge |B|² with a diagonal of 0, so that no item explains itself; X is 1 where a user has had to
    do with an item. One inverse of the items' Gram matrix: B = I - P diag(1 / diag P),  P = (X'X + ridge I)⁻¹.

    Parameters
    ----------
    ridge: in users.
    half_life: after which an older interaction of the user counts half in the score (not in B); None = all alike.
    unit: of it, "events" or "days", see `Recency`.

    Raises
    ------
    ConfigError: a ridge or a half-life that is not above 0.

    Source: Steck 2019, "Embarrassingly shallow autoencoders for sparse data", equation 8.
    """

    name = "ease"
    rates = False

    def __init__(self, ridge: float = 200.0, half_life: float | None = None, unit: Unit = "events") -> None:
        if not 0 < ridge < np.inf:
            raise ConfigError(f"ridge is {ridge}", advice="give a number above 0")
        self.ridge, self.half_life, self.unit = ridge, half_life, unit
        self._recency = None if half_life is None else Recency(half_life, unit)

    def fit(self, data: Interactions) -> Self:
        """Raises DataError: more than 20,000 items, or a half-life and no times."""
        users, items = data.shape
        if items > MOST_ITEMS:
            raise DataError(
                f"{items:,} items are too many for ease, which is quadratic in them",
                advice=f"leave it out, or keep the {MOST_ITEMS:,} most frequent items",
            )
        weights = np.ones(len(data), np.float32) if self._recency is None else self._recency.weights(data)
        history = csr_array((np.ones(len(data), np.float32), (data.user, data.item)), shape=(users, items))
        history.sum_duplicates()
        history.data[:] = 1.0
        known = np.flatnonzero(np.bincount(data.item, minlength=items))  # the others have no weights but 0
        self.weights_: Floats = np.zeros((items, items), np.float32)
        self.weights_[np.ix_(known, known)] = _map(history[:, known], self.ridge)
        return self._remember(data, weights)

    def weighted(self, data: Interactions, weights: Floats) -> Ease:
        """The same map of items, and each interaction of these users under a weight of its own: (rows,)."""
        other = Ease(self.ridge)
        other.weights_ = self.weights_
        return other._remember(data, weights)

    def scores(self, users: Codes) -> Floats:
        """(users, items); see `Recommender`."""
        rows = self._history[numbers_within(users, self._history.shape[0], "user")]
        return np.asarray(rows @ self.weights_, np.float32)

    def rate(self, users: Codes, items: Codes, time: Times | None = None) -> Floats:
        """(pairs,) the scores; ease does not rate."""
        rows = self._history[numbers_within(users, self._history.shape[0], "user")]
        numbers = numbers_within(items, self._history.shape[1], "item")
        ends = np.repeat(numbers, np.diff(rows.indptr))
        parts = rows.data * self.weights_[rows.indices, ends]
        pair = np.repeat(np.arange(len(numbers)), np.diff(rows.indptr))
        return np.bincount(pair, parts, minlength=len(numbers)).astype(np.float32)

    def _remember(self, data: Interactions, weights: Floats) -> Self:
        """An item that comes more than once counts by its newest time, so by the largest weight."""
        order = np.lexsort((weights, data.item, data.user))
        user, item = data.user[order], data.item[order]
        newest = np.ones(len(order), bool)
        newest[:-1] = (user[1:] != user[:-1]) | (item[1:] != item[:-1])
        self._history = csr_array((weights[order][newest], (user[newest], item[newest])), shape=data.shape)
        return self


def _map(history: csr_array, ridge: float) -> Floats:
    """B, (items, items); counts are whole numbers, so their sums are exact in any order."""
    users, items = history.shape
    gram = np.zeros((items, items))
    for first in range(0, users, _BLOCK):
        block = history[first : first + _BLOCK].toarray()
        gram += block.T @ block
    gram.flat[:: items + 1] += ridge
    factor, _ = dpotrf(gram.T, lower=1, overwrite_a=1)
    inverse, _ = dpotri(factor, lower=1, overwrite_c=1)
    own = np.diag(inverse).astype(np.float32)
    whole = inverse.astype(np.float32, order="C")
    for first in range(0, items, _BLOCK):  # LAPACK leaves the upper half as it was
        last = min(first + _BLOCK, items)
        corner = np.tril(whole[first:last, first:last])
        whole[first:last, first:last] = corner + np.tril(corner, -1).T
        whole[first:last, last:] = whole[last:, first:last].T
    whole /= -own
    whole.flat[:: items + 1] = 0.0
    return whole
