"""Columns of a test file, each refused with one line that says what to do."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import ConfigError, DataError, nearest, shown
from casestudies.recommendation.experiments.experiment import Factor
from casestudies.tabular import dates
from casestudies.tabular.cells import clean, coded, is_mark, is_native, plain
from casestudies.tabular.kinds import FLAGS, is_flag
from casestudies.tabular.numbers import to_numbers
from casestudies.tabular.problems import Places
from casestudies.tabular.read import Table

Floats = NDArray[np.float64]
Value = str | int | float | bool

_AS_BEFORE = ("control", "off", "no", "0", "false", "old", "current", "none", "hidden", "popularity", "a")
_MOST_LEVELS = 12
_MOST = 1e50  # of an amount


def texts(table: Table, name: str, key: str) -> pd.Series:
    """A column without outer spaces, blank cells missing; numbers and truth values of a frame stay as they are.

    Raises
    ------
    ConfigError: there is no such column; the nearest names are given.
    """
    there = [str(column) for column in table.frame.columns]
    if name not in there:
        what = f"{table.source.name} has no column {shown(name)}"
        raise ConfigError(what, where=f"experiments.{key}", advice=nearest(name, there))
    return clean(table.frame.iloc[:, there.index(name)])[0]


def names_of(cells: pd.Series) -> tuple[NDArray[np.intp], int]:
    """(rows,) the number of each unit, -1 = without a name; and how many units there are."""
    codes, names = pd.factorize(cells if is_native(cells) else cells.astype("str").mask(cells.isna()))
    return codes.astype(np.intp), len(names)


def factor_of(
    cells: pd.Series, name: str, control: Mapping[str, Value], where: str
) -> tuple[Factor, NDArray[np.intp], str]:
    """The factor in a column, (rows,) each row's level, -1 = missing, and what was taken as "as before", in a sentence.

    Raises
    ------
    ConfigError: the named control is no value of it. DataError: it has one value, or too many to be arms.
    """
    codes, levels = coded(cells)
    where = f"{where}, column {name}"
    if len(levels) < 2:
        held = f"holds only {shown(levels[0])}" if levels else "is empty"
        raise DataError(
            f"{held}, and a test has two arms or more", where=where, advice="name another column in experiments.arms"
        )
    if len(levels) > _MOST_LEVELS:
        what = f"has {len(levels):,} values, too many for arms"
        raise DataError(what, where=where, advice="name the column that says the arm in experiments.arms")
    said = ""
    if name in control:
        first = plain(control[name])
        if first not in levels:
            what = f"{shown(control[name])} is no value of {shown(name)}"
            raise ConfigError(what, where=f"experiments.control.{name}", advice=nearest(first, levels))
    else:
        lower = {level.casefold(): level for level in reversed(levels)}
        first = next((lower[word] for word in _AS_BEFORE if word in lower), levels[0])
        said = f"{shown(first)} of {shown(name)} is taken as what was there before; else write experiments.control."
    ordered = (first, *(level for level in levels if level != first))
    place = np.array([ordered.index(level) for level in levels] + [-1])
    return Factor(name, ordered), place[codes], said


def outcome_of(cells: pd.Series, name: str, success: Value | None, decimal: str, where: str) -> tuple[Floats, bool]:
    """(rows,) the outcome, NaN = missing; and whether it is 0/1.

    Raises
    ------
    ConfigError: `success` is no value of it. DataError: it is neither 0/1, yes/no nor numbers.
    """
    where = f"{where}, column {name}"
    codes, levels = coded(cells)
    if success is not None:
        wanted = plain(success)
        if wanted not in levels:
            what = f"{shown(success)} is no value of {shown(name)}"
            raise ConfigError(what, where="experiments.success", advice=nearest(wanted, levels))
        return np.where(codes < 0, np.nan, codes == levels.index(wanted)), True
    if is_flag(set(levels)) or pd.api.types.is_bool_dtype(cells):
        yes = {word for pair in FLAGS for word in pair[1:]}
        worth = np.array([float(level.casefold() in yes) for level in levels] + [np.nan])
        return worth[codes], True
    if len(levels) == 2 and to_numbers(pd.Series(levels, dtype="str"), decimal)[1].any():
        told = f"holds {shown(levels[0])} and {shown(levels[1])}, and which of them is success is not said"
        raise DataError(told, where=where, advice="write it in experiments.success")
    values = numbers(cells, decimal, where)
    return values, bool(np.isin(values[~np.isnan(values)], (0.0, 1.0)).all())


def numbers(cells: pd.Series, decimal: str, where: str) -> Floats:
    """(rows,) numbers, NaN = missing.

    Raises
    ------
    DataError: cells that are not numbers, or too large for their squares to be summed, with their count, the first row and what it holds.
    """
    if pd.api.types.is_datetime64_any_dtype(cells):
        raise DataError("holds dates, and numbers are wanted", where=where, advice="name a column of numbers")
    if not is_native(cells):
        cells = cells.mask(is_mark(cells))
    values, bad = to_numbers(cells, decimal)
    if bad.any():
        at = int(np.argmax(bad))
        advice = "clean the column"
        if "," in str(cells.iloc[at]) and decimal == ".":
            advice = "write data.read.decimal: ',' or clean the column"
        told = f"has {int(bad.sum()):,} of {len(bad):,} cells that are not numbers, first in row {at + 1}: {shown(cells.iloc[at])}"
        raise DataError(told, where=where, advice=advice)
    if (large := np.abs(values) > _MOST).any():
        told = f"has {int(large.sum()):,} of {len(large):,} cells with numbers beyond {_MOST:.0e}, first in row {int(np.argmax(large)) + 1}"
        raise DataError(told, where=where, advice="correct them, or count in larger units")
    return values


def seconds_of(cells: pd.Series, name: str, table: Table, format: str | None) -> NDArray[np.int64]:
    """(rows,) seconds since 1970 in UTC.

    Raises
    ------
    DataError: a time that is missing, or cannot be read in one format.
    """
    places = Places(np.arange(1, len(cells) + 1), np.asarray(table.lines))
    found = dates.read(cells, name, places, format=format)
    where = f"{table.source.name}, column {name}"
    for problem in found.problems:
        if problem.severity == "error":
            advice = "state its one format, e.g. experiments.format: '%d/%m/%Y'"
            raise DataError(problem.rule, where=where, advice=advice)
    missing = np.asarray(found.instants.isna())
    if missing.any():
        at = int(np.argmax(missing))
        told = f"has {int(missing.sum()):,} of {len(cells):,} cells that are no times, first in row {at + 1}: {shown(cells.iloc[at])}"
        raise DataError(told, where=where, advice="correct them, or leave experiments.time out")
    return found.instants.to_numpy(dtype="datetime64[s]").astype(np.int64)
