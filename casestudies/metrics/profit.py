"""Profit: what acting earns against leaving every row alone."""

from __future__ import annotations

from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array, RowCosts
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.weighed import Weighed, ratio


def profit(y: ArrayLike, act: ArrayLike, costs: RowCosts, weight: ArrayLike | None = None) -> float:
    """The money saved per row by these decisions against acting on nobody.

    Unlike `savings` it is an amount, and unlike `expected_cost` its zero is the business without any decision.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    act: (rows,) bool, True = act on the row.
    costs: of the same rows.
    weight: (rows,) row weights, default ones.

    Returns
    -------
    Currency of the costs per row; negative = acting loses money.
    """
    return single(_profit, y, weight, act=act, costs=costs)


def _profit(seen: Weighed) -> Array:
    decided, nobody, _ = seen.money
    return ratio(nobody - decided, seen.total)


PROFIT = Metric(
    name="profit",
    function=profit,
    over=_profit,
    needs=frozenset({"act", "costs"}),
    unit="currency per row",
    higher_is_better=True,
    meaning="Money saved per row against acting on nobody.",
    undefined="there are no rows",
)
