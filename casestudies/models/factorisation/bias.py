"""The mean, the generosity of the user and the quality of the item: what a rating is before any taste."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import LinearOperator, cg

from casestudies.errors import ConfigError, DataError
from casestudies.models.factorisation.asked import numbers_within
from casestudies.models.factorisation.vectors import Codes, Floats, Times
from casestudies.tabular.interactions import Interactions

Array = NDArray[np.float64]

_SETTLED = 1e-9  # residual, relative: single precision keeps 1e-7 of a score


class Bias:
    """rating(u, i) = mean + user bias + item bias, the biases by ridge regression.

    Minimises the sum of squared errors + ridge · (squared biases); the mean is that of the ratings. Given the items', the
    users' biases have a closed form; put into the normal equations it leaves those of the items alone, which
    conjugate gradient solves. (Taking turns until nothing moves takes hundreds of sweeps where the ridge is small: all
    users up and all items down is a direction that only the ridge holds.)

    Parameters
    ----------
    ridge: ratings of a user or an item that are needed to move its bias half of the way to its own mean.

    Raises
    ------
    ConfigError: a ridge that is not above 0.
    """

    name = "bias"
    rates = True

    def __init__(self, ridge: float = 5.0) -> None:
        if not 0 < ridge < np.inf:
            raise ConfigError(f"ridge is {ridge}", advice="give a number above 0")
        self.ridge = ridge

    def fit(self, data: Interactions) -> Self:
        """Raises DataError: the data has no ratings."""
        if data.rating is None or not len(data):
            raise DataError("there are no ratings to learn biases from", advice="use popularity for implicit feedback")
        ratings = data.rating.astype(np.float64)
        self._scale = data.scale or (float(ratings.min()), float(ratings.max()))
        self.mean_ = float(ratings.mean())
        users, items = self._solved(data, ratings - self.mean_)
        self.user_bias_: Floats = users.astype(np.float32)
        self.item_bias_: Floats = items.astype(np.float32)
        return self

    def scores(self, users: Codes) -> Floats:
        """(users, items) not cut to the scale, so that the order of items stays strict; see `Recommender`."""
        own = self.user_bias_[numbers_within(users, len(self.user_bias_), "user")] + np.float32(self.mean_)
        return own[:, None] + self.item_bias_

    def rate(self, users: Codes, items: Codes, time: Times | None = None) -> Floats:
        """(pairs,) expected ratings within the scale."""
        own = self.user_bias_[numbers_within(users, len(self.user_bias_), "user")] + np.float32(self.mean_)
        return np.clip(own + self.item_bias_[numbers_within(items, len(self.item_bias_), "item")], *self._scale)

    def _solved(self, data: Interactions, rest: Array) -> tuple[Array, Array]:
        """(users,), (items,) the biases that explain what the mean leaves."""
        counts = csr_array((np.ones(len(data)), (data.user, data.item)), shape=data.shape)
        of_users, of_items = (counts.sum(axis=axis) + self.ridge for axis in (1, 0))
        users = np.bincount(data.user, rest, minlength=len(of_users))
        items = np.bincount(data.item, rest, minlength=len(of_items))
        across = counts.T.tocsr()

        def without_users(biases: Array) -> Array:
            return of_items * biases - across @ ((counts @ biases) / of_users)

        size = len(of_items), len(of_items)
        system = LinearOperator(size, without_users, dtype=np.float64)
        scaling = LinearOperator(size, lambda slopes: slopes / of_items, dtype=np.float64)
        solution, _ = cg(system, items - across @ (users / of_users), rtol=_SETTLED, M=scaling)
        return (users - counts @ solution) / of_users, solution
