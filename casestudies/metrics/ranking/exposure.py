"""Exposure: how evenly the places in the lists are shared out among the items."""

from __future__ import annotations

import numpy as np

from casestudies.metrics.ranking.metric import RankingMetric
from casestudies.metrics.ranking.ranked import Codes


def exposure_gini(lists: Codes, items: int) -> float:
    """Gini coefficient of how often each item is shown: 0 = all equally often, towards 1 = a few take every place.

    G = sum over items, from the least to the most shown, of (2 i - n - 1) c_i, divided by n times the sum of c.

    Parameters
    ----------
    lists: (users, k) item numbers; -1 = a place left empty.
    items: in the catalogue; those never shown count.

    Returns
    -------
    0 to 1 - 1/items; nan when nothing is shown.

    Source: Shani and Gunawardana 2011, "Evaluating recommendation systems", Recommender Systems Handbook, section
    8.3.3.
    """
    shown = np.sort(np.bincount(lists[lists >= 0], minlength=items)).astype(np.float64)
    if not shown.sum():
        return float("nan")
    return float((2 * np.arange(1, items + 1) - items - 1) @ shown / (items * shown.sum()))


EXPOSURE_GINI = RankingMetric(
    name="exposure_gini",
    title="Gini of exposure",
    unit="",
    higher_is_better=False,
    meaning="How unevenly the places in the lists are shared out: 0 when every item is shown equally often, near 1 when few are.",
)
