"""What a run came to: money first, then its lists, other values to try, and everything else the report says."""

from __future__ import annotations

import streamlit as st

from casestudies.pages import address, frame, links, reading
from casestudies.pages.blocks import by_heading, show_blocks
from casestudies.pages.complaints import said
from casestudies.pages.cuts import is_a_choice, try_a_cut
from casestudies.pages.evaluating import HOW_RESULTS, evaluate_here
from casestudies.pages.lists import show_lists
from casestudies.pages.plain import plain
from casestudies.pages.runs import about
from casestudies.pages.tryout import try_out
from casestudies.pages.tuning import HOW_FOUND
from casestudies.report import Figure, Report, Section
from casestudies.runs import State
from casestudies.runs.folder import RUN
from casestudies.workflow.evaluated import EVALUATE
from casestudies.workflow.studies import Study
from casestudies.workflow.tuned.asked import TUNE

HOW = """
The first row is the decision in money, each figure with its interval: how far it could be off by the luck of which rows
were judged. All figures are of rows that the models never saw.

*Saved against the best constant decision* compares with the cheaper of two rules that need no model: act on nobody, and
act on everybody. Where the run made a list of whom to act on, its first rows follow, to be taken away whole.

The sliders work on the same rows, without training again: what you try stands beside what was recommended, and in the
address of this page. **Try another cut** shows what one threshold for all would have cost; it can be taken to the report.
The tabs hold the rest of the report.
"""
HOW_LISTS = """
The first row says how good the lists are, each figure with its interval: how far it could be off by the luck of which
customers were judged. All figures are of rows that the models never saw. The same popular items for everybody stand beside
them: a list that is no better has learnt nothing of the single customer.

The first rows of the lists follow, to be taken away whole. What one customer sees, and why, is under Explain. The tabs hold
the rest of the report.
"""
HOW_IMAGES = """
The first row is the decision: what the mistakes cost at the cut, and how well diseased and healthy are told apart, each figure
with its interval, over patients that had no say in anything. Calling back everybody and nobody stand beside it: where the
model saves nothing at these prices, it says so.

The sliders change the prices on the same patients, without training again. The tabs hold the rest of the report.
"""
# above, on the pages Explain and Groups, in the report
_ELSEWHERE = ("summary", "explanation", "cases", "quality", "groups", "sites", "reproduce", "glossary")
_FIRST, _LAST = ("cost", "performance", "calibration"), ("method", "data", "limits")  # of the tabs
_HOWS = {EVALUATE: HOW_RESULTS, TUNE: HOW_FOUND}  # of what is no run


def show() -> None:
    run = address.run()
    if run is None or run.state != State.DONE:
        frame.title("Results", how=HOW)
        frame.not_done(run)
        return
    findings, report = reading.findings(run), reading.report(run)
    frame.title("Results", about(run), how=_HOWS.get(run.verb) or _how(findings.study))
    frame.synthetic(findings.study, findings.synthetic)
    sections = {section.key: section for section in report.sections}
    _summary(sections["summary"])
    if run.verb == RUN and (since := reading.since(run)):
        with st.expander("Since the last run"):
            show_blocks(since[1:])
    show_lists(run)
    try_out(run)
    if is_a_choice(findings):
        st.header("Try another cut", anchor=False)
        try_a_cut(run)
    st.header("The rest of the report", anchor=False)
    _rest(report)
    evaluate_here(run)
    with st.container(horizontal=True):
        if run.verb == RUN:
            links.link("explain", "Why: the explanations", run=run.id)
            links.link("groups", "By group", run=run.id)
        links.link("compare", "Compare with other runs", runs=address.beside(run))
        if (run.path / "trace.parquet").is_file():
            links.link("lab-real", "How the models were fitted", run=run.id)
        links.link("report", "The whole report", run=run.id)


def _how(study: Study) -> str:
    if study.outcome:
        return HOW
    return HOW_LISTS if study.look is None else HOW_IMAGES


def _summary(section: Section) -> None:
    """What comes before the first heading, then the first part up to its picture; the rest on request, part by part."""
    opening, *parts = by_heading(section)
    show_blocks(opening.blocks)
    for number, part in enumerate(parts):
        rest, title = part.blocks, part.title
        if number == 0 and len(parts) > 1:
            st.header(plain(part.title), anchor=False)
            picture = next((place for place, block in enumerate(rest) if isinstance(block, Figure)), len(rest) - 1)
            show_blocks(rest[: picture + 1])
            rest, title = rest[picture + 1 :], f"More: {part.title.lower()}"
        if rest:
            with st.expander(plain(title)):
                show_blocks(rest)


@st.fragment
def _rest(report: Report) -> None:
    with said():
        known = {section.key: section for section in report.sections if section.key not in _ELSEWHERE}
        own = [key for key in known if key not in (*_FIRST, *_LAST)]
        sections = [known[key] for key in (*_FIRST, *own, *_LAST) if key in known]
        tabs = st.tabs([plain(section.title) for section in sections], key="view", bind="query-params")
        for tab, section in zip(tabs, sections, strict=True):
            if tab.open:
                with tab:
                    show_blocks(section.blocks)
