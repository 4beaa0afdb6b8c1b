"""Losses: what one row costs at a given margin.

A new loss is added to `ALL_LOSSES`, and the tests of derivatives, convexity, weights and stability find it there; one
that holds figures of rows has its example in the tests' own list.
"""

from casestudies.optim.losses.base import Loss
from casestudies.optim.losses.business import ClvWeighted, ExpectedCost, Weighted
from casestudies.optim.losses.classification import Focal, Hinge, Logistic, Multinomial, SquaredHinge
from casestudies.optim.losses.constant import best_constant
from casestudies.optim.losses.regression import Absolute, Huber, Quantile, Squared

ALL_LOSSES: tuple[Loss, ...] = (
    Squared(),
    Absolute(),
    Huber(1.5),
    Quantile(0.9),
    Logistic(),
    Multinomial(),
    Hinge(),
    SquaredHinge(),
    Focal(2.0),
)

__all__ = [
    "ALL_LOSSES",
    "Absolute",
    "ClvWeighted",
    "ExpectedCost",
    "Focal",
    "Hinge",
    "Huber",
    "Logistic",
    "Loss",
    "Multinomial",
    "Quantile",
    "Squared",
    "SquaredHinge",
    "Weighted",
    "best_constant",
]
