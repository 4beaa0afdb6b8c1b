"""EMPC: what a retention campaign earns with the best cut of a score, where nobody knows how many will accept."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from casestudies.errors import ConfigError
from casestudies.metrics.cases import Array
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.retained import Offer, expected_profit
from casestudies.metrics.weighed import Weighed

_ALPHA, _BETA = 6.0, 14.0  # an acceptance of 0.3 on average, as in the source


def empc(
    y: ArrayLike,
    p: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    offer: Offer,
    alpha: float = _ALPHA,
    beta: float = _BETA,
) -> float:
    """The expected maximum profit per customer of a campaign for those who may leave.

    For every acceptance there is a best cut of the score; its profit is averaged over the acceptances. In closed form
    over the ROC hull: no grid, no draws.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = leaves.
    p: (rows,) score, larger = more likely to leave; any monotone scale.
    weight: (rows,) row weights, default ones.
    offer: what a customer is worth on average, and what incentive and contact cost.
    alpha, beta: of the Beta distribution of the acceptance, its mean alpha / (alpha + beta).

    Returns
    -------
    Currency of the offer per customer, 0 where contacting anybody loses; 0 too where nobody leaves.

    Raises
    ------
    ConfigError: alpha or beta not above 0.

    Source: Verbraken, Verbeke and Baesens 2013, "A novel profit maximizing metric for measuring classification
    performance of customer churn prediction models", IEEE Transactions on Knowledge and Data Engineering 25(5).
    """
    return single(partial(_profit, offer, *_beta(alpha, beta)), y, weight, p=p)


def empc_share(
    y: ArrayLike,
    p: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    offer: Offer,
    alpha: float = _ALPHA,
    beta: float = _BETA,
) -> float:
    """The share of customers that the best cuts behind `empc` contact, on average. Parameters and errors as there.

    Source: as `empc`, which names it the fraction of the customer base to target.
    """
    return single(partial(_share, offer, *_beta(alpha, beta)), y, weight, p=p)


def empc_metric(offer: Offer, alpha: float = _ALPHA, beta: float = _BETA) -> Metric:
    """EMPC of one offer for `bootstrap`, which wants intervals of it and pairs of models."""
    _beta(alpha, beta)
    return Metric(
        name="empc",
        function=partial(empc, offer=offer, alpha=alpha, beta=beta),
        over=partial(_profit, offer, alpha, beta),
        needs=frozenset({"p"}),
        unit="currency per customer",
        higher_is_better=True,
        meaning="What a retention campaign at the best cut of the score earns per customer, over likely acceptances.",
        undefined="there are no rows",
    )


def _profit(offer: Offer, alpha: float, beta: float, seen: Weighed) -> Array:
    return expected_profit(seen, offer, alpha, beta)[0]


def _share(offer: Offer, alpha: float, beta: float, seen: Weighed) -> Array:
    return expected_profit(seen, offer, alpha, beta)[1]


def _beta(alpha: float, beta: float) -> tuple[float, float]:
    for name, value in (("alpha", alpha), ("beta", beta)):
        if not (np.isfinite(value) and value > 0):
            raise ConfigError(f"{value} gives no distribution", where=name, advice="write a number above 0, e.g. 6")
    return alpha, beta
