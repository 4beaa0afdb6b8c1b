"""Alerts within a capacity: what the foremost stop, in the order of money and of risk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.report import Block, Figure, Heading, Table, Text, charts
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import level_of, money, number, percent, span

ORDERS: Mapping[str, str] = {"gain": "By expected gain", "p": "By probability"}


def alerts_headline(f: Findings) -> tuple[Block, ...]:
    """For the first page: the money that the foremost alerts stop, by either order."""
    told = f.analysis.get("alerts")
    return (Text(_first(f, told)),) if told is not None and told["events"] else ()


def alerts_blocks(f: Findings) -> tuple[Block, ...]:
    """What ordering by money is worth, the days within their capacity, and the two curves; () where it was not asked."""
    told = f.analysis.get("alerts")
    if told is None:
        return ()
    heading = Heading("Alerts within the capacity")
    if not told["events"]:
        return (heading, Text("The judged rows hold no fraud, so nothing can be said of alerts."))
    blocks: list[Block] = [heading, _first_table(f, told)]
    if told["daily"] is not None and told["days"] == 1:
        blocks.append(Text("All judged rows are of one day, so its capacity is that of the table above."))
    elif told["daily"] is not None:
        blocks += [Text(_daily(f, told)), _daily_table(f, told)]
    else:
        text = (
            "No day is known, so the capacity of a day could not be tried: name the column of the time (data.time), and how it is "
            "to be read (data.dates) where it counts seconds."
        )
        blocks.append(Text(text))
    return (*blocks, Text(_ranked(f, told)), _figure(f, told))


def _first(f: Findings, told: Mapping[str, Any]) -> str:
    first = told["first"]["counts"][told["first"]["asked"]]
    count, rows = f"{first['count']:,.0f}", f.study.words.rows
    if "difference" not in first:
        right = _share(first["orders"]["p"]["precision"])
        return (
            f"Of the first {count} alerts by probability {right} are right. No prices are given, so there is no money to order "
            "them by."
        )
    stopped = {name: money(one["money"]["value"], f.unit) for name, one in first["orders"].items()}
    return (
        f"The first {count} alerts of the judged {rows} stop {stopped['gain']} of {money(told['first']['total'], f.unit)} lost to "
        "fraud when they are ordered by expected gain, that is by p x amount less the price of the alert; ordered by probability "
        f"they stop {stopped['p']}: {_compared(f, first)}. Probability finds more frauds, expected gain the dear ones."
    )


def _compared(f: Findings, entry: Mapping[str, Any]) -> str:
    """What ordering by money is worth against ordering by risk, in words."""
    more = entry["difference"]
    if more["low"] is None:
        return f"a difference of {_signed(more['value'], f.unit)}, too few frauds for an interval"
    ends = f"{level_of(f)} interval {_signed(more['low'])} to {_signed(more['high'], f.unit)}"
    if more["low"] <= 0 <= more["high"]:
        return f"a difference of {_signed(more['value'], f.unit)} that chance may explain ({ends})"
    relative = entry["relative"]["value"]
    part = "" if relative is None else f" ({100 * relative:+.0f} %)"
    return f"{money(abs(more['value']), f.unit)} {'more' if more['value'] > 0 else 'less'}{part} ({ends})"


def _first_table(f: Findings, told: Mapping[str, Any]) -> Table:
    first = told["first"]
    caption = f"The foremost alerts of all judged days, with {level_of(f)} intervals"
    if first["total"] is None:
        only = tuple((f"{one['count']:,.0f}", _share(one["orders"]["p"]["precision"])) for one in first["counts"])
        return Table(caption, ("Alerts", "Right"), only, (True, True))
    head = (
        "Alerts",
        "Right, by gain",
        "Right, by probability",
        "Stopped, by gain",
        "Stopped, by probability",
        "Difference",
    )
    rows = []
    for one in first["counts"]:
        gain, by_p, more = one["orders"]["gain"], one["orders"]["p"], one["difference"]
        ends = "" if more["low"] is None else f" ({_signed(more['low'])} to {_signed(more['high'])})"
        rows.append(
            (
                f"{one['count']:,.0f}",
                percent(gain["precision"]["value"]),
                percent(by_p["precision"]["value"]),
                f"{money(gain['money']['value'])} ({_percent(gain['share'])})",
                f"{money(by_p['money']['value'])} ({_percent(by_p['share'])})",
                f"{_signed(more['value'])}{ends}",
            )
        )
    return Table(f"{caption} ({f.unit}; in brackets the share of all fraud money)", head, tuple(rows), (True,) * 6)


def _daily(f: Findings, told: Mapping[str, Any]) -> str:
    what = "cards" if told["unit"] == "card" else f.study.words.rows
    text = f"With {told['per_day']:,} {what} looked at on each of {told['days']:,} judged days"
    daily = told["daily"]
    if "difference" in daily:
        gain, by_p = daily["orders"]["gain"], daily["orders"]["p"]
        text += (
            f", {_percent(gain['share'])} of the money lost to fraud is stopped in the order of expected gain, and "
            f"{_percent(by_p['share'])} in the order of probability"
        )
    else:
        text += f", {_percent(daily['orders']['p']['precision'])} of the capacity finds a fraud"
    if told["unit"] == "card":
        text += (
            ". A card is alerted once a day; who looks finds all its fraud of that day, and a card found out is stopped: what "
            "it would have done later counts as stopped, and takes no further alert"
        )
    part = "; one that is judged in part is left out"
    if told["drawn"] < 1:
        part = f"; of each, {percent(told['drawn'], 0)} of the rows are judged, and the capacity is taken in that share"
    return f"{text}. Days are those of the calendar in UTC{part}."


def _daily_table(f: Findings, told: Mapping[str, Any]) -> Table:
    unit = "Card precision" if told["unit"] == "card" else "Precision"
    caption = f"{told['per_day']:,} alerts a day, the foremost first, with {level_of(f)} intervals"
    return _orders(
        f,
        told["daily"],
        caption,
        ("Alerts", unit),
        lambda entry: (f"{entry['alerts']:,.0f}", _share(entry["precision"])),
    )


def _orders(f: Findings, told: Mapping[str, Any], caption: str, head: tuple[str, ...], cells: Any) -> Table:
    priced = told["total"] is not None
    rows = []
    for name, entry in told["orders"].items():
        worth = (_money(entry["money"]), _share(entry["share"])) if priced else ()
        rows.append((ORDERS[name], *cells(entry), *worth))
    names = ("Order", *head, *((f"Fraud stopped ({f.unit})", "Of all fraud money") if priced else ()))
    return Table(caption, names, tuple(rows), (False, *[True] * (len(names) - 1)))


def _ranked(f: Findings, told: Mapping[str, Any]) -> str:
    by = f"; {level_of(f)} intervals from resampled {told['by']}s" if told["by"] else f"; {level_of(f)} intervals"
    rounds = f" ({told['rounds']} resamples, to save time)" if told["rounds"] < f.settings.interval.rounds else ""
    f1 = told["f1"]
    text = f"Average precision is {_with_ends(told['ap'])}"
    if "savings" in told:
        text += f", savings of the decision as recommended {_share(told['savings'])}"
    return (
        f"{text}{by}{rounds}. F1 is {_with_ends(f1['cut'])} at the cut that earlier rows call best, {number(f1['best'])} at the "
        f"best cut of these rows, which is known only in hindsight, and {_with_ends(f1['rule'])} as recommended: it does not "
        "know what a fraud costs."
    )


def _figure(f: Findings, told: Mapping[str, Any]) -> Figure:
    curve = told["curve"]
    orders = {name: one for name, one in curve["orders"].items() if "share" in one}
    if not orders:
        only = curve["orders"]["p"]
        return charts.precision_recall(
            _floats(only["recall"]),
            _floats(only["precision"]),
            area=only["ap"],
            caption="The share of alerts that are right, by the share of frauds found",
        )
    count = told["first"]["counts"][told["first"]["asked"]]["count"]
    lines = {
        ORDERS[name]: (_floats(one["recall"]), _floats(one["precision"]), _floats(one["share"]))
        for name, one in orders.items()
    }
    return charts.alert_curves(
        lines,
        _floats(curve["alerts"]),
        mark=count,
        caption="Left: how many alerts are right, by the share of frauds found. Right: the share of the money lost to fraud "
        f"that the foremost alerts stop; the upright stands at {count:,.0f} alerts",
    )


def _floats(values: Any) -> Any:
    """(points,) as an array; a null of the file is no number."""
    return np.array(values, dtype=np.float64)


def _money(entry: Mapping[str, Any]) -> str:
    if entry["low"] is None:
        return money(entry["value"])
    return f"{money(entry['value'])} ({money(entry['low'])} to {money(entry['high'])})"


def _share(entry: dict[str, Any]) -> str:
    return f"{percent(entry['value'])} ({span(entry, 1, 100)})"


def _percent(entry: Mapping[str, Any]) -> str:
    return percent(entry["value"], 0)


def _with_ends(entry: dict[str, Any]) -> str:
    return f"{number(entry['value'])} ({span(entry)})"


def _signed(value: float | None, unit: str = "") -> str:
    return "n/a" if value is None else ("+" if value > 0 else "") + money(value, unit)
