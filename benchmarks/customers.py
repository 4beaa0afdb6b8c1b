"""A synthetic table of customers who may leave, and what that and keeping them costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from casestudies.optim.losses import ExpectedCost

Floats = NDArray[np.float64]
Decisions = NDArray[np.bool_]

OFFER, SUCCESS = 20.0, 0.4  # what an offer costs; the share of leaving customers that it keeps


@dataclass(frozen=True)
class Customers:
    """Who leaves costs `value`; an offer costs OFFER and keeps SUCCESS of those who would leave. p: (rows,) the truth.

    The log-odds bend and cross, so that no line fits exactly; the last column is the logarithm of `value`, in units.
    """

    X: Floats
    y: Floats
    value: Floats
    p: Floats

    @classmethod
    def drawn(cls, rng: np.random.Generator, rows: int, columns: int) -> Customers:
        X = rng.normal(size=(rows, columns))
        p = expit(X[:, :5] @ [1.0, -0.8, 0.6, -0.4, 0.2] - 0.5 * X[:, -1] * X[:, 0] + 0.4 * X[:, 1] ** 2 - 2.0)
        return cls(X, (rng.random(rows) < p).astype(float), np.exp(4.5 + X[:, -1]), p)

    @property
    def cost(self) -> ExpectedCost:
        """Of offers, in the light of who left."""
        return ExpectedCost(self.y * self.value, OFFER - SUCCESS * self.y * self.value)

    def acted(self, p: Floats) -> Decisions:
        """Each row's own best decision, if the probabilities are right."""
        return SUCCESS * p * self.value > OFFER

    def lost(self, act: Decisions) -> float:
        """Thousands, in expectation over who leaves."""
        return float((self.p * self.value + act * (OFFER - SUCCESS * self.p * self.value)).sum() / 1e3)
