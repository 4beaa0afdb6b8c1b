"""The card as a reader meets it: its points, the reasons it gives, and one row with its way to the cut."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from casestudies.report import Block, Figure, Heading, Note, Table, Text, charts
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import percent, pretty, read

_BINS = 150  # rows of the printed card; the workbook has them all
_CONCEPTS = 10


def card_blocks(f: Findings) -> tuple[Block, ...]:
    """The scorecard of a run; nothing where there is none. A challenger's is a further question, and so is every bin."""
    told = f.analysis.get("card")
    if told is None:
        return ()
    bins = (Heading("Every bin of the card", further=True), *_tables(f, told))
    parts = (*_card(f, told), *_reasons(f, told), *_case(f, told), *bins)
    if told.get("saved", True):
        return parts
    return tuple(replace(block, further=True) if isinstance(block, Heading) else block for block in parts)


def _card(f: Findings, told: dict[str, Any]) -> list[Block]:
    scaling, event = told["scaling"], f.study.words.event
    text = (
        f"The score is {_points(told, told['base'])} points and the points of one bin of every characteristic. "
        f"{scaling['points']:g} points stand for odds of {scaling['odds']:g} to 1 against a {event}, and "
        f"{scaling['pdo']:g} more double them. The worst bin of a characteristic earns 0."
    )
    if told.get("saved", True):
        return [Heading("The card"), Text(text), _figure(f, told)]
    whose = (
        f"The saved model is {pretty(f, f.champion)}. This card is its challenger: it says what a model that can be read bin "
        "by bin would do, and its reasons are not those of the saved model, which stand above."
    )
    return [Heading("The challenger's card"), Note(whose), Text(text), _figure(f, told)]


def _figure(f: Findings, told: dict[str, Any]) -> Figure:
    ones = told["characteristics"]
    rows = [np.array(one["rows"]) for one in ones]
    return charts.card_points(
        [one["name"] for one in ones],
        [[read(label, _kind(f, one["name"])) for label in one["labels"]] for one in ones],
        [np.array(one["points"]) for one in ones],
        [held / held.sum() for held in rows],
        [np.array([np.nan if place is None else place for place in one["order"]]) for one in ones],
        caption=f"A dot for every bin, as large as its share of {f.study.words.rows}: the wider a row, the more its "
        "characteristic decides. The colour runs from a column's lowest values to its highest; grey bins have no order. The "
        "words name the worst and the best bin",
    )


def _tables(f: Findings, told: dict[str, Any]) -> list[Block]:
    """The binning table, the widest characteristics first, as far as it is read on paper."""
    lines: list[tuple[str, ...]] = []
    left: list[str] = []
    unmet = printed = 0
    for one in told["characteristics"]:
        total = sum(one["rows"])
        held = [i for i, rows in enumerate(one["rows"]) if rows > 0]
        if left or (printed and printed + len(held) > _BINS):
            left.append(one["name"])
            continue
        unmet += len(one["rows"]) - len(held)
        printed += len(held)
        lines.append((one["name"], "", "", ""))
        kind = _kind(f, one["name"])
        for i in held:
            rate, share = (100 * part for part in (one["events"][i] / one["rows"][i], one["rows"][i] / total))
            lines.append((read(one["labels"][i], kind), f"{share:.1f}", f"{rate:.1f}", _points(told, one["points"][i])))
    words = f.study.words
    head = ("Bin", "Share (%)", f"{words.event.capitalize()} rate (%)", "Points")
    caption = (
        f"Every bin, its share of {words.rows}, its {words.event} rate and its points; the widest characteristics first"
    )
    blocks: list[Block] = [Table(caption, head, tuple(lines), (False, True, True, True))]
    said = []
    if unmet:
        said.append(f"{unmet} bins that no training row fell into are left out; they say nothing either way.")
    if left:
        said.append(f"{len(left)} narrower characteristics are left out here: {', '.join(left)}.")
    if told.get("saved", True):
        said.append(
            "The whole card is in export/card.csv, and as a workbook that scores an applicant in export/card.xlsx."
        )
    return [*blocks, Text(" ".join(said))] if said else blocks


def _reasons(f: Findings, told: dict[str, Any]) -> list[Block]:
    words, reasons = f.study.words, told["reasons"]
    if not reasons["rows"]:
        return []
    against = "the best bin" if reasons["against"] == "best" else f"the mean of those {words.rested}"
    rows = [
        (one["concept"], percent(one["any"]), percent(one["first"]), f"{one['lost']:.1f}")
        for one in reasons["concepts"][:_CONCEPTS]
        if one["any"] > 0
    ]
    head = ("Reason", "Among the reasons of", "First reason of", "Points lost, mean")
    shap = reasons["shap"]
    text = (
        f"A reason is where points were lost against {against}. At most {reasons['k']} are given, the largest loss first. "
        f"The table counts the {reasons['rows']:,} {words.rows} that {'this card' if told.get('saved', True) else 'the challenger'} "
        f"would have {words.acted}."
    )
    if shap["overlap"] is not None:
        text += (
            f" SHAP values of the same card compare with the average {words.row} instead: they name "
            f"{percent(shap['overlap'], 0)} of these reasons, and the same first one in {percent(shap['first'], 0)} of rows."
        )
    caption = f"Why {words.rows} are {words.acted}"
    return [Heading("Reasons, by the card"), Text(text), Table(caption, head, tuple(rows), (False, True, True, True))]


def _case(f: Findings, told: dict[str, Any]) -> list[Block]:
    case, words = told["case"], f.study.words
    if case is None:
        return []
    which = "the one with the most points" if case["target"] is None else "the one nearest to its cut"
    line = (
        f"Of the {words.rows} {words.acted}, {which}: {_points(told, case['score'])} points, a probability of "
        f"{percent(case['probability'])} of a {words.event}"
    )
    line += "." if case["target"] is None else f"; {_points(told, case['target'])} points are wanted."
    rows = tuple((_worded(f, one), f"{one['lost']:.1f}") for one in case["reasons"])
    blocks: list[Block] = [Heading(f"Reasons for one {words.row} (row {case['row']:,})"), Text(line)]
    if rows:
        blocks.append(
            Table(f"What the letter to row {case['row']:,} says", ("Reason", "Points lost"), rows, (False, True))
        )
    else:
        blocks.append(Note("No points were lost, so there is no reason to give.", "warning"))
    return [*blocks, *_way(f, told)]


def _way(f: Findings, told: dict[str, Any]) -> list[Block]:
    """What would have to change, for this row and for how many others there is such a way."""
    change, ways = told["case"]["change"], told["ways"]
    if change is None:
        return []
    if change["changes"]:
        listed = "; ".join(f"{one['column']} {one['then']} (now {one['now']})" for one in change["changes"])
        text = (
            f"The smallest change that reaches the cut: {listed}. The score is then {_points(told, change['score'])}."
        )
    else:
        text = f"{change['words'][0].upper()}{change['words'][1:]}."
    if ways is not None:
        text += (
            f" Of {ways['rows']:,} {f.study.words.rows} {f.study.words.acted}, {percent(ways['reached'], 0)} can reach "
            "their cut by changing columns named under reasons.changeable"
        )
        often = ", ".join(f"{name} ({percent(share, 0)})" for name, share in list(ways["columns"].items())[:3])
        text += f", with {ways['changes']:.1f} changes on average, most often of {often}." if often else "."
    return [Text(text)]


def _worded(f: Findings, reason: dict[str, Any]) -> str:
    """A reason's text; where nobody worded it, the column and its bin as a reader says it."""
    start = f"{reason['concept']}: "
    text = str(reason["text"])
    return start + read(text[len(start) :], _kind(f, reason["concept"])) if text.startswith(start) else text


def _kind(f: Findings, name: str) -> str:
    """What a column was taken for; nothing for a pair of columns."""
    return str(f.profile["columns"].get(name, {}).get("kind", ""))


def _points(told: dict[str, Any], value: float) -> str:
    return f"{value:,.0f}" if told["whole"] else f"{value:,.1f}"
