"""A form made from a study's settings: what to type, within which limits, and what is wrong with it.

The sentences and limits are those of the settings themselves, so the form, `casestudies schema` and the docs say the same.
A value that was not touched is not part of the result: defaults stay defaults, and the run's record says so.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

import streamlit as st
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from casestudies.errors import ConfigError
from casestudies.pages.plain import plain
from casestudies.report import visible
from casestudies.workflow.sections import MODELS
from casestudies.workflow.settings import Section

Kind = Literal["switch", "choice", "choices", "whole", "number", "words", "column", "text", "value"]
_LABEL = 70  # characters
UNSET = "not set"


@dataclass(frozen=True)
class Field:
    """One setting as a form shows it.

    Parameters
    ----------
    key: dotted ("cost.fn"). sentence: what it means, from the settings.
    kind: which input: a switch, one or several of `options`, a number within `low` and `high`, words (a list of
        texts), a column of the table, a text, or any value, written as in a config file.
    optional: None is a value.
    """

    key: str
    sentence: str
    kind: Kind
    default: Any
    basic: bool
    optional: bool
    options: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    longest: int | None = None

    @property
    def label(self) -> str:
        """The sentence's beginning where it names the thing, else the key: "decide: rule"."""
        first = re.split(r"[;(,]|\.(?:\s|$)", self.sentence)[0].strip()
        if first[:1].isupper() and " " in first and ":" not in first and len(first) <= _LABEL:
            return first
        return ": ".join(self.key.split(".")).replace("_", " ").capitalize()

    @property
    def help(self) -> str:
        return f"{self.sentence} In a config file: {self.key}."


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[Field]:
    """Every leaf of the settings, in their order."""
    for name, told in model.model_fields.items():
        inner = told.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            yield from fields(inner, f"{prefix}{name}.")
        else:
            yield _field(f"{prefix}{name}", told)


def _field(key: str, told: FieldInfo) -> Field:
    kind, options, optional = _kind(told.annotation)
    if kind == "text" and (told.description or "").startswith("Column "):  # the settings' word for a column's name
        kind = "column"
    rules = {
        name: getattr(rule, name) for rule in told.metadata for name in ("gt", "ge", "lt", "le") if hasattr(rule, name)
    }
    longest = next((rule.max_length for rule in told.metadata if hasattr(rule, "max_length")), None)
    extra = told.json_schema_extra if isinstance(told.json_schema_extra, dict) else {}
    default = told.get_default(call_default_factory=True)
    return Field(
        key,
        told.description or "",
        kind,
        None if default is PydanticUndefined else default,
        bool(extra.get("basic")),
        optional,
        options,
        rules.get("ge", rules.get("gt")),
        rules.get("le", rules.get("lt")),
        longest,
    )


def _kind(annotation: Any) -> tuple[Kind, tuple[str, ...], bool]:
    """(which input, its options, whether None is a value)."""
    union = get_origin(annotation) in (Union, types.UnionType)
    parts = get_args(annotation) if union else (annotation,)
    optional = type(None) in parts
    parts = tuple(part for part in parts if part is not type(None))
    one = parts[0] if len(parts) == 1 else None
    if one is bool:
        return "switch", (), optional
    if one is int:
        return "whole", (), optional
    if one is float:
        return "number", (), optional
    if one is str:
        return "text", (), optional
    if get_origin(one) is Literal and all(isinstance(option, str) for option in get_args(one)):
        return "choice", get_args(one), optional
    if get_origin(one) is list:
        (inner,) = get_args(one)
        return ("choices", get_args(inner), optional) if get_origin(inner) is Literal else ("words", (), optional)
    return "value", (), optional


def ask(
    wanted: Iterable[Field],
    values: Mapping[str, Any],
    *,
    scope: str,
    columns: Sequence[str] = (),
    defaults: Mapping[str, Any] | None = None,
) -> Answers:
    """Show the inputs and read them.

    Parameters
    ----------
    values: dotted key -> value to begin with, beside the defaults.
    scope: what the answers belong to (an upload's hash, say); another scope starts anew.
    columns: names to offer where a setting takes column names.
    defaults: dotted key -> default, where the data have defaults of their own (the demo).
    """
    told, slots = {}, {}
    for field in wanted:
        default = (defaults or {}).get(field.key, field.default)
        start = values.get(field.key, default)
        try:
            value = _input(field, start, f"{scope}:{field.key}", columns)
        except ConfigError as error:
            value = start
            slots[field.key] = st.empty()
            slots[field.key].error(plain(str(error)))
        else:
            slots[field.key] = st.empty()
        if value != default:
            told[field.key] = value
    return Answers(told, slots)


@dataclass(frozen=True, eq=False)
class Answers:
    """What was typed, by dotted key and only where it is not the default, and a place below each input."""

    values: dict[str, Any]
    slots: dict[str, Any]

    def complain(self, error: ConfigError) -> bool:
        """Show an error below the input it is about; False when it is about none of these."""
        named = [key for key in self.slots if re.search(rf"(^|[ ,.]){re.escape(key)}($|[ ,.])", error.where)]
        for key in named[-1:]:
            self.slots[key].error(plain(str(error)))
        return bool(named)


def merged(*answers: Answers) -> Answers:
    """The answers of several parts of one form."""
    return Answers(
        {key: value for part in answers for key, value in part.values.items()},
        {key: slot for part in answers for key, slot in part.slots.items()},
    )


def flat(values: Mapping[str, Any], leaves: Collection[str], prefix: str = "") -> dict[str, Any]:
    """Nested settings by dotted key; what is not a leaf of the settings stays under the key it stands at."""
    out: dict[str, Any] = {}
    for name, value in values.items():
        key = f"{prefix}{name}"
        if key not in leaves and isinstance(value, Mapping) and any(leaf.startswith(f"{key}.") for leaf in leaves):
            out |= flat(value, leaves, f"{key}.")
        else:
            out[key] = value
    return out


def _input(field: Field, start: Any, key: str, columns: Sequence[str]) -> Any:
    """The widget of one field, and what it says."""
    return _WIDGETS[field.kind](field, start, key, columns)


def _switch(field: Field, start: Any, key: str, columns: Sequence[str]) -> Any:
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
    """Anything, written as in a config file: a number, a text, or `name: formula`."""
    text = st.text_input(plain(field.label), _spelt(start), key=key, help=plain(field.help)) or ""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        raise ConfigError(f"{text[:60]!r} is not a value", where=field.key, advice="put it in quotes") from None
    if value is None and not field.optional:
        return {} if isinstance(field.default, dict) else field.default
    return value


def _spelt(value: Any) -> str:
    if value is None or value == {}:
        return ""
    return value if isinstance(value, str) and yaml.safe_load(value) == value else json.dumps(value, ensure_ascii=False)


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
