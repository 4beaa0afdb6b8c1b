"""Money at k: what the events among the first alerts would have cost."""

from __future__ import annotations

from functools import partial

from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array, RowCosts
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.weighed import Weighed


def money_at(y: ArrayLike, p: ArrayLike, costs: RowCosts, weight: ArrayLike | None = None, *, k: int) -> float:
    """The money at stake in the events among the k rows with the highest scores: what missing them would have cost.

    Ties and weights as for `precision_at`. What the alerts themselves cost is not taken off: that is `profit`.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    p: (rows,) score, larger = earlier; any scale, e.g. probability times amount.
    costs: of the same rows; the cost of a missed event is read.
    weight: (rows,) row weights, default ones.
    k: alerts; of fewer rows, all count.

    Returns
    -------
    Currency of the costs, summed; 0 without an event among them.
    """
    return single(partial(_money, k), y, weight, p=p, costs=costs)


def money_at_metric(k: int) -> Metric:
    """`money_at_<k>` for `bootstrap`."""
    return Metric(
        name=f"money_at_{k}",
        function=partial(money_at, k=k),
        over=partial(_money, k),
        needs=frozenset({"p", "costs"}),
        unit="currency",
        higher_is_better=True,
        meaning=f"What the events among the {k:,} rows with the highest scores would have cost if missed.",
        undefined="there are no rows",
    )


def _money(k: int, seen: Weighed) -> Array:
    base, _ = seen.case.money
    return seen.foremost_events(float(k), base)
