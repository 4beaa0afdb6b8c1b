"""Dates and times: one format for a column, one zone for all, kept in UTC; what is ambiguous is refused.

Readers that guess a format for each cell turn 03/04/2024 into April in one row and March in the next. Here one format,
found from evidence (a day above 12) or stated, must read the whole column.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from casestudies.errors import ConfigError, shown
from casestudies.tabular.cells import is_mark, is_native, spread
from casestudies.tabular.problems import Code, Places, Problem, Severity

COUNTED = {"seconds": 1.0, "milliseconds": 1e-3, "days": 86_400.0}  # in seconds, since 1970 or whatever they begin with
ISO = "ISO8601"  # pandas' name for the family 2024-03-31, 2024-03-31T10:00, 2024-03-31 10:00:00.5+02:00
UTC = "datetime64[us, UTC]"
_ISO_CELL = r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?"
_OFFSET = r"[T ]\d{1,2}:\d{2}.*?(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})$"
_DATES = (
    "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y",
    "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y",
    "%d %b %Y", "%d-%b-%Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%y",
)  # fmt: skip
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")
_TWINS = (("%d/%m", "%m/%d"), ("%d-%m", "%m-%d"))  # dots are day first wherever they are used
_ENOUGH = 0.99  # share of distinct cells one format must read
_LAST = "2100-01-01"  # later dates are taken for a mistake or a code even when "today" is not given
_FAR = 9e9  # seconds: the year 2255
_KEY = "data.dates"


@dataclass(frozen=True)
class Dates:
    """A column of instants.

    Parameters
    ----------
    instants: (rows,) datetime64[us, UTC]; NaT = missing or unreadable.
    bad: (rows,) bool, cells that the format does not read.
    format: the one that was found or stated; empty for native dates and where there is none.
    problems: what has to be said of the whole column; an error among them leaves all `instants` NaT.
    """

    instants: pd.Series
    bad: np.ndarray
    format: str
    problems: tuple[Problem, ...]


def read(
    cells: pd.Series, column: str, places: Places, *, format: str | None = None, today: str | None = None
) -> Dates:
    """Read a cleaned column as instants in UTC; times without a zone are taken as UTC, and that is said.

    Parameters
    ----------
    cells: (rows,) text, whole numbers such as 20240331, or native dates of a Parquet file.
    column: its name in the file, for the messages.
    format: the one format (strptime's signs, "ISO8601", or a name of `COUNTED`); None = found.
    today: the date after which dates are in the future ("2026-01-31"); None = only dates after 2100 are questioned.

    Returns
    -------
    Dates. What cannot be read by one format, mixes day and month, or mixes times with and without a zone comes back
    as an error among the problems, which names the first rows and what to write.
    """
    if pd.api.types.is_datetime64_any_dtype(cells):
        instants, said = _native(cells, column)
        return Dates(instants, np.zeros(len(cells), dtype=bool), "", (*said, *_future(instants, column, places, today)))
    held = _Distinct.of(cells, column, places)
    try:
        chosen = _stated(format) if format else _found(held)
        zone = _zones(held)
    except _Unclear as unclear:
        nothing = pd.Series(pd.NaT, index=cells.index, dtype=UTC)
        return Dates(nothing, np.zeros(len(cells), dtype=bool), "", (unclear.problem,))
    parsed = _parse(held.text, chosen)
    unread = np.append(np.asarray(parsed.isna() & held.text.notna()), False)[held.codes]
    lookup = pd.concat([parsed, pd.Series([pd.NaT], dtype=UTC)], ignore_index=True)
    instants = lookup.take(held.codes).set_axis(cells.index)
    said = [held.says(Code.DATE_FORMAT, f"is read as dates by the format {chosen}"), *zone]
    if "%y" in chosen:
        rule = "has years of two digits, read as 1969 to 2068"
        said.append(held.says(Code.DATE_YEARS, rule, "write years with four digits", severity="warning"))
    if not zone and _has_hours(instants):
        said.append(held.says(Code.DATE_ZONE, "states no time zone: its times are taken as UTC"))
    return Dates(instants, unread, chosen, (*said, *_future(instants, column, places, today)))


def found_format(cells: pd.Series) -> str | None:
    """A format that reads at least 99 % of a sample of the column; None when there is none."""
    text = pd.Series(spread(cells, 200).unique(), dtype="str")
    ranked = _ranked(text)
    return ranked[0][1] if ranked and ranked[0][0] >= _ENOUGH else None


class _Unclear(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


@dataclass(frozen=True)
class _Distinct:
    """The distinct cells of a column, so that each is read once, and where each stands first."""

    name: str
    text: pd.Series
    codes: np.ndarray
    places: Places

    @classmethod
    def of(cls, cells: pd.Series, name: str, places: Places) -> _Distinct:
        codes, distinct = pd.factorize(cells)
        text = pd.Series(distinct).astype("str")
        if is_native(cells):
            text = text.str.replace(r"\.0$", "", regex=True)  # a whole number that shared its column with a missing one
        return cls(name, text.mask(is_mark(text)), codes, places)

    def says(
        self, code: Code, rule: str, advice: str = "", *, severity: Severity = "note", cell: int | None = None
    ) -> Problem:
        if cell is None:
            return Problem(code, severity, rule, advice, self.name, count=len(self.codes))
        row, line = self.places.of(int(np.flatnonzero(self.codes == cell)[0]))
        return Problem(code, severity, rule, advice, self.name, row, line, self.text[cell])

    def where(self, cell: int) -> str:
        return f"row {self.places.of(int(np.flatnonzero(self.codes == cell)[0]))[0]} {shown(self.text[cell])}"


def _native(cells: pd.Series, column: str) -> tuple[pd.Series, list[Problem]]:
    """Dates that Parquet typed already; without a zone they are taken as UTC, and that is said."""
    if cells.dt.tz is not None:
        return cells.dt.tz_convert("UTC").astype(UTC), []
    instants = cells.dt.tz_localize("UTC").astype(UTC)
    rule = "states no time zone: its times are taken as UTC"
    said = [Problem(Code.DATE_ZONE, "note", rule, column=column, count=len(cells))] if _has_hours(instants) else []
    return instants, said


def _has_hours(instants: pd.Series) -> bool:
    return bool((instants.dt.normalize() != instants).where(instants.notna(), False).any())


def _future(instants: pd.Series, column: str, places: Places, today: str | None) -> list[Problem]:
    limit = today or _LAST
    late = np.flatnonzero(instants > pd.Timestamp(limit, tz="UTC"))
    if not late.size:
        return []
    row, line = places.of(int(late[0]))
    rule, value = f"has {late.size} dates after {limit}", str(instants.iloc[late[0]])
    advice = "correct them, or leave such rows out with data.where"
    return [Problem(Code.DATE_FUTURE, "warning", rule, advice, column, row, line, value, int(late.size))]


def _stated(format: str) -> str:
    """A format from the config, if it holds a whole date."""
    day = datetime(2024, 3, 31)
    if format == ISO or format in COUNTED or _reads(day.strftime(format), format, day):
        return format
    advice = "write for example '%d/%m/%Y', ISO8601, or seconds for numbers of them"
    raise ConfigError(f"{shown(format)} is not a date format", where=_KEY, advice=advice)


def _parse(text: pd.Series, format: str) -> pd.Series:
    """Distinct cells as instants; NaT where the format does not read them."""
    if format in COUNTED:
        seconds = pd.to_numeric(text, errors="coerce").astype("float64") * COUNTED[format]
        return pd.to_datetime(seconds.where(seconds.abs() < _FAR), unit="s", utc=True).dt.as_unit("us")
    if format in (ISO, "%Y%m%d"):  # both readers take less than a whole date: 2024, 2024123
        text = text.where(text.str.fullmatch(_ISO_CELL if format == ISO else r"\d{8}").fillna(False).astype(bool))
    return pd.to_datetime(text, format=format, errors="coerce", utc=True).dt.as_unit("us")


def _ranked(text: pd.Series) -> list[tuple[float, str]]:
    """(share read, format) of the known formats that read any of the first cells, best first."""
    probes = [probe for probe in text.dropna().head(5) if sum(c.isdigit() for c in probe) >= 4]
    formats = [ISO] if any(probe[:4].isdigit() and probe[4:5] == "-" for probe in probes) else []
    formats += [day + time for day in _DATES for time in _TIMES if any(_reads(probe, day + time) for probe in probes)]
    shares = [(float(_parse(text, format).notna().sum() / max(text.notna().sum(), 1)), format) for format in formats]
    return sorted(shares, key=lambda pair: -pair[0])


def _reads(cell: str, format: str, day: datetime | None = None) -> bool:
    try:
        found = datetime.strptime(cell, format)
    except ValueError:
        return False
    return day is None or found == day


def _twin(format: str) -> str | None:
    """The format with day and month exchanged, where both are in use."""
    for one, other in _TWINS:
        if one in format or other in format:
            return format.replace(one, other) if one in format else format.replace(other, one)
    return None


def _found(held: _Distinct) -> str:
    """The one format of the column, by evidence; _Unclear when there is none or more than one."""
    text = held.text
    ranked = _ranked(pd.Series(spread(text, 200).to_numpy(), dtype="str"))
    if not ranked:
        cells = np.flatnonzero(text.notna())
        first = int(cells[0]) if cells.size else None
        raise _Unclear(_unread(held, first, "is not a column of dates in a known format"))
    chosen = _apart(held, ranked[0][1])
    read = _parse(text, chosen)
    missed = np.flatnonzero(read.isna() & text.notna())
    if missed.size > (1 - _ENOUGH) * text.notna().sum():
        rule = f"has {missed.size} of {text.notna().sum()} distinct cells that {chosen} does not read"
        raise _Unclear(_unread(held, int(missed[0]), rule))
    return chosen


def _unread(held: _Distinct, cell: int | None, rule: str) -> Problem:
    counted = pd.to_numeric(held.text, errors="coerce").notna().all()
    format = "seconds" if counted else "'%d/%m/%Y'"
    advice = f"use one format, and state it: {_KEY}: {{{held.name}: {format}}}"
    return held.says(Code.DATE_FORMAT, rule, advice, severity="error", cell=cell)


def _apart(held: _Distinct, format: str) -> str:
    """Day first or month first: whichever of the two the cells give evidence for; _Unclear without, or with both."""
    twin = _twin(format)
    if twin is None:
        return format
    here, there = _parse(held.text, format), _parse(held.text, twin)
    only_here = np.flatnonzero(here.notna() & there.isna())
    only_there = np.flatnonzero(here.isna() & there.notna())
    if only_here.size and only_there.size:
        rule = f"mixes {format} ({held.where(int(only_here[0]))}) and {twin} ({held.where(int(only_there[0]))})"
        raise _Unclear(held.says(Code.DATE_MIXED, rule, "write all its dates in one format", severity="error"))
    differ = np.flatnonzero(here.notna() & (here != there))
    if differ.size and not only_here.size and not only_there.size:
        rule = "does not tell day from month: no day is above 12"
        advice = f"write {_KEY}: {{{held.name}: '{format}'}} or {{{held.name}: '{twin}'}}"
        raise _Unclear(held.says(Code.DATE_AMBIGUOUS, rule, advice, severity="error", cell=int(differ[0])))
    return twin if only_there.size else format


def _zones(held: _Distinct) -> list[Problem]:
    """What to say of stated zones; several are exact too, and all go to UTC. _Unclear when only some state one."""
    offsets = held.text.str.extract(_OFFSET, expand=False)
    stated = np.flatnonzero(offsets.notna())
    if not stated.size:
        return []
    bare = np.flatnonzero(offsets.isna() & held.text.notna())
    if bare.size:
        rule = f"mixes times with a zone ({held.where(int(stated[0]))}) and without ({held.where(int(bare[0]))})"
        problem = held.says(Code.DATE_MIXED, rule, "state the zone in every row, or in none", severity="error")
        raise _Unclear(problem)
    names = sorted(set(offsets.dropna()))
    several = ", ".join(names[:4]) + (" and more" if len(names) > 4 else "")
    return [held.says(Code.DATE_ZONE, f"states its time zone ({several}) and is brought to UTC")]
