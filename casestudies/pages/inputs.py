"""The input of each kind of field, and what it says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st
import yaml

from casestudies.errors import ConfigError, shown
from casestudies.pages.fields import Field, Kind
from casestudies.pages.plain import plain
from casestudies.report import visible
from casestudies.workflow.resolve import parse_overrides
from casestudies.workflow.sections import MODELS

UNSET = "not set"
_LONGEST = 2_000  # characters of a value


def read(field: Field, start: Any, key: str, columns: Sequence[str]) -> Any:
    """The widget of one field, and what it says."""
    return _WIDGETS[field.kind](field, start, key, columns)


def _switch(field: Field, start: Any, key: str, columns: Sequence[str]) -> Any:
    if field.optional:
        told = {UNSET: None, "yes": True, "no": False}
        at = list(told.values()).index(start)
        return told[st.selectbox(plain(field.label), list(told), at, key=key, help=plain(field.help))]
    return st.toggle(plain(field.label), bool(start), key=key, help=plain(field.help))


def _choice(field: Field, start: Any, key: str, columns: Sequence[str]) -> Any:
    options = ([UNSET] if field.optional else []) + list(field.options)
    at = options.index(start) if start in options else 0
    value = st.selectbox(plain(field.label), options, at, key=key, help=plain(field.help), format_func=visible)
    return None if value == UNSET else value


def _choices(field: Field, start: Any, key: str, columns: Sequence[str]) -> Any:
    chosen = [option for option in start or () if option in field.options]
    return st.multiselect(
        plain(field.label),
        field.options,
        chosen,
        key=key,
        help=plain(field.help),
        format_func=lambda o: MODELS.get(o, o),
    )


def _words(field: Field, start: Any, key: str, columns: Sequence[str]) -> Any:
    chosen = [str(word) for word in start or ()]
    offered = list(dict.fromkeys([*columns, *chosen]))
    value = st.multiselect(
        plain(field.label),
        offered,
        chosen,
        key=key,
        help=plain(field.help),
        format_func=visible,
        accept_new_options=True,
    )
    return None if field.optional and not value else value


def _number(field: Field, start: Any, key: str, columns: Sequence[str]) -> Any:
    whole = field.kind == "whole"
    as_type: Callable[[Any], Any] = int if whole else float
    low, high, value = (None if end is None else as_type(end) for end in (field.low, field.high, start))
    return number(
        field.label,
        low,
        high,
        value,
        key=key,
        step=1 if whole else 0.01,
        form="%d" if whole else "%.6g",
        optional=field.optional,
        help=field.help,
    )


def number(
    label: str,
    low: Any,
    high: Any,
    start: Any,
    *,
    key: str,
    step: float,
    form: str,
    optional: bool,
    help: str,
    empty: str = UNSET,
) -> Any:
    """An input for a number; one that is optional can be emptied, and is then None.

    Streamlit brings an emptied input back to its default unless that is None, so the first value goes in by the state.
    """
    if optional and start is not None and key not in st.session_state:
        st.session_state[key] = start
    return st.number_input(
        plain(label),
        low,
        high,
        None if optional else start,
        step=step,
        format=form,
        key=key,
        help=plain(help),
        placeholder=empty,
    )


def _column(field: Field, start: Any, key: str, columns: Sequence[str]) -> Any:
    if not columns:
        return _text(field, start, key, columns)
    options = [UNSET, *dict.fromkeys([*columns, *([start] if start else [])])]
    at = options.index(start) if start in options else 0
    value = st.selectbox(plain(field.label), options, at, key=key, help=plain(field.help), format_func=visible)
    return None if value == UNSET else value


def _text(field: Field, start: Any, key: str, columns: Sequence[str]) -> Any:
    value = st.text_input(plain(field.label), start or "", field.longest, key=key, help=plain(field.help))
    return (value or "").strip() or (None if field.optional else "")


def _value(field: Field, start: Any, key: str, columns: Sequence[str]) -> Any:
    """Anything, written as in a config file: a number, a text, or `{name: formula}`."""
    text = st.text_input(plain(field.label), _spelt(start), _LONGEST, key=key, help=plain(field.help)) or ""
    try:
        value = _parsed(text)
    except ConfigError as error:
        raise ConfigError(error.what, where=field.key, advice=error.advice) from None
    if value is None and not field.optional:
        return {} if isinstance(field.default, dict) else field.default
    return value


def _parsed(text: str) -> Any:
    """What `--set key=text` would make of it.

    Raises
    ------
    ConfigError: it is no value, or one that refers to its own parts, which can grow without bound when it is written.
    """
    value = parse_overrides([f"value={text}"])["value"]
    if any(isinstance(token, (yaml.AliasToken, yaml.AnchorToken)) for token in yaml.scan(text)):
        raise ConfigError(f"{shown(text)} uses an anchor or alias", advice="write the value out")
    return value


def _spelt(value: Any) -> str:
    """The text that `_parsed` makes the value of."""
    if value is None or value == {}:
        return ""
    if isinstance(value, str):
        try:
            if _parsed(value) == value:
                return value
        except ConfigError:
            pass
    return json.dumps(value, ensure_ascii=False)


_WIDGETS: Mapping[Kind, Callable[[Field, Any, str, Sequence[str]], Any]] = {
    "switch": _switch,
    "choice": _choice,
    "choices": _choices,
    "whole": _number,
    "number": _number,
    "words": _words,
    "column": _column,
    "text": _text,
    "value": _value,
}
