"""F1: precision and sensitivity in one figure."""

from __future__ import annotations

from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.weighed import Weighed, ratio


def f1(y: ArrayLike, act: ArrayLike, weight: ArrayLike | None = None) -> float:
    """The harmonic mean of precision and sensitivity: 2 * caught / (acted on + events).

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    act: (rows,) bool, True = act on the row.
    weight: (rows,) row weights, default ones.

    Returns
    -------
    0 to 1; nan when there is no event and nothing is acted on.
    """
    return single(_f1, y, weight, act=act)


def _f1(seen: Weighed) -> Array:
    caught, alarms = seen.acted
    return ratio(2.0 * caught, caught + alarms + seen.events)


F1 = Metric(
    name="f1",
    function=f1,
    over=_f1,
    needs=frozenset({"act"}),
    unit="",
    higher_is_better=True,
    meaning="The harmonic mean of precision and sensitivity; blind to what mistakes cost.",
    undefined="there is no event and nothing is acted on",
)
