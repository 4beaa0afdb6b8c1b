"""A visitor's table before any run: how it was read, which column is which, and what is wrong with it.

What is remembered is small and goes by the SHA-256 of the file and the settings it was read with; the table itself is
never kept in memory between two looks at it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import streamlit as st

from casestudies import api
from casestudies.pages.blocks import show_blocks
from casestudies.pages.memory import settle
from casestudies.pages.plain import say
from casestudies.report import Block, visible
from casestudies.tabular import Contract
from casestudies.tabular.cells import clean, coded
from casestudies.tabular.mapping import Guess, guess, words
from casestudies.tabular.read import Source, read_table
from casestudies.workflow.load import data_file, read_options
from casestudies.workflow.studies import Study

HEAD = 20  # rows shown
BUILT = ("snapshot",)  # the settings by which a study makes its table of further ones, where there is no table
READING = "reading"  # the settings by which a study reads its rows, where it has such
LEVELS = 20  # a column with more values is no outcome
_REMEMBERED = 16
_ORDER = {"error": 0, "warning": 1, "note": 2}
# Article 21 of the Charter of Fundamental Rights of the European Union, and the words tables have for it.
_PROTECTED = frozenset(
    {
        "sex",
        "gender",
        "age",
        "senior",
        "race",
        "ethnicity",
        "ethnic",
        "colour",
        "color",
        "nationality",
        "citizenship",
        "religion",
    }
    | {"belief", "disability", "orientation", "marital", "pregnancy", "birthplace", "foreign"}
)


@dataclass(frozen=True, eq=False)
class Preview:
    """A table at a glance.

    Parameters
    ----------
    head: its first rows, as typed. levels: the values of columns that have few. unique: columns without a repeat.
    guesses: {contract name: the column that seems to be it}. blocks: what else there is to see: pictures.
    fixed: the data say which column is which.
    """

    source: Source
    head: pd.DataFrame
    columns: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]
    unique: frozenset[str]
    guesses: Mapping[str, Guess]
    blocks: tuple[Block, ...] = ()
    fixed: bool = False

    def suggested(self, role: str, contract: Contract) -> Guess | None:
        """The column for the outcome, the identifier or the time, and why; None where nothing speaks for one."""
        for column in contract.columns:
            if column.role == role and column.name in self.guesses:
                found = self.guesses[column.name]
                return Guess(found.column, f"{found.reason} as {column.name}" if found.guessed else found.reason)
        if role == "identifier":
            named = [name for name in self.columns if name in self.unique and {"id", "number", "no"} & {*words(name)}]
            if len(named) == 1:
                return Guess(named[0], "its name says so, and no value repeats")
        return None

    def protected(self) -> list[str]:
        """Columns that are named like what people must not be treated differently for."""
        return [name for name in self.columns if _PROTECTED & {*words(name)}]


@dataclass(frozen=True, eq=False)
class Verdict:
    """What the check of a table found.

    Parameters
    ----------
    reads: the columns that the model reads; what: what one of them is called. read: how the file was read.
    problems: one row a fact and place, errors first: severity, row, line, column, value, rule, advice, count.
    errors, warnings, notes: each fact of that severity once, with its advice.
    """

    rows: int
    what: str
    reads: tuple[str, ...]
    read: tuple[str, ...]
    problems: pd.DataFrame
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]


def printable(frame: pd.DataFrame) -> pd.DataFrame:
    """A table as a page may show it: text in every cell, empty where it is missing, control characters shown."""
    cells = frame.astype("object").map(lambda cell: "" if pd.isna(cell) else visible(str(cell)))
    return cells.set_axis([visible(str(name)) for name in frame.columns], axis="columns")


def show_facts(told: Preview) -> None:
    """How a table was read, and its first rows."""
    source = told.source
    facts = [f"{source.name}: {source.rows:,} rows, {source.columns} columns, {source.format}"]
    facts += [f"encoding {source.encoding}"] if source.encoding else []
    facts += [f"separator {source.separator!r}"] if source.separator else []
    facts += [f"decimal sign {source.decimal!r}"] if source.decimal else []
    say(", ".join(facts))
    for note in source.notes:
        say(f"• {note}")
    show_blocks(told.blocks)
    st.dataframe(told.head, hide_index=True, height=220, alt=f"The first {len(told.head)} rows of {source.name}")
    st.caption(f"The first {len(told.head)} rows, as they stand there.")


def known_as(path: Path | None, files: Mapping[str, Path] = MappingProxyType({})) -> str:
    """What the memory knows an upload by: its hash and its name, which tells the format; the demo by that word.

    A table that is made of further files is known by theirs.
    """
    if path is not None:
        return f"{path.parent.name}/{path.name}"
    return " ".join(f"{name}={known_as(file)}" for name, file in sorted(files.items())) or "demo"


def preview(
    study: Study,
    path: Path | None,
    settings: Mapping[str, Any],
    files: Mapping[str, Path] = MappingProxyType({}),
) -> Preview:
    """Read the table and look at it; without one make it of the further files, without these take the demo.

    Raises
    ------
    DataError: it cannot be read or made. ConfigError: a setting cannot be used.
    """
    read = {"data": {"read": dict(settings.get("data", {}).get("read", {}))}, "demo": dict(settings.get("demo", {}))}
    if path is None and files:
        read |= {name: settings[name] for name in (*study.files, *BUILT) if name in settings}
    if study.look is not None:
        read |= {name: settings[name] for name in ("data", READING) if name in settings}
    known, told = known_as(path, files), json.dumps(read, sort_keys=True)
    beside = files if path is None or study.look is not None else {}
    return _preview(study.name, f"{known} {known_as(None, beside)}", told, study, path, read, beside)


def verdict(study: Study, path: Path | None, settings: Mapping[str, Any], files: Mapping[str, Path]) -> Verdict:
    """Check the table as a run would, with further ones by name; raises as `api.check_data` does."""
    known = f"{known_as(path)} {known_as(None, files)}"
    return _verdict(study.name, known, json.dumps(settings, sort_keys=True), path, settings, files)


@st.cache_resource(max_entries=_REMEMBERED, show_spinner="Reading the table ...")
def _preview(
    study: str,
    table: str,
    settings: str,
    _study: Study,
    _path: Path | None,
    _read: Mapping[str, Any],
    _files: Mapping[str, Path],
) -> Preview:
    resolved, _ = api.resolve_request(_study, _path, _read, files=_files)
    blocks: tuple[Block, ...] = ()
    fixed = False
    if _study.look is not None:
        look = _study.look(resolved.config, _path, _files)
        read, blocks, fixed = look.table, look.blocks, look.fixed
    elif _files and _study.table is not None:
        read = _study.table(resolved.config, _files)
    else:
        with data_file(_study, resolved.config, _path) as file:
            read = read_table(file, read_options(resolved.config))
    frame, source = read.frame, read.source
    levels: dict[str, tuple[str, ...]] = {}
    unique = set()
    for name in map(str, frame.columns):
        cells = clean(frame[name])[0]
        distinct = cells.nunique()
        if distinct <= LEVELS:
            levels[name] = tuple(coded(cells)[1])
        if distinct == len(cells):
            unique.add(name)
    guesses = guess(_study.contract, frame, decimal=source.decimal or ".")
    head = printable(frame.head(HEAD).round(4))  # only a made table holds numbers yet
    settle("tables")
    return Preview(source, head, tuple(map(str, frame.columns)), levels, frozenset(unique), guesses, blocks, fixed)


@st.cache_resource(max_entries=_REMEMBERED, show_spinner="Checking the table ...")
def _verdict(
    study: str,
    table: str,
    settings: str,
    _path: Path | None,
    _settings: Mapping[str, Any],
    _files: Mapping[str, Path],
) -> Verdict:
    checked = api.check_data(study, _path, config=_settings, files=_files).table
    problems = checked.problems
    frame = problems.to_frame()
    frame = frame.sort_values("severity", key=lambda column: column.map(_ORDER), kind="stable", ignore_index=True)
    shown = ["severity", "row", "line", "column", "value", "rule", "advice", "count"]
    facts = [tuple(map(str, problems.of(severity))) for severity in ("error", "warning", "note")]
    return Verdict(checked.rows, checked.what, tuple(checked.reads), checked.notes, frame[shown], *facts)
