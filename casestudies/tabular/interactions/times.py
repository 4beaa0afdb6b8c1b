"""When it was: seconds since 1970 in UTC from dates of any format, or from numbers of seconds and their fractions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.tabular import dates
from casestudies.tabular.cells import clean, is_mark, is_native
from casestudies.tabular.events import days
from casestudies.tabular.interactions.draft import Draft
from casestudies.tabular.numbers import to_numbers
from casestudies.tabular.problems import Code, Problem

Seconds = NDArray[np.int64]

_UNITS = {"seconds": 1.0, "milliseconds": 1e3, "microseconds": 1e6, "nanoseconds": 1e9}  # of a second
_FROM, _TO = 1e8, 2e10  # seconds: 1973 to 2603; each unit has numbers of its own
_YYYYMMDD = (19_000_101, 21_001_231)
_MOST = 0.5  # share of rows without a time beyond which the column is no time
_KEY = "data.dates"


def times_of(draft: Draft, formats: Mapping[str, str], today: str | None) -> Seconds | None:
    """(rows,) seconds since 1970; rows without a time are left out and counted. None where there are no times.

    Parameters
    ----------
    formats: {column: its format}. today: dates after it are questioned.
    """
    if today is not None:
        days(today, "reading.today")  # raises where it is no date
    before = len(draft.problems.errors)
    if "time" not in draft:
        rule = "there are no times: no split by time, no recency, and the later of two ratings is the lower row"
        draft.say(Code.NO_TIMES, rule, "write data.time if a column holds them")
        return None
    cells, _ = clean(draft.cells("time"))
    column = draft.columns["time"]
    format = formats.get(column)
    said = format or ""
    unit = _counted(draft, cells) if format is None else format if format in _UNITS else None
    if unit is not None and not pd.api.types.is_datetime64_any_dtype(cells):
        said, format = f"{unit} since 1970", None
        text = cells if is_native(cells) else cells.mask(is_mark(cells))
        values, bad = to_numbers(text)
        draft.leave_few_out(bad, Code.NOT_A_DATE, f"are not {unit} since 1970", "correct them", role="time")
        cells = _instants(values, _UNITS[unit])
    if len(draft.problems.errors) > before:
        return None
    found = dates.read(cells, column, draft.places, format=format, today=today)
    for problem in found.problems:
        if problem.code is not Code.DATE_FORMAT or problem.severity != "note":
            draft.problems.add(_worded(problem))
    if len(draft.problems.errors) > before:
        return None
    advice = "correct them, or write data.dates"
    draft.leave_few_out(found.bad, Code.NOT_A_DATE, f"are not times ({said or found.format})", advice, role="time")
    if len(draft.problems.errors) > before or not draft.left:
        return None
    missing = np.asarray(found.instants.isna())
    if (missing & draft.kept).sum() > _MOST * draft.left:
        rule = f"has no time in {(missing & draft.kept).sum():,} of {draft.left:,} rows"
        draft.say(
            Code.MISSING,
            rule,
            "name another column in data.time, or leave this one out with data.drop",
            role="time",
            severity="error",
        )
        return None
    draft.leave_out(
        missing, Code.MISSING, "are without a time", "fill them, or leave the column out with data.drop", role="time"
    )
    seconds = found.instants.to_numpy(dtype="datetime64[us]").astype(np.int64) // 10**6
    return _told(draft, seconds, said or found.format or "as the file types them")


def _told(draft: Draft, seconds: Seconds, said: str) -> Seconds | None:
    """The times, with their range said; None where they are all one."""
    low, high = (pd.Timestamp(int(end(seconds[draft.kept])), unit="s") for end in (np.min, np.max))
    if low == high:
        rule = f"is {low} in every row: that tells no order, and it is not used"
        draft.say(
            Code.NO_TIMES, rule, "name another column in data.time", role="time", severity="warning", count=draft.left
        )
        return None
    whole = bool((seconds[draft.kept] % 86_400 == 0).all())
    rule = f"goes from {low:%Y-%m-%d} to {high:%Y-%m-%d}, read as {said}"
    rule += "; all are whole days, within which the order of the rows counts" if whole else ""
    draft.say(Code.TIME_RANGE, rule, f"if that is wrong write {_KEY}", role="time", count=draft.left)
    return seconds


def _counted(draft: Draft, cells: pd.Series) -> str | None:
    """The unit that numbers count from 1970; None for dates. Numbers of no unit, or of two, are an error."""
    if pd.api.types.is_datetime64_any_dtype(cells) or pd.api.types.is_bool_dtype(cells):
        return None
    text = cells if is_native(cells) else cells.mask(is_mark(cells))
    values, bad = to_numbers(text)
    there = ~np.isnan(values) & draft.kept
    if not there.any() or (bad & draft.kept).sum() > 0.01 * draft.left:
        return None
    low, high = float(values[there].min()), float(values[there].max())
    if _YYYYMMDD[0] <= low and high <= _YYYYMMDD[1] and (np.mod(values[there], 1) == 0).all():
        return None  # 20240331 is a date
    fits = [unit for unit, size in _UNITS.items() if _FROM * size < high < _TO * size]
    column = draft.columns["time"]
    state = f"write {_KEY}: {{{column}: seconds}}, milliseconds or days"
    if not fits:
        rule = f"holds numbers from {low:g} to {high:g}, which are no seconds since 1970"
        draft.say(Code.DATE_FORMAT, rule, state, role="time", severity="error", count=draft.left)
        return None
    size = _UNITS[fits[0]]
    other = there & (values < _FROM * size / 10) & (values != 0)
    if other.any() and size > 1 and (values[other] > _FROM).all():
        rule = f"mixes {fits[0]} with numbers of another unit"
        problem = Problem(Code.DATE_MIXED, "error", rule, "bring one unit in all rows", column)
        draft.problems.add_rows(problem, other, draft.places, draft.cells("time"))
    return fits[0]


def _instants(values: NDArray[np.float64], size: float) -> pd.Series:
    micro = np.full(len(values), np.iinfo(np.int64).min)  # NaT
    there = np.isfinite(values)
    micro[there] = np.round(values[there] * (1e6 / size)).astype(np.int64)
    return pd.Series(micro.view("datetime64[us]")).dt.tz_localize("UTC")


def _worded(problem: Problem) -> Problem:
    """Advice in the words of this reader."""
    return replace(
        problem, advice=problem.advice.replace("with data.where", "with data.where, or name another data.time")
    )
