"""Catalogue coverage: how much of what there is gets shown to anybody."""

from __future__ import annotations

import numpy as np

from casestudies.metrics.ranking.metric import RankingMetric
from casestudies.metrics.ranking.ranked import Codes


def catalogue_coverage(lists: Codes, items: int) -> float:
    """The share of all items that stand in at least one list; it grows with the number of lists.

    Parameters
    ----------
    lists: (users, k) item numbers; -1 = a place left empty.
    items: in the catalogue.

    Returns
    -------
    0 to 1; nan without items.

    Source: Ge, Delgado-Battenfeld and Jannach 2010, "Beyond accuracy: evaluating recommender systems by coverage and
    serendipity", section 2.2.
    """
    return float(len(np.unique(lists[lists >= 0])) / items) if items else float("nan")


CATALOGUE_COVERAGE = RankingMetric(
    name="catalogue_coverage",
    title="Catalogue coverage",
    unit="",
    higher_is_better=True,
    meaning="The share of all items that stand in at least one of the lists.",
)
