"""The demonstration of what SMOTE before the split pretends, in two sentences and one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casestudies.report import Block, Heading, Note, Table, Text
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import number

_LINES: Mapping[str, str] = {
    "before": "SMOTE, then the split (pretended)",
    "inside": "SMOTE inside the training folds (honest)",
    "plain": "The rows as they are (honest)",
}


def pretended_blocks(f: Findings) -> tuple[Block, ...]:
    """The three ways beside each other; () where it was not asked."""
    told = f.analysis.get("pretended")
    if told is None:
        return ()
    heading = Heading("What SMOTE before the split pretends", further=True)
    if "skipped" in told:
        return (heading, Text(f"The demonstration was not made: {told['skipped']}."))
    return (heading, Text(_said(f, told)), _table(told), Note(_why(f), "note"))


def _said(f: Findings, told: Mapping[str, Any]) -> str:
    before, inside, plain = told["before"], told["inside"], told["plain"]
    drawn = f" drawn from {told['of']:,}" if told["rows"] < told["of"] else ""
    return (
        f"The same trees on the same {told['rows']:,} {f.study.words.rows}{drawn}, {told['events']:,} of them "
        f"{f.study.words.event_adjective}, judged in {told['folds']} folds. Resampled before the split they show an F1 of "
        f"{number(before['f1'], 2)} and an AP of {number(before['ap'], 2)}; honestly they have {number(inside['f1'], 2)} and "
        f"{number(inside['ap'], 2)}, and without SMOTE {number(plain['f1'], 2)} and {number(plain['ap'], 2)}."
    )


def _table(told: Mapping[str, Any]) -> Table:
    rows = [(title, *(number(told[key][figure], 3) for figure in ("f1", "ap", "auc"))) for key, title in _LINES.items()]
    caption = "One model, three ways to judge it; F1 at the cut 1/2. Only the last two say what to expect of new rows"
    return Table(caption, ("How it was judged", "F1", "AP", "AUC"), tuple(rows), (False, True, True, True))


def _why(f: Findings) -> str:
    return (
        f"SMOTE makes new {f.study.words.event}s between neighbouring ones. Done before the split, these neighbours stand on both "
        f"sides of it, so the model is asked what it has seen; and half of the judged rows are then {f.study.words.event_adjective}, "
        "which makes a high precision easy. Distrust an F1 of 0.99 in a table of rare events."
    )
