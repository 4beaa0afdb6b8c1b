"""Tests: a test of the retailer's own with its verdict, a simulated one of the models, and how large the next must be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from casestudies.recommendation.sections.experiment_words import effect, mean, p_cell, p_said, quoted, rounded_up
from casestudies.recommendation.sections.simulated import simulated_blocks, size_blocks
from casestudies.report import Block, Figure, Heading, Note, Table, Text, charts

if TYPE_CHECKING:
    from casestudies.recommendation.findings import Findings

_MONEY_ROWS = 1_000  # units that money is told for
_KINDS: Mapping[str, str] = {
    "factor": "on its own, averaged over the rest",
    "interaction": "more together than alone",
    "combination": "against all as before",
    "arm": "against the first arm",
}


def experiments_blocks(f: Findings) -> tuple[Block, ...]:
    """The test that was read, if any; always the simulated one and the size of a real one; () where it was not asked."""
    told = f.analysis.get("experiments")
    if told is None:
        return ()
    level = f"{100 * f.settings.interval.level:g} %"
    blocks: list[Block] = []
    if told["own"] is not None:
        blocks += _own(told["own"], told["value_per_success"], f.unit, level)
    if told["simulated"] is None:
        text = "No model does better than popularity here, so there is nothing to test against it."
        return (*blocks, Heading("A test of the models"), Text(text))
    return (*blocks, *simulated_blocks(told["simulated"], level), *size_blocks(told, level))


def _own(own: Mapping[str, Any], value: float | None, unit: str, level: str) -> list[Block]:
    made_up = own["name"] == "synthetic"
    blocks: list[Block] = [Heading("A synthetic test, read back" if made_up else "Your test, read back")]
    if made_up:
        text = (
            "This test is synthetic: a shop that turned lists of recommendations on or off and showed or hid their reasons, with "
            "effects that were planted. A test of your own stands here when data.files.experiment names its file."
        )
        blocks.append(Note(text, "synthetic"))
    blocks.append(
        Text(" ".join([_who(own), own["ratio_said"] if not own["ratio"]["wrong"] else "", *own["notes"]]).strip())
    )
    if own["ratio"]["wrong"]:
        return [*blocks, Note(f"No winner. {own['ratio_said']}", "warning"), _arms(own)]
    blocks.append(Note(verdict_sentence(own, value, unit, level)))
    blocks += [Note(one, "warning") for one in own["verdict"]["why"]]
    return [*blocks, _figure(own, level), _arms(own), _effects(own, level), Text(_method(own, level))]


def verdict_sentence(own: Mapping[str, Any], value: float | None, unit: str, level: str) -> str:
    """Ship, do not, or not yet, with the effect, its interval that holds at every look, and its money.

    own: `Analysis.told()`. value: money a success; None leaves money out. level: "95 %".
    """
    verdict, rules = own["verdict"], own["rules"]
    named = {one["name"]: one for one in own["effects"]}
    worth = "" if not rules["worth"] else f" (smallest effect worth having: {effect(own, rules['worth'])})"
    depends = [f"{_together(own, named[name])}, so combinations are judged." for name in verdict["together"]]
    if verdict["answer"] == "ship":
        said = [f"Ship {' and '.join(quoted(name) for name in verdict['chosen'])}{worth}."]
        said += [_change(own, named[name], level) + _money(own, named[name], value, unit) for name in verdict["chosen"]]
        return " ".join([*said, *depends, *_rest(verdict)])
    judged = [named[one["name"]] for one in verdict["judged"]]
    if verdict["answer"] == "do not":
        said = [f"Do not ship{worth}: every interval lies short of an effect worth having."]
        return " ".join([*said, *(_change(own, one, level) for one in judged[:2]), *depends])
    said = [f"Not yet{worth}: what was seen fits an effect worth having, and fits none."]
    best = max(judged, key=lambda one: one["value"] * (1 if rules["better"] == "higher" else -1))
    said.append(_change(own, best, level))
    units = next(one["units"] for one in verdict["judged"] if one["name"] == best["name"])
    if units is not None:
        said.append(
            f"If that effect is as estimated, about {rounded_up(units):,} units in all would make it clear ({own['units']:,} are in)."
        )
    return " ".join([*said, *depends])


def _who(own: Mapping[str, Any]) -> str:
    left_out = ", ".join(f"{count:,} {why}" for why, count in own["left_out"].items())
    arms = f"{own['units']:,} units in {len(own['cells'])} arms"
    return f"{arms}; left out: {left_out}." if left_out else f"{arms}."


def _change(own: Mapping[str, Any], one: Mapping[str, Any], level: str) -> str:
    """From what to what, by how much, and how sure."""
    count = len(own["effects"])
    corrected = f", corrected for {count} comparisons" if count > 1 else ""
    ends = f"{effect(own, one['lasting_low'], False)} to {effect(own, one['lasting_high'])}"
    return (
        f"{quoted(one['name'])} moves {own['outcome']} from {mean(own, one['base'])} to "
        f"{mean(own, one['base'] + one['value'])}, by {effect(own, one['value'], sign=True)} "
        f"({level} interval that holds at every look{corrected}: {ends})."
    )


def _money(own: Mapping[str, Any], one: Mapping[str, Any], value: float | None, unit: str) -> str:
    if value is None:
        return ""
    amounts = [_MONEY_ROWS * value * one[key] for key in ("value", "lasting_low", "lasting_high")]
    text = [f"{amount:,.0f}" if abs(amount) >= 10 else f"{amount:,.2f}" for amount in amounts]
    each = "success" if own["binary"] else f"unit of {own['outcome']}"
    return f" At {value:g} {unit} a {each} that is {text[0]} {unit} per {_MONEY_ROWS:,} units ({text[1]} to {text[2]})."


def _together(own: Mapping[str, Any], one: Mapping[str, Any]) -> str:
    more = "more" if one["value"] > 0 else "less"
    return f"Together, {one['name']} do {effect(own, abs(one['value']))} {more} than the two alone"


def _rest(verdict: Mapping[str, Any]) -> list[str]:
    """What is left open beside what is shipped."""
    open_still = [quoted(one["name"]) for one in verdict["judged"] if one["answer"] == "not yet"]
    return [f"Of {', '.join(open_still)} the test does not say yet whether it is worth having."] if open_still else []


def _figure(own: Mapping[str, Any], level: str) -> Figure:
    scale = 100.0 if own["binary"] else 1.0
    column = {
        key: scale * np.array([one[key] for one in own["effects"]])
        for key in ("value", "low", "high", "lasting_low", "lasting_high")
    }
    sign = 1 if own["rules"]["better"] == "higher" else -1
    beside = ": the interval of one look is only valid where the moment of that look was fixed beforehand"
    return charts.two_intervals(
        [one["name"] for one in own["effects"]],
        column["value"],
        (column["low"], column["high"]),
        (column["lasting_low"], column["lasting_high"]),
        title=f"Change of {own['outcome']} ({'points' if own['binary'] else 'its unit'})",
        caption=f"Effects with {level} intervals corrected for all comparisons{beside}; the verdict reads the thin one",
        worth=sign * scale * own["rules"]["worth"],
        worth_said="the smallest effect worth having",
    )


def _arms(own: Mapping[str, Any]) -> Table:
    total = own["units"]
    means = own["rates"] or [None] * len(own["cells"])
    rows = tuple(
        (cell, f"{count:,}", f"{100 * count / total:.2f} %", f"{100 * share:.2f} %", mean(own, rate))
        for cell, count, share, rate in zip(own["cells"], own["counts"], own["planned"], means, strict=True)
    )
    head = ("Arm", "Units", "Share", "Planned", f"Mean {own['outcome']}")
    caption = "Arms" if own["rates"] else "Arms; means are not shown, since the sample ratio is wrong"
    if own["gain"] is not None and own["gain"]["used"]:
        caption = "Arms; means after the column from before the start is accounted for"
    return Table(caption, head, rows, (False, True, True, True, True))


def _effects(own: Mapping[str, Any], level: str) -> Table:
    rows = tuple(
        (
            one["name"],
            _KINDS[one["kind"]],
            effect(own, one["value"], False, sign=True),
            f"{effect(own, one['low'], False)} to {effect(own, one['high'], False)}",
            f"{effect(own, one['lasting_low'], False)} to {effect(own, one['lasting_high'], False)}",
            p_cell(one["p_holm"]),
            p_cell(one["lasting_holm"]),
        )
        for one in own["effects"]
    )
    head = ("Change", "Measured", "Effect", "One look", "Any time", "p, one look", "p, any time")
    unit = "in points" if own["binary"] else f"in the unit of {own['outcome']}"
    against = ""
    if own["rules"]["worth"]:
        against = "; p against the smallest effect worth having (together: against none)"
    caption = (
        f"Effects {unit} with {level} intervals; all figures are corrected for {len(rows)} comparisons (Holm){against}"
    )
    return Table(caption, head, rows, (False, False, True, True, True, True, True))


def _method(own: Mapping[str, Any], level: str) -> str:
    sentences = []
    if own["gain"] is not None:
        sentences.append(own["gain"]["said"])
    pairs = [one for one in own["odds"] if " × " in one["name"]]
    if pairs:
        told = "; ".join(
            f"{one['name']} {one['ratio']:.2f} ({one['low']:.2f} to {one['high']:.2f}, {p_said(one['p_value'])})"
            for one in pairs
        )
        sentences.append(
            f"Whether two changes help each other depends on the scale; as odds ratios of a logistic regression: {told} ({level} intervals, "
            "not corrected)."
        )
    sentences.append(
        f"Intervals for any time are asymptotic confidence sequences (Waudby-Smith et al. 2021), narrowest at {own['planned_units']:,} units, "
        "a number that has to be set before the test."
    )
    return " ".join(sentences)
