"""Those turned away earlier: a sensitivity with bounds, for the section "Limits and use" or one of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.report import Block, Heading, Note, Table, Text
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import money, percent


def rejects_blocks(f: Findings) -> tuple[Block, ...]:
    """What is known of those turned away, and what the decision is worth if they are worse than predicted."""
    told: Mapping[str, Any] = f.analysis.get("rejects", {})
    if not told:
        return ()
    words = f.study.words
    heading = Heading(f"Those {words.acted} earlier", further=True)
    if told["kind"] == "unknown":
        return (heading, Note(_silent(f), "warning"))
    if told["kind"] == "few":
        text = f"Only {told['rows']:,} {words.rows} were {words.acted} earlier, or hardly any was not: too few to say anything."
        return (heading, Text(text))
    blocks: list[Block] = [
        heading,
        Text(_who(f, told)),
        Text(_overlap(f, told)),
        _table(f, told),
        Text(_verdict(f, told)),
    ]
    if f.chosen:
        blocks.append(Note("These figures are of the recommended decision, not of the reader's cut."))
    return tuple(blocks)


def _silent(f: Findings) -> str:
    words = f.study.words
    excluded = f.settings.frame.excluded
    stated = f" Stated as not in the table: {excluded}." if excluded else ""
    return (
        f"Nothing in the table says who was {words.acted} by an earlier decision. If it holds only {words.rows} that had been "
        f"{words.rested}, every figure is about {words.rows} like those: among all who apply the {words.event} rate is likely "
        f"higher, and scores beyond the range of the table are guesses.{stated} Name the earlier decision under "
        "model.incumbent, and bounds are given here."
    )


def _who(f: Findings, told: Mapping[str, Any]) -> str:
    words, away = f.study.words, told["overlap"]["rows"]
    if told["kind"] == "table":
        return (
            f"{away:,} {words.rows} were {words.acted} earlier and have no outcome; {told['let_through']:,} were {words.rested} and "
            "have one. What the first would have done is not known. The rate that the model predicts for them is multiplied by "
            "1, 2 and 4 (at most 1 a row), and the money is told for each. This is a range, and makes no model better."
        )
    how = (
        f"{away:,} were {words.acted} earlier"
        if told["kind"] == "decision"
        else f"today's score would have {away:,} {words.acted} under the same rule"
    )
    return (
        f"Of the judged {words.rows}, {how}, and {told['let_through']:,} {words.rested}. All outcomes "
        f"are known here, so the usual blindness can be tried out: hide them, predict them from the {told['fitted_on']:,} "
        f"{words.rested} alone (shallow trees), and multiply that rate by 1, 2 and 4 (at most 1 a row). The last row shows "
        "what was recorded. This is a range, and makes no model better."
    )


def _overlap(f: Findings, told: Mapping[str, Any]) -> str:
    words, over = f.study.words, told["overlap"]
    text = (
        f"{percent(over['inside'], 0)} of those {words.acted} have a probability within the middle 98 % of those {words.rested} "
        f"({percent(over['low'])} to {percent(over['high'])}); {percent(over['above'], 0)} lie above it, where nothing is known"
    )
    return text + (": for them every figure is an extrapolation." if over["above"] > 0.2 else ".")


def _table(f: Findings, told: Mapping[str, Any]) -> Table:
    words = f.study.words
    rows = [_row(f, f"{s['factor']:g} times the predicted rate", s) for s in told["scenarios"]]
    if "recorded" in told:
        rows.append(_row(f, "as recorded", told["recorded"]))
    head = [
        f"If those {words.acted} have",
        f"{words.event.capitalize()} rate, theirs",
        "Of all",
        f"Of those now {words.rested}",
    ]
    head += [f"Cost ({f.unit})", "Saved against the earlier decision"] if f.money else []
    caption = f"What the new decision is worth, by how those {words.acted} earlier turn out ({told['let_in']:,} of them now {words.rested})"
    return Table(caption, tuple(head), tuple(rows), (False, *[True] * (len(head) - 1)))


def _row(f: Findings, name: str, told: Mapping[str, Any]) -> tuple[str, ...]:
    rates = [percent(told[key]) for key in ("rate", "whole", "let_in")]
    if told["capped"] > 0:
        name += f" ({percent(told['capped'], 0)} cut off at 1)"
    if not f.money:
        return (name, *rates)
    return (name, *rates, money(told["cost"]), money(told["saved"]))


def _verdict(f: Findings, told: Mapping[str, Any]) -> str:
    words = f.study.words
    assumed = (
        f"Assumed: outcomes of those {words.rested} are as recorded, prices do not depend on who decides, and each row's "
        "predicted probability is off by the same factor."
    )
    if not f.money:
        return assumed
    if told["saves_throughout"]:
        said = "The new decision saves against the earlier one even at 20 times the predicted rate."
    elif told["break_even"] == 0:
        said = "The new decision does not save against the earlier one at any rate."
    else:
        said = (
            f"The new decision saves against the earlier one as long as those {words.acted} have at most "
            f"{told['break_even']:.1f} times the predicted rate."
        )
    if "recorded" in told and told["scenarios"][0]["rate"] > 0 and np.isfinite(told["recorded"]["rate"]):
        ratio = told["recorded"]["rate"] / told["scenarios"][0]["rate"]
        said += f" Recorded was {ratio:.1f} times the predicted rate."
    return f"{said} {assumed}"
