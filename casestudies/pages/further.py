"""A study's further tables (`data.files`): handed in beside the table, or in its place where the study makes its table of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from casestudies.errors import CaseError
from casestudies.pages import address, form, tables
from casestudies.pages.fields import Field
from casestudies.pages.plain import plain, say
from casestudies.runs import RunStore
from casestudies.workflow.studies import Study


def hand_in(study: Study, types: list[str], turn: str, *, alone: bool) -> dict[str, Path]:
    """The uploads, by name; the address names each by its hash.

    Parameters
    ----------
    turn: where the session counts uploads. alone: there is no table but what is made of these.
    """
    for name in study.files:
        with st.container() if alone else st.expander(plain(f"A further table: {name}")):
            parameter, taken = f"{address.FURTHER}{name}", [*types, *study.file_types.get(name, ())]
            file = st.file_uploader(
                plain(f"{name.capitalize()}, one a row: {', '.join(taken)}"),
                type=taken,
                key=f"{parameter}:{st.session_state.get(turn, 0)}",
            )
            if file is not None:
                st.query_params[parameter] = RunStore.default().keep_upload(file, file.name).parent.name
                st.session_state[turn] = st.session_state.get(turn, 0) + 1  # a new widget: this one would hold the file
                st.rerun()
            if (path := address.upload(parameter)) is not None:
                say(f"{path.name} is here, {path.stat().st_size:,} bytes. Hand in another file to replace it.")
            elif parameter in st.query_params:
                st.info("The file of this address is gone: its run has ended, or it waited for more than a day.")
    return address.files(study.files)


def is_about(study: Study, field: Field) -> bool:
    """Whether a setting says how a further table is read, or how the table is made of one; the Data page asks these."""
    first = field.key.split(".")[0]
    named = any(field.key.startswith(f"{name}s.") and field.sentence.startswith("Column") for name in study.files)
    return bool(study.files) and (first in (*study.files, *tables.BUILT) or named)


def room(name: str, leaves: Iterable[str]) -> str:
    """Where the settings about a further table stand: `items`, `reading.items`, or, of an experiment, `experiments`."""
    rooms = (name, f"{tables.READING}.{name}", f"{name}s")
    return next((one for one in rooms if any(key.startswith(f"{one}.") for key in leaves)), name)


def ask(
    study: Study, files: Mapping[str, Path], leaves: Mapping[str, Field], start: Mapping[str, Any], *, alone: bool
) -> tuple[form.Answers, bool]:
    """How each was read, which column is which in it, and, where it stands alone, how the table is made of it.

    Returns the answers, and whether all of the files could be read.

    Parameters
    ----------
    leaves: the study's settings by dotted key. start: what the address says of them.
    """
    parts, readable = [], True
    for name, path in files.items():
        with st.container(border=True):
            st.subheader(plain(name.capitalize()), anchor=False)
            answers, could = _one(name, path, study, leaves, start)
        parts.append(answers)
        readable &= could
    if alone and files and readable:
        made = [field for key, field in leaves.items() if key.split(".")[0] in tables.BUILT]
        scope = f"{study.name}:{tables.known_as(None, files)}"
        with st.container(border=True):
            st.subheader("The table that is made of it", anchor=False)
            parts.append(form.side_by_side([field for field in made if field.basic], start, scope=scope))
            with st.expander("More about it"):
                parts.append(form.ask([field for field in made if not field.basic], start, scope=scope))
    return form.merged(*parts), readable


def _one(
    name: str, path: Path, study: Study, leaves: Mapping[str, Field], start: Mapping[str, Any]
) -> tuple[form.Answers, bool]:
    scope = f"{study.name}:{tables.known_as(path)}"
    if path.suffix.removeprefix(".") in study.file_types.get(name, ()):
        say(f"{path.name} is no table: it is read when the run starts.")
        return form.merged(), True
    about = room(name, leaves)
    own = [field for key, field in leaves.items() if key.startswith(f"{about}.")]
    reading = [field for field in own if field.key.startswith(f"{about}.read.")]
    place, read = st.container(), form.merged()
    if reading:
        with st.expander("Read it differently", key=f"{name}:read"):
            read = form.ask(reading, start, scope=scope)
    options = {key.removeprefix(f"{about}.read."): value for key, value in read.values.items()}
    with place:
        try:
            told = tables.preview(study, path, {"data": {"read": options}})
        except CaseError as error:  # it was read as the table is, by settings of another name
            st.error(plain(str(error).replace("data.read.", f"{about}.read.")))
            say("Change it under “Read it differently”.")
            return read, False
        tables.show_facts(told)
    basic = form.side_by_side([field for field in own if field.basic], start, scope=scope, columns=told.columns)
    with st.expander(plain(f"More about {name}")):
        rest = [field for field in own if not field.basic and field not in reading]
        return form.merged(read, basic, form.ask(rest, start, scope=scope, columns=told.columns)), True
