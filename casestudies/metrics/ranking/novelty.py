"""Novelty: how surprising it is to know the items that are shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array
from casestudies.metrics.ranking.metric import RankingMetric
from casestudies.metrics.ranking.ranked import Codes


def novelty(lists: Codes, owners: ArrayLike, users: int) -> Array:
    """Mean self-information of the items of a list: -log2 of the share of users who have the item.

    An item that half of the users have carries 1 bit, one that a thousandth have about 10. An item that nobody has yet
    counts as one that a single user has.

    Parameters
    ----------
    lists: (users, k) item numbers; -1 = a place left empty.
    owners: (items,) how many users have each item. users: all users that could have.

    Returns
    -------
    (users,) bits; nan for an empty list.

    Source: Zhou et al. 2010, "Solving the apparent diversity-accuracy dilemma of recommender systems", PNAS 107(10).
    """
    bits = -np.log2(np.maximum(np.asarray(owners, dtype=np.float64), 1.0) / max(users, 1))
    return mean_of(bits, lists)


def mean_of(values: Array, lists: Codes) -> Array:
    """(users,) the mean over a list of what each of its items is worth; nan for an empty list. values: (items,)."""
    there = lists >= 0
    total = np.where(there, values[lists], 0.0).sum(axis=1)
    count = np.count_nonzero(there, axis=1)
    return np.divide(total, count, out=np.full(len(lists), np.nan), where=count > 0)


NOVELTY = RankingMetric(
    name="novelty",
    title="Novelty",
    unit="bits",
    higher_is_better=None,
    meaning="How rare the shown items are: minus log2 of the share of users who have one, averaged; more bits, less known.",
)
