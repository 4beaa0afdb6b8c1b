"""A ranking metric: its name, how it is read, and its figure for each user."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from casestudies.metrics.cases import Array
from casestudies.metrics.ranking.ranked import Ranked


@dataclass(frozen=True)
class RankingMetric:
    """One figure of a recommender.

    Parameters
    ----------
    name: as in metrics.json. title: as in a table.
    unit: "" for a pure number, else what it is counted in.
    higher_is_better: the direction of improvement; None where neither end is good in itself.
    meaning: one sentence for a reader who does not know the metric.
    per_user: the figure of each user, (users,), nan where the user has none; None for what reads more than lists and
        relevant items (counts, ratings), or has no figure of one user (coverage).
    """

    name: str
    title: str
    unit: str
    higher_is_better: bool | None
    meaning: str
    per_user: Callable[[Ranked], Array] | None = None
