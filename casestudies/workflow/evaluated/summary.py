"""The first page of an evaluation: the verdict, three figures, what was promised and what was delivered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from casestudies.report import Block, Figure, Heading, Metric, Metrics, Note, Section, Table, Text, charts
from casestudies.workflow.evaluated.findings import Evaluated
from casestudies.workflow.evaluated.record import SAME
from casestudies.workflow.evaluated.words import ends_of, figure_name, ranged, told, told_change
from casestudies.workflow.sections.words import money

_NEXT = {
    "keep": "Go on deciding with the frozen model and its cut.",
    "recalibrate": "Keep the ranking; learn calibration and cut anew, on these rows together with those of the run.",
    "refit": "Start a new run with these rows in it, and compare it with this one before it decides.",
    "too few to say": "Collect more rows with their outcomes and ask again; until then nothing here speaks for or against the model.",
}


def summary(f: Evaluated) -> Section:
    """The verdict first; then what it rests on."""
    blocks: list[Block] = [headline(f), Text(f.verdict["line"]), Text(_NEXT[f.verdict["answer"]])]
    if f.same:
        blocks.append(Note(SAME, "warning"))
    if f.evaluation.get("money") is not None:
        blocks += promised(f)
    blocks += [Heading("What the verdict rests on"), Text(_judged(f)), _then_and_now(f)]
    return Section("summary", "Summary", tuple(blocks))


def headline(f: Evaluated) -> Metrics:
    """The verdict, how well the model ranks now, and what a decision costs now."""
    items = [Metric("Verdict", f.verdict["answer"], "", "keep, recalibrate, refit, or too few to say")]
    for change in _foremost(f):
        now, then = change["now"], change["then"]
        sure = then["low"] != then["high"]  # a figure that no resample moves stands on one or two rows
        at_run = told(change["metric"], then, f) if sure else "too few to say"
        items.append(
            Metric(
                f"{figure_name(change['metric'], f)} now",
                told(change["metric"], now, f),
                ends_of(change["metric"], now),
                f"{f.level} interval; {at_run} at the run",
            )
        )
    return Metrics(tuple(items))


def _foremost(f: Evaluated) -> Iterator[Mapping[str, Any]]:
    """Money where there is any, and the ranking."""
    by = {change["metric"]: change for change in f.evaluation["changes"]}
    found = [by[name] for name in ("expected_cost", "auc") if name in by]
    yield from found or f.evaluation["changes"][:2]


def promised(f: Evaluated) -> list[Block]:
    """Cost a row as the run judged it, as the probabilities state it, and as it came to be."""
    paid = f.evaluation["money"]
    names = ("Judged at the run", "Stated for these rows", "Delivered on these rows")
    entries = [paid[key] for key in ("judged", "stated", "delivered")]
    rows = tuple(
        (name, money(entry["value"], f.unit), _span(entry), _differs(paid, key))
        for name, entry, key in zip(names, entries, ("against_judged", "against_stated", None), strict=True)
    )
    table = Table(
        f"Money promised and delivered: cost for each of the {f.of}, with {f.level} intervals",
        ("", "Cost", "Interval", "Delivered minus this"),
        rows,
        (False, True, True, True),
    )
    values = [np.array([_number(e[key]) for e in entries]) for key in ("value", "low", "high")]
    figure: Figure = charts.dot_whisker(
        names,
        *values,
        title=f"Cost for each of the {f.of} ({f.unit})",
        caption="Promised and delivered: further left is better; the diamond is what the frozen decisions came to cost",
        chosen=names[-1],
    )
    return [Heading("Promised and delivered"), Text(delivered(f)), table, figure]


def delivered(f: Evaluated) -> str:
    """Whether the promise was kept, in a sentence."""
    paid = f.evaluation["money"]
    against = paid["against_stated"]
    total = money(paid["rows"] * paid["delivered"]["value"], f.unit)
    start = f"The frozen decisions on these {f.evaluation['rows']:,} {f.of} cost {total} in all."
    if against["low"] is None:
        return f"{start} There is no interval for what was stated of them."
    if against["low"] <= 0 <= against["high"]:
        return (
            f"{start} That is what their probabilities stated, within chance ({f.level} interval of the paired difference "
            f"{_span(against)} {f.unit} each)."
        )
    way = "dearer" if against["value"] > 0 else "cheaper"
    each = money(abs(against["value"]), f.unit)
    return f"{start} They came out {way} than their probabilities stated by {each} each ({_span(against)}, paired)."


def _differs(paid: Mapping[str, Any], key: str | None) -> str:
    if key is None:
        return ""
    how = "paired" if key == "against_stated" else "two samples"
    return f"{money(paid[key]['value'])} ({_span(paid[key])}; {how})"


def _span(entry: Mapping[str, Any]) -> str:
    if entry["low"] is None:
        return "no interval"
    return f"{money(entry['low'])} to {money(entry['high'])}"


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _judged(f: Evaluated) -> str:
    found, adjective = f.evaluation, f.study.words.event_adjective
    events = "" if found["events"] is None else f", {found['events']:,} of them {adjective},"
    then = "" if found["events_then"] is None else f" ({found['events_then']:,} {adjective})"
    return (
        f"{found['rows']:,} {f.of}{events} are judged here, beside {found['rows_then']:,}{then} that judged the run. The model, its "
        "calibration and its cut are those of the run: nothing was learnt from the new rows."
    )


def _then_and_now(f: Evaluated) -> Table:
    rows = tuple(
        (
            figure_name(change["metric"], f),
            *(ranged(change["metric"], change[side], f) for side in ("then", "now")),
            told_change(change),
        )
        for change in f.evaluation["changes"]
    )
    head = ("Figure", "At the run", "Now", "Change")
    caption = f"The frozen model then and now, with {f.level} intervals; a change is of two samples of different rows"
    return Table(caption, head, rows, (False, True, True, True))


def in_lines(f: Evaluated) -> list[str]:
    """The summary as plain lines, for a terminal: the verdict is the first."""
    lines = [f"{'SYNTHETIC DATA. ' if f.synthetic else ''}{f.verdict['line']}"]
    if f.same:
        lines.append(f"warning: {SAME}")
    for item in headline(f).items[1:]:
        lines.append(f"{item.label}: {item.value} ({item.interval}; {item.comment.partition('; ')[2]})")
    if f.evaluation.get("money") is not None:
        lines.append(delivered(f))
    said = f.evaluation["drift"]["said"]
    return [*lines, *said[:1]]
