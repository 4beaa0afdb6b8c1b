"""A stranger's table against a contract: typed columns, the label, and every problem in one pass."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from casestudies.errors import ConfigError, DataError, shown
from casestudies.tabular import kinds as inferring
from casestudies.tabular import labels, mapping
from casestudies.tabular.contract import USABLE, Column, Contract, Kind, Role
from casestudies.tabular.convert import Converter
from casestudies.tabular.problems import Code, Places, Problem, Problems
from casestudies.tabular.read import Limits, Source, Table
from casestudies.tabular.roles import Roles
from casestudies.tabular.slots import KIND_KEYS, Slot, laid_out

if TYPE_CHECKING:
    from casestudies.tabular.totals import Totals


@dataclass(frozen=True)
class Checked:
    """A table whose columns have a kind and a role, and what was found on the way.

    Parameters
    ----------
    frame: (rows, columns) typed as `Converter.typed` says, under contract names where a column has one; index 0, 1, ...
    y: (rows,) float64, 1 = the event; None for rows without labels, or when the label is not clear (see `problems`).
    columns: what each column of `frame` is.
    sources: {name in `frame`: the analyst's name}.
    inferred: names of `columns` whose kind no contract stated and the cells told.
    problems: errors, warnings and notes; `problems.raise_if_errors(source.name)` stops a run.
    places: where the rows stand in the file.
    totals: of all rows of the file, where `frame` is a sample of them; else None.
    made: names of columns that a study made from the others, or from further files; no file has them.
    """

    frame: pd.DataFrame
    y: np.ndarray | None
    columns: dict[str, Column]
    sources: dict[str, str]
    inferred: frozenset[str]
    problems: Problems
    places: Places
    source: Source
    totals: Totals | None = None
    made: frozenset[str] = frozenset()

    @property
    def kinds(self) -> dict[str, Kind]:
        return {name: column.kind for name, column in self.columns.items()}

    @property
    def roles(self) -> dict[str, Role]:
        return {name: column.role for name, column in self.columns.items()}

    @property
    def features(self) -> list[str]:
        """The columns a model may read: in the role of a feature, of a kind it can use, known at the decision."""
        return [
            name
            for name, c in self.columns.items()
            if c.role == "feature" and c.kind in USABLE and c.known == "at decision"
        ]

    def in_role(self, role: Role) -> list[str]:
        return [name for name, column in self.columns.items() if column.role == role]

    def without(self, names: Iterable[str]) -> Checked:
        """The same table with these columns no longer features; they stay for costs, groups and the record."""
        gone = set(names)
        columns = {n: replace(c, role="dropped") if n in gone else c for n, c in self.columns.items()}
        return replace(self, columns=columns)

    def with_made(self, frame: pd.DataFrame, columns: Iterable[Column]) -> Checked:
        """The same table with columns that a study made from it; `made` lists them.

        Parameters
        ----------
        frame: (rows, made columns), typed as `columns` say, in the order of the rows.

        Raises
        ------
        DataError: a column of that name is there already.
        """
        new = {column.name: column for column in columns}
        for name in new:
            if name in self.columns or name in self.sources.values():
                raise DataError(
                    f"the file has a column {shown(name)}, which is the name of a column that is made",
                    where=self.source.name,
                    advice="rename it",
                )
        return replace(
            self,
            frame=pd.concat([self.frame, frame[list(new)].set_axis(self.frame.index)], axis=1),
            columns={**self.columns, **new},
            sources={**self.sources, **{name: name for name in new}},
            made=self.made | set(new),
        )

    def frozen(self) -> Contract:
        """The contract new rows are read by: every kind as it was found here, nothing inferred again."""
        asked = []
        for name, column in self.columns.items():
            if column.role != "target":
                also = () if self.sources[name] == name else (self.sources[name],)
                asked.append(replace(column, required=False, synonyms=(*also, *column.synonyms)))
        return Contract(tuple(asked), extra="ignored")


def check(
    table: Table,
    contract: Contract,
    roles: Roles,
    *,
    labelled: bool = True,
    dates: Mapping[str, str] | None = None,
    kinds: Mapping[Kind, Sequence[str]] | None = None,
    today: str | None = None,
) -> Checked:
    """Read every column by its kind, and the label; problems are collected, not raised.

    Parameters
    ----------
    table: text columns as the reader left them (typed ones from Parquet or `data.derive` are taken as they are).
    contract: the study's columns; `Checked.frozen()` of the training table when new rows are scored.
    labelled: False for new rows: the label may be absent and is not read.
    dates: {column: its date format}; found for the others. kinds: {"category" or "number": columns that are read so}; the
        cells tell of the others, where the contract does not. today: dates after it ("2026-01-31") are in the future.

    Raises
    ------
    ConfigError: a role or `data.map` names a column that is not there (see `mapping.resolve`), or contradicts another.
    """
    problems = Problems()
    frame = table.frame
    places = Places(frame.index.to_numpy() + 1, table.lines)
    for problem in _limits(frame):
        problems.add(problem)
    if problems.errors:
        return Checked(frame.reset_index(drop=True), None, {}, {}, frozenset(), problems, places, table.source)
    decimal = table.source.decimal or "."
    formats = {mapping.locate(name, roles, frame.columns, "data.dates"): form for name, form in (dates or {}).items()}
    converter = Converter(places, decimal, problems, formats, today)
    typed: dict[str, pd.Series] = {}
    columns: dict[str, Column] = {}
    sources: dict[str, str] = {}
    y = None
    asked = _kinds_asked(kinds or {}, roles, frame, formats)
    slots = laid_out(contract, roles, frame, problems, asked, labelled=labelled, decimal=decimal)
    for slot in slots:
        cells = converter.cells(frame[slot.source], slot.source)
        column = slot.column or _inferred(slot, cells, converter)
        if column.role == "target":
            y = labels.outcome(cells, slot.source, roles.positive, places, problems)
        typed[slot.name], columns[slot.name] = converter.typed(cells, column, slot.source)
        sources[slot.name] = slot.source
    _identifier(typed, columns, sources, problems, places)
    inferred = frozenset(slot.name for slot in slots if slot.column is None)
    return Checked(pd.DataFrame(typed), y, columns, sources, inferred, problems, places, table.source)


def _kinds_asked(
    kinds: Mapping[Kind, Sequence[str]], roles: Roles, frame: pd.DataFrame, dates: Collection[str]
) -> dict[str, Kind]:
    """{column of the file: the one kind that is stated for it}."""
    asked: dict[str, Kind] = {}
    for kind, names in kinds.items():
        for name in names:
            source = mapping.locate(name, roles, frame.columns, KIND_KEYS[kind])
            if source in dates or asked.get(source, kind) != kind:
                other = "data.dates" if source in dates else KIND_KEYS[asked[source]]
                what = f"{shown(name)} is named under {other} too"
                raise ConfigError(what, where=KIND_KEYS[kind], advice="name it in one of the two")
            asked[source] = kind
    return asked


def _limits(frame: pd.DataFrame) -> Iterator[Problem]:
    if not len(frame):
        yield Problem(Code.NO_ROWS, "error", "there are no data rows", "check the file, data.read and data.where")
    widest = Limits().columns  # data.derive adds columns after the reader has counted
    if frame.shape[1] > widest:
        rule = f"there are {frame.shape[1]} columns, and at most {widest} are taken"
        yield Problem(Code.TOO_WIDE, "error", rule, "leave columns out of the file")
    repeated = frame.columns[frame.columns.duplicated()]
    if len(repeated):
        rule = f"there are several columns named {shown(repeated[0])}"
        yield Problem(Code.NAME_TAKEN, "error", rule, "give every column a name of its own", count=len(repeated) + 1)


def _inferred(slot: Slot, cells: pd.Series, by: Converter) -> Column:
    if slot.source in by.dates:
        return Column(slot.name, "date", slot.role, missing_allowed=slot.role != "time")
    found, problems = inferring.infer(cells, by.decimal), by.problems
    kind = found.kind
    if slot.role == "time" and kind not in ("number", "whole"):
        kind = "date"
    elif slot.role == "time" and cells.dropna().astype("str").str.fullmatch(r"(19|20)\d\d[01]\d[0-3]\d(\.0)?").all():
        kind = "date"  # 20240331; other whole numbers order the rows and are no dates
    if slot.role == "feature" and found.reason:
        problems.add(Problem(Code.KIND_INFERRED, "note", found.reason, found.advice, slot.source, count=len(cells)))
    if slot.role == "feature" and found.numbers >= 0.5:
        rule = f"has numbers in {found.numbers:.1%} of its cells, and is read as categories"
        advice = "clean the rest, or state signs for missing in data.read.missing"
        problems.add(Problem(Code.NUMBERS_AS_TEXT, "warning", rule, advice, slot.source, count=len(cells)))
    return Column(slot.name, kind, slot.role, missing_allowed=slot.role != "time")


def _identifier(
    typed: dict[str, pd.Series], columns: dict[str, Column], sources: dict[str, str], problems: Problems, places: Places
) -> None:
    """An identifier that repeats points at repeated rows, or at a group that must not be split apart."""
    for name, column in columns.items():
        if column.role == "identifier":
            again = np.asarray(typed[name].duplicated() & typed[name].notna())
            rule = f"is the identifier, and repeats in {again.sum()} rows"
            advice = "if rows of one id belong together write data.group, else remove repeats"
            problem = Problem(Code.REPEATED_ID, "warning", rule, advice, sources[name])
            problems.add_rows(problem, again, places, typed[name])
