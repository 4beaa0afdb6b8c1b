"""Average precision: how clean the top of the ranking is, all the way down."""

from __future__ import annotations

from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.weighed import Weighed, ratio


def ap(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> float:
    """The mean precision over the events, each taken at its own score: the area under the precision-recall steps.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    p: (rows,) score, larger = more likely.
    weight: (rows,) row weights, default ones.

    Returns
    -------
    0 to 1; a random score gets the event rate. nan without an event.

    Source: as scikit-learn's `average_precision_score`: no interpolation between cuts.
    """
    return single(_ap, y, weight, p=p)


def _ap(seen: Weighed) -> Array:
    ranked = seen.ranked
    # A block that no resampled row belongs to weighs nothing; its precision is 0 / 0 and must not enter.
    precision = ratio(ranked.events_so_far, ranked.after)
    precision[ranked.events == 0] = 0.0
    return ratio((ranked.events * precision).sum(axis=1), seen.events)


AP = Metric(
    name="ap",
    function=ap,
    over=_ap,
    needs=frozenset({"p"}),
    unit="",
    higher_is_better=True,
    meaning="Precision averaged over all events in the order of the score; a random score gets the event rate.",
    undefined="there is no event",
)
