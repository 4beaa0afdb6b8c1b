"""What is known of items or users: their own table, checked, one row each, in the order of their numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from casestudies.errors import ConfigError, DataError, nearest, shown
from casestudies.tabular.cells import clean, spread
from casestudies.tabular.checked import check
from casestudies.tabular.contract import USABLE, Column, Contract
from casestudies.tabular.interaction_columns import NAMES
from casestudies.tabular.interactions.ids import Ids, ids_of
from casestudies.tabular.interactions.options import LIMITS, SideTable
from casestudies.tabular.interactions.sources import table_of
from casestudies.tabular.interactions.stock import in_words, pieces_of
from casestudies.tabular.mapping import words
from casestudies.tabular.problems import Code, Places, Problem, Problems
from casestudies.tabular.read import Source, Table
from casestudies.tabular.roles import Roles

Given = Path | str | pd.DataFrame

_STOCK = "stock"
_OWN = 20  # levels that a category may have however few its rows are
_WORDY = 0.5  # share of own values from which a column of words is a title


@dataclass(frozen=True, eq=False)
class Known:
    """A checked table of items or users.

    frame: (ids, columns), its index the ids, each once. columns: what each is. id: the file's column of ids, and why.
    """

    what: str
    frame: pd.DataFrame
    columns: dict[str, Column]
    id: str
    reason: str
    source: Source
    problems: Problems

    @property
    def features(self) -> tuple[str, ...]:
        """The columns a model may read, without those of one value and categories that nearly all differ."""
        usable = {n: c.kind for n, c in self.columns.items() if c.role == "feature" and c.kind in USABLE}
        count = {name: self.frame[name].nunique() for name in usable}
        most = max(_OWN, _WORDY * len(self.frame))
        return tuple(n for n, kind in usable.items() if count[n] > 1 and (kind != "category" or count[n] <= most))


def known_of(given: Given, what: str, met: pd.Index, main: str, contract: Contract, options: SideTable) -> Known:
    """The table of items or of users in a file or in memory; see `known_in`."""
    table, named = table_of(given, options.read, LIMITS, f"the table of {what}s")
    return known_in(table, what, met, main if named else "", contract, options, named=named)


def known_in(
    table: Table, what: str, met: pd.Index, main: str, contract: Contract, options: SideTable, *, named: bool = True
) -> Known:
    """The table of items or of users: one row for each id, its columns by their kinds.

    Parameters
    ----------
    what: "item" or "user". met: the ids of the interactions. main: the column they stand in there.
    contract: the columns that the study knows by name. named: whether the columns have names of their own.

    Raises
    ------
    ConfigError: a stated column is not there. DataError: no id is met in the table.
    """
    key = f"reading.{what}s"
    _stated(table, contract, options, what, key)
    frame = table.frame.drop(columns=list(options.drop))
    id_column, reason, ids = _ids(frame, what, met, main, table.source.format == "frame", options, table, key)
    if not len(met.intersection(ids.names)):
        raise _strangers(ids.names, met, what, table, id_column, key)
    problems = Problems()
    rows, said = _once(ids, id_column, what, table)
    problems.extend(_worded(problem, key) for problem in said)
    names = ids.names[ids.codes[rows]]
    rest = frame.drop(columns=[id_column]).iloc[rows]
    if not rest.shape[1]:
        return Known(what, pd.DataFrame(index=names), {}, id_column, reason, table.source, problems)
    checked = check(
        Table(rest, table.source, table.lines[rows]),
        contract,
        Roles(map={**_title(rest, contract, options, named), **_in_stock(rest, contract), **options.columns}),
        labelled=False,
        dates=options.dates,
        kinds={"category": options.categories, "number": options.numbers},
    )
    frame = checked.frame.set_axis(names, axis=0)
    found = [*checked.problems]
    if _STOCK in contract and _STOCK in checked.sources:
        column = checked.sources[_STOCK]
        cells, decimal = rest[column].reset_index(drop=True), table.source.decimal or "."
        frame[_STOCK], more = pieces_of(cells, column, decimal, checked.places)
        found += more
    problems.extend(_worded(problem, key) for problem in found)
    return Known(what, frame, checked.columns, id_column, reason, table.source, problems)


def _stated(table: Table, contract: Contract, options: SideTable, what: str, key: str) -> None:
    """Raises a ConfigError for a stated column that is not there, or a part that no such table has."""
    for part in ("drop", "dates", "categories", "numbers"):
        for column in getattr(options, part):
            _there(column, table, f"{key}.{part}")
    for name, column in options.columns.items():
        if name not in contract:
            advice = nearest(name, contract.names)
            raise ConfigError(f"the table of {what}s has no part {shown(name)}", where=key, advice=advice)
        _there(column, table, f"{key}.{name}")


def _there(column: str, table: Table, key: str) -> None:
    if column not in table.frame.columns:
        names = list(map(str, table.frame.columns))
        raise ConfigError(
            f"the file {table.source.name} has no column {shown(column)}", where=key, advice=nearest(column, names)
        )


def _ids(
    frame: pd.DataFrame, what: str, met: pd.Index, main: str, own: bool, options: SideTable, table: Table, key: str
) -> tuple[str, str, Ids]:
    """The column of ids: as stated, of the same name, by a usual name, else the one that holds most of the ids met."""
    if options.id is not None:
        _there(options.id, table, f"{key}.id")
        return options.id, f"{key}.id", _as_met(ids_of(frame[options.id], own), met)
    columns = list(map(str, frame.columns))
    usual = {words(name) for name in NAMES[what]}
    by_name = [name for name in columns if name == main] or [name for name in columns if words(name) in usual]
    best, found, most = "", None, 0
    for name in by_name or columns:
        if pd.api.types.is_bool_dtype(frame[name]) or pd.api.types.is_datetime64_any_dtype(frame[name]):
            continue
        ids = _as_met(ids_of(frame[name], own), met)
        here = len(met.intersection(ids.names))
        if here > most:
            best, found, most = name, ids, here
    if found is None:
        ids = _as_met(ids_of(frame[columns[0]], own), met)
        raise _strangers(ids.names, met, what, table, (by_name or columns)[0], key)
    return best, f"it holds {most:,} of the {len(met):,} {what}s of the interactions", found


def _as_met(ids: Ids, met: pd.Index) -> Ids:
    """Ids of the kind of the interactions': a file holds texts, where a table in memory may hold numbers."""
    if pd.api.types.is_string_dtype(met) and pd.api.types.is_integer_dtype(ids.names):
        return replace(ids, names=ids.names.astype("str"))
    return ids


def _strangers(names: pd.Index, met: pd.Index, what: str, table: Table, column: str, key: str) -> DataError:
    here, there = (shown(index[0]) if len(index) else "none" for index in (names, met))
    texts = all(pd.api.types.is_string_dtype(index) for index in (names, met))
    padded = texts and bool(met.str.lstrip("0").isin(names.str.lstrip("0")).mean() > 0.5)
    advice = "write the ids with the same leading zeros in both" if padded else f"name the column of ids in {key}.id"
    return DataError(
        f"no {what} of the interactions is in its column {shown(column)} (here {here}, there {there})",
        where=table.source.name,
        advice=advice,
    )


def _once(ids: Ids, column: str, what: str, table: Table) -> tuple[np.ndarray, Problems]:
    """The places of the rows that count: those with an id, of several with one id the last."""
    said, places = Problems(), Places(np.arange(1, len(table.lines) + 1), table.lines)
    missing = ids.codes < 0
    rule = f"is empty in {missing.sum():,} rows, which are left out"
    said.add_rows(Problem(Code.NO_ID, "warning", rule, f"fill the {what}s' ids", column), missing, places)
    again = pd.Series(ids.codes).duplicated(keep="last").to_numpy() & ~missing
    rule = f"stands again further down in {again.sum():,} rows; the last row of each {what} counts"
    problem = Problem(Code.REPEATED_ID, "warning", rule, "leave one row for each", column)
    said.add_rows(problem, again, places, table.frame[column].reset_index(drop=True))
    return np.flatnonzero(~missing & ~again), said


def _title(frame: pd.DataFrame, contract: Contract, options: SideTable, named: bool) -> dict[str, str]:
    """The title of a table without column names: the first column of words that nearly all differ."""
    if named or "title" in options.columns or "title" not in contract:
        return {}
    for name in map(str, frame.columns):
        some = clean(spread(frame[name], 500))[0].dropna()
        if len(some) and pd.api.types.is_string_dtype(some) and some.str.contains("[^\\W\\d]", regex=True).mean() > 0.9:
            return {"title": name} if some.nunique() > _WORDY * len(some) else {}
    return {}


def _in_stock(frame: pd.DataFrame, contract: Contract) -> dict[str, str]:
    """The column of the stock where it says yes or no, and so looks like no number."""
    if _STOCK not in contract or _STOCK in frame:
        return {}
    usual = {words(name) for name in contract[_STOCK].synonyms}
    found = [name for name in map(str, frame.columns) if words(name) in usual and in_words(frame[name])]
    return {_STOCK: found[0]} if found else {}


def _worded(problem: Problem, key: str) -> Problem:
    """The same fact, of which table it is, with advice in the words of this table's own settings."""
    advice = re.sub(r"data\.map: \{(\w+): <your column>\}", rf"{key}.\1: <your column>", problem.advice)
    for name in ("read", "dates", "categories", "numbers", "drop"):
        advice = advice.replace(f"data.{name}", f"{key}.{name}")
    advice = "clean the column" if "data.where" in advice else advice
    of = key.removeprefix("reading.")
    return replace(problem, advice=advice, rule=f"(of {of}) {problem.rule}" if problem.column else problem.rule)
