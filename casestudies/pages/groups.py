"""The decision by group: who is treated how, how sure the gaps are, and what another cut would do to them."""

from __future__ import annotations

import streamlit as st

from casestudies.pages import address, frame, links, reading
from casestudies.pages.blocks import show_blocks
from casestudies.pages.complaints import said
from casestudies.pages.cuts import is_a_choice
from casestudies.pages.group_cuts import try_groups
from casestudies.pages.plain import plain
from casestudies.pages.runs import about
from casestudies.runs import State

HOW = """
The same decision, told apart by group, each figure with the number of rows and its interval. A **gap** is a group's figure
less that of the largest group; an asterisk marks one whose interval leaves 0 out. Groups with too few rows are named and not
judged: **too few to say** is an answer.

A difference is a question to be asked, not yet an answer: groups differ in other columns too, and among many figures some
stand out by luck. Where one cut decides, the slider shows what another cut would do to each group: a cut that helps one may
harm another.
"""
_KEYS = ("groups", "sites")


def show() -> None:
    run = address.run()
    if run is None or run.state != State.DONE:
        frame.title("Groups", how=HOW)
        frame.not_done(run)
        return
    findings, report = reading.findings(run), reading.report(run)
    frame.title("Groups", about(run), how=HOW)
    frame.synthetic(findings.study, findings.synthetic)
    sections = [section for section in report.sections if section.key in _KEYS]
    if not sections:
        st.info("This run was asked for no groups. Name columns with groups on the Data page, and start a new run.")
    for section in sections:
        with said():
            st.header(plain(section.title), anchor=False)
            show_blocks(section.blocks)
    if is_a_choice(findings):
        try_groups(run)
    with st.container(horizontal=True):
        links.link("data", "Name groups in the data", study=run.study)
        links.link("results", "The results", run=run.id)
        links.link("report", "The whole report", run=run.id)
