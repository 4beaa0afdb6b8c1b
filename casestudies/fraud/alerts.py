"""Alerts within a capacity: which come first, what they stop, and what ordering them by money instead of risk is worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.decisions import Rule
from casestudies.fraud.asked import Alerts
from casestudies.fraud.daily import Units, raised
from casestudies.fraud.foremost import curves, ends, foremost, interval, ratio
from casestudies.fraud.judged import Transactions, rounds_of
from casestudies.metrics import Answers, bootstrap, f1
from casestudies.metrics.bootstrap import resamples
from casestudies.workflow.analyses import Answer, Work

Floats = NDArray[np.float64]


def alerts_told(work: Work) -> Answer:
    """analysis/alerts.json, and lists/alerts.csv: the alerts of each judged day, the foremost first.

    "judged" holds the day and the card of each judged row, for the sliders of the Results page.
    """
    settings: Any = work.settings
    asked: Alerts = settings.alerts
    held = Transactions.of(work)
    rounds = rounds_of(len(held.y), settings.interval.rounds)
    ranked = _ranked(work, held, rounds)
    orders = {"p": held.p} if held.gain is None else {"gain": held.gain, "p": held.p}
    by_card = asked.unit == "card" and held.card is not None
    told = {
        "rows": len(held.y),
        "events": int(held.y.sum()),
        "weighted": float(held.weight.sum()),
        "by": _resampled(work, held),
        "rounds": rounds,
        "unit": "card" if by_card else "transaction",
        "per_day": asked.per_day,
        **ranked,
        "first": foremost(held, orders, asked.first, rounds, settings),
        "curve": curves(held, orders, asked.first),
        "days": len(held.names) or None,
        "drawn": held.drawn,
        "daily": _daily(held, orders, asked.per_day * held.drawn, by_card, rounds, settings),
        "judged": {"day": joined(held.day), "card": joined(held.card)},
    }
    return Answer(told, {"lists/alerts.csv": _list(work, held, asked, by_card)})


def _resampled(work: Work, held: Transactions) -> str | None:
    """What is resampled as a whole, in a word; None where each row is by itself."""
    if held.group is None:
        return None
    return "card" if work.loaded.column("group") in (None, "card") else "group"


def _ranked(work: Work, held: Transactions, rounds: int) -> dict[str, Any]:
    """AP, savings and F1 with intervals from resampled cards; F1 at a cut that other rows chose, and at the best one."""
    settings = work.settings
    cut = _cut(work, held)
    answers = {"rule": Answers(held.p, held.act), "cut": Answers(act=held.p > cut)}
    boot = bootstrap(
        held.y,
        answers,
        costs=held.costs,
        weight=held.weight,
        groups=held.group,
        metrics=["f1"],
        rounds=rounds,
        level=settings.interval.level,
        seed=settings.seed,
    )
    wanted = ["ap", *(["savings"] if held.costs is not None else [])]
    more = bootstrap(
        held.y,
        {"rule": answers["rule"]},
        costs=held.costs,
        weight=held.weight,
        groups=held.group,
        metrics=wanted,
        rounds=rounds,
        level=settings.interval.level,
        seed=settings.seed,
    )
    best = Rule.parse("f1").fit(held.y, held.p, weight=held.weight).threshold
    hindsight = f1(held.y, held.p > (0.0 if best is None else best), held.weight)
    return {
        **{name: ends(interval) for name, interval in more.intervals["rule"].items()},
        "f1": {
            "rule": ends(boot.intervals["rule"]["f1"]),
            "cut": ends(boot.intervals["cut"]["f1"]),
            "best": hindsight,
        },
    }


def _cut(work: Work, held: Transactions) -> Floats:
    """(judged,) the cut of best F1 by rows that are not judged with it: the training rows, or the other parts."""
    comparison, rule = work.comparison, Rule.parse("f1")
    if len(comparison.parts) == 1:
        train = comparison.parts[0][0]
        seen = work.sample.take(train)
        known = comparison.trained[comparison.choice.champion].calibration.probability
        return np.full(len(held.y), rule.fit(seen.y, known, weight=seen.weight).threshold)
    cut = np.empty(len(held.y))
    for part in np.unique(comparison.part):
        mine = comparison.part == part
        cut[mine] = rule.fit(held.y[~mine], held.p[~mine], weight=held.weight[~mine]).threshold
    return cut


def _daily(
    held: Transactions, orders: Mapping[str, Floats], per_day: float, by_card: bool, rounds: int, settings: Any
) -> dict[str, Any] | None:
    """What so many alerts a day would have stopped, in each order, with intervals from resampled cards."""
    if held.day is None or not held.y[held.day >= 0].any():
        return None
    loss = held.loss
    lost = np.zeros(len(held.y)) if loss is None else loss
    units = {
        name: Units.of(value, held.y, lost, held.weight, held.day, held.card, by_card=by_card)
        for name, value in orders.items()
    }
    own = {name: raised(one, per_day, held.weight[one.row][None]) for name, one in units.items()}
    draws: dict[str, list[Floats]] = {name: [] for name in orders}
    totals = []
    for chunk in resamples(len(held.y), rounds, settings.seed, held.group):
        for name, one in units.items():
            mass = chunk[:, one.row] * held.weight[one.row]
            found = raised(one, per_day, mass)
            draws[name].append(np.stack([found.precision, found.stopped], axis=1))
        totals.append(mass @ one.money)
    level, total = settings.interval.level, np.concatenate(totals)
    whole = float(held.weight[held.day >= 0] @ lost[held.day >= 0])
    out: dict[str, Any] = {"orders": {}, "total": whole if loss is not None else None}
    stopped = {}
    for name in orders:
        precision, money = np.concatenate(draws[name]).T
        entry = {
            "alerts": float(own[name].alerts[0]),
            "precision": interval(float(own[name].precision[0]), precision, level),
        }
        if loss is not None:
            stopped[name] = money
            entry["money"] = interval(float(own[name].stopped[0]), money, level)
            entry["share"] = interval(*ratio(float(own[name].stopped[0]), whole, money, total), level)
        out["orders"][name] = entry
    if len(stopped) == 2:
        difference = float(own["gain"].stopped[0] - own["p"].stopped[0])
        out["difference"] = interval(difference, stopped["gain"] - stopped["p"], level)
    return out


def _list(work: Work, held: Transactions, asked: Alerts, by_card: bool) -> pd.DataFrame:
    """The alerts of each day in the order in which to look at them; without days, the foremost of all judged rows."""
    value = held.p if held.gain is None else held.gain
    day = np.zeros(len(held.y), dtype=np.intp) if held.day is None else held.day
    lost = np.zeros(len(held.y)) if held.loss is None else held.loss
    units = Units.of(value, held.y, lost, np.ones(len(held.y)), day, held.card, by_card=by_card)
    count = asked.first if held.day is None else asked.per_day * held.drawn
    least = -np.inf if held.gain is None else 0.0  # an alert that is not expected to pay is no advice
    at = np.flatnonzero(raised(units, count, np.ones((1, len(units.row))), least).taken[0] > 0)
    rows, checked = units.row[at], work.loaded.checked
    table: dict[str, Any] = {}
    if held.day is not None:
        table["day"] = np.array(held.names, dtype=object)[units.day[at]]
    table["rank"] = 1 + np.arange(len(at)) - np.searchsorted(units.day[at], units.day[at])
    places = held.rows[rows]
    table["row"] = checked.places.rows[places]
    for role in ("identifier", "time"):
        for name in checked.in_role(role):
            table[checked.sources[name]] = checked.frame[name].iloc[places].to_numpy()
    for name in ("card", "terminal", "amount"):
        if name in checked.frame and checked.sources[name] not in table:
            table[checked.sources[name]] = checked.frame[name].iloc[places].to_numpy()
    table["probability"] = np.round(held.p[rows], 6)
    if held.gain is not None:
        table["expected_gain"] = np.round(held.gain[rows], 2)
    table["was_fraud"] = held.y[rows].astype(int)
    return pd.DataFrame(table)


def joined(values: NDArray[np.intp] | None) -> str | None:
    """Whole numbers as one text: a JSON file of a line a number would be ten times as long."""
    return None if values is None else " ".join(map(str, values.tolist()))
