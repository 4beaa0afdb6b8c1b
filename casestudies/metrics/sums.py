"""Figures made of weighted sums (a ratio, a difference of two groups' means), with intervals from resampled rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from casestudies.errors import DataError
from casestudies.metrics.bootstrap import resamples
from casestudies.metrics.cases import Array, weights
from casestudies.metrics.intervals import Interval, percentile


def sum_intervals(
    values: ArrayLike,
    figures: Callable[[Array], Array],
    weight: ArrayLike | None = None,
    *,
    groups: ArrayLike | None = None,
    rounds: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    undefined: str = "it would divide by nothing",
) -> list[Interval]:
    """What `figures` makes of the weighted sums of each column, all on the same resamples.

    Parameters
    ----------
    values: (rows, n).
    figures: (some rounds, n) sums to (some rounds, m) figures; division by 0 may give nan or inf.
    weight: (rows,) row weights, default ones.
    groups: (rows,) labels of what must not be split apart.
    rounds, level, seed: of the resampling; the same seed gives the same resamples as `bootstrap`.
    undefined: why a figure is not finite, said after "because".

    Raises
    ------
    DataError: values that are not finite numbers, one row of them per row.

    Examples
    --------
    >>> spent, earned = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])
    >>> ratio = sum_intervals(np.column_stack([earned, spent]), lambda sums: sums[:, :1] / sums[:, 1:])[0]
    >>> ratio.value, ratio.low, ratio.high
    (2.0, 2.0, 2.0)
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or not np.isfinite(table).all():
        raise DataError("are not finite numbers in rows and columns", where="values", advice="give (rows, n)")
    weighed = weights(weight, len(table))[:, None] * table
    sums = np.concatenate([chunk @ weighed for chunk in resamples(len(table), rounds, seed, groups)])
    with np.errstate(divide="ignore", invalid="ignore"):
        value, draws = figures(weighed.sum(axis=0)[None, :])[0], figures(sums)
    value = np.where(np.isfinite(value), value, np.nan)
    return [percentile(float(one), column, level, undefined) for one, column in zip(value, draws.T, strict=True)]
