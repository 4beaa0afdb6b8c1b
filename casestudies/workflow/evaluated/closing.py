"""The last sections of an evaluation's report: the new rows and what has moved, limits, how to reproduce."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.report import Block, Code, Figure, Heading, Note, Section, Table, Text, charts
from casestudies.tabular.drift import SCORE
from casestudies.workflow.evaluated.findings import Evaluated
from casestudies.workflow.evaluated.verdict import BLIND, FEWEST, LOST, OFF, SAVED, UNSURE
from casestudies.workflow.sections.words import number, percent

_SHOWN = 15  # columns in the table and the picture of drift


def rows(f: Evaluated) -> Section:
    """The new file, and how far it has moved from the rows that trained."""
    source, drift = f.profile["source"], f.evaluation["drift"]
    first = f"{source['name']}: {source['rows']:,} rows, {source['columns']} columns."
    blocks: list[Block] = [Text(first), *(Text(note) for note in f.profile["notes"])]
    blocks += [
        Heading("What has moved since training"),
        *(Text(_sentence(said)) for said in drift["said"]),
    ]
    moved = [one for one in drift["columns"] if one["moved"]]
    if moved:
        blocks.append(_moved(f, moved))
    if drift["columns"]:
        blocks.append(_drift_figure(f, drift["columns"]))
    return Section("data", "The new rows", tuple(blocks))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _moved(f: Evaluated, moved: list[Mapping[str, Any]]) -> Table:
    body = tuple(
        (_column(f, one["column"]), number(one["psi"]), number(one["limit"]), one["rule"], _where(one))
        for one in moved[:_SHOWN]
    )
    more = f" (the {_SHOWN} that moved most of {len(moved)})" if len(moved) > _SHOWN else ""
    head = ("Column", "PSI", "Chance reaches", "Called", "Where most")
    return Table(f"Columns that have moved by more than chance{more}", head, body, (False, True, True, False, False))


def _where(one: Mapping[str, Any]) -> str:
    return f"{one['bin']}: {percent(one['then'])} then, {percent(one['now'])} now"


def _drift_figure(f: Evaluated, columns: list[Mapping[str, Any]]) -> Figure:
    return charts.drift(
        [_column(f, one["column"]) for one in columns[:_SHOWN]],
        np.array([one["psi"] for one in columns[:_SHOWN]]),
        np.array([one["limit"] for one in columns[:_SHOWN]]),
        caption="How far columns have moved. Red diamonds lie beyond their grey bar: more than chance. Dashed uprights: small (0.1) and large (0.25)",
    )


def _column(f: Evaluated, column: str) -> str:
    return f"probability of a {f.study.words.event}" if column == SCORE else column


def limits(f: Evaluated) -> Section:
    """The rule behind the verdict, and what the figures do not say."""
    lists = f.evaluation["events"] is None
    above, fewest = ("popularity", f.of) if lists else ("chance", "of the rarer outcome")
    power = (
        f"Refit: the interval of the change of its power above {above} lies below zero, and {percent(LOST, 0)} of that power or more is "
        f"gone. Too few to say: a loss of {percent(BLIND, 0)} of it cannot be excluded, or fewer than {FEWEST} {fewest} are judged."
    )
    fit = (
        f"Recalibrate: the ranking is held, and slope or level of the calibration line is off by more than chance and by {OFF:g} or more, or "
        f"a new calibration would provably save {percent(SAVED, 0)} of the cost. Too few to say: the interval of either is wider than "
        f"{2 * UNSURE:g}."
    )
    said = (
        "An evaluation says how the frozen model did on these rows, not on others. Where the outcome is only known for some (those who were "
        "accepted, alerted or contacted), the figures speak for them alone. Precision, average precision, log loss and Brier score move "
        "with how common the event is, also where the model has not changed."
    )
    taken = (
        "An evaluation says how the frozen lists did with these customers in this time. What was taken was in part taken because it was shown; "
        "a test with customers says what the lists bring about."
    )
    drift = "Drift without a loss is no reason to act; a loss without drift is one."
    blocks: list[Block] = [Heading("The rule of the verdict"), Text(power)]
    blocks += [] if f.evaluation.get("calibration") is None else [Text(fit)]
    blocks += [Text("Keep: none of these."), Heading("Limits"), Text(taken if lists else said)]
    blocks += [] if lists else [Text(drift)]
    if f.synthetic:
        blocks.append(
            Note(
                "The run was made on synthetic data: nothing here is about real people or a real business.", "synthetic"
            )
        )
    return Section("limits", "Limits and use", tuple(blocks))


def reproduce(f: Evaluated) -> Section:
    """How to make the same figures again."""
    behind = f.evaluation["parent"]
    versions = ", ".join(f"{name} {version}" for name, version in f.result["versions"].items())
    body = (
        ("Evaluation", f.result["id"]),
        ("Run that is judged", behind["result"]),
        ("New data, SHA-256", f.profile["source"]["sha256"]),
        ("Data of the run, SHA-256", behind["data_sha256"]),
        ("Seed", str(f.settings.seed)),
        ("Versions", versions),
    )
    text = (
        "The folder names the run that is judged and holds config.yaml with every setting. The same run, data and versions give the same "
        "figures, byte for byte, on one kind of processor."
    )
    command = f"casestudies evaluate RUN --data {f.profile['source']['name']}"
    return Section(
        "reproduce",
        "How to reproduce",
        (Text(text), Code(command), Table("What the figures rest on", ("", "Value"), body)),
    )
