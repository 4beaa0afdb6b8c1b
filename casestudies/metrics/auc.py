"""AUC: how well a score ranks."""

from __future__ import annotations

from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.weighed import Weighed, ratio


def auc(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> float:
    """The chance that an event scores above a row without the event; equal scores count half.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    p: (rows,) score, larger = more likely; any monotone scale.
    weight: (rows,) row weights, default ones; weight 2 is the row twice.

    Returns
    -------
    0 to 1, 0.5 = chance; nan when the rows hold one class only.

    Source: Hanley and McNeil 1982, "The meaning and use of the area under a ROC curve", Radiology 143(1).
    """
    return single(area, y, weight, p=p)


def area(seen: Weighed) -> Array:
    """(rounds,): every event counts the weight of the others below it, and half of those in its own block."""
    ranked = seen.ranked
    others_above = ranked.before - (ranked.events_so_far - ranked.events)
    below = seen.others[:, None] - others_above - 0.5 * ranked.others
    return ratio((ranked.events * below).sum(axis=1), seen.events * seen.others)


AUC = Metric(
    name="auc",
    function=auc,
    over=area,
    needs=frozenset({"p"}),
    unit="",
    higher_is_better=True,
    meaning="The chance that a row with the event scores above a row without it; 0.5 is chance, 1 a perfect ranking.",
    undefined="the rows hold one class only",
)
