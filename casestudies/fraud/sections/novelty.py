"""Novelty as a challenger, in a few sentences and one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casestudies.report import Block, Heading, Table, Text
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import level_of, money, number, percent, pretty

_NAMES: Mapping[str, str] = {"isolation": "Isolation forest", "autoencoder": "Autoencoder"}


def novelty_blocks(f: Findings) -> tuple[Block, ...]:
    """What alerts on strange rows find beside the model's own next ones; () where it was not asked."""
    told = f.analysis.get("novelty")
    if told is None:
        return ()
    heading = Heading("Would novelty find what the model passes by?", further=True)
    if not told["passed_frauds"]:
        text = f"{pretty(f, f.champion)} passes no fraud on the judged rows that an alert would pay for, so there is nothing left to find."
        return (heading, Text(text))
    said = [_verdict(f, told, one) for one in told["scores"]]
    return (heading, Text(" ".join([_how(f, told), *said, *_skipped(told)])), _table(f, told))


def _how(f: Findings, told: Mapping[str, Any]) -> str:
    return (
        f"Novelty is learnt without labels, from at most {told['known']:,} training rows, so it may see a pattern that no label "
        f"has shown. {told['extra']:,.0f} further alerts on {f.study.words.rows} that {pretty(f, f.champion)} passes are held "
        f"against as many of its own next ones; it passes {told['passed_frauds']:,.0f} frauds"
        + (
            f" of {money(told['passed'], f.unit)} in all, small ones aside that no alert would pay for."
            if told["money"]
            else "."
        )
    )


def _verdict(f: Findings, told: Mapping[str, Any], one: Mapping[str, Any]) -> str:
    name = f"The {_NAMES[one['score']].lower()}"
    more = one["difference"]
    ends = f"{level_of(f)} interval {_signed(f, told, more['low'])} to {_signed(f, told, more['high'])}"
    found = f"finds {_amount(f, told, one['found']['value'])}, the model's next alerts {_amount(f, told, told['model']['found']['value'])}"
    if more["low"] is None or more["low"] <= 0 <= more["high"]:
        verdict = f"chance may explain the difference of {_signed(f, told, more['value'])} ({ends})"
    elif more["value"] > 0:
        verdict = (
            f"{_amount(f, told, more['value'])} more ({ends}): there is a pattern here that the labels do not teach"
        )
    else:
        verdict = f"{_amount(f, told, -more['value'])} less ({ends}): spend further alerts on the model's next ones"
    return f"{name} {found}: {verdict}."


def _skipped(told: Mapping[str, Any]) -> list[str]:
    return [f"No {_NAMES[name].lower()} was trained: {why}." for name, why in told["skipped"].items()]


def _table(f: Findings, told: Mapping[str, Any]) -> Table:
    unit = f" ({f.unit})" if told["money"] else ""
    head = (
        "Further alerts by",
        "Frauds",
        f"Found{unit}",
        f"Against the model's next{unit}",
        "Same rows as the model's",
        "AUC alone",
    )
    rows = [
        (
            f"{pretty(f, f.champion)}, its next",
            number(told["model"]["frauds"], 0),
            _ends(told, told["model"]["found"]),
            "",
            "",
            "",
        )
    ]
    for one in told["scores"]:
        rows.append(
            (
                _NAMES[one["score"]],
                number(one["frauds"], 0),
                _ends(told, one["found"]),
                _ends(told, one["difference"]),
                percent(one["shared"] / told["extra"]),
                number(one["auc"]),
            )
        )
    caption = f"What {told['extra']:,.0f} further alerts find, with {level_of(f)} intervals"
    return Table(caption, head, tuple(rows), (False, *[True] * 5))


def _ends(told: Mapping[str, Any], entry: Mapping[str, Any]) -> str:
    value, low, high = (
        money(entry[key]) if told["money"] else number(entry[key], 0) for key in ("value", "low", "high")
    )
    return f"{value} ({low} to {high})"


def _amount(f: Findings, told: Mapping[str, Any], value: float | None) -> str:
    return money(value, f.unit) if told["money"] else f"{number(value, 0)} frauds"


def _signed(f: Findings, told: Mapping[str, Any], value: float | None) -> str:
    return "n/a" if value is None else ("+" if value > 0 else "") + _amount(f, told, value)
