"""Recall at k: the share of what was chosen that was shown."""

from __future__ import annotations

import numpy as np

from casestudies.metrics.cases import Array
from casestudies.metrics.ranking.metric import RankingMetric
from casestudies.metrics.ranking.ranked import Ranked


def recall(ranked: Ranked, k: int) -> Array:
    """Relevant items among the first k, divided by all relevant items of the user.

    With more than k relevant items 1 cannot be reached; some papers divide by the smaller of the two, and their
    figures are larger.

    Returns
    -------
    (users,) 0 to 1; nan for a user without relevant items.

    Source: Manning, Raghavan and Schütze 2008, "Introduction to information retrieval", section 8.3.
    """
    count = np.where(ranked.relevant.counts > 0, ranked.relevant.counts, np.nan)
    return np.asarray(ranked.hits(k).sum(axis=1) / count)


def recall_metric(k: int) -> RankingMetric:
    return RankingMetric(
        name=f"recall_at_{k}",
        title=f"Recall@{k}",
        unit="",
        higher_is_better=True,
        meaning=f"The share of the items that were chosen which stand among the first {k}.",
        per_user=lambda ranked: recall(ranked, k),
    )
