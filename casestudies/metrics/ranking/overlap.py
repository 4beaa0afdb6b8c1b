"""Overlap: how much of one list stands in another, so that a model that only copies popularity is found out."""

from __future__ import annotations

import numpy as np

from casestudies.metrics.cases import Array
from casestudies.metrics.ranking.metric import RankingMetric
from casestudies.metrics.ranking.ranked import Codes, Sets


def overlap(lists: Codes, others: Codes) -> Array:
    """The share of each list that also stands in the other list of the same user, in whatever order.

    Parameters
    ----------
    lists, others: (users, k) item numbers; -1 = a place left empty.

    Returns
    -------
    (users,) 0 to 1; nan for an empty list.
    """
    there = others >= 0
    held = Sets.of(np.nonzero(there)[0], others[there], len(others)).hold(lists)
    count = np.count_nonzero(lists >= 0, axis=1)
    shared = np.count_nonzero(held, axis=1).astype(np.float64)
    return np.divide(shared, count, out=np.full(len(lists), np.nan), where=count > 0)


POPULARITY_OVERLAP = RankingMetric(
    name="popularity_overlap",
    title="Shared with popularity",
    unit="",
    higher_is_better=None,
    meaning="The share of a list that the user would have been shown by popularity alone.",
)
