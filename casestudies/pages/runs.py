"""All runs: what each was, how it ended, how large it is; to open and to erase."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import streamlit as st

from casestudies.errors import RunError
from casestudies.pages import address, frame, links
from casestudies.pages.complaints import said
from casestudies.pages.plain import plain, say
from casestudies.runs import RunFolder, RunStore, State
from casestudies.workflow.studies import headline_of

HOW = """
Newest first. A run is **done** when all its files are written and sealed by a manifest; **failed** and **cancelled** runs
say why; a **lost** run is one whose process is gone without a word, for example after a power cut.

**Compare** lays a run beside the one of the same study before it; others can be added there. **Delete** erases the folder with its model and its reports. That cannot be undone.
"""
_PAGE = 20
_ASKED = "runs:asked"  # the run whose erasing waits for a word
_COLOURS: dict[State, Literal["green", "blue", "red", "orange", "gray"]] = {
    State.DONE: "green",
    State.RUNNING: "blue",
    State.STARTING: "blue",
    State.FAILED: "red",
    State.LOST: "orange",
    State.CANCELLED: "gray",
}


def show() -> None:
    frame.title("Runs", how=HOW)
    runs = RunStore.default().all(st.session_state.get(address.DOOR))
    number = 1
    if len(runs) > _PAGE:
        number = st.number_input("Page", 1, -(-len(runs) // _PAGE), help=f"{len(runs)} runs, {_PAGE} on a page")
    show_runs(runs[(number - 1) * _PAGE : number * _PAGE], erasable=True)


def show_runs(runs: list[RunFolder], *, erasable: bool) -> None:
    """A row for each run."""
    if not runs:
        say("There is no run yet.")
    for run in runs:
        asked = erasable and st.session_state.get(_ASKED) == run.id
        with st.container(border=True):
            what, *actions = st.columns([6, 1, 1.3, 1.1] if erasable else [7, 1], vertical_alignment="center")
            with what, said():
                _told(run)
                if asked:
                    _confirm(run)
            with actions[0]:
                if run.state == State.DONE:
                    links.link("results", "Open", run=run.id)
                else:
                    links.link("train", "Look", study=run.study, run=run.id)
            if erasable and run.state == State.DONE:
                with actions[1]:
                    links.link("compare", "Compare", runs=address.beside(run))
            if erasable and not asked:
                help_ = f"Erase run {run.id}"
                actions[2].button("Delete", key=f"delete:{run.id}", help=help_, on_click=_ask, args=(run.id,))


def began(run: RunFolder) -> str:
    """When a run began, read off its id: "21 Nov 2026, 08:32 UTC"."""
    return f"{datetime.strptime(run.id[:15], '%Y%m%dT%H%M%S'):%-d %b %Y, %H:%M} UTC"


def data_of(run: RunFolder) -> str:
    """The name of the run's table, or that it is the synthetic demo."""
    files = run.sources()
    return files[0].name if files else "demo (synthetic)"


def about(run: RunFolder) -> str:
    """Which run this is, in a line below a title."""
    return f"{run.study.replace('_', ' ').capitalize()} · {data_of(run)} · {began(run)}"


def _told(run: RunFolder) -> None:
    state = run.state
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(str(state), color=_COLOURS[state])
        st.markdown(f"**{plain(run.study.replace('_', ' ').capitalize())}**, {plain(began(run))}")
    try:
        facts = _finished(_stamp(run), run) if state == State.DONE else _unfinished(run)
    except (RunError, KeyError, TypeError) as error:
        facts = [f"the folder is damaged: {error}"]
    st.caption(plain(" · ".join(fact for fact in facts if fact)))


@st.cache_resource(max_entries=1000, show_spinner=False)
def _finished(known: str, _run: RunFolder) -> list[str]:
    """Data, what came out, size: a finished run never changes, and a list shows twenty."""
    return [data_of(_run), headline(_run), _size(_run)]


def _stamp(run: RunFolder) -> str:
    """What the memory knows a finished run by; cheaper than its hashes, and a run that is made anew is made elsewhere."""
    return f"{run.path.absolute()}:{(run.path / 'manifest.json').stat().st_mtime_ns}"


def _unfinished(run: RunFolder) -> list[str]:
    error = run.error()
    return [data_of(run), str(error["message"]) if error else "", _size(run)]


def _size(run: RunFolder) -> str:
    return f"{run.size() / 1e6:.1f}\u00a0MB"  # on one line


def headline(run: RunFolder) -> str:
    """What came out of a finished run, with its interval: "27.5 % (9.9 to 42.6) saved against ..."."""
    return headline_of(run)


def _confirm(run: RunFolder) -> None:
    """The last question before a run is erased."""
    say("Erase this run with its model and reports? This cannot be undone.")
    with st.container(horizontal=True):
        if st.button("Delete it", key=f"delete it:{run.id}", type="primary"):
            RunStore.default().remove(run)
            address.forget(run)
            st.rerun()
        st.button("Keep it", key=f"keep:{run.id}", on_click=_ask, args=(None,))


def _ask(name: str | None) -> None:
    st.session_state[_ASKED] = name
