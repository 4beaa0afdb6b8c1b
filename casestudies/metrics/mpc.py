"""MPC: what a retention campaign earns with the best cut of a score, at one acceptance."""

from __future__ import annotations

from functools import partial

from numpy.typing import ArrayLike

from casestudies.errors import ConfigError
from casestudies.metrics.cases import Array
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.retained import Offer, best_profit
from casestudies.metrics.weighed import Weighed


def mpc(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None, *, offer: Offer, accept: float) -> float:
    """The maximum profit per customer of a campaign for those who may leave.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = leaves.
    p: (rows,) score, larger = more likely to leave; any monotone scale.
    weight: (rows,) row weights, default ones.
    offer: what a customer is worth on average, and what incentive and contact cost.
    accept: probability that a customer who would leave accepts and stays.

    Returns
    -------
    Currency of the offer per customer; 0 where contacting anybody loses.

    Raises
    ------
    ConfigError: an acceptance outside 0 to 1.

    Source: Verbeke, Dejaeger, Martens, Hur and Baesens 2012, "New insights into churn prediction in the
    telecommunication sector: a profit driven data mining approach", EJOR 218(1), the maximum profit criterion.
    """
    return single(partial(_profit, offer, _accept(accept)), y, weight, p=p)


def mpc_share(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None, *, offer: Offer, accept: float) -> float:
    """The share of customers that the best cut behind `mpc` contacts. Parameters and errors as there."""
    return single(partial(_share, offer, _accept(accept)), y, weight, p=p)


def mpc_metric(offer: Offer, accept: float) -> Metric:
    """MPC of one offer and acceptance for `bootstrap`, which wants intervals of it and pairs of models."""
    return Metric(
        name="mpc",
        function=partial(mpc, offer=offer, accept=accept),
        over=partial(_profit, offer, _accept(accept)),
        needs=frozenset({"p"}),
        unit="currency per customer",
        higher_is_better=True,
        meaning="What a retention campaign at the best cut of the score earns per customer, at the expected acceptance.",
        undefined="there are no rows",
    )


def _profit(offer: Offer, accept: float, seen: Weighed) -> Array:
    return best_profit(seen, offer, accept)[0]


def _share(offer: Offer, accept: float, seen: Weighed) -> Array:
    return best_profit(seen, offer, accept)[1]


def _accept(accept: float) -> float:
    if not 0.0 <= accept <= 1.0:
        raise ConfigError(f"{accept} is outside 0 to 1", where="accept", advice="write a probability, e.g. 0.3")
    return accept
