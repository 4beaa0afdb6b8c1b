"""The margin to start from when nothing is known of a row."""

from __future__ import annotations

import numpy as np

from casestudies.errors import DataError
from casestudies.optim.arrays import Array
from casestudies.optim.losses.base import Loss

_FARTHEST = 64.0  # where a loss ever falls on one side: at odds of 1e-28 a best margin has been missed long ago
_WIDEST = 2.0**400


def best_constant(loss: Loss, y: Array, weights: Array) -> float:
    """The one margin for all rows that costs least: where the slopes of all rows add up to 0.

    Where a loss is not convex it is a local minimum. Expected costs alone have as a rule no best constant (acting on
    everybody or on nobody); they start at 0, undecided.

    Parameters
    ----------
    loss: of one margin per row.
    y, weights: (rows,)

    Raises
    ------
    DataError: the loss falls for ever, as when all labels are equal.
    """
    from scipy.optimize import brentq

    labels, w = y[:, None], weights[:, None]

    def pull(margin: float) -> float:
        return float((loss.slope(np.full(labels.shape, margin), labels) * w).sum())

    here, end = pull(0.0), 1.0
    if here == 0.0:
        return 0.0
    end = -np.sign(here)
    while pull(end) * here > 0.0:
        end *= 2.0
        if abs(end) > (_WIDEST if loss.attained else _FARTHEST):
            if not loss.convex and not np.isfinite(loss.interval).all():
                return 0.0
            raise DataError(
                f"no margin is best for all rows: {type(loss).__name__} falls for ever",
                where="labels",
                advice="give rows of more than one outcome",
            )
    return float(brentq(pull, 0.0, end, xtol=1e-30, maxiter=1000))
