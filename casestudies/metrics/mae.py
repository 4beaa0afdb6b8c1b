"""MAE: how far predicted ratings are from the given ones on average."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from casestudies.rows import scores, weights


def mae(rating: ArrayLike, predicted: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Mean absolute difference.

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
    return float(np.average(np.abs(missed), weights=own)) if len(given) else float("nan")
