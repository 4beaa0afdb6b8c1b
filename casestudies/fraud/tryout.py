"""Sliders of the Results page: the price of an alert, the day's capacity, and how much of a stopped fraud is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.fraud.daily import Units, raised
from casestudies.report import Block, Table, Text
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import money, number, percent
from casestudies.workflow.studies import Lever, Tryout

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Outcome:
    """What a policy came to on the judged days. Money in the costs' currency; `further`: gain expected of one more alert a day."""

    alerts: float
    days: int
    right: float
    frauds: float
    stopped: float
    share: float
    paid: float
    net: float
    further: float


def levers(f: Findings) -> tuple[Lever, ...]:
    """Without prices there is only the capacity; without a fraud among the judged rows, nothing to try."""
    told = f.analysis.get("alerts")
    if told is None or not told["events"]:
        return ()
    what = "cards" if told["unit"] == "card" else "transactions"
    most = max(4.0 * told["per_day"], 20.0)
    every = "a day" if told["judged"]["day"] is not None else "in all"
    capacity = Lever(
        "capacity",
        f"Alerts {every}",
        1.0,
        most,
        1.0,
        float(told["per_day"]),
        f"How many {what} can be looked at.",
        "%.0f",
    )
    if f.costs is None:
        return (capacity,)
    price = _price(f)
    price_lever = Lever(
        "price",
        f"Price of an alert ({f.unit})",
        0.0,
        max(4.0 * price, 1.0),
        max(4.0 * price, 1.0) / 80,
        price,
        "What looking at one costs, right or wrong, a customer's patience included.",
        "%.2f",
    )
    help_ = "Of the money that a missed fraud would lose, the share that stopping it saves."
    return (price_lever, capacity, Lever("saved", "Saved of a stopped fraud", 0.0, 1.0, 0.05, 1.0, help_, "%.2f"))


def told(f: Findings, values: Mapping[str, float]) -> tuple[Block, ...]:
    """The judged days worked through anew with these values, beside the run's own.

    Parameters
    ----------
    values: {lever key: value}; what is not given is as it was in the run.
    """
    start = {lever.key: lever.start for lever in levers(f)}
    if not start:
        return ()
    tried, own = (_outcome(f, {**start, **values}), _outcome(f, start))
    rows = [
        ("Alerts", f"{tried.alerts:,.0f}", f"{own.alerts:,.0f}"),
        ("Alerts that are right", percent(tried.right), percent(own.right)),
        ("Frauds found", f"{tried.frauds:,.0f}", f"{own.frauds:,.0f}"),
    ]
    if f.costs is not None:
        rows += [
            (f"Fraud stopped ({f.unit})", money(tried.stopped), money(own.stopped)),
            ("Of all fraud money", percent(tried.share), percent(own.share)),
            (f"Price of the alerts ({f.unit})", money(tried.paid), money(own.paid)),
            (f"Saved, alerts paid ({f.unit})", money(tried.net), money(own.net)),
        ]
    caption = (
        f"The {f.evaluation.get('rows', len(f.y)):,} judged {f.study.words.rows}, alerted where that is expected to pay"
    )
    return (
        Text(_said(f, tried, own)),
        Table(caption, ("", "As tried", "As in the run"), tuple(rows), (False, True, True)),
    )


def _said(f: Findings, tried: _Outcome, own: _Outcome) -> str:
    if f.costs is None:
        return (
            f"{number(tried.frauds - own.frauds, 0)} more frauds found than in the run."
            if tried != own
            else "As in the run."
        )
    more = tried.net - own.net
    worth = "as much as" if abs(more) < 0.005 else f"{money(abs(more), f.unit)} {'more' if more > 0 else 'less'} than"
    further = (
        f"One more alert a day is expected to gain {money(tried.further, f.unit)}."
        if tried.further > 0
        else "More hands would find nothing that is expected to pay."
    )
    return f"This saves {worth} the run's own values on the same rows. {further}"


def _outcome(f: Findings, values: Mapping[str, float]) -> _Outcome:
    """Alerts in the order of expected gain, only where there is one; without prices in the order of probability."""
    told_ = f.analysis["alerts"]
    p, y, weight = f.scores()[f.champion], f.y, f.weight
    day, card = (_split(told_["judged"][name]) for name in ("day", "card"))
    dated = day is not None
    day = np.zeros(len(y), dtype=np.intp) if day is None else day
    value, loss, price = _priced(f, p, values)
    units = Units.of(value, y, loss, weight, day, card, by_card=told_["unit"] == "card")
    mass = weight[units.row][None]
    least = -np.inf if f.costs is None else 0.0
    found = raised(units, values["capacity"] * told_["drawn"], mass, least)
    taken = found.taken[0]
    alerts, frauds = float(taken.sum()), float(taken[units.event].sum())
    paid = float(taken @ price[units.row])
    stopped, saved = float(found.stopped[0]), values.get("saved", 1.0)
    days = told_["days"] if dated else 1
    caught = np.full(int(units.card.max(initial=-1)) + 1, days)
    hit = (taken > 0) & units.event
    np.minimum.at(caught, units.card[hit], units.day[hit])
    left = (taken == 0) & (units.value > least) & (units.day <= caught[units.card])  # a stopped card needs no alert
    further = np.zeros(days)
    np.maximum.at(further, units.day[left], units.value[left])
    total = float((weight * loss)[day >= 0].sum())
    return _Outcome(
        alerts,
        days,
        frauds / alerts if alerts else float("nan"),
        frauds,
        stopped,
        stopped / total if total > 0 else float("nan"),
        paid,
        saved * stopped - paid,
        float(further.mean()) if f.costs is not None else 0.0,
    )


def _priced(f: Findings, p: Floats, values: Mapping[str, float]) -> tuple[Floats, Floats, Floats]:
    """(judged,) what alerts are ordered by, the money a missed fraud loses, and the price of an alert on the row."""
    if f.costs is None:
        return p, np.zeros(len(p)), np.zeros(len(p))
    costs, more = f.costs, values["price"] - _price(f)
    fp, tp = costs.alarm + more, costs.tp + more
    gain = p * (values["saved"] * costs.fn - tp) - (1.0 - p) * fp
    return gain, np.where(f.y > 0, costs.fn, 0.0), np.where(f.y > 0, tp, fp)


def _price(f: Findings) -> float:
    """The mean price of an alert in the run."""
    if f.costs is None:
        return 0.0
    return float(np.average(f.costs.alarm, weights=f.weight))


def _split(text: Any) -> NDArray[np.intp] | None:
    return None if text is None else np.array(text.split(), dtype=np.intp)


TRYOUT = Tryout("What would more hands, or another price, be worth?", levers, told)
