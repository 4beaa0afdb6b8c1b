"""Which numbers a fit can use, and the words for those it cannot."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError
from casestudies.optim.arrays import Mask

LARGEST = 1e100  # beyond it the squares that make up a curvature overflow


def within(X: NDArray[np.generic]) -> Mask:
    return np.abs(np.asarray(X, dtype=np.float64)) <= LARGEST


def sound(X: NDArray[np.generic]) -> bool:
    """Whether all of `X` is within; smallest and largest need no array of their own, and a missing value fails both."""
    return X.size == 0 or bool(float(X.min()) >= -LARGEST and float(X.max()) <= LARGEST)


def unusable(count: int, first: object, row: int, column: int, largest: float = LARGEST) -> DataError:
    """The complaint about `count` values, the first of which stands in `row` and `column`, counted from 0."""
    return DataError(
        f"{count} values are missing or beyond {largest:g}, first {first}",
        where=f"row {row + 1}, column {column + 1}",
        advice="fill missing values and use larger units",
    )
