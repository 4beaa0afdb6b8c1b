"""Columns that stand for (X - centre) / scale, and a column of ones, by arithmetic on the small side of a product.

The table itself is never touched: what is sparse stays sparse, what is read from where it lies is not copied.
"""

from __future__ import annotations

import numpy as np

from casestudies.optim.arrays import Array


def parts(W: Array, intercept: bool, units: Array | None) -> tuple[Array, Array | None]:
    """Slopes (features, problems) to multiply the table with, and what to add to every margin, (problems,) or None.

    W: (columns, problems) coefficients of the columns as they stand for; units: (2, features) centre and scale.
    """
    slopes = W[:-1] if intercept else W
    if units is None:
        return slopes, W[-1] if intercept else None
    slopes = slopes / units[1][:, None]
    shift = -(units[0] @ slopes)
    return slopes, shift + W[-1] if intercept else shift


def summed(top: Array, total: Array, intercept: bool, units: Array | None) -> Array:
    """Sums (columns, problems) of the columns as they stand for, from those of the table, (features, problems).

    total: (problems,) the sums of what the rows were multiplied with.
    """
    if units is not None:
        centre, scale = units[:, :, None]
        top = (top - centre * total) / scale
    return np.vstack([top, total]) if intercept else top
