"""Precision at k: the share of what was shown that was chosen."""

from __future__ import annotations

import numpy as np

from casestudies.metrics.cases import Array
from casestudies.metrics.ranking.metric import RankingMetric
from casestudies.metrics.ranking.ranked import Ranked


def precision(ranked: Ranked, k: int) -> Array:
    """Relevant items among the first k, divided by k; a place left empty counts as a miss.

    Returns
    -------
    (users,) 0 to 1; nan for a user without relevant items.

    Source: Manning, Raghavan and Schütze 2008, "Introduction to information retrieval", section 8.4.
    """
    return np.asarray(ranked.hits(k).mean(axis=1))


def precision_metric(k: int) -> RankingMetric:
    return RankingMetric(
        name=f"precision_at_{k}",
        title=f"Precision@{k}",
        unit="",
        higher_is_better=True,
        meaning=f"The share of the first {k} items that were chosen.",
        per_user=lambda ranked: precision(ranked, k),
    )
