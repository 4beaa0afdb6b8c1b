"""Losses: what one row costs at a given margin.

A new loss is added to `ALL_LOSSES`, and the tests of derivatives, convexity, weights and stability find it there.
"""

from casestudies.optim.losses.base import Loss
from casestudies.optim.losses.classification import Logistic

ALL_LOSSES: tuple[Loss, ...] = (Logistic(),)

__all__ = ["ALL_LOSSES", "Logistic", "Loss"]
