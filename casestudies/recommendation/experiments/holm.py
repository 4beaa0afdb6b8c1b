"""Several comparisons at once: p values that may be read side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def holm(p_values: Floats) -> Floats:
    """(n,) corrected so that among all of them a false alarm comes no more often than the level, whatever hangs together.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]

    Source: Holm 1979, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6.
    """
    count = len(p_values)
    order = np.argsort(p_values, kind="stable")
    steps = np.maximum.accumulate((count - np.arange(count)) * p_values[order])
    out = np.empty(count)
    out[order] = np.minimum(steps, 1.0)
    return out


def holm_levels(p_values: Floats, alpha: float) -> Floats:
    """(n,) the error each interval may have, so that it leaves out the tested value exactly when Holm rejects it.

    The comparison of the j-th smallest p value gets alpha / (n - j + 1) up to the first that is not rejected, and all
    after it the share of that one. No share is above alpha, so each interval holds at least as often as it says.
    """
    count = len(p_values)
    order = np.argsort(p_values, kind="stable")
    steps = alpha / (count - np.arange(count))
    rejected = p_values[order] <= steps
    first = count if rejected.all() else int(np.argmin(rejected))
    steps[first:] = steps[min(first, count - 1)]
    out = np.empty(count)
    out[order] = steps
    return out
