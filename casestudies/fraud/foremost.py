"""The foremost alerts of all judged days: what they stop in the order of money, and in that of risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from casestudies.fraud.judged import Floats, Transactions
from casestudies.metrics import Interval, ap, precision_recall_curve
from casestudies.metrics.bootstrap import resamples
from casestudies.metrics.cases import Case
from casestudies.metrics.intervals import percentile
from casestudies.metrics.weighed import Weighed

_POINTS = 60  # of each curve
_PARTS = (0.25, 0.5, 1.0, 2.0)  # of the foremost alerts asked for, that are told too
_UNDEFINED = "a resample holds no fraud"


def foremost(
    held: Transactions, orders: Mapping[str, Floats], first: int, rounds: int, settings: Any
) -> dict[str, Any]:
    """The foremost alerts of all judged rows in each order: precision, money, and the paired difference of the orders.

    Told of a quarter, of half, of all and of twice the alerts asked for, as far as there are rows.
    """
    if not held.y.any():
        return {"counts": [], "total": None}
    loss, level = held.loss, settings.interval.level
    lost = np.zeros(len(held.y)) if loss is None else loss
    asked = np.unique([max(1.0, float(round(part * first))) for part in _PARTS])
    counts = np.minimum(asked, held.weight.sum())[asked <= max(first, held.weight.sum())]
    cases = {name: Case.of(held.y, value) for name, value in orders.items()}

    def figures(name: str, weight: Floats) -> Floats:
        """(rounds, counts, 2) frauds and money within the foremost alerts."""
        seen = Weighed(cases[name], weight)
        sums = [[seen.foremost_events(count), seen.foremost_events(count, lost)] for count in counts]
        return np.moveaxis(np.array(sums), 2, 0)

    own = {name: figures(name, held.weight[None])[0] for name in orders}
    drawn: dict[str, list[Floats]] = {name: [] for name in orders}
    totals = []
    for chunk in resamples(len(held.y), rounds, settings.seed, held.group):
        weight = chunk * held.weight
        totals.append(weight @ lost)
        for name in orders:
            drawn[name].append(figures(name, weight))
    whole = float(held.weight @ lost)
    draws = {name: np.concatenate(parts) for name, parts in drawn.items()}
    total = np.concatenate(totals)
    out = []
    for place, count in enumerate(counts):
        entry: dict[str, Any] = {"count": count, "orders": {}}
        for name in orders:
            (right, money), (rights, moneys) = own[name][place], draws[name][:, place].T
            entry["orders"][name] = {"precision": interval(right / count, rights / count, level)}
            if loss is not None:
                entry["orders"][name]["money"] = interval(money, moneys, level)
                entry["orders"][name]["share"] = interval(*ratio(money, whole, moneys, total), level)
        if len(orders) == 2:
            by_p, by_p_draws = own["p"][place, 1], draws["p"][:, place, 1]
            more, more_draws = own["gain"][place, 1] - by_p, draws["gain"][:, place, 1] - by_p_draws
            entry["difference"] = interval(more, more_draws, level)
            entry["relative"] = interval(*ratio(more, by_p, more_draws, by_p_draws), level)
        out.append(entry)
    at = int(np.argmin(np.abs(counts - first)))
    return {"counts": out, "asked": at, "total": whole if loss is not None else None}


def ratio(own: float, of: float, draws: Floats, of_draws: Floats) -> tuple[float, Floats]:
    """A share on the rows as they are, and on each resample; nan where it is of nothing."""
    whole = float(own / of) if of > 0 else float("nan")
    return whole, np.divide(draws, of_draws, out=np.full_like(draws, np.nan), where=of_draws > 0)


def curves(held: Transactions, orders: Mapping[str, Floats], first: int) -> dict[str, Any]:
    """Precision by recall in each order, and the share of the money by the number of alerts."""
    out: dict[str, Any] = {}
    loss = held.loss
    most = min(float(held.weight.sum()), max(5.0 * first, 2.0 * float(held.weight @ held.y)))
    alerts = np.linspace(0.0, most, _POINTS)
    for name, value in orders.items():
        curve = precision_recall_curve(held.y, value, held.weight)
        entry = {"recall": curve.recall, "precision": curve.precision, "ap": ap(held.y, value, held.weight)}
        if loss is not None and (held.weight @ loss) > 0:
            order = np.argsort(-value, kind="stable")
            weight = held.weight[order]
            caught = np.cumsum(weight * loss[order]) / (held.weight @ loss)
            entry["share"] = np.interp(alerts, np.append(0.0, np.cumsum(weight)), np.append(0.0, caught))
        out[name] = entry
    return {"alerts": alerts, "orders": out}


def interval(value: float, draws: Floats, level: float) -> dict[str, Any]:
    return ends(percentile(float(value), draws, level, _UNDEFINED))


def ends(interval: Interval) -> dict[str, Any]:
    return {key: asdict(interval)[key] for key in ("value", "low", "high")}
