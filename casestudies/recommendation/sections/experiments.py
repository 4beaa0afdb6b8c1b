"""Tests: a test of the retailer's own with its verdict, a simulated one of the models, and how large the next must be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from casestudies.recommendation.experiments.wording import effect, mean, p_cell, p_said, verdict_sentence
from casestudies.recommendation.sections.simulated import simulated_blocks, size_blocks
from casestudies.report import Block, Figure, Heading, Note, Table, Text, charts

if TYPE_CHECKING:
    from casestudies.recommendation.findings import Findings

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
    blocks.append(Text(" ".join([_who(own), *([] if own["ratio"]["wrong"] else [own["ratio_said"]]), *own["notes"]])))
    if own["ratio"]["wrong"]:
        return [*blocks, Note(f"No winner. {own['ratio_said']}", "warning"), _arms(own)]
    blocks.append(Note(verdict_sentence(own, value, unit, level)))
    blocks += [Note(one, "warning") for one in own["verdict"]["why"]]
    return [*blocks, _figure(own, level), _arms(own), _effects(own, level), Text(_method(own, level))]


def _who(own: Mapping[str, Any]) -> str:
    left_out = ", ".join(f"{count:,} {why}" for why, count in own["left_out"].items())
    arms = f"{own['units']:,} units in {len(own['cells'])} arms"
    return f"{arms}; left out: {left_out}." if left_out else f"{arms}."


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
