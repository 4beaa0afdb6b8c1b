"""Whom to contact, with which offer: the list, what it is expected to earn and what it would have earned, and its limits."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from casestudies.churn.economics import Customers, Offered, rounds_of, totals
from casestudies.churn.listing import Drawn, Limits, Listed, Money, lots, ranks, smallest_shown, with_control
from casestudies.churn.orders import frontier_told, orders_told
from casestudies.churn.trying import kept_for_trying
from casestudies.churn.uplift import Estimate, estimate
from casestudies.decisions.breakeven import campaign_break_even
from casestudies.decisions.campaign import NONE, campaign
from casestudies.decisions.offers import Choice
from casestudies.metrics import Answers, bootstrap
from casestudies.metrics.empc import empc_metric
from casestudies.metrics.lift_top_decile import LIFT_TOP_DECILE
from casestudies.metrics.mpc import mpc_metric, mpc_share
from casestudies.metrics.retained import Offer as Average
from casestudies.rows import Array, Mask
from casestudies.runs.disk import to_json
from casestudies.workflow.analyses import Answer, Work
from casestudies.workflow.reasons import reasons_of
from casestudies.workflow.table_settings import TableSettings

LIST = "lists/contacts.csv"
UPLIFT = "uplift.json"  # in the run folder, under made/
_OURS = ("rank", "row", "list", "offer", "probability", "value", "expected_gain", "spend", "reasons")
_PRICES = (1.0, 0.5, 2.0)  # of the offer, as multiples, at which the break-even is told
_BETA = 20.0  # alpha + beta of the acceptance's distribution in EMPC, as in its source
_HULLS = 300  # rounds of EMPC's interval: each looks at a hull of its own
_EXPLAINED = 20_000  # customers on the list with reasons beside them, the first of it


def campaign_told(work: Work) -> Answer | None:
    """analysis/campaign.json and lists/contacts.csv, of the judged customers; None without an offer in money."""
    customers = Customers.measured_in(work)
    if customers is None:
        return None
    settings: Any = work.settings
    limits = Limits.of(work.saved.decider)
    rows = work.comparison.rows
    allowed = ~customers.held.rows & _wanted(work)
    money = customers.money
    lot = lots(work.loaded.checked, settings.seed)[rows]
    drawn = with_control(money, limits, allowed, lot, settings.campaign.control)
    everyone, made = drawn.everyone, drawn.made
    offers = _offers(customers, made, limits, allowed)
    usual = max(range(len(offers)), key=lambda number: offers[number]["alone"])
    told = {
        "rule": work.saved.decider.kind,
        "budget": limits.budget,
        "most": limits.most,
        "rows": len(customers),
        "alone": customers.alone,
        "measured": customers.measured,
        "accept": _shown_by_all(customers) if customers.measured else None,
        "list": _figures(customers, made.contacted.offer),
        "best": _best(everyone),
        "came": totals(customers, {"list": customers.of(customers.realised, made.contacted.offer)}, settings)["list"],
        "control": _control(money, drawn),
        "break_even": _break_even(customers, made.contacted.offer),
        "metrics": _metrics(customers, usual, settings),
        "held": _held(customers, limits, allowed, everyone),
        "offers": offers,
        "orders": orders_told(customers, everyone, limits, allowed, usual, settings),
        "frontier": frontier_told(customers, limits, allowed, usual),
        "tryout": kept_for_trying(customers, allowed, asdict(limits)),
    }
    return Answer(told, {LIST: _contacts(work, customers, made)}, _learnt(work) if customers.alone else {})


def _learnt(work: Work) -> dict[str, bytes]:
    """What the past campaign taught, for new customers."""
    found = estimate(work)
    return {UPLIFT: to_json(found.uplift.learnt.to_dict())} if isinstance(found, Estimate) else {}


def _shown_by_all(customers: Customers) -> float:
    """The share of those who would leave whom the offer keeps, over all customers."""
    left = customers.weight * customers.p
    return float(left @ customers.offers[0].parts["accept"] / left.sum()) if left.sum() > 0 else 0.0


def _wanted(work: Work) -> Mask:
    """(judged,) whom the decision rule lets through: all, but where it is a cut, those above it."""
    judged = work.comparison.judged[work.comparison.choice.champion]
    return judged.act if work.saved.decider.threshold is not None else np.ones(len(judged.act), dtype=bool)


def _control(money: Money, drawn: Drawn) -> dict[str, Any]:
    """The control group: its size, what it can show, and the expected gain that leaving it alone costs."""
    made = drawn.made
    rows, listed_ = int(made.control.sum()), int(made.on.sum())
    told: dict[str, Any] = {"share": drawn.share, "customers": rows, "listed": listed_, "cost": 0.0, "shown": None}
    if not rows:
        return told
    rate, effect = money.rates(made.offer)
    return told | {
        "rate": rate,
        "effect": effect,
        "shown": smallest_shown(listed_, rows, rate),
        "cost": max(0.0, drawn.everyone.contacted.gain - made.contacted.gain),
    }


def _break_even(customers: Customers, offer: Choice) -> dict[str, Any] | None:
    """The acceptance at which the list earns and loses nothing, beside the assumed one; also at other prices of the offer."""
    act = offer > NONE
    if not act.any():
        return None
    clv, price, contact, accept = (_part(customers, name, offer)[act] for name in ("clv", "offer", "contact", "accept"))
    p, y, w = customers.p[act], customers.y[act], customers.weight[act]
    stake = w * p * (clv - price)
    needed = campaign_break_even(p, clv, price, contact, w, _PRICES)
    return {
        "assumed": float(stake @ accept / stake.sum()) if stake.sum() > 0 else None,
        "prices": list(_PRICES),
        "needed": [float(one) for one in needed],
        "came": float(campaign_break_even(y, clv, price, contact, w)[0]),
    }


def _part(customers: Customers, name: str, offer: Choice) -> Array:
    """(rows,) a part of the offer that each customer gets."""
    return customers.of(np.stack([one.parts[name] for one in customers.offers], axis=1), offer)


def _figures(customers: Customers, offer: Choice) -> dict[str, Any]:
    """What contacting those with an offer costs and brings."""
    w = customers.weight
    act = offer > NONE
    mass = float(w[act].sum())
    return {
        "contacts": mass,
        "spend": float(w @ customers.of(customers.spend, offer)),
        "expected": float(w @ customers.of(customers.gain, offer)),
        "value": float(w[act] @ customers.clv[act]),
        "p": float(w[act] @ customers.p[act] / mass) if mass else None,
        "left": float(w[act] @ customers.y[act] / mass) if mass else None,
    }


def _best(everyone: Listed) -> dict[str, float]:
    """The list without a control group: what it is expected to gain, and what no list within the limits can exceed."""
    one = everyone.contacted
    return {"expected": one.gain, "bound": one.bound, "gap": one.gap, "price": one.price}


def _held(customers: Customers, limits: Limits, allowed: Mask, everyone: Listed) -> dict[str, Any]:
    """Who must not be contacted, how many of them would be on the list, and the expected gain that leaving them costs."""
    w, told = customers.weight, {}
    for name, rows in (("do_not_disturb", customers.held.do_not_disturb), ("capped", customers.held.capped)):
        entry: dict[str, Any] = {"customers": float(w[rows].sum()), "listed": 0.0, "gain": 0.0}
        if rows.any():
            other = campaign(customers.money.gain, customers.money.spend, limits.budget, limits.most, allowed | rows)
            entry["listed"] = float(w[rows & other.act].sum())
            entry["gain"] = max(0.0, other.gain - everyone.contacted.gain)
        told[name] = entry
    return told


def _offers(customers: Customers, made: Listed, limits: Limits, allowed: Mask) -> list[dict[str, Any]]:
    """Of each offer: how often it is made, what it brings there, and what it would bring if it were the only one."""
    w = customers.weight
    out = []
    for number, one in enumerate(customers.offers):
        act = made.contacted.offer == number
        alone = campaign(
            customers.gain[:, [number]] * w[:, None],
            customers.spend[:, [number]] * w[:, None],
            limits.budget,
            limits.most,
            allowed,
        )
        mass = float(w[act].sum())
        out.append(
            {
                "name": one.name,
                "contacts": mass,
                "spend": float(w[act] @ customers.spend[act, number]),
                "expected": float(w[act] @ customers.gain[act, number]),
                "came": float(w[act] @ customers.realised[act, number]),
                "cost": float(w[act] @ one.parts["offer"][act] / mass) if mass else None,
                "accept": float(w[act] @ one.parts["accept"][act] / mass) if mass else None,
                "needed": _needed(customers, one, act),
                "alone": alone.gain,
            }
        )
    return out


def _needed(customers: Customers, one: Offered, rows: Mask) -> float | None:
    """The acceptance at which an offer pays among those who get it."""
    if not rows.any():
        return None
    clv, price, contact = (one.parts[name][rows] for name in ("clv", "offer", "contact"))
    return float(campaign_break_even(customers.p[rows], clv, price, contact, customers.weight[rows])[0])


def _metrics(customers: Customers, usual: int, settings: TableSettings) -> dict[str, Any] | None:
    """EMPC, MPC and top-decile lift of the probabilities, at mean prices; None where the mean offer could never pay.

    EMPC takes the acceptance for uncertain: a Beta distribution as wide as that of its source, with the assumed mean.
    """
    w = customers.weight
    mean = {name: float(np.average(values, weights=w)) for name, values in customers.offers[usual].parts.items()}
    accept = mean["accept"]
    if not 0.0 < accept < 1.0 or mean["offer"] >= mean["clv"]:
        return None
    offer = Average(mean["clv"], mean["offer"], mean["contact"])
    asked = [empc_metric(offer, _BETA * accept, _BETA * (1.0 - accept)), mpc_metric(offer, accept), LIFT_TOP_DECILE]
    boot = bootstrap(
        customers.y,
        {"it": Answers(customers.p)},
        weight=w,
        groups=customers.group,
        metrics=asked,
        rounds=min(rounds_of(customers, settings), _HULLS),
        level=settings.interval.level,
        seed=settings.seed,
    )
    found = boot.intervals["it"]
    return {
        "accept": accept,
        **{name: {"value": one.value, "low": one.low, "high": one.high} for name, one in found.items()},
        "contacted": mpc_share(customers.y, customers.p, w, offer=offer, accept=accept),
    }


def _contacts(work: Work, customers: Customers, made: Listed) -> pd.DataFrame:
    """The list for people, best gain per unit spent first; the control group stands in it and is marked."""
    checked, rows = work.loaded.checked, work.comparison.rows
    gain, spend = customers.of(customers.gain, made.offer), customers.of(customers.spend, made.offer)
    rank = ranks(made.on, gain, spend)
    order = np.flatnonzero(made.on)[np.argsort(rank[made.on])]
    frame = checked.frame.iloc[rows[order]]
    columns: dict[str, Any] = {"rank": rank[order], "row": checked.places.rows[rows[order]]}
    for name in (*checked.in_role("identifier"), *checked.in_role("group")):
        source = checked.sources[name]
        columns[f"{source} (file)" if source in _OURS else source] = frame[name].to_numpy()
    names = np.array([one.name for one in customers.offers], dtype=object)
    columns |= {
        "list": np.where(made.control[order], "control", "contact"),
        "offer": names[made.offer[order]],
        "probability": customers.p[order],
        "value": customers.clv[order],
        "expected_gain": gain[order],
        "spend": np.where(made.control, 0.0, spend)[order],
    }
    some = frame[work.saved.model.columns].iloc[:_EXPLAINED]
    said = reasons_of(work.saved.model, some, work.settings.reasons.k) if len(some) else []
    columns["reasons"] = [*said, *[""] * (len(order) - len(said))]
    return pd.DataFrame(columns)
