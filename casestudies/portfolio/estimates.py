"""What past returns say of the mean and the covariance of the next ones, and how much to believe it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from casestudies.errors import ConfigError, nearest, shown
from casestudies.portfolio.market import Array

Risk = Literal["ledoit_wolf", "sample"]
Mean = Literal["sample", "shrunk"]
RISKS: dict[str, str] = {"ledoit_wolf": "Ledoit-Wolf", "sample": "sample covariance"}
MEANS: dict[str, str] = {"sample": "sample means", "shrunk": "shrunk means"}


@dataclass(frozen=True)
class Estimate:
    """A year's mean (assets,) and covariance (assets, assets), as fractions.

    risk_share, mean_share: how far they were drawn to their targets, 0 = not at all, 1 = all the way.
    """

    mean: Array
    covariance: Array
    risk_share: float
    mean_share: float


def estimate(returns: Array, per_year: int, risk: Risk = "ledoit_wolf", mean: Mean = "sample") -> Estimate:
    """Mean and covariance of simple returns (periods, assets), brought to a year.

    Parameters
    ----------
    risk: "sample"; or "ledoit_wolf", which draws it towards equal variances without correlation, as far as the sample
        itself says is best (Ledoit and Wolf 2004, "A well-conditioned estimator for large-dimensional covariance
        matrices").
    mean: "sample"; or "shrunk", which draws the means towards that of the portfolio with the least variance (Jorion 1986,
        "Bayes-Stein estimation for portfolio analysis").

    Raises
    ------
    ConfigError: an estimator that is not known.
    """
    for name, known in ((risk, RISKS), (mean, MEANS)):
        if name not in known:
            raise ConfigError(f"no estimator {shown(name)}", advice=nearest(name, known))
    covariance, risk_share = _covariance(returns, risk)
    means, mean_share = _mean(returns, covariance, mean)
    return Estimate(means * per_year, covariance * per_year, risk_share, mean_share)


def _covariance(returns: Array, how: Risk) -> tuple[Array, float]:
    if how == "sample":
        return np.cov(returns.T), 0.0
    from sklearn.covariance import ledoit_wolf

    covariance, share = ledoit_wolf(returns)
    return 0.5 * (covariance + covariance.T), float(share)


def _mean(returns: Array, covariance: Array, how: Mean) -> tuple[Array, float]:
    means = returns.mean(axis=0)
    if how == "sample":
        return means, 0.0
    periods, assets = returns.shape
    inverse = np.linalg.pinv(covariance, hermitian=True)
    least = inverse.sum(axis=0) / inverse.sum()
    target = float(least @ means)
    apart = float((means - target) @ inverse @ (means - target))
    share = (assets + 2) / (assets + 2 + periods * apart)
    return (1.0 - share) * means + share * target, float(share)
