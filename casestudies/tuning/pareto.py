"""Several goals at once: which trials no other one beats in all of them, and which of these is a fair middle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from casestudies.tuning.tried import Floats


def front(values: Floats) -> NDArray[np.bool_]:
    """(rows,) whether no other row is as good in every goal and better in one. values: (rows, goals), less is better."""
    as_good = (values[:, None, :] <= values[None, :, :]).all(axis=2)
    better = (values[:, None, :] < values[None, :, :]).any(axis=2)
    return np.asarray(~(as_good & better).any(axis=0))


def knee(values: Floats) -> int:
    """The row of a front that is nearest to the best of every goal together, each goal scaled to its range on the front.

    values: (rows, goals) of the front, less is better. Of equal rows the first.
    """
    low, high = values.min(axis=0), values.max(axis=0)
    scaled = (values - low) / np.where(high > low, high - low, 1.0)
    return int(np.argmin((scaled**2).sum(axis=1)))
