"""Whom the model does not decide on, and what is promised for the others."""

from __future__ import annotations

import numpy as np

from casestudies.imaging.findings import Findings
from casestudies.imaging.sections.named import ends, healthy_and_sick, level_of
from casestudies.report import Block, Figure, Note, Table, Text, charts
from casestudies.workflow.sections.words import percent


def second_reader_blocks(f: Findings) -> tuple[Block, ...]:
    """The promise and whether it was kept, the price of it in second reads, other promises."""
    told = f.analysis.get("second_reader")
    if not told:
        return ()
    return (Text(_how(f)), *_doubts(f), _kept(f), Text(_price(f)), _figure(f))


def _how(f: Findings) -> str:
    told = f.analysis["second_reader"]
    healthy, sick = healthy_and_sick(f)
    promise = percent(told["coverage"], 0)
    return (
        f"For each patient the model names the classes that it cannot rule out: {sick}, {healthy}, both or neither. Whatever the "
        f"model, the set of a new patient holds the true class with a chance of at least {promise}, among the diseased and among "
        f"the healthy alike, as long as patients are like the {told['promised_from']['event']:,} diseased and "
        f"{told['promised_from']['other']:,} healthy validation patients that the limits were set on. One class is an answer; both "
        "or neither is a patient for a second reader. The promise is a mean over such draws of validation patients: with so few, "
        "one draw may keep some points more or less."
    )


def _doubts(f: Findings) -> list[Block]:
    told = f.analysis["second_reader"]
    healthy, sick = healthy_and_sick(f)
    never = [name for name, key in ((sick, "event"), (healthy, "other")) if told["never_ruled_out"][key]]
    if not never:
        return []
    words = " and ".join(never)
    text = f"Too few validation patients to promise {percent(told['coverage'], 0)}: {words} is never ruled out."
    return [Note(text, "warning")]


def _kept(f: Findings) -> Table:
    told = f.analysis["second_reader"]
    healthy, sick = healthy_and_sick(f)
    rows = (
        (f"Sets that hold the truth, {sick}", ends(told["covered_event"], 1, 100, "%")),
        (f"Sets that hold the truth, {healthy}", ends(told["covered_other"], 1, 100, "%")),
        ("To a second reader", ends(told["second"], 1, 100, "%")),
        (f"{sick.capitalize()}, answered as {healthy}", ends(told["missed"], 1, 100, "%")),
        (f"{healthy.capitalize()}, answered as {sick}", ends(told["alarmed"], 1, 100, "%")),
        ("Answers that are wrong", ends(told["wrong"], 1, 100, "%")),
    )
    caption = f"{told['patients']:,} test patients at a promise of {percent(told['coverage'], 0)}, with {level_of(f)} intervals"
    return Table(caption, ("", "Share"), rows, (False, True))


def _price(f: Findings) -> str:
    told = f.analysis["second_reader"]
    return (
        f"The price of the promise is {percent(told['second']['value'])} second reads; they are listed in lists/second_reader.csv. A "
        "larger promise sends more patients there and leaves fewer mistakes unseen. A second reader makes mistakes, too: none is "
        "counted here."
    )


def _figure(f: Findings) -> Figure:
    told = f.analysis["second_reader"]
    shares = [one["second"] for one in told["promises"]]
    drawn = told["promises"][
        shares.index(min(shares)) :
    ]  # below, sets are empty: a smaller promise sends more there, too
    columns = {
        name: np.array([one[name] for one in drawn], dtype=float)
        for name in ("coverage", "second", "missed", "alarmed")
    }
    return charts.second_reader(
        columns["coverage"],
        columns["second"],
        columns["missed"],
        columns["alarmed"],
        names=("Diseased, missed", "Healthy, called back"),
        chosen=told["coverage"],
        caption="Wrong answers that nobody looks at, by the share of patients that a second reader sees: each step to the right is a "
        "larger promise",
    )
