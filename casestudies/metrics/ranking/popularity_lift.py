"""Popularity lift: whether people are shown more popular things than they choose themselves."""

from __future__ import annotations

import numpy as np

from casestudies.metrics.cases import Array
from casestudies.metrics.ranking.metric import RankingMetric
from casestudies.metrics.ranking.novelty import mean_of
from casestudies.metrics.ranking.ranked import Codes, Sets


def popularity_sums(lists: Codes, profiles: Sets, popularity: Array) -> Array:
    """What the lift is made of: the mean popularity of each user's list and of the user's own items.

    Parameters
    ----------
    lists: (users, k) item numbers; -1 = a place left empty.
    profiles: the items that the same users have chosen themselves.
    popularity: (items,) e.g. how many users have each item.

    Returns
    -------
    (users, 2); a user without a list or without items of their own has 0 in both, and so counts in neither.
    """
    rows, items = profiles.pairs()
    own = np.bincount(rows, weights=popularity[items], minlength=len(lists)) / np.maximum(profiles.counts, 1)
    shown = mean_of(popularity, lists)
    usable = np.isfinite(shown) & (profiles.counts > 0)
    return np.where(usable[:, None], np.column_stack([shown, own]), 0.0)


def popularity_lift(lists: Codes, profiles: Sets, popularity: Array) -> float:
    """How much more popular the shown items are than the users' own: 0 = the same, 1 = twice as popular.

    lift = (mean over users of their list's mean popularity) / (the same of their own items) - 1.

    Parameters
    ----------
    See `popularity_sums`.

    Returns
    -------
    -1 or more; nan when no user has both a list and items.

    Source: Abdollahpouri, Mansoury, Burke and Mobasher 2019, "The unfairness of popularity bias in recommendation",
    equation 1 (group average popularity).
    """
    shown, own = popularity_sums(lists, profiles, popularity).sum(axis=0)
    return float(shown / own - 1.0) if own else float("nan")


POPULARITY_LIFT = RankingMetric(
    name="popularity_lift",
    title="Popularity lift",
    unit="",
    higher_is_better=None,
    meaning="How much more popular the shown items are than those the users chose themselves: 0 is the same, 1 twice as popular.",
)
