"""How a run goes, read from its folder: stages, time left, cancel; and what became of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from casestudies.pages import links
from casestudies.pages.complaints import said
from casestudies.pages.plain import plain, say
from casestudies.pages.runs import headline
from casestudies.pages.tuning import go_on
from casestudies.report import visible
from casestudies.runs import Event, RunFolder, RunStore, State

_EVERY_SECONDS = 1.0
_LOG_LINES = 40
_LOG_BYTES = 20_000


def watch(run: RunFolder) -> None:
    """Show a run, and look again every second for as long as it works."""
    if run.state.active:
        st.fragment(_working, run_every=_EVERY_SECONDS)(run)
    else:
        _ended(run)


def _working(run: RunFolder) -> None:
    with said():
        if not run.state.active:
            st.rerun()
        events = run.events()
        if not events:
            st.progress(0.0, "Starting ...")
        else:
            _stages(events, time.time())
        if (run.path / "cancel").exists():
            say("Cancelling: the run stops at its next step.")
        elif st.button("Cancel", key=f"cancel:{run.id}"):
            run.cancel()
            st.rerun(scope="fragment")


def _ended(run: RunFolder) -> None:
    state, error = run.state, run.error()
    if state == State.DONE:
        st.success(plain(f"Done: {headline(run)}."))
        links.main_link("results", "Open results", run=run.id)
        _seconds(run)
        return
    if state == State.CANCELLED:
        st.info("Cancelled. Nothing of it can be read as a result.")
    elif state == State.FAILED and error is not None:
        st.error(plain(str(error["message"])))
    else:
        st.error("The run's process is gone and left no word: it was killed, or the computer stopped. Start it again.")
    _drop_upload(run)
    go_on(run)
    links.link("train", "Start another run", study=run.study)
    _log(run)


def _stages(events: Sequence[Event], now: float) -> None:
    """Each stage once, with its seconds; the present one with a bar and the time left."""
    starts: dict[str, float] = {}
    for event in events:
        starts.setdefault(event.stage, event.time)
    names, last = list(starts), events[-1]
    ends = [*list(starts.values())[1:], now]
    with st.container(gap="xxsmall"):
        for name, end in zip(names[:-1], ends, strict=False):
            say(f"✓ {name.capitalize()} ({_time(end - starts[name])})")
    left = f", about {_time(last.seconds_left)} left in this step" if last.seconds_left else ""
    text = f"{last.stage.capitalize()}: {last.message or 'at work'}{left}"
    st.progress(min(max(last.fraction or 0.0, 0.0), 1.0), plain(text))
    st.caption(f"At work for {_time(now - events[0].time)}. This page may be closed; its address finds the run again.")


def _seconds(run: RunFolder) -> None:
    """How long each stage took, from the manifest."""
    seconds = dict(run.manifest()["seconds"])
    total = seconds.pop("total", None)
    told = ", ".join(f"{name} {_time(value)}" for name, value in seconds.items())
    st.caption(plain(f"{told}" + ("" if total is None else f"; in all {_time(total)}") + "."))


def _log(run: RunFolder) -> None:
    """The last lines of the worker's log, for those who can read a traceback."""
    path = Path(run.path / "worker.log")
    if not path.is_file() or not path.stat().st_size:
        return
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _LOG_BYTES, 0))
        lines = file.read().decode("utf-8", "replace").splitlines()[-_LOG_LINES:]
    with st.expander("The worker's log"):
        st.code("\n".join(map(visible, lines)), language=None)


def _drop_upload(run: RunFolder) -> None:
    """A worker erases its upload when it ends; one that was killed could not."""
    for path in run.sources():
        RunStore.default().drop_upload(path)


def _time(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s" if seconds < 3600 else f"{seconds / 3600:.1f} h"
