"""Which column is what: guessed where something speaks for it, with the reason beside it, and always changeable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from casestudies.pages.form import Answers
from casestudies.pages.plain import plain, say
from casestudies.pages.tables import LEVELS, Preview
from casestudies.report import visible
from casestudies.tabular.contract import Column
from casestudies.tabular.mapping import Guess
from casestudies.workflow.studies import Study

_NONE = "none"
_FEW = 4  # columns to ask for at once
_ROLES = {"data.id": ("identifier", "Names a row"), "data.time": ("time", "Time of the decision")}


def ask_roles(
    study: Study, told: Preview, start: Mapping[str, Any], defaults: Mapping[str, Any], scope: str
) -> Answers:
    """The outcome and its event, identifier, time, protected columns, and the columns the study knows by name.

    Parameters
    ----------
    start, defaults: dotted key -> value, from the address and of the data (the demo's own). scope: of the widgets.
    """
    given = {**defaults, **start}
    values: dict[str, Any] = {}
    slots: dict[str, Any] = {}
    if not study.outcome:
        return _by_name(study, told, given, defaults, scope)
    left, right = st.columns(2)
    with left:
        values["data.target"] = _target(study, told, given, defaults, scope)
        slots["data.target"] = st.empty()
    with right:
        values["data.positive"] = _positive(study, told, values["data.target"], given, scope)
        slots["data.positive"] = st.empty()
    for key, place in zip(_ROLES, st.columns(2), strict=True):
        with place:
            values[key] = _single(study, told, key, given, defaults, scope)
            slots[key] = st.empty()
    values["data.protected"] = _protected(told, given, defaults, values["data.target"], scope)
    slots["data.protected"] = st.empty()
    taken = {values[key] for key in ("data.target", *_ROLES)}
    values["data.map"] = _mapped(study, told, given, taken, scope, own=not defaults)
    slots["data.map"] = st.empty()
    changed = {key: value for key, value in values.items() if value != defaults.get(key, _empty(key))}
    return Answers(changed, slots)


def _by_name(study: Study, told: Preview, given: Mapping[str, Any], defaults: Mapping[str, Any], scope: str) -> Answers:
    """Of a study without an outcome: the file's column for each that the contract names, under data.NAME."""
    values: dict[str, Any] = {}
    slots: dict[str, Any] = {}
    settings: Any = study.settings.model_fields["data"].annotation
    columns = [column for column in study.contract.columns if column.name in settings.model_fields]
    target = next((column.name for column in columns if column.role == "target"), None)
    if told.fixed:
        say("The data say themselves which column is which. A further table, handed in above, would say it instead.")
        columns, values = [], {f"data.{target}": target} if target in told.columns else {}
    for row in range(0, len(columns), 2):
        for column, place in zip(columns[row : row + 2], st.columns(2), strict=False):
            key = f"data.{column.name}"
            with place:
                values[key] = _one_of(column, told, key, given, defaults, scope)
                slots[key] = st.empty()
    if f"data.{target}" in values:
        values["data.positive"] = _positive(study, told, values[f"data.{target}"], given, scope)
        slots["data.positive"] = st.empty()
    if told.fixed:
        values.pop(f"data.{target}", None)
    return Answers({key: value for key, value in values.items() if value != defaults.get(key)}, slots)


def _one_of(
    column: Column, told: Preview, key: str, given: Mapping[str, Any], defaults: Mapping[str, Any], scope: str
) -> str | None:
    guess = told.guesses.get(column.name)
    chosen = given.get(key, guess.column if guess else None)
    options = told.columns if column.required else (_NONE, *told.columns)
    value = st.selectbox(
        plain(column.name.capitalize()),
        options,
        options.index(chosen) if chosen in options else None if column.required else 0,
        key=f"{scope}:{key}",
        placeholder=f"Choose the column of the {plain(column.name)}",
        format_func=visible,
        help=plain(f"{column.sentence} In a config file: {key}."),
    )
    _why(value, None if key in defaults else guess)
    return None if value == _NONE else value


def _target(
    study: Study, told: Preview, given: Mapping[str, Any], defaults: Mapping[str, Any], scope: str
) -> str | None:
    guess = told.suggested("target", study.contract)
    chosen = given.get("data.target") or (guess.column if guess else None)
    value = st.selectbox(
        "Outcome",
        told.columns,
        told.columns.index(chosen) if chosen in told.columns else None,
        key=f"{scope}:data.target",
        placeholder="Choose the column that holds the outcome",
        format_func=visible,
        help=f"What became of each {plain(study.words.row)}. In a config file: data.target.",
    )
    _why(value, None if "data.target" in defaults else guess)
    return value


def _positive(study: Study, told: Preview, target: str | None, given: Mapping[str, Any], scope: str) -> str | None:
    if target is None:
        say("Then: which of its values counts as the event.")
        return None
    if target not in told.levels:
        st.warning(plain(f"{target} has more than {LEVELS} different values; an outcome has two."))
        return None
    levels = told.levels[target]
    chosen = str(given.get("data.positive"))
    return st.radio(
        f"Which value means {plain(study.words.event)}?",
        levels,
        levels.index(chosen) if chosen in levels else None,
        key=f"{scope}:data.positive:{target}",
        format_func=plain,
        horizontal=True,
        help="Asked, never guessed: read the wrong way round, every figure is upside down. In a config file: data.positive.",
    )


def _single(
    study: Study, told: Preview, key: str, given: Mapping[str, Any], defaults: Mapping[str, Any], scope: str
) -> str | None:
    role, label = _ROLES[key]
    guess = told.suggested(role, study.contract)
    chosen = given.get(key, guess.column if guess else None)
    options = [_NONE, *told.columns]
    value = st.selectbox(
        label,
        options,
        options.index(chosen) if chosen in told.columns else 0,
        key=f"{scope}:{key}",
        format_func=visible,
        help=f"In a config file: {key}.",
    )
    _why(value, None if key in defaults else guess)
    return None if value == _NONE else value


def _protected(
    told: Preview, given: Mapping[str, Any], defaults: Mapping[str, Any], target: str | None, scope: str
) -> list[str]:
    named = [name for name in told.protected() if name != target]
    chosen = [name for name in given.get("data.protected", named) if name in told.columns]
    value = st.multiselect(
        "Protected columns",
        told.columns,
        chosen,
        key=f"{scope}:data.protected",
        format_func=visible,
        help="The decision is shown by group for each; they are never features. In a config file: data.protected.",
    )
    if named and "data.protected" not in defaults:
        st.caption(plain(f"Guessed by name: {', '.join(named)}. Take one out, and it becomes a feature."))
    return value


def _mapped(
    study: Study, told: Preview, given: Mapping[str, Any], taken: set[str | None], scope: str, *, own: bool
) -> dict[str, str]:
    """{contract name: column} for what the study knows by name and the file calls otherwise.

    own: no demo; then a short list of what is missing is opened: a card or a terminal is easily overlooked.
    """
    known = [c for c in study.contract.columns if c.role not in ("target", "identifier", "time")]
    same = [c.name for c in known if c.name in told.columns]
    asked = [c for c in known if c.name not in told.columns]
    stated = given.get("data.map") or {}
    out: dict[str, str] = {}
    said = f"Columns the study knows by name: {len(same)} of {len(known)} are in the file under that name"
    with st.expander(said, expanded=own and 0 < len(asked) <= _FEW):
        if same:
            say("By the same name: " + ", ".join(same) + ".")
        for column in asked:
            guess = told.guesses.get(column.name)
            chosen = stated.get(column.name) or (guess.column if guess and guess.column not in taken else None)
            # a guess by name would be made again by the check, so it can be changed here but not emptied
            options = ([] if guess else [_NONE]) + [name for name in told.columns if name not in taken]
            value = st.selectbox(
                plain(column.name),
                options,
                options.index(chosen) if chosen in options else 0,
                key=f"{scope}:data.map:{column.name}",
                format_func=visible,
                help=plain(f"{column.sentence} In a config file: data.map."),
            )
            _why(value, guess)
            if value is not None and value != _NONE:
                out[column.name] = value
    return out


def _why(value: str | None, guess: Guess | None) -> None:
    """Why a column stands there: nothing is to look as if somebody had said it."""
    if guess is not None and value == guess.column:
        st.caption(plain(f"Guessed: {guess.reason}."))


def _empty(key: str) -> Any:
    return {"data.protected": [], "data.map": {}}.get(key)
