"""Events of customers: who, when, for how much and of which kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import ConfigError, DataError, nearest, shown
from casestudies.tabular.checked import check
from casestudies.tabular.contract import Column, Contract
from casestudies.tabular.problems import Code, Problem, Problems
from casestudies.tabular.read import Source, Table
from casestudies.tabular.roles import Roles

DAY = 86_400 * 10**6  # microseconds
_LEVELS = 200  # kinds beyond which the column is no kind

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Events:
    """Sorted by customer, then by time.

    Parameters
    ----------
    names: (customers,) str, sorted. customer: (events,) the place of each event's customer among them.
    time: (events,) int64, microseconds since 1970 in UTC.
    amount: (events,) float64, NaN = missing; None where the table has none.
    kind: (events,) the place among `kinds`, -1 = missing; None where the table has none.
    line: (events,) the line of the file.
    notes: what was found and done, a sentence each.
    """

    names: NDArray[np.object_]
    customer: Index
    time: NDArray[np.int64]
    amount: Floats | None
    kind: Index | None
    kinds: tuple[str, ...]
    line: NDArray[np.int64]
    source: Source
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.time)

    @property
    def day(self) -> NDArray[np.int64]:
        """(events,) days since 1970, in UTC."""
        return self.time // DAY

    @property
    def first(self) -> pd.Timestamp:
        return pd.Timestamp(int(self.time.min()), unit="us")

    @property
    def last(self) -> pd.Timestamp:
        return pd.Timestamp(int(self.time.max()), unit="us")

    def where(self, kept: Mask) -> Events:
        """Some of the events; customers keep their places, also those without any."""
        return Events(
            self.names,
            self.customer[kept],
            self.time[kept],
            None if self.amount is None else self.amount[kept],
            None if self.kind is None else self.kind[kept],
            self.kinds,
            self.line[kept],
            self.source,
            self.notes,
        )

    def of_kinds(self, wanted: Sequence[str], key: str) -> Events:
        """The events of these kinds; all where none is named.

        Raises
        ------
        ConfigError: there is no column of kinds, or no such kind; the nearest are given.
        """
        if not wanted:
            return self
        if self.kind is None:
            raise ConfigError(
                "the events have no column of kinds", where=key, advice="write transactions.kind, or leave this out"
            )
        for name in wanted:
            if name not in self.kinds:
                what = f"no event is of the kind {shown(name)}"
                raise ConfigError(what, where=key, advice=nearest(name, self.kinds))
        return self.where(np.isin(self.kind, [self.kinds.index(name) for name in wanted]))


def read_events(
    table: Table,
    customer: str,
    time: str,
    amount: str | None = None,
    kind: str | None = None,
    format: str | None = None,
) -> Events:
    """A table of events, checked and sorted.

    Parameters
    ----------
    table: as the reader left it. customer, time, amount, kind: its columns. format: of the times; found where not given.

    Raises
    ------
    ConfigError: there is no such column; the nearest names are given. Or one column is named twice.
    DataError: cells that cannot be read, with their count and the first row.
    """
    asked = {"customer": customer, "time": time, "amount": amount, "kind": kind}
    there = [str(name) for name in table.frame.columns]
    for key, name in asked.items():
        if name is not None and name not in there:
            raise ConfigError(
                f"the file {table.source.name} has no column {shown(name)}",
                where=f"transactions.{key}",
                advice=nearest(name, there) or f"its columns are {', '.join(there[:8])}",
            )
    columns = {key: name for key, name in asked.items() if name is not None}
    for key, name in columns.items():
        first = next(other for other in columns if columns[other] == name)
        if first != key:
            what = f"{shown(name)} is named by transactions.{first} already"
            raise ConfigError(what, where=f"transactions.{key}", advice="name another column")
    contract = Contract(
        (
            Column("customer", "identifier", "group", missing_allowed=False),
            Column("time", "date", "time", missing_allowed=False, format=format or ""),
            *([Column("amount", "money")] if amount else []),
            *([Column("kind", "category")] if kind else []),
        ),
        extra="ignored",
    )
    checked = check(table, contract, Roles(map=columns), labelled=False)
    _in_words_of_events(checked.problems).raise_if_errors(table.source.name)
    frame = checked.frame
    _refuse_timeless(frame["time"], table, time)
    codes, names = pd.factorize(frame["customer"], sort=True)
    instants = frame["time"].to_numpy(dtype="datetime64[us]").astype(np.int64)
    order = np.lexsort((instants, codes))
    kinds: tuple[str, ...] = ()
    kind_codes = None
    if kind:
        cells = frame["kind"]
        kinds = tuple(map(str, cells.cat.categories))
        kind_codes = cells.cat.codes.to_numpy().astype(np.intp)[order]
        if len(kinds) > _LEVELS:
            raise DataError(
                f"has {len(kinds):,} values, too many for a kind of event",
                where=f"{table.source.name}, column {kind}",
                advice="name another column, or none",
            )
    said = [str(problem) for problem in checked.problems.of("warning")]
    said += _repeats(checked.problems, frame)
    return Events(
        np.asarray(names, dtype=object),
        codes[order].astype(np.intp),
        instants[order],
        frame["amount"].to_numpy(dtype=float)[order] if amount else None,
        kind_codes,
        kinds,
        np.asarray(table.lines)[order],
        table.source,
        (*table.source.notes, *said),
    )


def _refuse_timeless(instants: pd.Series, table: Table, time: str) -> None:
    """Cells such as "n/a" are read as missing, and no event is without a time."""
    missing = np.flatnonzero(instants.isna())
    if len(missing):
        at = missing[0]
        raise DataError(
            f"has {len(missing):,} of {len(instants):,} cells without a time, first in row {at + 1} (line {table.lines[at]}): "
            f"{shown(table.frame[time].iloc[at])}",
            where=f"{table.source.name}, column {time}",
            advice="fill them, or leave such rows out of the file",
        )


def _in_words_of_events(found: Problems) -> Problems:
    """The same problems with advice that names the settings of this file, not those of the main table."""
    said = Problems()
    for problem in found:
        advice = problem.advice.replace("data.read.", "transactions.read.")
        if problem.code == Code.DATE_AMBIGUOUS:
            advice = "write transactions.format: '%d/%m/%Y' or '%m/%d/%Y'"
        elif "data.dates" in advice:
            advice = "use one format, and state it: transactions.format: '%d/%m/%Y'"
        elif "data.where" in advice:
            advice = "fill or correct them, or leave such rows out of the file"
        elif "data.drop" in advice:
            advice = "clean the column, or name another one"
        said.add(replace(problem, advice=advice))
    return said


def _repeats(problems: Problems, frame: pd.DataFrame) -> list[str]:
    """Rows that repeat another one to the last cell: perhaps two purchases, perhaps one exported twice."""
    again = int(frame.duplicated().sum())
    if not again:
        return []
    rule = f"{again:,} of {len(frame):,} rows repeat another one in customer, time and all else; they are kept"
    problem = Problem(Code.DUPLICATE_ROWS, "warning", rule, "remove them if an export wrote them twice", count=again)
    problems.add(problem)
    return [str(problem)]


def days(date: object, key: str) -> int:
    """Days from 1970 to a date such as "2026-01-31".

    Raises
    ------
    ConfigError: it is none.
    """
    stamp = pd.to_datetime(str(date), errors="coerce")
    if pd.isna(stamp) or stamp.tzinfo is not None or stamp != stamp.normalize():
        raise ConfigError(f"{shown(date)} is not a date", where=key, advice="write it as 2026-01-31")
    return int(stamp.value // 10**9 // 86_400)


def dated(day: int) -> str:
    """Days since 1970 as "2026-01-31"."""
    return str((pd.Timestamp(0) + timedelta(days=int(day))).date())
