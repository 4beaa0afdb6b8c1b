"""The sliders of a study on the Results page: what other prices and limits would have come to on the judged rows."""

from __future__ import annotations

import streamlit as st

from casestudies.pages import reading
from casestudies.pages.blocks import show_blocks
from casestudies.pages.complaints import said
from casestudies.pages.plain import plain
from casestudies.runs import RunFolder
from casestudies.workflow.studies import Lever

_BESIDE = 3
_SEEN = "try:run"


@st.fragment
def try_out(run: RunFolder) -> None:
    """Sliders bound to the address (`?try-offer=0.1`), and what they come to; nothing where the study has none."""
    with said():
        findings = reading.findings(run)
        tryout = findings.study.tryout
        levers = () if tryout is None else tryout.levers(findings)
        if tryout is None or not levers:
            return
        st.header(plain(tryout.title), anchor=False)
        _own_values(run, levers)
        places = st.columns(min(_BESIDE, len(levers)))
        values = {}
        for number, lever in enumerate(levers):
            with places[number % len(places)]:
                values[lever.key] = _slider(lever)
        show_blocks(tryout.told(findings, values))


def _slider(lever: Lever) -> float:
    return st.slider(
        plain(lever.label),
        float(lever.low),
        float(lever.high),
        float(min(max(lever.start, lever.low), lever.high)),
        float(lever.step),
        format=lever.format,
        help=plain(lever.help) or None,
        key=_key(lever),
        bind="query-params",
    )


def _key(lever: Lever) -> str:
    return f"try-{lever.key}"


def _own_values(run: RunFolder, levers: tuple[Lever, ...]) -> None:
    """What was tried on another run is not tried on this one: drop what the sliders remember when the run changes."""
    if st.session_state.get(_SEEN, run.id) != run.id:
        for lever in levers:
            st.session_state.pop(_key(lever), None)
    st.session_state[_SEEN] = run.id
