"""Log loss: what logistic regression and boosting minimise."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.weighed import Weighed

_SMALLEST = np.finfo(np.float64).eps  # as scikit-learn: a wrong certainty costs 36 nats, not infinity


def log_loss(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> float:
    """The mean of -log(probability given to what happened).

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    p: (rows,) probability of the event; 0 and 1 are taken as 2.2e-16 away from certain.
    weight: (rows,) row weights, default ones.

    Returns
    -------
    nats per row, lower is better.

    Raises
    ------
    DataError: a probability outside 0 to 1.
    """
    return single(_log_loss, y, weight, p=p)


def _log_loss(seen: Weighed) -> Array:
    p = seen.case.probability.clip(_SMALLEST, 1.0 - _SMALLEST)
    return seen.mean(-np.log(np.where(seen.case.event, p, 1.0 - p)))


LOG_LOSS = Metric(
    name="log_loss",
    function=log_loss,
    over=_log_loss,
    needs=frozenset({"p"}),
    unit="nats per row",
    higher_is_better=False,
    meaning="The mean surprise at what happened, given the probability; confident mistakes cost most.",
    undefined="there are no rows",
    probability=True,
)
