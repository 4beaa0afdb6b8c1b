"""Over time: the figures by period, and which columns have moved since training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.report import Block, Figure, Heading, Table, Text, charts
from casestudies.tabular.drift import SCORE
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import level_of, money, number, percent, pretty, span

_SHOWN = 12  # columns of the figure, and of the table
_NAMES = {"savings": "savings", "auc": "the AUC"}


def drift_blocks(f: Findings) -> tuple[Block, ...]:
    """The period table with its trends, then the columns that moved; () where the run has no such analysis."""
    told = f.analysis.get("drift")
    if told is None:
        return ()
    blocks: list[Block] = [Heading("Over time"), Text(told["sentence"])]
    if told["time"] is None:
        return tuple(blocks)
    periods = told["periods"]
    blocks += [Text(_capital(f"{periods['none']}."))] if "none" in periods else _by_period(f, periods, told["time"])
    return (*blocks, *_moved(f, told), *_card(told))


def _by_period(f: Findings, told: Mapping[str, Any], time: str) -> list[Block]:
    rows = [*([told["training"]] if told["training"] else []), *told["rows"]]
    by = "in parts of equal size" if told["unit"] == "part" else f"by {told['unit']}"
    told_by = f"{by} of {time}, with {level_of(f)} intervals"
    head = ("Period", "Rows", f"{f.study.words.event.capitalize()} rate", "Stated minus observed", "AUC")
    caption = f"{pretty(f, f.champion)} {told_by}"
    blocks: list[Block] = [Table(caption, head, tuple(map(_ranked, rows)), (False, *[True] * 4))]
    if f.money:
        worth = ("Period", f.study.words.acted.capitalize(), f"Cost a row ({f.unit})", "Savings")
        paid = tuple(_paid(row) for row in rows if not row["note"])
        blocks.append(Table(f"What its decisions were worth {told_by}", worth, paid, (False, *[True] * 3)))
    said = [_trend(f, trend) for trend in told["trends"]]
    if told["training"]:
        said.append(
            "Calibration and cut were chosen on the training rows, so there stated and observed shares agree by construction."
        )
    return [*blocks, Text(" ".join(said))]


def _ranked(row: Mapping[str, Any]) -> tuple[str, ...]:
    start = (row["period"], f"{row['rows']:,}")
    if row["note"]:
        return (*start, row["note"], "", "")
    gap, auc = row["calibration"], row["auc"]
    gap_told = f"{100 * gap['value']:+.1f} ({span(gap, 1, 100)})"
    return (*start, _share(row["event_rate"]), gap_told, f"{number(auc['value'])} ({span(auc)})")


def _paid(row: Mapping[str, Any]) -> tuple[str, ...]:
    cost = row["expected_cost"]
    cost_told = f"{money(cost['value'])} ({money(cost['low'])} to {money(cost['high'])})"
    return (row["period"], _share(row["acted"]), cost_told, _share(row["savings"]))


def _share(told: Mapping[str, Any]) -> str:
    return f"{percent(told['value'])} ({span(dict(told), 1, 100)})"


def _trend(f: Findings, told: Mapping[str, Any]) -> str:
    """The change along the line through the periods, in words."""
    change, name = told["change"], _NAMES[told["metric"]]
    share = told["metric"] == "savings"
    scale, digits, unit = (100.0, 1, " points") if share else (1.0, 3, "")
    if change["value"] is None or change["low"] is None:
        return f"No line can be drawn through {name} of the periods."
    ends = f"{scale * change['low']:+.{digits}f} to {scale * change['high']:+.{digits}f}{unit}"
    if change["low"] <= 0 <= change["high"]:
        verb = "show" if share else "shows"
        return f"{_capital(name)} {verb} no trend over the periods: the {level_of(f)} interval of the change is {ends}."
    verb = ("rise" if share else "rises") if change["value"] > 0 else ("fall" if share else "falls")
    by = f"{scale * abs(change['value']):.{digits}f}{unit}"
    return f"{_capital(name)} {verb} by {by} from the first to the last period ({level_of(f)} interval {ends})."


def _moved(f: Findings, told: Mapping[str, Any]) -> list[Block]:
    columns = told["drift"]
    if not columns:
        return []
    moved = [one for one in columns if one["moved"]]
    large = [one for one in moved if one["rule"] != "small"]
    then, now = told["rows"]
    first = (
        f"{len(moved)} of {len(columns)} columns have moved by more than chance between the {then:,} earlier "
        f"{f.study.words.rows} and the {now:,} later ones, {len(large) or 'none'} of them by a PSI of 0.1 or more."
        if moved
        else f"No column has moved by more than chance between {then:,} earlier and {now:,} later {f.study.words.rows}."
    )
    rule = (
        f"A column is named when it moved more than chance explains; where nothing has changed, at most "
        f"{percent(told['level'], 0)} of reports name any. How much it moved says the PSI: below 0.1 small, above 0.25 large."
    )
    blocks: list[Block] = [Heading("What has moved", 2, further=True), Text(f"{first} {rule}")]
    if not moved:
        return blocks
    head = ("Column", "PSI", "Chance reaches", "Called", "Where most")
    rows = [
        (_name(f, o["column"]), number(o["psi"]), number(o["limit"]), o["rule"], o["where"]) for o in moved[:_SHOWN]
    ]
    more = f" (the {_SHOWN} that moved most of {len(moved)})" if len(moved) > _SHOWN else ""
    blocks.append(
        Table(
            f"Columns that have moved by more than chance{more}", head, tuple(rows), (False, True, True, False, False)
        )
    )
    blocks.append(_figure(f, columns[:_SHOWN]))
    if any(one["column"] == SCORE for one in moved):
        text = "The score itself has moved. If the stated shares above still match the observed ones, rightly so."
        blocks.append(Text(text))
    return blocks


def _figure(f: Findings, columns: list[Mapping[str, Any]]) -> Figure:
    return charts.drift(
        [_name(f, one["column"]) for one in columns],
        np.array([one["psi"] for one in columns]),
        np.array([one["limit"] for one in columns]),
        caption="How far columns have moved. Red diamonds lie beyond their grey bar: more than chance. Dashed uprights: small (0.1) and large (0.25)",
    )


def _card(told: Mapping[str, Any]) -> list[Block]:
    if not told["card"]:
        return []
    total = sum(one["points"] for one in told["card"])
    rows = [
        (
            one["characteristic"],
            number(one["psi"]),
            f"{one['points']:+.2f}",
            number(one["limit"], 2),
            "yes" if one["moved"] else "",
        )
        for one in told["card"][:_SHOWN]
    ]
    head = ("Characteristic", "PSI", "Points gained", "Chance reaches", "Beyond chance")
    text = f"The mean score has moved by {total:+.1f} points; the table takes it apart by characteristic."
    return [
        Text(text),
        Table(
            "The card's characteristics: mean points of later rows minus earlier ones",
            head,
            tuple(rows),
            (False, True, True, True, False),
        ),
    ]


def _name(f: Findings, column: str) -> str:
    return f"probability of a {f.study.words.event}" if column == SCORE else column


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
