"""Why: what the model looks at, why one case was decided as it was, and how far the explanations can be trusted."""

from __future__ import annotations

from typing import Any

import streamlit as st

from casestudies.pages import address, frame, links, reading
from casestudies.pages.blocks import show_blocks
from casestudies.pages.cases import one_case
from casestudies.pages.complaints import said
from casestudies.pages.plain import plain
from casestudies.pages.runs import about
from casestudies.pages.serving import one_customer
from casestudies.report import Report
from casestudies.runs import RunFolder, State

HOW = """
**Global** says which columns move the score most, over many rows. **One case** takes a single decision apart: from the
average score to this one, column by column, and lets you change its values; where the study serves lists, **One customer**
shows a list with its reasons, and changes it as the customer takes or rates something. **Quality** tests the explanations
themselves.

Two methods stand beside each other. SHAP values are exact for these models: they add up to the score. LIME fits a straight
line around the case; its whiskers show how much it changes from one draw to the next. Where the two disagree, or LIME is
unstable, it says so. A column that moves the score need not cause the outcome.
"""
_GLOBAL, _CASE, _CUSTOMER, _QUALITY = "Global", "One case", "One customer", "Quality"


def show() -> None:
    run = address.run()
    if run is None or run.state != State.DONE:
        frame.title("Explain", how=HOW)
        frame.not_done(run)
        return
    findings, report = reading.findings(run), reading.report(run)
    frame.title("Explain", about(run), how=HOW)
    frame.synthetic(findings.synthetic)
    _tabs(run, report)
    with st.container(horizontal=True):
        links.link("results", "The results", run=run.id)
        links.link("report", "The whole report", run=run.id)


@st.fragment
def _tabs(run: RunFolder, report: Report) -> None:
    with said():
        case, show = (_CASE, one_case) if reading.serving(run) is None else (_CUSTOMER, one_customer)
        names = (_GLOBAL, case, _QUALITY)
        tabs: Any = st.tabs(names, key="why", bind="query-params")
        for tab, name in zip(tabs, names, strict=True):
            if tab.open:
                with tab, said():
                    if name == case:
                        show(run)
                    else:
                        _section(report, "explanation" if name == _GLOBAL else "quality")


def _section(report: Report, key: str) -> None:
    for section in report.sections:
        if section.key == key:
            st.header(plain(section.title), anchor=False)
            show_blocks(section.blocks)
