"""The losses side by side: does it pay to teach a model the money, or is deciding by the money enough?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from casestudies.models.costsensitive.names import BRIEF, DECIDING
from casestudies.report import Block, Figure, Heading, Table, Text, charts
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import MODELS, level_of, money, number, percent, pretty, span

Entry = Mapping[str, Any]

_MEANING: Mapping[str, str] = {
    "log": "Log loss learns probabilities",
    "clv": "by value, its events count by what is lost with them",
    "weighted": "by stake, it learns whether acting pays, each row counting by what a wrong decision costs in it",
    "cost": "by cost, the expected cost itself is minimised",
    "focal": "by focal loss, rows that are nearly right hardly count",
}


def losses_blocks(f: Findings) -> tuple[Block, ...]:
    """For the first page: which loss wins on this data and by how much; nothing where one loss was asked for."""
    told = f.analysis.get("losses")
    if told is None:
        return ()
    kinds: Mapping[str, Sequence[Entry]] = told["kinds"]
    sentences = [_verdict(f, MODELS.get(kind, kind), entries) for kind, entries in kinds.items()]
    text = f"{' '.join(sentences)} ({level_of(f)} intervals of the paired differences on {told['rows']:,} judged {f.study.words.rows}.)"
    return (
        Heading("Which loss to train by", further=True),
        Text(text),
        _figure(f, kinds),
        _table(f, kinds),
        Text(_meaning(f, kinds)),
    )


def _meaning(f: Findings, kinds: Mapping[str, Sequence[Entry]]) -> str:
    """What each loss is, and how its scores come to a decision."""
    trains = list(dict.fromkeys(entry["train"] for entries in kinds.values() for entry in entries))
    text = "; ".join(_MEANING[train] for train in trains) + "."
    own = [BRIEF[train] for train in trains if train in DECIDING]
    if own and str(f.settings.decide.rule) == "bmr":
        which = " or ".join(own)
        return f"{text} A model trained {which} decides by its own score; the others by each row's own threshold, on calibrated probabilities."
    return f"{text} All give calibrated probabilities, by which the same rule decides."


def _verdict(f: Findings, model: str, entries: Sequence[Entry]) -> str:
    """The loss with the least cost against log loss, and whether the two can be told apart."""
    others = [entry for entry in entries if entry["apart"] is not None]
    best = min(others, key=lambda entry: entry["apart"]["expected_cost"]["difference"])
    apart, row = best["apart"]["expected_cost"], f.study.words.row
    name, size = BRIEF[best["train"]], money(abs(apart["difference"]), f.unit)
    ends = f"{_signed(apart['low'])} to {_signed(apart['high'])} {f.unit}"
    if apart["low"] is None or not np.isfinite(apart["low"]):
        return f"{model}: the losses cannot be compared, since there is no interval."
    if apart["high"] < 0:
        return f"{model}: trained {name} it wins, {size} a {row} cheaper than by log loss ({ends})."
    if apart["low"] > 0:
        return f"{model}: log loss wins; trained {name}, the next best, it costs {size} a {row} more ({ends})."
    way = "less" if apart["difference"] < 0 else "more"
    return (
        f"{model}: the best of the other losses cannot be told apart from log loss; trained {name} it costs {size} a {row} "
        f"{way} ({ends})."
    )


def _figure(f: Findings, kinds: Mapping[str, Sequence[Entry]]) -> Figure:
    rows = [
        (pretty(f, entry["name"]), entry["apart"]["expected_cost"])
        for entries in kinds.values()
        for entry in entries
        if entry["apart"] is not None
    ]
    ends = np.array([[apart[key] for key in ("difference", "low", "high")] for _, apart in rows], dtype=np.float64)
    return charts.dot_whisker(
        [name for name, _ in rows],
        *ends.T,
        title=f"Cost per {f.study.words.row} less that of log loss ({f.unit})",
        reference=0.0,
        caption=f"What teaching the money changes, with {level_of(f)} intervals: left of the dashed line it saves against log loss of "
        "the same model; an interval across the line tells nothing apart",
    )


def _table(f: Findings, kinds: Mapping[str, Sequence[Entry]]) -> Table:
    rows = []
    for kind, entries in kinds.items():
        for entry in entries:
            cost, savings, apart = entry["expected_cost"], entry["savings"], entry["apart"]
            auc = f.figure(entry["name"], "auc")
            digits = 0 if abs(cost["value"]) >= 100 else 2
            less = "" if apart is None else _span(apart["expected_cost"])
            rows.append(
                (
                    MODELS.get(kind, kind),
                    BRIEF[entry["train"]],
                    f"{money(cost['value'])} ({span(cost, digits)})",
                    less,
                    f"{percent(savings['value'])} ({span(savings, 1, 100)})" if _is(savings["value"]) else "n/a",
                    number(auc["value"]),
                )
            )
    row = f.study.words.row
    head = ("Model", "Trained", f"Cost per {row} ({f.unit})", "Against log loss", "Saved", "AUC")
    caption = f"The same models, trained by different losses and judged on the same {f.study.words.rows}, with {level_of(f)} intervals"
    return Table(caption, head, tuple(rows), (False, False, True, True, True, True))


def _span(apart: Mapping[str, float | None]) -> str:
    if not _is(apart["difference"]):
        return "n/a"
    return f"{_signed(apart['difference'])} ({_signed(apart['low'])} to {_signed(apart['high'])})"


def _signed(value: float | None) -> str:
    """ "+1.20", "-0.4": as many digits as the amount deserves."""
    if value is None or not np.isfinite(value):
        return "n/a"
    return f"{value:+,.0f}" if abs(value) >= 100 else f"{round(value, 2) + 0.0:+.2f}"


def _is(value: float | None) -> bool:
    return value is not None and bool(np.isfinite(value))
