"""A figure with how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from casestudies.metrics.cases import Array

_ENOUGH = 0.5  # with fewer than half of the resamples usable, their quantiles describe the lucky ones


@dataclass(frozen=True)
class Interval:
    """A value and the range that the data do not rule out.

    Parameters
    ----------
    value: the figure on the rows as they are; nan when it is undefined.
    low, high: ends of the interval; nan when there is none.
    skipped: resamples left out because the figure was undefined on them.
    reason: why there is no value or no interval, or what was left out; "" when all is well.
    """

    value: float
    low: float
    high: float
    skipped: int = 0
    reason: str = ""


def percentile(value: float, draws: Array, level: float, undefined: str) -> Interval:
    """The interval between the quantiles of bootstrap draws.

    Parameters
    ----------
    value: the figure on the rows as they are.
    draws: (rounds,) the figure on each resample; nan where it is undefined.
    level: the share of draws inside, e.g. 0.95.
    undefined: said after "because".

    Source: Efron and Tibshirani 1993, "An introduction to the bootstrap", section 13.3.
    """
    nan = float("nan")
    if np.isnan(value):
        return Interval(nan, nan, nan, reason=f"not defined, because {undefined}")
    usable = draws[np.isfinite(draws)]
    skipped = len(draws) - len(usable)
    if len(usable) < max(2, _ENOUGH * len(draws)):
        reason = f"no interval: in {skipped} of {len(draws)} resamples it is not defined, because {undefined}"
        return Interval(value, nan, nan, skipped, reason)
    low, high = np.quantile(usable, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    reason = f"{skipped} of {len(draws)} resamples left out, because {undefined}" if skipped else ""
    return Interval(value, float(low), float(high), skipped, reason)


def wilson(rate: Array, rows: Array, level: float) -> tuple[Array, Array]:
    """Bounds of a rate seen on so many rows; honest near 0 and 1 and with few rows, where the plain formula is not.

    Parameters
    ----------
    rate: (n,) observed shares.
    rows: (n,) how many rows each was seen on (effective rows where they are weighted); 0 gives nan.
    level: coverage, e.g. 0.95.

    Returns
    -------
    (low, high), each (n,).

    Source: Wilson 1927, JASA 22; Brown, Cai and DasGupta 2001, Statistical Science 16(2), equation 4.
    """
    z2 = NormalDist().inv_cdf((1.0 + level) / 2.0) ** 2
    n = np.where(rows > 0, rows, np.nan)
    middle = (rate + z2 / (2.0 * n)) / (1.0 + z2 / n)
    half = np.sqrt(z2 * (rate * (1.0 - rate) / n + z2 / (4.0 * n**2))) / (1.0 + z2 / n)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def effective_rows(total: Array, squares: Array) -> Array:
    """How many equally weighted rows say as much: (sum of weights)^2 / (sum of squared weights); 0 without weight.

    Scaling all weights changes nothing, so weights that count customers do not make a rate look surer than it is.

    Source: Kish 1965, "Survey sampling", section 11.7.
    """
    return np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)
