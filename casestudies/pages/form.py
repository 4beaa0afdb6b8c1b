"""A form made from a study's settings: what to type, within which limits, and what is wrong with it.

The sentences and limits are those of the settings themselves, so the form, `casestudies schema` and the docs say the same.
A value that was not touched is not part of the result: defaults stay defaults, and the run's record says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from casestudies.errors import ConfigError
from casestudies.pages import inputs
from casestudies.pages.fields import Field
from casestudies.pages.plain import plain

BESIDE = 3  # inputs in a row


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
            value = inputs.read(field, start, f"{scope}:{field.key}", columns)
        except ConfigError as error:
            value = start
            slots[field.key] = st.empty()
            slots[field.key].error(plain(str(error)))
        else:
            slots[field.key] = st.empty()
        if value != default:
            told[field.key] = value
    return Answers(told, slots)


def side_by_side(
    wanted: Sequence[Field],
    values: Mapping[str, Any],
    *,
    scope: str,
    columns: Sequence[str] = (),
    defaults: Mapping[str, Any] | None = None,
) -> Answers:
    """`ask`, with the inputs in rows of three; on a narrow screen one below the other, in their order."""
    parts = []
    for first in range(0, len(wanted), BESIDE):
        for place, field in zip(st.columns(BESIDE), wanted[first : first + BESIDE], strict=False):
            with place:
                parts.append(ask([field], values, scope=scope, columns=columns, defaults=defaults))
    return merged(*parts)


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
