"""Means of what rows are worth, with intervals from resampled rows: for money that no metric of the registry names."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from casestudies.errors import DataError
from casestudies.metrics.bootstrap import resamples
from casestudies.metrics.cases import weights
from casestudies.metrics.intervals import Interval, percentile


def mean_intervals(
    values: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    groups: ArrayLike | None = None,
    rounds: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> list[Interval]:
    """The weighted mean of each column, all on the same resamples.

    A column may be a difference of two decisions (the interval is then a paired one), or be 0 outside some rows (its
    mean is then their part of the whole). Times the summed weight it is a total.

    Parameters
    ----------
    values: (rows, n).
    weight: (rows,) row weights, default ones.
    groups: (rows,) labels of what must not be split apart.
    rounds, level, seed: of the resampling; the same seed gives the same resamples as `bootstrap`.

    Raises
    ------
    DataError: values that are not finite numbers, one row of them per row.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or not np.isfinite(table).all():
        raise DataError("are not finite numbers in rows and columns", where="values", advice="give (rows, n)")
    own = weights(weight, len(table))
    if not own.sum() > 0:
        nan = float("nan")
        return [Interval(nan, nan, nan, reason="not defined, because there are no rows") for _ in table.T]
    drawn = [(chunk @ (own[:, None] * table), chunk @ own) for chunk in resamples(len(table), rounds, seed, groups)]
    sums, masses = (np.concatenate(part) for part in zip(*drawn, strict=True))
    draws = np.divide(sums, masses[:, None], out=np.full_like(sums, np.nan), where=masses[:, None] > 0)
    mean = own @ table / own.sum()
    return [percentile(float(m), column, level, "no row has weight") for m, column in zip(mean, draws.T, strict=True)]
