"""Expected calibration error: how far probabilities are from the rates that come true."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array, Index
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.weighed import Weighed, ratio

_BINS = 10


def ece(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> float:
    """The mean distance between predicted and observed rate over ten bins of equal weight.

    Bins of equal weight, not of equal width: where events are rare, nearly all rows would share one bin of width 0.1.
    Equal scores share a bin.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    p: (rows,) probability of the event.
    weight: (rows,) row weights, default ones.

    Returns
    -------
    0 to 1, lower is better. Chance alone keeps it above 0: with n rows by about sqrt(r * (1 - r) * 10 / n).

    Raises
    ------
    DataError: a probability outside 0 to 1.

    Source: Naeini, Cooper and Hauskrecht 2015, AAAI, with the adaptive bins of Nixon et al. 2019, arXiv 1904.01685.
    """
    return single(_ece, y, weight, p=p)


def bin_ends(seen: Weighed, bins: int) -> Index:
    """(rounds, bins) places in the order of the score where bins of equal weight end, one past their last row.

    A block of equal scores belongs to the bin in which it begins. A bin may be empty: it ends where the last did.
    """
    running, block_end = seen.running, seen.case.ranking.block_end
    edges = seen.total[:, None] * np.arange(1, bins) / bins
    inside = np.stack([np.searchsorted(row, edge) for row, edge in zip(running[:, 1:], edges, strict=True)])
    ends = block_end[inside.clip(max=len(block_end) - 1)]
    return np.concatenate((ends, np.full((len(ends), 1), len(block_end))), axis=1)


def _ece(seen: Weighed) -> Array:
    order = seen.case.ranking.order
    miss = np.cumsum(seen.weight[:, order] * (seen.case.probability - seen.case.event)[order], axis=1)
    ends = bin_ends(seen, _BINS)
    at_ends = np.take_along_axis(miss, ends - 1, axis=1)
    return ratio(np.abs(np.diff(at_ends, axis=1, prepend=0.0)).sum(axis=1), seen.total)


ECE = Metric(
    name="ece",
    function=ece,
    over=_ece,
    needs=frozenset({"p"}),
    unit="",
    higher_is_better=False,
    meaning="The mean distance between the probability promised and the rate that came true, over ten groups of rows.",
    undefined="there are no rows",
    probability=True,
)
