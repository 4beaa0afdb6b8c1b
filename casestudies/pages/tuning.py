"""A search for better settings, from the Train page: what is asked of it, and going on with one that was stopped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from casestudies import api
from casestudies.errors import CaseError
from casestudies.pages import jobs, links
from casestudies.pages.complaints import complain
from casestudies.pages.plain import plain
from casestudies.pages.runs import data_of
from casestudies.runs import RunFolder, RunStore, State
from casestudies.tuning import METHODS
from casestudies.workflow.studies import Study, get_study
from casestudies.workflow.tuned.asked import TUNE, Asked
from casestudies.workflow.tuned.request import resumed, tunable_of
from casestudies.workflow.tuned.tunable import Tunable

HOW = """
A search tries other settings on the rows that a run trains on, and leaves the rows that judge a run alone. What it finds is a
config, **tuned.yaml**, for a run like any other; its report says what was gained beside the settings as they are, and whether
the folds can tell the two apart. Several goals leave a choice between them, such as cost against seconds.
"""
HOW_FOUND = """
The settings as they are beside the best that a search found, scored on the same folds of the rows that a run trains on. The gain in
cross-validation is what they were chosen by and flatters them; chosen anew without each fold, or judged by outer folds, it does
not. The interval says how much folds vary.

The tabs hold what to set, how the search went, and which settings mattered. The Report page has **tuned.yaml** to take away.
"""
_NESTED = (0, 3, 5)


def offer(
    study: Study, path: Path | None, files: Mapping[str, Path], settings: Mapping[str, Any], *, ready: bool
) -> None:
    """What a search is asked, and the button that starts one.

    Parameters
    ----------
    settings: of the form, nested. ready: they hold together, and another run may start.
    """
    with st.expander("Search better settings first"):
        try:
            tunable = tunable_of(study)
            config = api.resolve_request(study, path, settings, files=files)[0].config if ready else None
        except CaseError as error:
            complain(error)
            return
        st.caption(HOW)
        if config is None:
            return
        asked = _asked(tunable, config)
        st.caption(plain(_estimate(study, path, int(asked["budget"]), len(tunable.starts(tunable.space(config))))))
        if st.button("Tune", key="tune", width="stretch"):
            _begin(study, path, files, settings, asked)


def go_on(run: RunFolder) -> None:
    """A search that was cancelled or lost can go on where it was, as long as its data are there."""
    there = all(path.exists() for path in run.sources())
    if run.verb != TUNE or not there or not (run.path / "journal.jsonl").is_file():
        return
    st.caption("What it found stays in its journal. Going on starts a new job with the same data, settings and trials.")
    if st.button("Go on with the search", key=f"go on:{run.id}"):
        try:
            request = resumed(get_study(run.study), run, Asked().told, ())
            links.go("train", study=run.study, run=RunStore.default().start(run.study, request, jobs.LIMIT).id)
        except CaseError as error:
            complain(error)


def _asked(tunable: Tunable, config: Any) -> dict[str, Any]:
    names = {goal.name: goal.label for goal in tunable.goals(config)} | {"seconds": "Processor time"}
    keys = tunable.space(config).keys
    budget = st.number_input("Trials", 1, 1000, int(tunable.budget), help="Beside those of the settings as they are.")
    method = st.selectbox("Method", list(METHODS), format_func=lambda name: f"{name}: {METHODS[name]}")
    goals = st.multiselect("Goals, the first decides", list(names), [next(iter(names))], format_func=names.__getitem__)
    folds = "Repeat the search inside so many outer folds, for a figure that the choosing does not flatter."
    nested = st.selectbox("Outer folds", _NESTED if tunable.nested else (0,), help=folds)
    search = st.multiselect("Search these settings alone (empty: all)", keys)
    return {"budget": str(budget), "method": method, "goals": goals, "nested": nested, "search": search}


def _begin(
    study: Study, path: Path | None, files: Mapping[str, Path], settings: Mapping[str, Any], asked: Mapping[str, Any]
) -> None:
    try:
        request = api.prepare_tuning(study, path, settings, asked, files=files)
        links.go("train", study=study.name, run=RunStore.default().start(study.name, request, jobs.LIMIT).id)
    except CaseError as error:
        complain(error)


def _estimate(study: Study, path: Path | None, trials: int, starts: int) -> str:
    """How long that takes, by the last search of such data here, else by the last run."""
    name = "demo (synthetic)" if path is None else path.name
    done = [run for run in RunStore.default().all(study.name) if run.state == State.DONE and data_of(run) == name]
    for run in done:
        if run.verb == TUNE:
            each = run.manifest()["seconds"]["search"] / max(1, len(run.read_json("tuning.json")["trials"]))
            return f"About {_time(each * (trials + starts))}, by the last search of these data; an outer fold takes as long again."
    for run in done:
        if "fit" in run.manifest()["seconds"]:
            each = run.manifest()["seconds"]["fit"] / max(1, starts)
            return f"Up to {_time(each * (trials + starts))}, by what the last run of these data took to fit."
    return "How long it takes is not known yet: no run of these data is here. A search can be cancelled, and goes on later."


def _time(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"
