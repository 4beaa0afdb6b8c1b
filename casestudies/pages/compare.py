"""Runs beside each other: which figures differ by more than luck, what was set otherwise, curves over each other."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import streamlit as st

from casestudies.pages import address, frame, links, reading
from casestudies.pages.blocks import show_blocks
from casestudies.pages.complaints import said
from casestudies.pages.plain import plain
from casestudies.pages.runs import began, data_of
from casestudies.report import Report
from casestudies.runs import RunFolder, RunStore, State
from casestudies.workflow.compared import MOST, Compared
from casestudies.workflow.reporting import render

HOW = """
The first run is **A**; every other is compared with it. Each figure stands with its interval, then the difference with an
interval of its own. Where that interval leaves 0 out, the difference is more than the luck of which rows were judged.

Runs that judged the **same rows** are compared row by row (a *paired* bootstrap): what is hard about a row is hard for both
and cancels, so small differences can be seen although the two intervals overlap. Runs judged on different rows are two
samples, and the page says so. Figures in money are compared only where both runs have the same prices.
"""


def show() -> None:
    frame.title("Compare", "Two runs or more of one study", how=HOW)
    named = address.runs()
    study = _study(named)
    there = [run for run in RunStore.default().all(study) if run.state == State.DONE]
    if len(there) < 2:
        st.info("There are fewer than two finished runs of this study, so there is nothing to compare yet.")
        links.link("train", "Start a run", study=study)
        return
    chosen = _choose(study, there, named)
    if len(chosen) < 2:
        st.info("Choose at least two runs. The first one chosen is the one that all others are compared with.")
        return
    told, report = reading.compared(chosen)
    frame.synthetic(told.members[0].study, report.synthetic)
    _show(told, report)


def _study(named: Sequence[RunFolder]) -> str:
    """Of the runs that the address names, else of the address, else of the run looked at last or made last; another can be chosen."""
    last = named[0] if named else address.latest()
    if last is not None and (named or "study" not in st.query_params):
        st.query_params["study"] = last.study
    study = address.study()
    frame.other_study("compare")
    return study


def _choose(study: str, there: Sequence[RunFolder], named: Sequence[RunFolder]) -> list[RunFolder]:
    """The runs to compare, the address's first; without any, the newest beside the one before it."""
    known = {run.id: run for run in [*named, *there]}
    start = [run.id for run in named] or [run.id for run in reversed(there[:2])]
    names = st.multiselect(
        "Runs, the one to compare with first",
        list(known),
        start,
        format_func=lambda name: f"{began(known[name])}, {data_of(known[name])} ({name[-6:]})",
        max_selections=MOST,
        key=f"compare:{study}",
        help="The newest stand first in the list. The order in which you choose is the order of the tables.",
    )
    address.keep_runs(names)
    return [known[name] for name in names]


def _show(told: Compared, report: Report) -> None:
    for section in report.sections:
        with said():
            st.header(plain(section.title), anchor=False)
            show_blocks(section.blocks)
    st.header("To take away", anchor=False)
    name = f"{told.members[0].run.study}-compared-{report.result_id}"
    makes: dict[str, tuple[str, Callable[[], bytes]]] = {
        "HTML": ("text/html", lambda: render(report, ["html"])["html"]),
        "PDF": ("application/pdf", lambda: render(report, ["pdf"])["pdf"]),
        "JSON": ("application/json", lambda: json.dumps(told.to_dict(), indent=1, ensure_ascii=False).encode()),
    }
    with st.container(horizontal=True):
        for form, (kind, make) in makes.items():
            file = f"{name}.{form.lower()}"
            st.download_button(f"Download {form}", make, file, kind, on_click="ignore", key=f"download:{form}")
    with st.container(horizontal=True):
        for letter, member in told.lettered().items():
            links.link("results", f"Results of {letter}", run=member.run.id)
