"""Choose a table, see how it was read, say which column is which, and mend what is wrong, before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from casestudies.errors import CaseError, ConfigError
from casestudies.pages import address, form, frame, further, links, tables
from casestudies.pages.complaints import complain
from casestudies.pages.fields import Field, fields, flat
from casestudies.pages.plain import plain, say
from casestudies.pages.roles import ask_roles
from casestudies.report import csv_safe
from casestudies.runs import RunStore
from casestudies.workflow.studies import Study, get_study

HOW = """
In steps: choose the data; see how they were read; say which column is which; where a study weighs two mistakes, give their
prices; and look at what the checks found. Anything that was guessed says why, and can be changed. Where a study can make its table of
events (purchases, say), the events are enough: it asks for the date the table is to be of.

**Where there is an outcome, the value that counts as the event is asked, never guessed**: a label read the wrong way round turns every figure upside
down. Errors have to be mended before a run; warnings and notes are facts to know. Rows are counted from 1, the first row of
data; lines are those of the file.
"""
TYPES = ["csv", "tsv", "txt", "gz", "xlsx", "parquet"]
_DEMO, _FILE, _EVENTS = "The demo (synthetic)", "My own file", "My own events, no table"
_TURN = "upload:turn"  # how many files this visitor has handed in
_READ = ("data.read.",)
_MORE = (
    *("data.group", "data.weight", "data.treatment", "data.drop", "data.where", "data.derive", "data.dates"),
    f"{tables.READING}.",
)

_MOST = 12  # facts of one severity told in words; all are in the table
_COLUMNS = {  # of the problems: title and pixels
    "severity": ("severity", 75),
    "row": ("row", 60),
    "line": ("line", 60),
    "column": ("column", 120),
    "value": ("value", 90),
    "rule": ("what", 330),
    "advice": ("what to do", 330),
    "count": ("rows", 60),
}


def show() -> None:
    study = get_study(address.study())
    frame.title(f"Data for {study.card.title.lower()}", f"Needs {study.card.needs}.", how=HOW)
    frame.other_study("data")
    st.header("1. Choose the data", anchor=False)
    source = _source(study)
    path = _handed_in(study, source == _FILE)
    alone = source == _EVENTS
    files = further.hand_in(study, [*TYPES, *study.types], _TURN, alone=alone) if alone or path is not None else {}
    frame.synthetic(study, source == _DEMO)
    if source != _DEMO and path is None and not files:
        return
    leaves = {field.key: field for field in fields(study.settings)}
    start = flat(address.settings(), leaves)
    defaults = flat(study.demo_defaults, leaves) if source == _DEMO else {}
    scope = f"{study.name}:{tables.known_as(path, files)}"
    of_files, readable = further.ask(study, files, leaves, start, alone=alone)
    if not readable:
        address.keep(address.nested({**_others(start, of_files), **of_files.values}))
        return
    st.header("2. How it was made" if alone else "2. How it was read", anchor=False)
    facts, reading = st.container(), form.merged()
    if not alone:
        with st.expander("Read it differently"):
            reading = form.ask(_some(leaves, _READ), start, scope=scope, defaults=defaults)
    asked = form.merged(of_files, reading)
    address.keep(address.nested({**_others(start, asked), **asked.values}))  # also where the table cannot be made yet
    told = _previewed(study, path, files, asked)
    if told is None:
        return
    with facts:
        tables.show_facts(told)
    st.header("3. Which column is which", anchor=False)
    roles = ask_roles(study, told, start, defaults, scope)
    with st.expander("More about the table"):
        elsewhere = (*roles.slots, *(f"{further.room(name, leaves)}." for name in study.files))
        rest = [field for field in _some(leaves, _MORE) if not field.key.startswith(elsewhere)]
        more = form.ask(rest, start, scope=scope, columns=told.columns, defaults=defaults)
    answers = form.merged(asked, roles, more)
    priced = any(key.startswith("cost.") for key in leaves)
    if priced:
        st.header("4. What the mistakes cost", anchor=False)
        answers = form.merged(answers, _costs(leaves, start, defaults, scope))
    settings = address.nested({**_others(start, answers), **answers.values})
    address.keep(settings)
    st.header(f"{4 + priced}. What the checks found", anchor=False)
    ready = _checked(study, path, files, settings, answers)
    if st.button("Use this data", type="primary", disabled=not ready):
        links.go(
            "train",
            study=study.name,
            data=None if path is None else path.parent.name,
            settings=address.written(settings),
            **address.hashes(files),
        )


def _source(study: Study) -> str:
    """The demo, a table, or events alone where the study can make its table of them; the address says which at first."""
    choices = [_DEMO, _FILE, *([_EVENTS] if study.table is not None else [])]
    key = f"source:{study.name}"
    if key not in st.session_state:
        alone = study.table is not None and bool(_named())
        own = {"data", address.OWN} & set(st.query_params)
        st.session_state[key] = _FILE if "data" in own else _EVENTS if alone else _FILE if own else _DEMO
    return str(st.radio("Data", choices, horizontal=True, key=key, on_change=_other_source))


def _other_source() -> None:
    """Nothing that was said of one table holds for another."""
    for name in ("data", "settings", address.OWN, *_named()):
        st.query_params.pop(name, None)


def _named() -> list[str]:
    """The parameters of the address that name further tables."""
    return [name for name in st.query_params if name.startswith(address.FURTHER)]


def _previewed(
    study: Study, path: Path | None, files: Mapping[str, Path], asked: form.Answers
) -> tables.Preview | None:
    """The table at a glance; None where a setting above has to be given first, which is said there."""
    try:
        return tables.preview(study, path, address.nested(asked.values), files)
    except ConfigError as error:
        if not asked.complain(error):
            raise
        say("The table cannot be read yet; a setting above says why.")
        return None


def _handed_in(study: Study, wanted: bool) -> Path | None:
    """The uploaded file as it lies on the disk; the address names it by its hash."""
    if not wanted:
        return None
    limit, turn = int(st.get_option("server.maxUploadSize")), st.session_state.get(_TURN, 0)
    types, what = (list(study.types), f"{study.words.rows.capitalize()}") if study.types else (TYPES, "A table")
    file = st.file_uploader(
        f"{what}: {', '.join(types)}; at most {limit} MB", type=types, max_upload_size=limit, key=f"upload:{turn}"
    )
    if file is not None:
        _name(RunStore.default().keep_upload(file, file.name).parent.name)
        st.session_state[_TURN] = turn + 1  # another widget next time: this one would hold the file in memory
        st.rerun()
    path = address.upload()
    if path is not None:
        say(f"{path.name} is here, {path.stat().st_size:,} bytes. Hand in another file to replace it.")
    elif "data" in st.query_params:
        st.info("The file of this address is gone: its run has ended, or it waited for more than a day.")
    return path


def _name(sha256: str) -> None:
    """Name the upload in the address; the settings of another file are not this one's."""
    if st.query_params.get("data") != sha256:
        address.keep({})
        st.query_params["data"] = sha256


def _some(leaves: Mapping[str, Field], keys: tuple[str, ...]) -> list[Field]:
    return [
        field
        for key, field in leaves.items()
        if key in keys or any(k.endswith(".") and key.startswith(k) for k in keys)
    ]


def _others(start: Mapping[str, Any], answers: form.Answers) -> dict[str, Any]:
    """Settings of the address that this page does not ask for; they come from the train page and go back to it."""
    return {key: value for key, value in start.items() if key not in answers.slots}


def _costs(
    leaves: Mapping[str, Field], start: Mapping[str, Any], defaults: Mapping[str, Any], scope: str
) -> form.Answers:
    st.markdown(
        "A number, a column, or a formula over columns, for example `0.75 * amount`; a column with spaces is "
        "`col('my column')`. Without prices the decision cannot know which mistake is dearer."
    )
    prices = [field for key, field in leaves.items() if key.startswith("cost.")]
    first = sorted((field for field in prices if field.basic), key=lambda field: field.key == "cost.currency")
    parts = [form.side_by_side(first, start, scope=scope, defaults=defaults)]
    with st.expander("What the other outcomes cost or earn"):
        rest = [field for field in prices if not field.basic]
        parts.append(form.ask(rest, start, scope=scope, defaults=defaults))
    return form.merged(*parts)


def _checked(
    study: Study, path: Path | None, files: Mapping[str, Path], settings: Mapping[str, Any], answers: form.Answers
) -> bool:
    """Whether the table can be used; what speaks against it is shown."""
    own = path is not None or bool(files)
    if own and study.outcome and not {"data.target", "data.positive"} <= set(answers.values):
        st.info("Choose the outcome and the value that counts as the event in step 3; then the table is checked.")
        return False
    needed = [f"data.{column.name}" for column in study.contract.columns if column.required]
    if any(column.role == "target" for column in study.contract.columns) and not study.outcome:
        needed.append("data.positive")
    lacking = (
        [key for key in needed if key in answers.slots and not answers.values.get(key)]
        if own and not study.outcome
        else []
    )
    if lacking == ["data.positive"]:
        st.info(f"Say in step 3 which value means {plain(study.words.event)}; then the data are checked.")
        return False
    if lacking:
        st.info("Choose the columns in step 3; then the table is checked.")
        return False
    try:
        found = tables.verdict(study, path, settings, files)
    except ConfigError as error:
        if not answers.complain(error):
            complain(error)
        else:
            say("A setting above cannot be used; it says why.")
        return False
    except CaseError as error:
        complain(error)
        return False
    _problems(found, "made table" if path is None and files else "demo" if path is None else path.name)
    return not found.errors


def _problems(found: tables.Verdict, name: str) -> None:
    """First in words, each fact once and what stops a run on top; then row by row, to look up and to take away."""
    counts = (("error", found.errors), ("warning", found.warnings), ("note", found.notes))
    told = ", ".join(_count(len(facts), word) for word, facts in counts)
    tell = st.error if found.errors else st.success
    reads = f", {_count(len(found.reads), found.what)}: {', '.join(found.reads)}" if found.reads else ""
    tell(plain(f"{told}. {found.rows:,} rows{reads}"))
    for fact in found.errors[:_MOST]:
        st.error(plain(fact))
    for fact in found.warnings[:_MOST]:
        say(f"• {fact}")
    for note in found.read:
        say(f"• {note}")
    if not len(found.problems):
        return
    st.dataframe(
        tables.printable(found.problems),
        hide_index=True,
        column_config={
            name: st.column_config.TextColumn(title, width=wide) for name, (title, wide) in _COLUMNS.items()
        },
        alt="What the checks found, one fact a row",
    )
    st.download_button(
        "Download as CSV",
        lambda: csv_safe(found.problems).to_csv(index=False, lineterminator="\n").encode("utf-8"),
        f"problems of {name}.csv",
        "text/csv",
        on_click="ignore",
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
