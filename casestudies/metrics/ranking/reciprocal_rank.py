"""MRR: how far down the first good item stands."""

from __future__ import annotations

import numpy as np

from casestudies.metrics.cases import Array
from casestudies.metrics.ranking.metric import RankingMetric
from casestudies.metrics.ranking.ranked import Ranked


def reciprocal_rank(ranked: Ranked) -> Array:
    """1 / place of the foremost relevant item: in the whole ranking where its place is known, else in the list.

    Returns
    -------
    (users,) 0 to 1, 0 = it is not ranked; nan for a user without relevant items. The mean over users is MRR.

    Source: Voorhees 1999, "The TREC-8 question answering track report", section 3.
    """
    if ranked.first is not None:
        place = ranked.first.astype(np.float64)
    else:
        place = np.where(ranked.hit.any(axis=1), ranked.hit.argmax(axis=1) + 1.0, 0.0)
    out = np.divide(1.0, place, out=np.zeros_like(place), where=place > 0)
    out[ranked.relevant.counts == 0] = np.nan
    return out


RECIPROCAL_RANK = RankingMetric(
    name="mrr",
    title="MRR",
    unit="",
    higher_is_better=True,
    meaning="One divided by the place of the first item that was chosen, averaged; 1 is perfect.",
    per_user=reciprocal_rank,
)
