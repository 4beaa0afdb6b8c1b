"""One case: why it was decided as it was, by two methods, and what would have been decided had its values been others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from casestudies.pages import reading
from casestudies.pages.blocks import show_block, show_figure
from casestudies.pages.plain import say
from casestudies.pages.whatif import what_if
from casestudies.report import Block, Figure, visible
from casestudies.runs import RunFolder
from casestudies.workflow.explained_cases import CELLS
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections import cases as cases_section
from casestudies.workflow.sections import percent

_FOUR, _WRONG, _DOUBT, _NEAR, _ALL = "In the report", "Most wrong", "Most uncertain", "Nearest the cut", "All"
_MOST = 10  # of the most wrong, of the most uncertain, and of those nearest the cut
_PARAMETER = "case"
_SEARCH = "case:search"


_HELP = (
    "Among the cases that were explained: the row's number in the file, its id, or a value of a column, such as "
    "housing rent. The rows themselves are not kept with a run, so others cannot be shown."
)


def one_case(run: RunFolder) -> None:
    """Choose a case, see it explained, change its values."""
    findings = reading.findings(run)
    st.header("One case", anchor=False)
    if not findings.cases:
        say("No case of this run was explained.")
        return
    case = _chosen(findings)
    blocks = _blocks(findings, case)
    figures = [block for block in blocks if isinstance(block, Figure)]
    others = [block for block in blocks if not isinstance(block, Figure)]
    for block in others[:2]:  # what it is and how it was decided; the rest are doubts
        show_block(block)
    for place, figure in zip(st.columns(max(len(figures), 1)), figures, strict=False):
        with place:
            show_figure(figure)
    for block in others[2:]:
        show_block(block)
    if "lime" not in case:
        st.caption("LIME was drawn for the cases of the report only.")
    st.subheader("What if?", anchor=False)
    what_if(run, case)


def _chosen(findings: Findings) -> dict[str, Any]:
    """The case to show: by filter, search and list, and kept in the address by its row."""
    groups = {
        _FOUR: [case for case in findings.cases if case["in_report"]],
        _WRONG: sorted(findings.cases, key=_wrongness, reverse=True)[:_MOST],
        _DOUBT: sorted(findings.cases, key=lambda case: abs(float(case["p"] or 0.0) - 0.5))[:_MOST],
        _NEAR: sorted(findings.cases, key=_distance)[:_MOST],
        _ALL: sorted(findings.cases, key=lambda case: case["row"]),
    }
    wanted = st.query_params.get(_PARAMETER)
    first = next((name for name, cases in groups.items() if any(str(c["row"]) == wanted for c in cases)), _FOUR)
    group = (
        st.segmented_control("Cases", list(groups), default=first, required=True, key="case:group", wrap=True) or _FOUR
    )
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        text = st.text_input("Search", key=_SEARCH, placeholder="row, id or value", help=_HELP)
    found = searched(groups[_ALL], text, _ids(findings)) if text.strip() else groups[group]
    if not found:
        say(f"None of the {len(findings.cases)} explained cases holds this. The list shows those of the filter.")
        found = groups[group]
    by_row = {str(case["row"]): case for case in found}
    rows = list(by_row)
    with right:
        row = st.selectbox(
            "Case",
            rows,
            rows.index(wanted) if wanted in rows and (group == first or text) else 0,
            key=f"case:row:{group}:{text}",
            format_func=lambda row: visible(_named(by_row[row])),
        )
    st.query_params[_PARAMETER] = row
    return by_row[row]


def searched(cases: Sequence[dict[str, Any]], text: str, ids: Mapping[int, str]) -> list[dict[str, Any]]:
    """The cases whose row or id is the text, or else those with a value that holds it: "rent", "housing rent", "1,200".

    ids: of rows, where the table has any.
    """
    wanted = " ".join(text.lower().replace(":", " ").split())
    exact = [c for c in cases if wanted.replace(",", "") == str(c["row"]) or wanted == ids.get(c["row"], "").lower()]
    if exact:
        return exact
    return [c for c in cases if any(wanted in f"{name} {value}".lower() for name, value in c["values"].items())]


def _ids(findings: Findings) -> dict[int, str]:
    """The identifier of each judged row."""
    told = findings.predictions
    return dict(zip(told["row"].tolist(), told["id"].astype(str), strict=True)) if "id" in told else {}


def _named(case: Mapping[str, Any]) -> str:
    return f"Row {case['row']:,}: {CELLS[case['cell']]}, {percent(case['p'])}"


def _wrongness(case: Mapping[str, Any]) -> float:
    """How far the probability was from what happened."""
    p = float(case["p"] or 0.0)
    return 1 - p if case["event"] else p


def _distance(case: Mapping[str, Any]) -> float:
    """How far the probability was from the case's own threshold."""
    return abs(float(case["p"] or 0.0) - float(np.clip(case["threshold"] or 0.0, 0, 1)))


def _blocks(findings: Findings, case: Mapping[str, Any]) -> Sequence[Block]:
    """The report's blocks on this case alone."""
    return cases_section(replace(findings, cases=[{**case, "in_report": True}])).blocks
