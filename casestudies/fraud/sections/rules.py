"""Existing rules beside the model, in two tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casestudies.report import Block, Heading, Table, Text
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import level_of, money, number, percent, pretty


def rules_blocks(f: Findings) -> tuple[Block, ...]:
    """What the model adds, each rule with what only it finds, how they overlap, which could go; () without rules."""
    told = f.analysis.get("rules")
    if told is None:
        return ()
    heading = Heading("Today's rules beside the model")
    if not told["together"]["alerts"]:
        return (heading, Text("None of the rules alerts on a judged row, so there is nothing to compare."))
    return (heading, Text(_adds(f, told)), _lines(f, told), _overlap(f, told), Text(_go(f, told)))


def _adds(f: Findings, told: Mapping[str, Any]) -> str:
    together, model, difference = told["together"], told["model"], told["model"]["difference"]
    rules = f"The {len(told['names'])} rules together" if len(told["names"]) > 1 else f"The rule {told['names'][0]}"
    ends = f"{level_of(f)} interval {_signed(f, told, difference['low'])} to {_signed(f, told, difference['high'])}"
    clear = difference["low"] is not None and not difference["low"] <= 0 <= difference["high"]
    verdict = (
        f"{_amount(f, told, abs(difference['value']))} {'more' if difference['value'] > 0 else 'less'} ({ends})"
        if clear
        else f"a difference of {_signed(f, told, difference['value'])} that chance may explain ({ends})"
    )
    return (
        f"{rules} raise {together['alerts']:,.0f} alerts on the judged {f.study.words.rows} and find "
        f"{_amount(f, told, together['caught'])} of {_amount(f, told, told['total'])}. {pretty(f, f.champion)} with as many alerts, "
        f"its foremost, finds {_amount(f, told, _model(told)['caught'])}: {verdict}. It finds "
        f"{_amount(f, told, model['adds']['value'])} that no rule does, and misses {_amount(f, told, model['misses']['value'])} that a "
        "rule finds."
    )


def _lines(f: Findings, told: Mapping[str, Any]) -> Table:
    unit = f" ({f.unit})" if told["money"] else ""
    what = "Fraud found" if told["money"] else "Frauds found"
    head = (
        "Rule",
        "Alerts",
        "Right",
        f"{what}{unit}",
        "Of all",
        "Alerts of it alone",
        f"Found by it alone{unit}",
        f"It adds, net{unit}",
    )
    rows = []
    for line in told["lines"]:
        lost = "" if told["could_go"] is None else _lost(told, told["could_go"]["each"].get(line["name"]))
        rows.append(
            (
                _name(f, line["name"]),
                f"{line['alerts']:,.0f}",
                percent(line["precision"]),
                _plain(told, line["caught"]),
                percent(line["share"]),
                f"{line['alone_alerts']:,.0f}",
                _plain(told, line["alone"]),
                lost,
            )
        )
    caption = (
        "Rules, and the model at the number of alerts of all rules together. It adds, net: what nothing else finds, the price of "
        f"the alerts that nothing else raises paid, with {level_of(f)} intervals"
    )
    return Table(caption, head, tuple(rows), (False, *[True] * 7))


def _overlap(f: Findings, told: Mapping[str, Any]) -> Table:
    names = [_name(f, line["name"]) for line in told["lines"]]
    rows = tuple(
        (name, *(percent(share, 0) for share in row)) for name, row in zip(names, told["overlap"], strict=True)
    )
    caption = "Overlap: of the alerts of the row, the share that the column alerts too"
    return Table(caption, ("", *names), rows, (False, *[True] * len(names)))


def _go(f: Findings, told: Mapping[str, Any]) -> str:
    could = told["could_go"]
    if could is None:
        return f"The judged rows hold {told['events']:,} frauds, too few to say which rule could go."
    if not could["gone"]:
        return "No rule could go beside the model: each adds something beyond chance."
    names = ", ".join(one["name"] for one in could["gone"])
    kept = [name for name in told["names"] if name not in {one["name"] for one in could["gone"]}]
    stay = (
        f" {', '.join(kept)} should stay: {'it adds' if len(kept) == 1 else 'each adds'} something beyond chance."
        if kept
        else ""
    )
    saved = [one for one in could["gone"] if (one["high"] or 0) < 0]
    dear = (
        f" Of these, {', '.join(one['name'] for one in saved)} cost{'s' if len(saved) == 1 else ''} more than found."
        if saved
        else ""
    )
    return (
        f"Beside the model, {names} could go, left out one after the other: what each adds cannot be told from nothing, or is less than its alerts cost."
        f"{dear}{stay} A rule may still be asked for by law, or tell a pattern that these rows do not hold."
    )


def _model(told: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = told["lines"][-1]
    return found


def _name(f: Findings, name: str | None) -> str:
    return pretty(f, f.champion) if name is None else name


def _lost(told: Mapping[str, Any], entry: Mapping[str, Any] | None) -> str:
    if entry is None:
        return ""
    return f"{_plain(told, entry['value'])} ({_plain(told, entry['low'])} to {_plain(told, entry['high'])})"


def _plain(told: Mapping[str, Any], value: float | None) -> str:
    return money(value) if told["money"] else number(value, 0)


def _amount(f: Findings, told: Mapping[str, Any], value: float | None) -> str:
    return money(value, f.unit) if told["money"] else f"{number(value, 0)} frauds"


def _signed(f: Findings, told: Mapping[str, Any], value: float | None) -> str:
    return "n/a" if value is None else ("+" if value > 0 else "") + _amount(f, told, value)
