"""Brier score: the squared error of a probability."""

from __future__ import annotations

from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.weighed import Weighed


def brier(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> float:
    """The mean of (p - y) squared.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    p: (rows,) probability of the event.
    weight: (rows,) row weights, default ones.

    Returns
    -------
    0 to 1, lower is better; saying the event rate r everywhere gets r * (1 - r).

    Raises
    ------
    DataError: a probability outside 0 to 1.

    Source: Brier 1950, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78(1).
    """
    return single(_brier, y, weight, p=p)


def _brier(seen: Weighed) -> Array:
    return seen.mean((seen.case.probability - seen.case.event) ** 2)


BRIER = Metric(
    name="brier",
    function=brier,
    over=_brier,
    needs=frozenset({"p"}),
    unit="",
    higher_is_better=False,
    meaning="The mean squared distance between the probability and what happened (1 or 0).",
    undefined="there are no rows",
    probability=True,
)
