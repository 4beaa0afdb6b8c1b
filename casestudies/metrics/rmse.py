"""RMSE: how far predicted ratings are from the given ones, large misses counted more."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from casestudies.rows import scores, weights


def rmse(rating: ArrayLike, predicted: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Root of the mean squared difference.

    Parameters
    ----------
    rating, predicted: (rows,) on the scale of the ratings.
    weight: (rows,) row weights, default ones.

    Returns
    -------
    In points of the scale, 0 = no misses; nan without rows.
    """
    given = scores(rating)
    missed = given - scores(predicted, len(given))
    own = weights(weight, len(given))
    return float(np.sqrt(np.average(missed**2, weights=own))) if len(given) else float("nan")
