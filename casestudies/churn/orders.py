"""The same money spent in other orders, and at every budget: what the order of a list is worth."""

from __future__ import annotations

from typing import Any

import numpy as np

from casestudies.churn.economics import Customers, totals
from casestudies.churn.listing import Limits, Listed
from casestudies.decisions.campaign import NONE, campaign, frontier
from casestudies.rows import Array, Mask
from casestudies.workflow.table_settings import TableSettings

_BUDGETS = (
    8,
    24,
)  # points of the frontier at which the outcome is looked up: fewer where there are very many customers
_CELLS = 6_000_000  # customers x offers that are looked at for them, about
_QUARTER = 0.25  # of what contacting all who are worth it costs: where orders are compared if there is no limit


def orders_told(
    customers: Customers, everyone: Listed, limits: Limits, allowed: Mask, usual: int, settings: TableSettings
) -> dict[str, Any]:
    """The same money spent in other orders, all customers with one offer: what a list by probability would lose.

    usual: number of that offer.
    """
    w = customers.weight
    best, budget, most = np.full(len(customers), usual), limits.budget, limits.most
    gain, spend = customers.of(customers.gain, best) * w, customers.of(customers.spend, best) * w
    offer = everyone.contacted.offer
    if budget is None and most is None:
        budget = _QUARTER * everyone.contacted.spend
        offer = campaign(customers.money.gain, customers.money.spend, budget, None, allowed).offer
    scores = {"p": customers.p, "gain": gain / np.where(w > 0, w, 1.0), "p_value": customers.p * customers.clv}
    chosen = {"ratio": offer}
    for name, score in scores.items():
        among = allowed & (gain > 0) if name == "gain" else allowed
        chosen[name] = np.where(_first(score, spend, among, budget, most), best, NONE)
    columns = {name: customers.of(customers.realised, one) for name, one in chosen.items()}
    for name in scores:
        columns[f"ratio - {name}"] = columns["ratio"] - columns[name]
    came = totals(customers, columns, settings)
    return {
        "budget": budget,
        "most": most,
        "rows": {
            name: {
                "contacts": float(w[one > NONE].sum()),
                "spend": float(w @ customers.of(customers.spend, one)),
                "expected": float(w @ customers.of(customers.gain, one)),
                "came": came[name],
                "less": came.get(f"ratio - {name}"),
            }
            for name, one in chosen.items()
        },
    }


def _first(score: Array, spend: Array, among: Mask, budget: float | None, most: int | None) -> Mask:
    """(rows,) the highest scores until the money or the contacts are used up."""
    order = np.flatnonzero(among)[np.argsort(-score[among], kind="stable")]
    fits = len(order) if budget is None else int(np.searchsorted(np.cumsum(spend[order]), budget, side="right"))
    out = np.zeros(len(score), dtype=bool)
    out[order[: fits if most is None else min(fits, most)]] = True
    return out


def frontier_told(customers: Customers, limits: Limits, allowed: Mask, usual: int) -> dict[str, list[float]]:
    """The most that can be expected for each budget, and what the same lists would have earned.

    Beside it, what customers of the largest loss to be expected, p x value, would have earned with the offer `usual`.
    """
    gain, spend = customers.money.gain, customers.money.spend
    curve = frontier(gain, spend, limits.most, allowed)
    w, best = customers.weight, np.full(len(customers), usual)
    paid, earned = customers.of(customers.spend, best) * w, customers.of(customers.realised, best) * w
    tried = np.linspace(0.0, curve.spend[-1], int(np.clip(_CELLS // max(1, gain.size), *_BUDGETS)))
    stake = customers.p * customers.clv
    came, by_stake = [], []
    for budget in tried:
        made = campaign(gain, spend, float(budget), limits.most, allowed)
        came.append(float(w @ customers.of(customers.realised, made.offer)))
        by_stake.append(float(earned[_first(stake, paid, allowed, float(budget), limits.most)].sum()))
    return {
        "spend": curve.spend.tolist(),
        "gain": curve.gain.tolist(),
        "contacts": curve.contacts.tolist(),
        "tried": tried.tolist(),
        "came": came,
        "by_stake": by_stake,
    }
