"""Numbers, names and verdicts as a reader expects them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.models.costsensitive.names import BRIEF, LOSSES, named
from casestudies.workflow.evaluate import INCUMBENT, NESTED
from casestudies.workflow.findings import Findings


def number(value: float | None, digits: int = 3) -> str:
    """A figure as text; "n/a" where there is none."""
    return "n/a" if value is None or not np.isfinite(value) else f"{round(value, digits) + 0.0:,.{digits}f}"


def money(value: float | None, unit: str = "") -> str:
    """An amount with as many digits as it deserves."""
    if value is None or not np.isfinite(value):
        return "n/a"
    digits = 0 if abs(value) >= 100 else 2
    text = f"{round(value, digits) + 0.0:,.{digits}f}" if abs(value) < 1e15 else f"{value:.4g}"
    return f"{text} {unit}".strip()


def percent(value: float | None, digits: int = 1) -> str:
    return "n/a" if value is None or not np.isfinite(value) else f"{100 * value:.{digits}f} %"


def span(entry: dict[str, Any], digits: int = 3, scale: float = 1.0, unit: str = "") -> str:
    """ "0.768 to 0.793"."""
    if entry["low"] is None or not np.isfinite(entry["low"]):
        return "no interval"
    ends = (number(scale * entry[end], digits) for end in ("low", "high"))
    return " to ".join(ends) + (f" {unit}" if unit else "")


_KINDS: Mapping[str, str] = {"scorecard": "Scorecard", "logistic": "Logistic regression", "lightgbm": "LightGBM"}
MODELS: Mapping[str, str] = {
    **_KINDS,
    "mean": "Mean of the models",
    **{
        named(kind, train): f"{_KINDS[kind]} {BRIEF[train]}"
        for kind in ("logistic", "lightgbm")
        for train in LOSSES
        if train != "log"
    },
}


def pretty(f: Findings, model: str) -> str:
    """A model's name for a reader."""
    nobody, everybody = f.baselines
    words = f.study.words
    names = {
        **MODELS,
        INCUMBENT: "Today's decision",
        NESTED: "Choice made in each fold",
        nobody: f"{words.rest.capitalize()} all",
        everybody: f"{words.act.capitalize()} all",
    }
    return names.get(model, model)


def verdict(f: Findings, test: dict[str, Any]) -> str:
    """A paired test in words."""
    champion, rival = pretty(f, f.champion), pretty(f, test["rival"])
    what, digits, unit = "AUC", 3, ""
    if test["metric"] == "expected_cost":
        what, digits, unit = f"cost per {f.study.words.row}", 0 if abs(test["difference"]) >= 100 else 2, f" {f.unit}"
    elif test["metric"] == "log_loss":
        what, digits = "log loss", 4
    if test["low"] is None:
        return f"{champion} and {rival} cannot be compared in {what}."
    ends = f"{test['low']:+,.{digits}f} to {test['high']:+,.{digits}f}{unit}"
    level = level_of(f)
    if test["low"] == test["high"] == 0:
        return f"{champion} and {rival} are the same in {what} on every row."
    if test["low"] <= 0 <= test["high"]:
        return (
            f"{champion} and {rival} cannot be told apart in {what}: the {level} interval of the difference is {ends}."
        )
    lower_wins = test["metric"] in ("expected_cost", "log_loss")
    better = (test["difference"] < 0) == lower_wins
    verb = "lower" if test["difference"] < 0 else "higher"
    tail = "" if better else f"; {rival} does better here"
    return (
        f"Against {rival}, {champion} has a {verb} {what} by {abs(test['difference']):,.{digits}f}{unit} "
        f"({level} interval of the difference {ends}){tail}."
    )


def choice(f: Findings) -> str:
    """Why the champion is the champion."""
    told = f.evaluation["choice"]
    champion, best, loss = told["champion"], told["best"], told["loss"]
    where = f"{told['measure']} a row in cross-validation inside the training part"
    if len(loss) == 1:
        return f"{pretty(f, champion)} is the only candidate."
    if champion != best and told["pick"] == "best":
        return (
            f"{pretty(f, champion)} has the least log loss of the models whose {where} is within two standard errors of the "
            f"least: {loss[champion]:,.5g} beside {loss[best]:,.5g} of {pretty(f, best)} (one standard error is {told['error']:,.3g})."
        )
    if champion != best:
        return (
            f"{pretty(f, champion)} is simpler than {pretty(f, best)}, and its {where} ({loss[champion]:,.5g}) is within "
            f"one standard error ({told['error']:,.3g}) of the least ({loss[best]:,.5g})."
        )
    rivals = ", ".join(f"{pretty(f, name)} {value:,.5g}" for name, value in loss.items() if name != best)
    return f"{pretty(f, best)} has the least {where}: {loss[best]:,.5g} ({rivals})."


_ONE = re.compile(r"(\d+) to below (\d+)")
_FLAG = {"below 1": "no (0)", "1 or more": "yes (1)"}


def read(label: str, kind: str) -> str:
    """A bin of a card as a reader says it: no and yes for a flag, one number for a bin that holds one whole number.

    Parameters
    ----------
    kind: of the column, as the contract calls it.
    """
    if kind == "flag":
        return _FLAG.get(label, label)
    held = _ONE.fullmatch(label) if kind == "whole" else None
    return held[1] if held and int(held[2]) == int(held[1]) + 1 else label


def level_of(f: Findings) -> str:
    """ "95 %"."""
    return f"{100 * f.settings.interval.level:g} %"
