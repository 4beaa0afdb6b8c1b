"""Data quality before the fit, for the section "Data": gaps, copies, far cells, labels to look at again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casestudies.report import Block, Heading, Note, Table, Text
from casestudies.workflow.findings import Findings
from casestudies.workflow.reasons import told as cell
from casestudies.workflow.sections.words import money, number, percent

_GAPS = 15  # columns in the table
_FAR = 12
_DOUBTED = 6  # labels; data/review.csv has the others


def quality_blocks(f: Findings) -> tuple[Block, ...]:
    """At the end of the section "Data"."""
    told: Mapping[str, Any] = f.analysis.get("quality", {})
    if not told:
        return ()
    blocks: list[Block] = [Heading("Gaps, and whether they mean something", further=True), *_gaps(f, told["missing"])]
    blocks += [Heading("Copies and contradictions", further=True)]
    blocks.append(Text(_sentences(told["copies"]) or "No row repeats another, and none contradicts one."))
    blocks += [Heading("Far cells", further=True), *_far(f, told["outliers"], told["far"])]
    if told["labels"] is not None:
        blocks += [Heading("Labels to look at again", further=True), *_labels(f, told["labels"], told["review"])]
    return tuple(blocks)


def _gaps(f: Findings, gaps: list[dict[str, Any]]) -> list[Block]:
    if not gaps:
        return [Text("No feature has a missing cell.")]
    words = f.study.words
    rows = []
    for gap in gaps[:_GAPS]:
        missing = f"{gap['missing']:,} ({percent(gap['share'])})"
        says = gap["verdict"] if not gap["same_as"] else f"{gap['verdict']} (missing with {gap['same_as']})"
        rates = [percent(gap[key], 0) for key in ("rate_missing", "rate_held")]
        rows.append((gap["column"], missing, *rates, _difference(gap), says))
    said = [
        f"Missing {gap['column']}: {percent(gap['rate_missing'], 0)} {words.event_adjective} against "
        f"{percent(gap['rate_held'], 0)}: keep it as a level of its own, and ask how the gap comes about."
        for gap in gaps
        if gap["verdict"] == "tells" and not gap["same_as"]
    ]
    tested = sum(gap["verdict"] != "too few to say" and not gap["same_as"] for gap in gaps)
    method = (
        (f"The tests are held for all {tested} columns together (Holm), the intervals are not. " if tested > 1 else "")
        + "No test can show that cells are missing because of the value they would hold: that is a question to those who filled them."
    )
    head = ("Column", "Missing", f"{words.event.capitalize()} rate, missing", "Filled", "Difference, points", "The gap")
    more = f" (the first {_GAPS} of {len(gaps)} columns)" if len(gaps) > _GAPS else ""
    caption = f"Missing cells and the {words.event} rate with and without a cell{more}"
    table = Table(caption, head, tuple(rows), (False, True, True, True, True, False))
    return [table, Text(" ".join([*said, method]))]


def _difference(gap: Mapping[str, Any]) -> str:
    if gap["verdict"] == "too few to say":
        return "n/a"
    return f"{100 * gap['difference']:+.1f} ({100 * gap['low']:.1f} to {100 * gap['high']:.1f})"


def _far(f: Findings, found: list[dict[str, Any]], far: Mapping[str, Any] | None) -> list[Block]:
    if not found:
        return [
            Text(
                "No column of numbers has cells far from its others (five robust standard deviations, long tails allowed for)."
            )
        ]
    rows = []
    for told in found[:_FAR]:
        furthest = ", ".join(f"{cell(one['value'])} (row {one['row']:,})" for one in told["extremes"])
        cells = f"{told['cells']:,}"
        if told["lump"]:
            furthest = "a second lump of the column, not outliers: a code, or another kind of row?"
        rows.append((told["column"], cells, f"{cell(told['low'])} to {cell(told['high'])}", furthest))
    caption = "Cells more than five robust standard deviations from the middle of their column, long tails allowed for"
    table = Table(
        caption, ("Column", "Cells", "Expected within", "The furthest"), tuple(rows), (False, True, True, False)
    )
    return [table, *([Text(_matters(f, far))] if far is not None else [])]


def _matters(f: Findings, far: Mapping[str, Any]) -> str:
    words = f.study.words
    said = f"{far['rows']:,} {words.rows} ({percent(far['share'], 2)}) hold such a cell"
    if "stake" in far:
        said += f"; {percent(far['stake'], 2)} of the money that decisions can move is theirs"
    clipped = far["clipped"]
    if clipped is None:
        return f"{said}. None of them is among the rows that could be decided again."
    said += (
        f". With these cells put on the fence, {clipped['changed']:,} of {clipped['rows']:,} judged {words.rows} "
        f"({clipped['far']:,} of them with such a cell) would be decided otherwise"
    )
    if "cost" in clipped:
        before, after = clipped["cost"]
        said += (
            f", and the decisions would cost {money(after - before, f.unit)} more"
            if after > before
            else f", and the decisions would cost {money(before - after, f.unit)} less"
            if after < before
            else ", and the decisions would cost the same"
        )
    return f"{said}. Nothing has been changed: look at the records first."


def _labels(f: Findings, told: Mapping[str, Any], review: list[dict[str, Any]]) -> list[Block]:
    words = f.study.words
    none, event = told["thresholds"]
    text = (
        f"Confident learning (Northcutt, Jiang and Chuang 2021) contradicts {told['contradicted']:,} of {told['rows']:,} "
        f"labels: {percent(told['events_contradicted'])} of those that say {words.event}, "
        f"{percent(told['others_contradicted'])} of the others. A label is contradicted when a model that never saw the row "
        f"finds the other one more probable, and as probable as it is where it is given ({percent(event, 0)} for "
        f"{words.event}, {percent(none, 0)} for no {words.event})."
    )
    caution = (
        f"An unlikely outcome is no wrong label, and the table cannot tell them apart: where chance decides much, most of "
        f"these labels are right. The {told['listed']:,} most contradicted stand in data/review.csv, to be checked against "
        "the records. Nothing has been relabelled."
    )
    blocks: list[Block] = [Text(text), Note(caution)]
    if review:
        key = "id" if "id" in review[0] else "line"
        rows = tuple((f"{r['row']:,}", str(r[key]), r["label"], percent(r["probability"])) for r in review[:_DOUBTED])
        head = ("Row", key.capitalize() if key == "line" else "Id", "Label", f"Probability of a {words.event}")
        blocks.append(Table("The most contradicted labels", head, rows, (True, False, False, True)))
        blocks += _change(f, told)
    return blocks


def _change(f: Findings, told: Mapping[str, Any]) -> list[Block]:
    change = told["change"]
    if not change["rows"]:
        return [Text("None of them is among the judged rows, so relabelling would change no figure.")]
    rows = [("AUC", *(number(value) for value in change["auc"]))]
    if change["savings"] is not None:
        rows.append(("Savings", *(percent(value) for value in change["savings"])))
    head = ("", "As labelled", "These relabelled", "As many at random")
    caption = f"What relabelling {change['rows']:,} of {told['judged']:,} judged rows would change, model and decisions as they are"
    text = (
        "A what-if, and no improvement: the rows were chosen for contradicting the model, so its figures must rise. It "
        "is the most that wrong labels among them could have hidden."
    )
    return [Table(caption, head, tuple(rows), (False, True, True, True)), Text(text)]


def _sentences(facts: list[str]) -> str:
    return " ".join(f"{fact[0].upper()}{fact[1:]}." for fact in facts)
