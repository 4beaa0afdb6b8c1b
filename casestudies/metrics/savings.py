"""Savings: the money a decision saves, as a share."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array, RowCosts
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.weighed import Weighed, ratio


def savings(y: ArrayLike, act: ArrayLike, costs: RowCosts, weight: ArrayLike | None = None) -> float:
    """The share of the better constant decision's cost that these decisions avoid.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    act: (rows,) bool, True = act on the row.
    costs: of the same rows.
    weight: (rows,) row weights, default ones.

    Returns
    -------
    1 - cost / min(cost of acting on nobody, on everybody): 1 = everything, 0 = no better than a constant decision,
    negative = worse; nan where that minimum is not positive, since a share of it has no meaning.

    Source: Bahnsen, Aouada and Ottersten 2014, "Example-dependent cost-sensitive logistic regression", section II.
    """
    return single(_savings, y, weight, act=act, costs=costs)


def _savings(seen: Weighed) -> Array:
    decided, nobody, everybody = seen.money
    return 1.0 - ratio(decided, np.minimum(nobody, everybody))


SAVINGS = Metric(
    name="savings",
    function=savings,
    over=_savings,
    needs=frozenset({"act", "costs"}),
    unit="",
    higher_is_better=True,
    meaning="The share of cost avoided against the better of acting on nobody and on everybody.",
    undefined="acting on nobody or on everybody costs nothing or earns money",
)
