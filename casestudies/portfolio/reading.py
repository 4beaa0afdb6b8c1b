"""A stranger's file of prices or returns, read with every choice said; what cannot be read for certain is refused."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from casestudies.errors import DataError, shown
from casestudies.portfolio.market import DAYS, Array, Market
from casestudies.tabular import dates as instants
from casestudies.tabular.numbers import to_numbers
from casestudies.tabular.problems import Places
from casestudies.tabular.read import Table, read_table

Kind = Literal["prices", "returns", "percent"]

Mask = npt.NDArray[np.bool_]

_MISSING = (-99.99, -999.0)  # how the Fama-French files write it
_FEWEST = 24  # periods: fewer say nothing of a covariance
_WHOLE = 0.5  # of the periods must be complete; columns are given up until they are
_POSITIVE = 0.95  # share of positive numbers from which they are prices: returns are negative in a third of periods
_PERCENT = 0.15  # typical size of a return from which it is in per cent: no market moves so much a month
_GAPS = ((5.0, DAYS), (10.0, 52), (45.0, 12), (120.0, 4), (np.inf, 1))  # days between dates -> periods of a year
_JUMP = 0.5  # a move of one period that is more often a split than a market
_MONTH = re.compile(r"(?:18|19|20)\d\d(?:0[1-9]|1[0-2])")


def read_market(file: str | Path, kind: Kind | None = None) -> Market:
    """Prices or returns, a column for each asset and the dates in the first; CSV, CSV.gz, Excel or Parquet.

    Fama-French files are read as they are published: the text above is skipped, of several tables the first is taken,
    -99.99 and -999 are missing, dates may be months (192607).

    Parameters
    ----------
    kind: "prices", "returns" (fractions) or "percent" (returns in per cent); None = found, and said in `notes`.

    Raises
    ------
    DataError: no dates, or dates twice; a cell that is no number; prices that are not positive; fewer than two assets or
        24 periods; the message names line and column.
    """
    table, notes = _table(Path(file))
    if table.frame.shape[1] < 2:
        raise DataError("has one column", where=table.source.name, advice="give dates and a column for each asset")
    dates = _dates(table)
    values = _values(table)
    order = np.argsort(dates.to_numpy(), kind="stable")
    _refuse_twice(dates, order, table)
    if not np.array_equal(order, np.arange(len(order))):
        notes.append("the dates were not in order; they are now")
    names = [str(name).strip() for name in table.frame.columns[1:]]
    per_year = _per_year(dates[order])
    values, names = _alive(values[order], names, notes)
    kind = kind or _kind(values, notes)
    if kind == "prices":
        _refuse_low(values, order, names, table)
    rows, columns = _complete(values, names, dates[order], notes)
    values, names, dates = values[rows][:, columns], [names[column] for column in columns], dates[order][rows]
    if kind == "prices":
        returns, dates = values[1:] / values[:-1] - 1.0, dates[1:]
    else:
        returns = values / 100.0 if kind == "percent" else values
    returns, names = _moving(returns, names, notes)
    _refuse_returns(returns, names, dates, table)
    return Market(pd.DatetimeIndex(dates), tuple(names), returns, per_year, tuple(notes))


def _table(path: Path) -> tuple[Table, list[str]]:
    """The table, the first where a text file has several under each other."""
    try:
        content = path.read_bytes()
    except OSError:
        return read_table(path), []  # which says what is wrong with it
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError):
            return read_table(path), []
    first = None if content.startswith((b"PAR1", b"PK")) else _first_table(content)
    if first is None:
        table = read_table(path)
        return table, [note for note in table.source.notes if "preamble" in note]
    with TemporaryDirectory() as folder:
        copy = Path(folder) / path.name.removesuffix(".gz")
        copy.write_bytes(first)
        table = read_table(copy)
    left = content[len(first) :].count(b"\n")
    return table, [f"the file has several tables; the first was taken, {left:,} lines below it were left"]


def _first_table(content: bytes) -> bytes | None:
    """Up to the blank line after the first block of rows that begin with a digit; None where nothing follows it."""
    begun, place = False, 0
    for line in content.splitlines(keepends=True):
        digit = line[:1].isdigit() or line.lstrip()[:1].isdigit()
        if begun and not line.strip():
            return content[:place] if content[place:].strip() else None
        begun = begun or digit
        place += len(line)
    return None


def _dates(table: Table) -> pd.Series:
    """(rows,) of the first column, without a zone."""
    cells, name = table.frame.iloc[:, 0], str(table.frame.columns[0])
    column = f"{table.source.name}, column {shown(name)}"
    if pd.api.types.is_string_dtype(cells):
        cells = cells.str.strip()
        if cells.notna().all() and len(cells) and bool(cells.str.fullmatch(_MONTH.pattern).all()):
            return pd.to_datetime(cells, format="%Y%m") + pd.offsets.MonthEnd(0)
    if pd.api.types.is_float_dtype(cells) or (
        pd.api.types.is_string_dtype(cells) and to_numbers(cells)[0].size and not _datelike(cells)
    ):
        raise DataError("holds no dates", where=column, advice="put the dates into the first column, as 2024-03-31")
    places = Places(np.arange(1, len(cells) + 1), table.lines)
    read = instants.read(cells, name, places)
    errors = [problem for problem in read.problems if problem.severity == "error"]
    if errors:
        raise DataError(f"the dates cannot be read: {errors[0].rule}", where=column, advice=errors[0].advice)
    bad = np.flatnonzero(read.bad | read.instants.isna().to_numpy())
    if bad.size:
        value = shown(cells.iloc[bad[0]])
        raise DataError(
            f"{value} is no date", where=f"{column}, line {table.lines[bad[0]]}", advice="mend or leave it out"
        )
    return read.instants.dt.tz_localize(None).dt.normalize()


def _datelike(cells: pd.Series) -> bool:
    return instants.found_format(cells) is not None


def _values(table: Table) -> Array:
    """(rows, assets), NaN where missing."""
    columns = []
    for name in table.frame.columns[1:]:
        values, bad = to_numbers(table.frame[name], table.source.decimal or ".")
        cells = table.frame[name]
        blank = cells.astype("str").str.strip().eq("").to_numpy() if pd.api.types.is_string_dtype(cells) else False
        wrong = np.flatnonzero(bad & ~np.asarray(blank))
        if wrong.size:
            raise DataError(
                f"{shown(cells.iloc[wrong[0]])} is no number"
                + (f" ({wrong.size} such cells)" if wrong.size > 1 else ""),
                where=f"{table.source.name}, line {table.lines[wrong[0]]}, column {shown(name)}",
                advice="correct it, or leave the cell empty",
            )
        columns.append(np.where(np.isin(values, _MISSING), np.nan, values))
    return np.column_stack(columns).astype(np.float64)


def _refuse_twice(dates: pd.Series, order: npt.NDArray[np.intp], table: Table) -> None:
    ordered = dates.to_numpy()[order]
    again = np.flatnonzero(ordered[1:] == ordered[:-1])
    if again.size:
        first, second = sorted(table.lines[order[again[0] : again[0] + 2]])
        raise DataError(
            f"the date {pd.Timestamp(ordered[again[0]]):%Y-%m-%d} stands on lines {first} and {second}",
            where=table.source.name,
            advice="keep one row for each date",
        )


def _per_year(dates: pd.Series) -> int:
    if len(dates) < 2:
        return DAYS
    days = float(np.median(np.diff(dates.to_numpy()) / np.timedelta64(1, "D")))
    return next(count for limit, count in _GAPS if days <= limit)


def _alive(values: Array, names: list[str], notes: list[str]) -> tuple[Array, list[str]]:
    empty: Mask = np.asarray(np.isnan(values).all(axis=0))
    _say(notes, empty, names, lambda told: f"left out because every value is missing: {told}")
    if empty.all():
        raise DataError("every value is missing", advice="look at how the file was written")
    return values[:, ~empty], [name for name, gone in zip(names, empty, strict=True) if not gone]


def _kind(values: Array, notes: list[str]) -> Kind:
    known = values[np.isfinite(values)]
    if (known > 0).mean() >= _POSITIVE:
        notes.append("read as prices, because they are positive")
        return "prices"
    typical = float(np.median(np.abs(known)))
    kind: Kind = "percent" if typical > _PERCENT else "returns"
    unit = "in per cent" if kind == "percent" else "as fractions"
    notes.append(f"read as returns {unit}: some are negative, and their typical size is {typical:.3g}")
    return kind


def _refuse_low(values: Array, order: npt.NDArray[np.intp], names: list[str], table: Table) -> None:
    low = np.argwhere(values <= 0)
    if len(low):
        row, column = low[0]
        raise DataError(
            f"{len(low)} prices are not above 0, the first {values[row, column]:g}",
            where=f"{table.source.name}, line {table.lines[order[row]]}, column {shown(names[column])}",
            advice="leave the cell empty where there was no price, or state that these are returns",
        )


def _complete(values: Array, names: list[str], dates: pd.Series, notes: list[str]) -> tuple[Mask, list[int]]:
    """The rows where all of the columns kept have a value; columns with most gaps go until that is half of the rows."""
    missing = np.isnan(values)
    kept = list(range(len(names)))
    while len(kept) > 1 and (~missing[:, kept].any(axis=1)).mean() < _WHOLE:
        kept.remove(max(kept, key=lambda column: int(missing[:, column].sum())))
    gone = np.array([column not in kept for column in range(len(names))])
    _say(notes, gone, names, lambda told: f"left out because they have most gaps: {told}")
    rows: Mask = np.asarray(~missing[:, kept].any(axis=1))
    if not rows.all() and rows.any():
        first = f"{dates[rows].iloc[0]:%Y-%m-%d}"
        notes.append(
            f"left out {int((~rows).sum()):,} of {len(rows):,} dates on which some value is missing; the first is {first}"
        )
    return rows, kept


def _moving(returns: Array, names: list[str], notes: list[str]) -> tuple[Array, list[str]]:
    still: Mask = np.ptp(returns, axis=0) == 0 if len(returns) else np.zeros(len(names), bool)
    _say(notes, still, names, lambda told: f"left out because they never move: {told}")
    return returns[:, ~still], [name for name, gone in zip(names, still, strict=True) if not gone]


def _refuse_returns(returns: Array, names: list[str], dates: pd.Series, table: Table) -> None:
    where = table.source.name
    if len(names) < 2:
        what = f"one asset, {shown(names[0])}," if names else "no asset"
        raise DataError(f"{what} is left, and there is nothing to choose", where=where, advice="give two or more")
    if len(returns) < _FEWEST:
        raise DataError(
            f"{len(returns)} periods are left; {_FEWEST} are needed", where=where, advice="give a longer file"
        )
    impossible = np.argwhere(returns <= -1.0)
    if len(impossible):
        row, column = impossible[0]
        raise DataError(
            f"{shown(names[column])} returns {returns[row, column]:.3g} on {dates.iloc[row]:%Y-%m-%d}: more than all is lost",
            where=where,
            advice="state whether these are prices, returns, or returns in per cent",
        )


def _say(notes: list[str], which: Mask, names: list[str], sentence: Callable[[str], str]) -> None:
    gone = [shown(name) for name, flag in zip(names, which, strict=True) if flag]
    if gone:
        more = f" and {len(gone) - 5} more" if len(gone) > 5 else ""
        notes.append(sentence(", ".join(gone[:5]) + more))
