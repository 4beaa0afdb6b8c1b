"""Ranking metrics: how good, how wide and how fresh lists of recommendations are; one figure a file, users first.

Each reads ranked lists, (users, k) item numbers, and gives a figure for every user, so that whole users can be
resampled. `ranking_metric("ndcg_at_10")` finds them by the names that metrics.json uses.
"""

from casestudies.metrics.ranking.average_precision import average_precision
from casestudies.metrics.ranking.catalogue_coverage import catalogue_coverage
from casestudies.metrics.ranking.diversity import diversity
from casestudies.metrics.ranking.exposure import exposure_gini
from casestudies.metrics.ranking.foremost import first_place, foremost
from casestudies.metrics.ranking.hit_rate import hit_rate
from casestudies.metrics.ranking.metric import RankingMetric
from casestudies.metrics.ranking.ndcg import ndcg
from casestudies.metrics.ranking.novelty import novelty
from casestudies.metrics.ranking.overlap import overlap
from casestudies.metrics.ranking.popularity_lift import popularity_lift, popularity_sums
from casestudies.metrics.ranking.precision import precision
from casestudies.metrics.ranking.ranked import Ranked, Sets
from casestudies.metrics.ranking.recall import recall
from casestudies.metrics.ranking.reciprocal_rank import reciprocal_rank
from casestudies.metrics.ranking.registry import accuracy_at, names, ranking_metric

__all__ = [
    "Ranked",
    "RankingMetric",
    "Sets",
    "accuracy_at",
    "average_precision",
    "catalogue_coverage",
    "diversity",
    "exposure_gini",
    "first_place",
    "foremost",
    "hit_rate",
    "names",
    "ndcg",
    "novelty",
    "overlap",
    "popularity_lift",
    "popularity_sums",
    "precision",
    "ranking_metric",
    "recall",
    "reciprocal_rank",
]
