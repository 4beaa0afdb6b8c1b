"""The sliders of a study on the Results page: what other prices and limits would have come to on the judged rows."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from casestudies.pages import reading
from casestudies.pages.blocks import show_blocks
from casestudies.pages.complaints import said
from casestudies.pages.plain import plain
from casestudies.report import Block, Table
from casestudies.runs import RunFolder
from casestudies.workflow.studies import Lever

_BESIDE = 3
_TABLE = "Beside the run"
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
        values = {}
        for first in range(0, len(levers), _BESIDE):
            # a row of columns at a time, so that on a narrow screen the sliders keep their order
            for place, lever in zip(st.columns(_BESIDE), levers[first : first + _BESIDE], strict=False):
                with place:
                    values[lever.key] = _slider(lever)
        changed = [lever.label for lever in levers if values[lever.key] != _start(lever)]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("As in the run", disabled=not changed, on_click=_back, args=(levers,), key="try:back")
            st.caption(
                plain(f"Changed: {', '.join(changed)}." if changed else "Every slider stands where the run stands.")
            )
        show_blocks(_titled(block) for block in tryout.told(findings, values))


def _titled(block: Block) -> Block:
    """A table in a report carries a number; here it says what it is."""
    return replace(block, label=_TABLE) if isinstance(block, Table) and not block.label else block


def _slider(lever: Lever) -> float:
    return st.slider(
        plain(lever.label),
        float(lever.low),
        float(lever.high),
        _start(lever),
        float(lever.step),
        format=lever.format,
        help=plain(lever.help) or None,
        key=_key(lever),
        bind="query-params",
    )


def _start(lever: Lever) -> float:
    return float(min(max(lever.start, lever.low), lever.high))


def _back(levers: tuple[Lever, ...]) -> None:
    """All sliders where the run stands."""
    for lever in levers:
        st.session_state[_key(lever)] = _start(lever)


def _key(lever: Lever) -> str:
    return f"try-{lever.key}"


def _own_values(run: RunFolder, levers: tuple[Lever, ...]) -> None:
    """What was tried on another run is not tried on this one: drop what the sliders remember when the run changes."""
    if st.session_state.get(_SEEN, run.id) != run.id:
        for lever in levers:
            st.session_state.pop(_key(lever), None)
    st.session_state[_SEEN] = run.id
