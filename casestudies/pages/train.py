"""Settings, the start of a run, and how it goes. The page only reads the run's folder: it may be closed at any time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from casestudies import api
from casestudies.errors import CaseError, ConfigError
from casestudies.pages import address, form, frame, further, jobs, links, tables, tuning
from casestudies.pages.complaints import complain
from casestudies.pages.fields import Field, fields, flat
from casestudies.pages.plain import plain, say
from casestudies.pages.progress import watch
from casestudies.pages.runs import about, began, data_of
from casestudies.runs import RunFolder, RunStore
from casestudies.workflow.studies import Study, get_study, study_of

HOW = """
The first settings are the ones worth a thought; all others have defaults that need none. Each carries its limits and what
it does (the question mark). What you change is recorded in the run as changed by you.

**Start** first checks the table and the settings, then starts the run in a process of its own. It goes on when this page is
closed or reloaded, in another browser, and even when the server of these pages stops; the address of this page finds it
again.
"""
_RULE, _LIMITED = "decide.rule", ("cut", "budget", "capacity")  # rules that want a number of their own name
_TITLES = {
    "seed": "Seed",
    "split": "Which rows judge the model",
    "cost": "Costs",
    "decide": "Decision",
    "frame": "What is to be achieved",
    "interval": "Intervals",
    "explain": "Explanations",
    "gates": "Quality gates",
    "run": "What the run may use",
    "demo": "The demo",
    "model": "Models",
    "judging": "How lists are judged",
    "ranking": "The lists",
    "adapting": "Learning as customers choose",
    "experiments": "Tests with customers",
    "analyse": "Further questions",
    "report": "The report",
}


def show() -> None:
    if "run" in st.query_params and (run := address.run()) is not None:
        _follow(run)
    else:
        _prepare()


def _follow(run: RunFolder) -> None:
    """A run that was started: how it goes, or how it ended."""
    frame.title("A run", about(run), how=HOW)
    frame.synthetic(study_of(run), not run.sources())
    watch(run)


def _prepare() -> None:
    """The form, and the button that starts a run."""
    study = get_study(address.study())
    path, files = address.upload(), address.files(study.files)
    if path is None and study.table is None:
        files = {}
    frame.title(f"Train: {study.card.title.lower()}", study.card.question, how=HOW)
    named = ["data", *(f"{address.FURTHER}{name}" for name in study.files)]
    if sum(name in st.query_params for name in named) > len(files) + (path is not None):
        st.info("The file of this address is gone: its run has ended, or it waited for more than a day.")
        links.link("data", "Hand it in again", study=study.name)
        return
    frame.other_study("train")
    frame.synthetic(study, path is None and not files)
    start = address.settings()
    left, right = st.columns([3, 2], gap="large")
    with left:
        answers, settings = _form(study, path, files, start)
    address.keep(settings)
    with right:
        _start(study, path, files, settings, answers)


def _form(
    study: Study, path: Path | None, files: Mapping[str, Path], nested: Mapping[str, Any]
) -> tuple[form.Answers, dict[str, Any]]:
    """What was answered here, and all settings: those of the data page go through unchanged."""
    leaves = {field.key: field for field in fields(study.settings)}
    start, demo = flat(nested, leaves), path is None and not files
    defaults = flat(study.demo_defaults, leaves) if demo else {}
    columns = () if demo else tables.preview(study, path, nested, files).columns
    asked = [field for field in leaves.values() if _is_asked(study, field, demo)]
    scope = f"train:{study.name}:{tables.known_as(path, files)}"

    def part(some: list[Field]) -> form.Answers:
        return form.ask(some, start, scope=scope, columns=columns, defaults=defaults)

    def parts(some: list[Field]) -> list[form.Answers]:
        """A part for each room of the settings, under its title."""
        out = []
        for title in dict.fromkeys(map(_title, some)):
            st.markdown(f"**{title}**")
            out.append(part([field for field in some if _title(field) == title]))
            if _RULE in out[-1].slots:
                st.caption(plain(leaves[_RULE].sentence))
                rule = out[-1].values.get(_RULE, defaults.get(_RULE, leaves[_RULE].default))
                out.append(part([leaves[f"decide.{rule}"]] if rule in _LIMITED else []))
        return out

    st.header("Settings", anchor=False)
    asked.sort(key=lambda field: field.key == "seed")  # last: it decides nothing
    first = form.merged(*parts([field for field in asked if field.basic]))
    more = st.expander("All settings", key=f"{scope}:all", on_change="rerun")
    with more:  # drawn when it is open: 80 inputs take 100 ms of the server at each run of the page
        shown = asked if more.open else []
        rest = parts([field for field in shown if not field.basic and field.key not in first.slots])
    answers = form.merged(first, *rest)
    passed = {key: value for key, value in start.items() if key not in answers.slots}
    return answers, address.nested({**passed, **answers.values})


def _is_asked(study: Study, field: Field, demo: bool) -> bool:
    """Everything but what the data page asks, what names a file of this computer, and the size of a demo not used."""
    first = field.key.split(".")[0]
    if first in ("study", "data", tables.READING) or field.key in address.PATHS or further.is_about(study, field):
        return False
    return first != "demo" or demo


def _title(field: Field) -> str:
    first = field.key.split(".")[0]
    return _TITLES.get(first, first.capitalize())


def _start(
    study: Study, path: Path | None, files: Mapping[str, Path], settings: Mapping[str, Any], answers: form.Answers
) -> None:
    with st.container(border=True):
        st.subheader("Start", anchor=False)
        made = "made of the file below" if files else "the demo (synthetic)"
        say(f"Data: {made if path is None else path.name}")
        for name, file in files.items():
            say(f"{name.capitalize()}: {file.name}")
        more = address.hashes(files)
        settled = address.written(settings)
        links.link("data", "Change the data", study=study.name, data=_hash(path), settings=settled, **more)
        ready = _resolved(study, path, files, settings, answers)
        active = RunStore.default().running()
        st.caption(
            f"At most {jobs.LIMIT} runs work at one time; {len(active) or 'none'} {'do' if len(active) > 1 else 'does'} now."
        )
        for run in active:
            links.link("train", f"{data_of(run)}, {began(run)}", study=run.study, run=run.id)
        if st.button("Start", type="primary", disabled=not ready or len(active) >= jobs.LIMIT, width="stretch"):
            _begin(study, path, files, settings, answers)
        if "tune" in study.verbs:
            tuning.offer(study, path, files, settings, ready=ready and len(active) < jobs.LIMIT)


def _resolved(
    study: Study, path: Path | None, files: Mapping[str, Path], settings: Mapping[str, Any], answers: form.Answers
) -> bool:
    """Whether the settings hold together; a complaint stands below the input it is about."""
    try:
        api.resolve_request(study, path, settings, files=files)
    except ConfigError as error:
        if not answers.complain(error):
            complain(error)
        else:
            say("A setting cannot be used; it says why.")
        return False
    return True


def _begin(
    study: Study, path: Path | None, files: Mapping[str, Path], settings: Mapping[str, Any], answers: form.Answers
) -> None:
    """Check the table first: an error that can be known now is not to end a run later."""
    try:
        found = tables.verdict(study, path, settings, files)
        if not found.errors:
            links.go("train", study=study.name, run=jobs.start(study.name, path, settings, files).id)
    except CaseError as error:
        if not (isinstance(error, ConfigError) and answers.complain(error)):
            complain(error)
        return
    for fact in found.errors:
        st.error(plain(fact))


def _hash(path: Path | None) -> str | None:
    return None if path is None else path.parent.name
