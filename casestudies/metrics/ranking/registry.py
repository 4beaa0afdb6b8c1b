"""All figures of a recommender by the names that metrics.json uses."""

from __future__ import annotations

import re
from collections.abc import Callable

from casestudies.errors import UsageError, nearest, shown
from casestudies.metrics.ranking.average_precision import average_precision_metric
from casestudies.metrics.ranking.catalogue_coverage import CATALOGUE_COVERAGE
from casestudies.metrics.ranking.diversity import DIVERSITY
from casestudies.metrics.ranking.exposure import EXPOSURE_GINI
from casestudies.metrics.ranking.hit_rate import hit_rate_metric
from casestudies.metrics.ranking.metric import RankingMetric
from casestudies.metrics.ranking.ndcg import ndcg_metric
from casestudies.metrics.ranking.novelty import NOVELTY
from casestudies.metrics.ranking.overlap import POPULARITY_OVERLAP
from casestudies.metrics.ranking.popularity_lift import POPULARITY_LIFT
from casestudies.metrics.ranking.precision import precision_metric
from casestudies.metrics.ranking.recall import recall_metric
from casestudies.metrics.ranking.reciprocal_rank import RECIPROCAL_RANK

# metrics with the length of the list in their name, e.g. ndcg_at_10: there is one for every k
AT: dict[str, Callable[[int], RankingMetric]] = {
    "ndcg_at": ndcg_metric,
    "recall_at": recall_metric,
    "precision_at": precision_metric,
    "hit_rate_at": hit_rate_metric,
    "map_at": average_precision_metric,
}
# of ratings, not of lists: their functions stand in `metrics/rmse.py` and `metrics/mae.py`
RMSE = RankingMetric(
    name="rmse",
    title="RMSE",
    unit="rating points",
    higher_is_better=False,
    meaning="The usual distance between a predicted rating and the given one, large misses counted more.",
)
MAE = RankingMetric(
    name="mae",
    title="MAE",
    unit="rating points",
    higher_is_better=False,
    meaning="The mean distance between a predicted rating and the given one.",
)
FIXED: dict[str, RankingMetric] = {
    metric.name: metric
    for metric in (
        RECIPROCAL_RANK,
        *(CATALOGUE_COVERAGE, EXPOSURE_GINI, NOVELTY, DIVERSITY, POPULARITY_LIFT, POPULARITY_OVERLAP),
        *(RMSE, MAE),
    )
}
_NUMBERED = re.compile(r"([a-z_]+)_([1-9]\d{0,3})")


def names(k: int) -> tuple[str, ...]:
    """What metrics.json holds for lists of k items."""
    return (*(f"{family}_{k}" for family in AT), *FIXED)


def ranking_metric(name: str) -> RankingMetric:
    """The metric of that name: ndcg_at_<k>, recall_at_<k>, ..., mrr, catalogue_coverage, ..., rmse, mae.

    Raises
    ------
    UsageError: there is none of that name; the nearest names are given.
    """
    if name in FIXED:
        return FIXED[name]
    match = _NUMBERED.fullmatch(name)
    if match is not None and match[1] in AT:
        return AT[match[1]](int(match[2]))
    raise UsageError(f"there is no metric {shown(name)}", advice=nearest(name, names(10)))


def accuracy_at(k: int) -> tuple[RankingMetric, ...]:
    """Those that say of each user how good the list is, the foremost first: NDCG, recall, precision, hits, MAP, MRR."""
    return (*(family(k) for family in AT.values()), RECIPROCAL_RANK)
