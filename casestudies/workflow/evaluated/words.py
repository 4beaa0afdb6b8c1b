"""Figures of an evaluation as a reader expects them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from casestudies.workflow.evaluated.findings import Evaluated
from casestudies.workflow.sections.words import money, number, percent, span

_NAMES = {
    "auc": "AUC",
    "ap": "Average precision",
    "log_loss": "Log loss",
    "brier": "Brier score",
    "ece": "Calibration gap (ECE)",
    "savings": "Saved against the best constant decision",
    "precision": "Precision",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
}
_AT = {"ndcg": "NDCG", "recall": "Recall", "precision": "Precision", "hit_rate": "Hit rate", "map": "MAP"}
SHARES = ("auc", "ap", "precision", "sensitivity", "specificity")  # that fit one axis


def figure_name(metric: str, f: Evaluated) -> str:
    """ "AUC", "Cost for each of the applications", "NDCG of 10"."""
    if metric == "expected_cost":
        return f"Cost for each of the {f.of}"
    if metric.startswith("patient_"):
        return f"{figure_name(metric.removeprefix('patient_'), f)} of patients"
    if found := re.fullmatch(r"([a-z_]+)_at_(\d+)", metric):
        return f"{_AT.get(found[1], found[1])} of {found[2]}"
    return _NAMES.get(metric, metric.replace("_", " ").capitalize())


def told(metric: str, entry: Mapping[str, Any], f: Evaluated) -> str:
    """A value with its unit."""
    if metric == "expected_cost":
        return money(entry["value"], f.unit)
    return percent(entry["value"]) if metric.endswith("savings") else number(entry["value"])


def ranged(metric: str, entry: Mapping[str, Any], f: Evaluated) -> str:
    """A value with its unit and its interval: "512 EUR (417 to 614)"."""
    if entry["value"] is None or entry["low"] is None:
        return told(metric, entry, f)
    return f"{told(metric, entry, f)} ({ends_of(metric, entry)})"


def ends_of(metric: str, entry: Mapping[str, Any]) -> str:
    """ "417 to 614", on the scale of the value."""
    if metric == "expected_cost":
        return "no interval" if entry["low"] is None else f"{money(entry['low'])} to {money(entry['high'])}"
    return span(dict(entry), 1, 100) if metric.endswith("savings") else span(dict(entry))


def told_change(change: Mapping[str, Any]) -> str:
    """The difference with its interval, and where it is beyond chance, whether it is for the better."""
    metric, found = change["metric"], change["difference"]
    if found["value"] is None or found["low"] is None:
        return "n/a"
    value = f"{_signed(metric, found['value'])} ({_signed(metric, found['low'])} to {_signed(metric, found['high'])})"
    if found["low"] <= 0 <= found["high"]:
        return value
    better = (found["value"] > 0) == change["higher_is_better"]
    return f"{value}, {'better' if better else 'worse'}"


def _signed(metric: str, value: float) -> str:
    """With its sign; shares in points, money with as many digits as it deserves."""
    if metric.endswith("savings"):
        return f"{100 * value:+.1f}"
    return f"{value:+,.{(0 if abs(value) >= 100 else 2) if metric == 'expected_cost' else 3}f}"
