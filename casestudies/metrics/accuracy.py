"""Accuracy: how often the decision matched what happened."""

from __future__ import annotations

from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.weighed import Weighed


def accuracy(y: ArrayLike, act: ArrayLike, weight: ArrayLike | None = None) -> float:
    """The share of rows acted on when the event happened and left alone when it did not.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    act: (rows,) bool, True = act on the row.
    weight: (rows,) row weights, default ones.

    Returns
    -------
    0 to 1. With rare events, acting on nobody is already accurate: read it beside the constant decisions.
    """
    return single(_accuracy, y, weight, act=act)


def _accuracy(seen: Weighed) -> Array:
    return seen.mean(seen.case.decision == seen.case.event)


ACCURACY = Metric(
    name="accuracy",
    function=accuracy,
    over=_accuracy,
    needs=frozenset({"act"}),
    unit="",
    higher_is_better=True,
    meaning="The share of rows whose decision matched what happened; blind to what mistakes cost.",
    undefined="there are no rows",
)
