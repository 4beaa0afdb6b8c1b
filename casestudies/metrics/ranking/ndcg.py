"""NDCG at k: how much of what could be found was found, and how far up."""

from __future__ import annotations

import numpy as np

from casestudies.metrics.cases import Array
from casestudies.metrics.ranking.metric import RankingMetric
from casestudies.metrics.ranking.ranked import Ranked


def ndcg(ranked: Ranked, k: int) -> Array:
    """Normalised discounted cumulative gain of the first k items: 1 when all of them are as good as they could be.

    DCG = sum over places r = 1..k of hit_r / log2(r + 1), divided by the DCG of a list with the relevant items first,
    of which at most k count. A relevant item gains 1, whatever its rating.

    Returns
    -------
    (users,) 0 to 1; nan for a user without relevant items.

    Source: Järvelin and Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4), with the
    discount of Burges et al. 2005.
    """
    hits = ranked.hits(k)
    discount = 1.0 / np.log2(np.arange(2, k + 2))
    best = np.concatenate([[np.nan], np.cumsum(discount)])
    return np.asarray(hits @ discount / best[np.minimum(ranked.relevant.counts, k)])


def ndcg_metric(k: int) -> RankingMetric:
    return RankingMetric(
        name=f"ndcg_at_{k}",
        title=f"NDCG@{k}",
        unit="",
        higher_is_better=True,
        meaning=f"How many of the items that were chosen stand among the first {k}, counted more the further up; 1 is perfect.",
        per_user=lambda ranked: ndcg(ranked, k),
    )
