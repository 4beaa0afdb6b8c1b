"""Lift in the top decile: how much richer in events the best-scored tenth is."""

from __future__ import annotations

from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.weighed import Weighed, ratio

_TOP = 0.1


def lift_top_decile(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> float:
    """The event rate among the tenth of rows with the highest scores, over the event rate of all rows.

    Where the edge of the tenth falls within equal scores, the block counts in proportion: what drawing its rows in
    random order would give on average.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    p: (rows,) score, larger = more likely.
    weight: (rows,) row weights, default ones.

    Returns
    -------
    0 to 10, 1 = chance; nan without an event.
    """
    return single(_lift, y, weight, p=p)


def _lift(seen: Weighed) -> Array:
    return ratio(seen.foremost_events(_TOP * seen.total) / _TOP, seen.events)


LIFT_TOP_DECILE = Metric(
    name="lift_top_decile",
    function=lift_top_decile,
    over=_lift,
    needs=frozenset({"p"}),
    unit="times",
    higher_is_better=True,
    meaning="How many times as frequent the event is among the tenth of rows with the highest scores.",
    undefined="there is no event",
)
