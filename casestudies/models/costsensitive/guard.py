"""What would make probabilities speak of other rows than those that are decided on, refused with the reason."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import ConfigError

Floats = NDArray[np.float64]

_HALF = 1e-6  # of the whole weight: how near to one half a share of events is no accident


def is_half(y: Floats, weight: Floats) -> bool:
    """Whether events have exactly half of the whole weight, and weights say nothing but the label.

    y: (rows,) 0/1. weight: (rows,) from 0 up; rows of weight 0 are not looked at.
    """
    there = weight > 0
    event, held = y[there] > 0, weight[there]
    if not 0 < event.sum() < len(event):
        return False
    one, other = held[event], held[~event]
    flat = np.ptp(one) <= _HALF * one.max() and np.ptp(other) <= _HALF * other.max()
    return bool(flat and abs(one.sum() / held.sum() - 0.5) <= _HALF)


def halved() -> ConfigError:
    """What is said where probabilities of half-and-half rows are about to be compared with thresholds of money."""
    return ConfigError(
        "exactly half of the training rows are events, as after SMOTE, undersampling or balanced weights: probabilities "
        "are then those of other rows than the ones decided on",
        where="costs",
        advice="train on the rows as they are, or say with rate what share of the rows decided on have the event",
    )


def refuse_balanced(y: Floats, weight: Floats, where: str = "sample_weight") -> None:
    """Refuses row weights that say nothing but the label, and make both outcomes weigh the same.

    A model taught so says that events are as frequent as the others, and each row's own threshold, which compares that
    with prices, acts far too often. Weights that undo the way rows were sampled are not meant: they lead to the rate
    as it is, which is one half by accident only.

    Parameters
    ----------
    y: (rows,) 0/1. weight: (rows,) from 0 up; rows of weight 0 are not looked at.

    Raises
    ------
    ConfigError: with the reason and what to do in its place.

    Source: Elkan 2001, "The foundations of cost-sensitive learning", theorems 1 and 2.
    """
    there = weight > 0
    event, held = y[there] > 0, weight[there]
    if not is_half(y, weight) or abs(held[event].mean() - held[~event].mean()) <= _HALF * held.max():
        return
    raise ConfigError(
        f"balanced weights: events are {event.mean():.1%} of the rows and half of the weight, so probabilities would be "
        "those of other rows than the ones decided on",
        where=where,
        advice="leave the weights out: each row's own threshold already knows which mistake is dearer",
    )
