"""Hit rate at k: who was shown at least one good item."""

from __future__ import annotations

import numpy as np

from casestudies.metrics.cases import Array
from casestudies.metrics.ranking.metric import RankingMetric
from casestudies.metrics.ranking.ranked import Ranked


def hit_rate(ranked: Ranked, k: int) -> Array:
    """1 for a user with a relevant item among the first k, else 0. With one relevant item each it is the recall.

    Returns
    -------
    (users,) 0 or 1; nan for a user without relevant items. The mean over users is the hit rate, HR@k.

    Source: Deshpande and Karypis 2004, "Item-based top-N recommendation algorithms", ACM TOIS 22(1), section 6.1.
    """
    return np.asarray(ranked.hits(k).max(axis=1))


def hit_rate_metric(k: int) -> RankingMetric:
    return RankingMetric(
        name=f"hit_rate_at_{k}",
        title=f"Hit rate@{k}",
        unit="",
        higher_is_better=True,
        meaning=f"The share of users with at least one chosen item among the first {k}.",
        per_user=lambda ranked: hit_rate(ranked, k),
    )
