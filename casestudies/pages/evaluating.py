"""After a run: hand in rows whose outcome is known now, and see the evaluations that there are."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from casestudies import api
from casestudies.errors import CaseError, RunError
from casestudies.pages import address, jobs, links
from casestudies.pages.complaints import complain, said
from casestudies.pages.plain import plain, say
from casestudies.pages.runs import began, data_of, headline
from casestudies.runs import RunFolder, RunStore, State
from casestudies.runs.folder import RUN
from casestudies.workflow.evaluated import EVALUATE
from casestudies.workflow.studies import Study, get_study

TYPES = ("csv", "tsv", "txt", "gz", "xlsx", "parquet")
HOW = (
    "The model, its calibration and its cut stay as they are; the new rows only judge them. The answer is keep, recalibrate, refit, or too few "
    "to say, with what was promised beside what was delivered."
)
HOW_RESULTS = """
The verdict comes first. **Keep**: the model ranks as it did, and its probabilities and its cut still hold. **Recalibrate**: it ranks as it did, but
what it states no longer comes true, or its cut no longer pays. **Refit**: a part of its power is gone. **Too few to say**: these rows are too
few to tell, and nothing here speaks for or against the model.

*Stated* is what the frozen probabilities expected the decisions on these very rows to cost; *delivered* is what they came to cost; *judged at the run* is what
the decisions cost on the rows that judged the run. The tabs hold the rest of the report, with the rule of the verdict under
**Limits and use**.
"""
_LABELLED = "labelled"  # the parameter of the address that names the new rows by their hash
_MORE = "labelled-"  # and a name: a further table of them
_TURN = "upload:labelled"
_MOST = 50  # newer runs that are looked through for evaluations


def evaluate_here(run: RunFolder) -> None:
    """Of a run: its evaluations, and the form for another one. Of an evaluation: the way back to its run."""
    with said():
        if run.verb == EVALUATE:
            _back(run)
        elif run.verb == RUN:
            st.header("Evaluate on labelled rows", anchor=False)
            say(HOW)
            for one in evaluations(run):
                with st.container(horizontal=True, vertical_alignment="center"):
                    say(f"{data_of(one)}, {began(one)}: {_came(one)}")
                    links.link("results", "Open", run=one.id)
            _ask(run)


def evaluations(run: RunFolder) -> list[RunFolder]:
    """Those of a run, in its store, newest first."""
    out = []
    for one in RunStore.default().all(run.study)[:_MOST]:
        try:
            request = one.request()
        except RunError:
            continue
        if request.get("verb") == EVALUATE and request.get("parent", {}).get("run") == run.id:
            out.append(one)
    return out


def _came(run: RunFolder) -> str:
    return headline(run) if run.state == State.DONE else str(run.state)


def behind(run: RunFolder, page: str, label: str) -> None:
    """That a folder holds no model of its own, and the way to the same page of its run, where it has one."""
    parent = run.request().get("parent", {}).get("run")
    say("There is no model of its own here: what a run was asked for afterwards is about the run's model.")
    if parent is None:
        links.link("results", "The results", run=run.id)
    else:
        links.link(page, label, run=str(parent))


def _back(run: RunFolder) -> None:
    parent = str(run.request()["parent"]["run"])
    say("This is an evaluation: the frozen model of a run, judged by other rows.")
    links.link("results", "The run that is judged", run=parent)


def _ask(run: RunFolder) -> None:
    study = get_study(run.study).at(EVALUATE)
    path, files = _handed_in(study, run)
    if path is None:
        return
    say(f"{path.name} is here, {path.stat().st_size:,} bytes.")
    busy = len(RunStore.default().running()) >= jobs.LIMIT
    if st.button("Evaluate", type="primary", disabled=busy, key="evaluate"):
        try:
            request = api.evaluation_of(run, path, files)
            started = RunStore.default().start(run.study, request, jobs.LIMIT)
        except CaseError as error:
            complain(error)
            return
        links.go("train", study=run.study, run=started.id)


def _handed_in(study: Study, run: RunFolder) -> tuple[Path | None, dict[str, Path]]:
    """The new rows, and further tables of them where the run read such; the address names each by its hash."""
    _upload(study, "New rows with their outcomes", _LABELLED)
    named = [name for name in study.files if name in run.request().get("files", {})]
    for name in named:
        _upload(study, f"Their {name}", f"{_MORE}{name}")
    found = {name: address.upload(f"{_MORE}{name}") for name in named}
    return address.upload(_LABELLED), {name: path for name, path in found.items() if path is not None}


def _upload(study: Study, label: str, parameter: str) -> None:
    turn = st.session_state.get(_TURN, 0)
    types = [*TYPES, *study.types]
    file = st.file_uploader(plain(f"{label}: {', '.join(types)}"), type=types, key=f"{parameter}:{turn}")
    if file is not None:
        st.query_params[parameter] = RunStore.default().keep_upload(file, file.name).parent.name
        st.session_state[_TURN] = turn + 1  # a new widget: this one would hold the file
        st.rerun()
    if parameter in st.query_params and address.upload(parameter) is None:
        st.info("The file of this address is gone: its run has ended, or it waited for more than a day.")
