"""A study's settings as fields of a form: each leaf with its sentence, its limits and the kind of input it wants."""

from __future__ import annotations

import re
import types
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from casestudies.workflow.settings import Section

Kind = Literal["switch", "choice", "choices", "whole", "number", "words", "column", "text", "value"]
_LABEL = 80  # characters


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
        if get_origin(inner) is Literal:
            return "choices", get_args(inner), optional
        return "words" if inner is str else "value", (), optional
    return "value", (), optional


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
