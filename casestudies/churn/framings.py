"""Two ways to ask of the same probabilities: who will leave, and where is more at stake than an attempt costs?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.churn.economics import Customers, totals
from casestudies.decisions import Rule
from casestudies.metrics import accuracy, f1
from casestudies.rows import Mask
from casestudies.workflow.analyses import Work
from casestudies.workflow.compare import Trained
from casestudies.workflow.table_settings import TableSettings

_HALF = 0.5
_POINTS = 600  # customers in the picture


def framings_told(work: Work) -> dict[str, Any] | None:
    """analysis/framings.json: yes or no at 0.5, yes or no at the cut of best F1, and value at risk, on the judged rows.

    The probabilities are the champion's in all of them, so the difference is that of the question alone. `same` takes
    away that one framing may contact more customers than the other: as many as yes or no at 0.5, by expected gain.
    None without an offer in money.
    """
    customers = Customers.judged(work)
    if customers is None:
        return None
    free = ~customers.held.rows
    cut = _f1_cut(work, work.comparison.trained[work.comparison.choice.champion])
    gain = customers.of(customers.gain, customers.best)
    asked = {"half": customers.p > _HALF, "f1": customers.p > cut, "value": gain > 0}
    acts = {name: act & free for name, act in asked.items()}
    acts["same"] = _foremost(gain, customers.weight, acts["half"], free & (gain > 0))
    money = _money(customers, acts, work.settings)
    framings = {name: _framing(customers, act) | {"realised": money[name]} for name, act in acts.items()}
    return {
        "rows": len(customers),
        "held_back": int(customers.held.rows.sum()),
        "cut": cut,
        "framings": framings,
        "against_half": {name: money[f"{name} - half"] for name in ("f1", "value", "same")},
        "against_f1": money["value - f1"],
        "swap": {
            "both": _part(customers, acts["value"] & acts["half"]),
            "value": _part(customers, acts["value"] & ~acts["half"]),
            "half": _part(customers, ~acts["value"] & acts["half"]),
        },
        "points": _points(customers, acts),
    }


def _f1_cut(work: Work, trained: Trained) -> float:
    """The cut of best F1 on the training rows, cross-fitted; the judged rows have no say in it."""
    train = work.comparison.parts[0][0]
    part = work.sample.take(train)
    decider = Rule("f1").fit(part.y, trained.calibration.probability, weight=part.weight)
    return _HALF if decider.threshold is None else decider.threshold


def _foremost(gain: np.ndarray, weight: np.ndarray, like: Mask, among: Mask) -> Mask:
    """(rows,) those of `among` with the largest gain, as many as `like` has by weight."""
    order = np.flatnonzero(among)[np.argsort(-gain[among], kind="stable")]
    fits = np.searchsorted(np.cumsum(weight[order]), weight[like].sum() * (1 + 1e-12), side="right")
    out = np.zeros(len(gain), dtype=bool)
    out[order[:fits]] = True
    return out


def _money(customers: Customers, acts: Mapping[str, Mask], settings: TableSettings) -> dict[str, dict[str, float]]:
    """What each framing came to, and the differences, on the same resamples; totals over the judged rows."""
    realised = customers.of(customers.realised, customers.best)
    columns = {name: realised * act for name, act in acts.items()}
    for name, rival in (("f1", "half"), ("value", "half"), ("same", "half"), ("value", "f1")):
        columns[f"{name} - {rival}"] = columns[name] - columns[rival]
    return totals(customers, columns, settings)


def _framing(customers: Customers, act: Mask) -> dict[str, Any]:
    """How good the framing is as an answer to "who leaves", and what it does with money."""
    y, w = customers.y, customers.weight
    return _part(customers, act) | {
        "accuracy": accuracy(y, act, w),
        "f1": f1(y, act, w),
        "caught": float(w[act] @ y[act] / (w @ y)) if w @ y > 0 else None,
    }


def _part(customers: Customers, rows: Mask) -> dict[str, Any]:
    """Some customers: how many, how likely to leave, what they are worth, and what contacting them brings."""
    w = customers.weight[rows]
    mass = float(w.sum())
    best = customers.best[rows]

    def mean(values: np.ndarray) -> float | None:
        return float(w @ values[rows] / mass) if mass > 0 else None

    take = np.arange(int(rows.sum()))
    return {
        "contacts": mass,
        "left": mean(customers.y),
        "p": mean(customers.p),
        "clv": mean(customers.clv),
        "value": float(w @ customers.clv[rows]),
        "spend": float(w @ customers.spend[rows][take, best]),
        "expected": float(w @ customers.gain[rows][take, best]),
        "came": float(w @ customers.realised[rows][take, best]),
    }


def _points(customers: Customers, acts: Mapping[str, Mask]) -> dict[str, list[float]]:
    """Some customers, evenly through the table: what they are worth, how likely they leave, and who would contact them."""
    some = np.unique(np.linspace(0, len(customers) - 1, min(_POINTS, len(customers))).astype(int))
    return {
        "clv": customers.clv[some].tolist(),
        "p": customers.p[some].tolist(),
        "half": acts["half"][some].astype(int).tolist(),
        "value": acts["value"][some].astype(int).tolist(),
    }
