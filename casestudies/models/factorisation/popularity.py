"""Popularity: the same order of items for everybody. What every recommender has to beat."""

from __future__ import annotations

from typing import Self

import numpy as np

from casestudies.errors import ConfigError
from casestudies.models.factorisation.asked import numbers_within
from casestudies.models.factorisation.recency import decayed, times_of
from casestudies.models.factorisation.vectors import Codes, Floats, Times
from casestudies.tabular.interactions import DAY, Interactions


class Popularity:
    """score(u, i) = interactions that item i has had, weighted; of explicit ratings their number, whatever they said.

    Parameters
    ----------
    half_life: days after which an interaction counts half, back from the newest of all: what is popular now. None =
        all count alike.

    Raises
    ------
    ConfigError: a half-life that is not above 0.

    Examples
    --------
    >>> import pandas as pd
    >>> names = pd.Index(["ann", "bob"]), pd.Index(["tea", "jam"])
    >>> data = Interactions(np.array([0, 1, 1], np.int32), np.array([1, 0, 1], np.int32), *names)
    >>> Popularity().fit(data).scores(np.array([0]))
    array([[1., 2.]], dtype=float32)
    """

    name = "popularity"
    rates = False

    def __init__(self, half_life: float | None = None) -> None:
        if half_life is not None and not 0 < half_life < np.inf:
            raise ConfigError(f"half_life is {half_life}", advice="give days above 0, or none")
        self.half_life = half_life

    def fit(self, data: Interactions) -> Self:
        """Raises DataError: there is a half-life and the interactions have no times."""
        weights = np.ones(len(data)) if data.explicit else data.value.astype(np.float64)
        if self.half_life is not None:
            times = times_of(data)
            weights = weights * decayed((times.max(initial=0) - times) / DAY, self.half_life)
        self._users = data.shape[0]
        self.counts_: Floats = np.bincount(data.item, weights, minlength=data.shape[1]).astype(np.float32)
        return self

    def scores(self, users: Codes) -> Floats:
        """(users, items); see `Recommender`."""
        return np.tile(self.counts_, (len(numbers_within(users, self._users, "user")), 1))

    def rate(self, users: Codes, items: Codes, time: Times | None = None) -> Floats:
        """(pairs,) the scores; popularity does not rate."""
        numbers_within(users, self._users, "user")
        return self.counts_[numbers_within(items, len(self.counts_), "item")]
