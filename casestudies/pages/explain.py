"""Why: what the model looks at, why one case was decided as it was, and how far the explanations can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from casestudies.pages import address, frame, links, reading
from casestudies.pages.blocks import show_blocks
from casestudies.pages.cases import one_case
from casestudies.pages.complaints import said
from casestudies.pages.evaluating import behind
from casestudies.pages.plain import plain
from casestudies.pages.runs import about
from casestudies.pages.serving import one_customer
from casestudies.pages.viewing import images
from casestudies.report import Report
from casestudies.runs import RunFolder, State
from casestudies.runs.folder import RUN

HOW = """
**Global** says which columns move the score most, over many rows. **One case** takes a single decision apart: from the
average score to this one, column by column, and lets you change its values. **Quality** tests the explanations themselves.

Two methods stand beside each other. SHAP values are exact for these models: they add up to the score. LIME fits a straight
line around the case; its whiskers show how much it changes from one draw to the next. Where the two disagree, or LIME is
unstable, it says so. A column that moves the score need not cause the outcome.
"""
HOW_LISTS = """
**Global** says where the lists come from and what stands in them. **One customer** shows a list with its reasons: pick a
customer, or fill a basket, and say what is taken or rated; the list changes at once, and marks show where each item stood
before. **Quality** tests the reasons themselves.

A score is a sum: what is expected of anybody, and a part for each thing the customer has had to do with. The parts named
as reasons are the largest, above or below zero, and with the rest they add up to the score. They say why the model puts an
item there, not why anybody would want it. *Popularity: place 1* is what most customers chose.
"""
HOW_IMAGES = """
**Global** says how explanations of the judged images look and how often they point at the lesion. **New images** takes images of
yours: the decision on each, what is odd about it, and where the model looks, with a slider for how strongly that shows.
**Quality** tests the explanations themselves.

A warm patch is where a change of the image would change the answer most. It says what the model uses, not what is there: a
model that looks at a marker on the film shows you the marker.
"""
_GLOBAL, _CASE, _CUSTOMER, _IMAGES, _QUALITY = "Global", "One case", "One customer", "New images", "Quality"

_HOWS = {_CASE: HOW, _CUSTOMER: HOW_LISTS, _IMAGES: HOW_IMAGES}


def show() -> None:
    run = address.run()
    if run is None or run.state != State.DONE:
        frame.title("Explain", how=HOW)
        frame.not_done(run)
        return
    if run.verb != RUN:
        frame.title("Explain", about(run), how=HOW)
        behind(run, "explain", "The explanations of its run")
        return
    findings, report = reading.findings(run), reading.report(run)
    frame.title("Explain", about(run), how=_HOWS[_what(run)[0]])
    frame.synthetic(findings.study, findings.synthetic)
    _tabs(run, report)
    with st.container(horizontal=True):
        links.link("results", "The results", run=run.id)
        links.link("report", "The whole report", run=run.id)


@st.fragment
def _tabs(run: RunFolder, report: Report) -> None:
    with said():
        case, show = _what(run)
        names = (_GLOBAL, case, _QUALITY)
        tabs: Any = st.tabs(names, key="why", bind="query-params")
        for tab, name in zip(tabs, names, strict=True):
            if tab.open:
                with tab, said():
                    if name == case:
                        show(run)
                        if name != _CASE:
                            _folded(report, "cases")
                    else:
                        _section(report, "explanation" if name == _GLOBAL else "quality")


def _what(run: RunFolder) -> tuple[str, Callable[[RunFolder], None]]:
    """What the study decides on, one at a time, and how that is shown."""
    if reading.serving(run) is not None:
        return _CUSTOMER, one_customer
    return (_CASE, one_case) if reading.viewing(run) is None else (_IMAGES, images)


def _folded(report: Report, key: str) -> None:
    """A section on request, with its own title."""
    for section in report.sections:
        if section.key == key:
            with st.expander(plain(f"In the report: {section.title[:1].lower()}{section.title[1:]}")):
                show_blocks(section.blocks)


def _section(report: Report, key: str) -> None:
    for section in report.sections:
        if section.key == key:
            st.header(plain(section.title), anchor=False)
            show_blocks(section.blocks)
