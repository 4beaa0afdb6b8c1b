"""What a purchase of a customer is worth: the gamma-gamma model of amounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln, polygamma

from casestudies.errors import DataError
from casestudies.models.customers.likelihood import Array, Estimate, Point, fit

_FEWEST = 10  # customers with a repeat purchase; below, three parameters say nothing


@dataclass(frozen=True)
class Spending:
    """Amounts of a customer scatter about a mean of its own; means scatter over customers, whatever their frequency.

    Amounts are gamma(p, nu), nu is gamma(q, v) over customers. A customer's expected amount lies between its own mean and
    that of all: the more purchases, the nearer its own.

    Source: Fader and Hardie 2013, "The gamma-gamma model of monetary value".
    """

    p: float
    q: float
    v: float

    @classmethod
    def of(cls, estimate: Estimate, shift: Array | None = None) -> Spending:
        """shift: (3,) added to the logarithms of the parameters."""
        return cls(*(estimate.theta if shift is None else estimate.theta * np.exp(shift)).tolist())

    @property
    def mean(self) -> float:
        """Expected amount of a customer of whom nothing is known; inf where the model has no mean (q up to 1)."""
        return self.p * self.v / (self.q - 1) if self.q > 1 else np.inf

    def expected(self, x: Array, mean: Array) -> Array:
        """(customers,) expected amount, after x purchases of that mean; `mean` is not read where x is 0."""
        known = self.p * (self.v + x * np.where(x > 0, mean, 0.0)) / np.maximum(self.p * x + self.q - 1, 1e-12)
        return np.where(x > 0, known, self.mean)


def fit_spending(x: Array, mean: Array, weights: Array | None = None) -> Estimate:
    """The three parameters, by maximum likelihood.

    Parameters
    ----------
    x: (customers,) repeat purchases. mean: (customers,) their mean amount. Customers without a repeat purchase, or with
        a mean that is not above 0, say nothing and are left out.

    Raises
    ------
    DataError: fewer than ten customers are left, or they all spend the same.
    """
    kept = (x > 0) & (mean > 0)
    if kept.sum() < _FEWEST:
        raise DataError(
            f"{int(kept.sum())} customers bought again for an amount above 0, and {_FEWEST} are needed",
            where="transactions",
            advice="bring a longer time, or use value.way: margin",
        )
    x, mean = x[kept], mean[kept]
    if np.ptp(mean) == 0:
        raise DataError(
            "all repeat purchases have the same mean amount",
            where="transactions",
            advice="there is nothing to learn; use value.way: margin",
        )
    w = np.ones(len(x)) if weights is None else weights[kept]
    return fit(SpendingLikelihood(x, mean, w), (4.0, 3.0, float(w @ mean / w.sum()) / 2))


class SpendingLikelihood:
    """Of customers with x repeat purchases of a mean amount: equation 1a of the note, with its derivatives."""

    names = ("p", "q", "v")

    def __init__(self, x: Array, mean: Array, weights: Array) -> None:
        self.weights = weights
        self._x, self._mean = x, mean
        self._kinds, self._of = np.unique(x, return_inverse=True)  # special functions once for each frequency

    def at(self, theta: Array) -> Point:
        p, q, v = theta
        x, m, w = self._x, self._mean, self.weights
        own, all_ = p * self._kinds, p * self._kinds + q
        total = x * m + v
        log_total = np.log(total)
        logs = (gammaln(all_) - gammaln(own) - gammaln(q))[self._of]
        value = logs + q * np.log(v) + (p * x - 1) * np.log(m) + p * x * np.log(x) - (p * x + q) * log_total

        by_all, by_own = digamma(all_)[self._of], digamma(own)[self._of]
        slope = np.stack(
            [
                x * (by_all - by_own + np.log(m) + np.log(x) - log_total),
                by_all - digamma(q) + np.log(v) - log_total,
                q / v - (p * x + q) / total,
            ],
            axis=1,
        )
        twice, twice_own = polygamma(1, all_)[self._of], polygamma(1, own)[self._of]
        pp, pq, pv = w @ (x**2 * (twice - twice_own)), w @ (x * twice), -w @ (x / total)
        qq, qv = w @ (twice - polygamma(1, q)), w @ (1 / v - 1 / total)
        vv = w @ ((p * x + q) / total**2 - q / v**2)
        return Point(value, slope, np.array([[pp, pq, pv], [pq, qq, qv], [pv, qv, vv]]))
