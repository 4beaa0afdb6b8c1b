"""MAP at k: precision at every place where something was found."""

from __future__ import annotations

import numpy as np

from casestudies.metrics.cases import Array
from casestudies.metrics.ranking.metric import RankingMetric
from casestudies.metrics.ranking.ranked import Ranked


def average_precision(ranked: Ranked, k: int) -> Array:
    """The precision at each place r <= k that holds a relevant item, summed, divided by the most there could be.

    AP = sum over r = 1..k of hit_r * (hits up to r) / r, divided by min(k, relevant items), so that 1 is perfect.
    The mean over users is MAP.

    Returns
    -------
    (users,) 0 to 1; nan for a user without relevant items.

    Source: Manning, Raghavan and Schütze 2008, "Introduction to information retrieval", section 8.4; cut at k as in
    the evaluation of the Million Song Dataset challenge (McFee et al. 2012).
    """
    hits = ranked.hits(k)
    so_far = np.cumsum(hits, axis=1) / np.arange(1, k + 1)
    most = np.minimum(np.where(ranked.relevant.counts > 0, ranked.relevant.counts, np.nan), k)
    return np.asarray((hits * so_far).sum(axis=1) / most)


def average_precision_metric(k: int) -> RankingMetric:
    return RankingMetric(
        name=f"map_at_{k}",
        title=f"MAP@{k}",
        unit="",
        higher_is_better=True,
        meaning=f"The precision at every place of the first {k} where a chosen item stands, averaged.",
        per_user=lambda ranked: average_precision(ranked, k),
    )
