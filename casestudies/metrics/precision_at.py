"""Precision at k: how many of the first alerts are right."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.weighed import Weighed, ratio


def precision_at(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None, *, k: int) -> float:
    """The share of events among the k rows with the highest scores.

    Where the k-th row stands within equal scores, the block counts in proportion: what drawing its rows in random order
    would give on average. With row weights, k is counted in them: a row of weight 15 is 15 alerts.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    p: (rows,) score, larger = earlier; any scale, e.g. probability times amount.
    weight: (rows,) row weights, default ones.
    k: alerts; of fewer rows, all count.

    Returns
    -------
    0 to 1; nan without rows.
    """
    return single(partial(_precision, k), y, weight, p=p)


def precision_at_metric(k: int) -> Metric:
    """`precision_at_<k>` for `bootstrap`."""
    return Metric(
        name=f"precision_at_{k}",
        function=partial(precision_at, k=k),
        over=partial(_precision, k),
        needs=frozenset({"p"}),
        unit="",
        higher_is_better=True,
        meaning=f"The share of events among the {k:,} rows with the highest scores.",
        undefined="there are no rows",
    )


def _precision(k: int, seen: Weighed) -> Array:
    within = np.minimum(float(k), seen.total)
    return ratio(seen.foremost_events(within), within)
