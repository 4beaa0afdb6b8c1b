"""A line of JSON as the cells of a row: what a file of text would have made of them, without looking for anything."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from casestudies.errors import DataError, one_line, shown
from casestudies.tabular import dates
from casestudies.tabular.cells import MARKS, plain
from casestudies.tabular.contract import NUMERIC, Column
from casestudies.tabular.kinds import FLAGS
from casestudies.tabular.numbers import to_numbers
from casestudies.tabular.problems import Places

LONGEST = 1_000_000  # characters of a line
LARGEST = 1e100  # number that a file may hold
_YES = {yes for _, yes in FLAGS}
_FLAGS = {**dict.fromkeys(_YES, 1.0), **{no: 0.0 for no, _ in FLAGS}}


def parsed(line: str) -> dict[str, Any]:
    """Raises a DataError where the line is no JSON object."""
    if len(line) > LONGEST:
        raise DataError(f"the line is longer than {LONGEST:,} characters", advice="write one transaction a line")
    try:
        value = json.loads(line.removeprefix("\ufeff"), parse_constant=_no_constant)
    except RecursionError:
        raise DataError(
            "is no JSON that can be read: it is nested too deep", advice="write one object a line"
        ) from None
    except ValueError as error:
        raise DataError(f"is no JSON ({one_line(str(error))[:80]})", advice="write one object a line") from None
    if not isinstance(value, dict):
        raise DataError(f"is no JSON object: {shown(line.strip())}", advice='write {"amount": 12.5, ...}')
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def folded(name: str) -> str:
    """A name without capitals, spaces and signs."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def cell(cells: Mapping[str, Any], column: Column) -> Any:
    for name in (column.name, *column.synonyms):
        if name in cells:
            return cells[name]
    return None


def typed(column: Column, value: Any, marks: Collection[str]) -> Any:
    """A value of JSON as its column's kind: a float with NaN for missing, or a datetime in UTC, a text or None.

    Raises
    ------
    DataError: it is of another kind.
    """
    if isinstance(value, (dict, list)):
        raise _wrong(column, value, "a single value")
    text = None if value is None else str(value).strip()
    if text == "" or text in marks:
        value = text = None
    if column.kind in NUMERIC:
        return _number(column, value, text)
    if column.kind == "date":
        return _instant(column, value, text)
    return None if value is None else plain(value).encode("utf-8", "replace").decode("utf-8")  # JSON allows half a sign


@lru_cache(4096)
def series(kind: str, value: str | None) -> Any:
    """(1,) a text as a checked frame holds it; levels come back, and making them anew takes half a millisecond."""
    if kind != "category":
        return pd.array([value], dtype="str")
    levels = [] if value is None else [value]
    return pd.Categorical.from_codes([len(levels) - 1], categories=pd.Index(levels, dtype="str"))


def _number(column: Column, value: Any, text: str | None) -> float:
    if text is None or text.lower() in MARKS:
        return math.nan
    if column.kind == "flag":
        flag = _FLAGS.get(plain(value).casefold())
        if flag is None:
            raise _wrong(column, value, "0 or 1")
        return flag
    found, bad = math.nan, isinstance(value, bool)
    if isinstance(value, (int, float)) and not bad:
        bad = abs(value) > LARGEST
        found = math.nan if bad else float(value)
    elif not bad:
        values, unread = to_numbers(pd.Series([text], dtype="str"))
        found, bad = float(values[0]), bool(unread[0]) or abs(values[0]) > LARGEST
    if bad:
        raise _wrong(column, value, "a number")
    return found


def _instant(column: Column, value: Any, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        if text[4:5] == "-":  # ISO 8601, which is what systems write; other formats go the slower way of files
            found = datetime.fromisoformat(text)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong(column, value, "a time that clocks can show") from None
    places = Places(np.ones(1, dtype=int), np.ones(1, dtype=int))
    read = dates.read(pd.Series([text], dtype="str"), column.name, places, format=column.format or None)
    if read.bad[0] or read.instants.isna().iloc[0]:
        raise _wrong(column, value, "a time, e.g. 2024-05-31T14:05:00")
    return read.instants.iloc[0].to_pydatetime()


def _wrong(column: Column, value: Any, wanted: str) -> DataError:
    return DataError(f"{shown(value)} is not {wanted}", where=column.synonyms[0] if column.synonyms else column.name)


def plain_value(value: Any) -> Any:
    """A cell of the output as JSON knows it."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
