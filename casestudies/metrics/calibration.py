"""The calibration curve: what was promised against what came true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array, Case, weights
from casestudies.metrics.ece import bin_ends
from casestudies.metrics.intervals import effective_rows, wilson
from casestudies.metrics.weighed import Weighed


@dataclass(frozen=True, eq=False)
class CalibrationCurve:
    """One point per bin, from the lowest probabilities to the highest; all (bins,).

    Parameters
    ----------
    predicted: mean probability of the bin's rows.
    observed: share of them with the event.
    low, high: Wilson bounds of `observed`.
    rows: rows in the bin (counted, not weighted).
    """

    predicted: Array
    observed: Array
    low: Array
    high: Array
    rows: Array


def calibration_curve(
    y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None, bins: int = 10, level: float = 0.95
) -> CalibrationCurve:
    """Predicted and observed rates in bins of equal weight, the same bins as `ece` uses.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    p: (rows,) probability of the event.
    weight: (rows,) row weights, default ones; the bounds then use the effective number of rows.
    bins: how many at most; equal probabilities share a bin, so there may be fewer.
    level: coverage of the bounds.

    Raises
    ------
    DataError: a probability outside 0 to 1.
    """
    case = Case.of(y, p)
    if case.rows == 0:
        nothing = np.zeros(0)
        return CalibrationCurve(nothing, nothing, nothing, nothing, nothing)
    w = weights(weight, case.rows)
    ends = np.unique(bin_ends(Weighed(case, w[np.newaxis, :]), bins)[0])
    order = case.ranking.order

    def per_bin(values: Array) -> Array:
        return np.diff(np.concatenate(([0.0], np.cumsum(values[order])))[np.concatenate(([0], ends))])[::-1]

    total = per_bin(w)
    held = total > 0
    mass = total[held]
    observed = (per_bin(w * case.event)[held] / mass).clip(0.0, 1.0)
    low, high = wilson(observed, effective_rows(mass, per_bin(w**2)[held]), level)
    predicted = per_bin(w * case.probability)[held] / mass
    return CalibrationCurve(predicted, observed, low, high, per_bin(np.ones(case.rows))[held])
