"""What a run came to: money first, then another cut to try, then everything else the report says."""

from __future__ import annotations

import streamlit as st

from casestudies.pages import address, frame, links, reading
from casestudies.pages.blocks import show_blocks, split_at_heading
from casestudies.pages.complaints import said
from casestudies.pages.cuts import try_a_cut
from casestudies.pages.plain import plain
from casestudies.pages.runs import about
from casestudies.pages.tryout import try_out
from casestudies.report import Report, Section
from casestudies.runs import State

HOW = """
The first row is the decision in money, each figure with its interval: how far it could be off by the luck of which rows
were judged. All figures are of rows that the models never saw.

*Saved against the best constant decision* compares with the cheaper of two rules that need no model: act on nobody, and
act on everybody. **Try another cut** shows what one threshold for all would have cost on the same rows; the cut you choose
stands in the address and can be taken to the report. The tabs hold the rest of the report.
"""
_TABS = ("cost", "performance", "calibration", "groups", "method", "data", "limits")


def show() -> None:
    run = address.run()
    if run is None or run.state != State.DONE:
        frame.title("Results", how=HOW)
        frame.not_done(run)
        return
    findings, report = reading.findings(run), reading.report(run)
    frame.title("Results", about(run), how=HOW)
    frame.synthetic(findings.synthetic)
    sections = {section.key: section for section in report.sections}
    _summary(sections["summary"])
    try_out(run)
    if findings.costs is not None:
        st.header("Try another cut", anchor=False)
        try_a_cut(run)
    st.header("The rest of the report", anchor=False)
    _rest(report)
    with st.container(horizontal=True):
        links.link("explain", "Why: the explanations", run=run.id)
        links.link("report", "The whole report", run=run.id)


def _summary(section: Section) -> None:
    first, heading, rest = split_at_heading(section)
    show_blocks(first)
    if rest:
        with st.expander(plain(heading)):
            show_blocks(rest)


@st.fragment
def _rest(report: Report) -> None:
    with said():
        sections = [section for key in _TABS for section in report.sections if section.key == key]
        tabs = st.tabs([plain(section.title) for section in sections], key="view", bind="query-params")
        for tab, section in zip(tabs, sections, strict=True):
            if tab.open:
                with tab:
                    show_blocks(section.blocks)
