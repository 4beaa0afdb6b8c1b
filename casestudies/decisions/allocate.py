"""Acting under a limit: which rows of a batch to act on when money or hands are short."""

from __future__ import annotations

import numpy as np

from casestudies.rows import Array, Mask


def within_budget(gain: Array, spend: Array, budget: float) -> Mask:
    """Act in order of gain per unit spent until nothing affordable is left.

    The classical greedy rule of the knapsack: what it falls short of the best possible gain is less than the gain of
    one row, the first that did not fit. A row that does not fit is passed over, so that one dear row cannot block the
    cheaper ones behind it.

    Parameters
    ----------
    gain: (rows,) expected money saved by acting; rows with no gain are never acted on.
    spend: (rows,) money acting uses up, not negative; a row that is free to act on uses nothing.
    budget: money available for all rows together.

    Returns
    -------
    (rows,) bool. Rows equal in gain and spend are taken in row order.

    Source: Dantzig 1957, "Discrete-variable extremum problems", Operations Research 5(2).
    """
    act = np.zeros(len(gain), dtype=bool)
    worth = np.flatnonzero((gain > 0) & (spend <= budget))
    with np.errstate(divide="ignore", over="ignore"):
        order = worth[np.argsort(-gain[worth] / spend[worth], kind="stable")]
    left = budget
    # Each turn takes all rows up to the first that does not fit, then drops every row dearer than what is left: a few
    # whole-array turns instead of a loop over rows.
    while order.size:
        spent = np.cumsum(spend[order])
        fits = int(np.searchsorted(spent, left, side="right"))
        act[order[:fits]] = True
        left -= float(spent[fits - 1]) if fits else 0.0
        order = order[fits:]
        order = order[spend[order] <= left]
    return act


def foremost(value: Array, count: int) -> Mask:
    """(rows,) bool: the `count` rows with the largest `value`, equal ones in row order."""
    act = np.zeros(len(value), dtype=bool)
    act[np.argsort(-value, kind="stable")[:count]] = True
    return act
