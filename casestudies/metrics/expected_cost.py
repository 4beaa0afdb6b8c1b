"""Expected cost: what a decision costs per row."""

from __future__ import annotations

from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array, RowCosts
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.weighed import Weighed, ratio


def expected_cost(y: ArrayLike, act: ArrayLike, costs: RowCosts, weight: ArrayLike | None = None) -> float:
    """The mean cost per row, given what happened.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    act: (rows,) bool, True = act on the row.
    costs: of the same rows.
    weight: (rows,) row weights, default ones.

    Returns
    -------
    Currency of the costs per row; negative = money earned.
    """
    return single(_expected_cost, y, weight, act=act, costs=costs)


def _expected_cost(seen: Weighed) -> Array:
    return ratio(seen.money[0], seen.total)


EXPECTED_COST = Metric(
    name="expected_cost",
    function=expected_cost,
    over=_expected_cost,
    needs=frozenset({"act", "costs"}),
    unit="currency per row",
    higher_is_better=False,
    meaning="What the decisions cost per row, given what happened.",
    undefined="there are no rows",
)
