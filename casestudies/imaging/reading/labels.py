"""The table of labels: which column is whose, and what it says of each image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from casestudies.errors import ConfigError, DataError, nearest, shown
from casestudies.imaging.contract import CONTRACT, GROUPS
from casestudies.imaging.reading.layout import part_of
from casestudies.imaging.reading.matching import matched
from casestudies.tabular.cells import clean, plain
from casestudies.tabular.contract import Contract
from casestudies.tabular.mapping import guess
from casestudies.tabular.problems import Code, Problem, Problems, Severity, ticked
from casestudies.tabular.read import ReadOptions, Table, read_table

_ROLES = ("file", "label", "patient", "split", "mask")  # settings of `data` that name a column
_TOLD = ("view", "laterality")


@dataclass(frozen=True, eq=False)
class Labels:
    """A table with one row an image.

    columns: {role: its column}. history, groups: columns that settings name. further: all columns that Films.table keeps.
    """

    table: Table
    columns: Mapping[str, str]
    history: tuple[str, ...]
    groups: tuple[str, ...]
    further: tuple[str, ...]
    notes: tuple[str, ...]

    def words(self, role: str, rows: Sequence[int | None]) -> list[str] | None:
        """What the column of a role says of images, "" = nothing; rows: (images,) of the table. None without the column."""
        column = self.columns.get(role)
        if column is None:
            return None
        cells = [plain(cell) if there else "" for cell, there in _cells(self.table.frame[column])]
        return ["" if row is None else cells[row] for row in rows]

    def beside(self, rows: Sequence[int | None]) -> pd.DataFrame:
        """(images, further columns) as the file writes them, cells missing where the table says nothing."""
        places = np.array([-1 if row is None else row for row in rows])
        taken = self.table.frame[list(self.further)].iloc[places].reset_index(drop=True)
        return taken.mask(pd.Series(places < 0), axis=0) if (places < 0).any() else taken


def read_labels(path: Path, settings: Any, options: ReadOptions, *, training: bool) -> Labels:
    """Read a table and find its columns: as settings name them, else by their names, which is said.

    Parameters
    ----------
    training: False lets columns that settings name be absent, as they are from a table of new images.

    Raises
    ------
    DataError: no table, or no column of file names. ConfigError: a named column is not there, or stands for two things.
    """
    table = read_table(path, options)
    there = [str(name) for name in table.frame.columns]
    found, notes = _found(table, _stated(settings, there, training=training))
    if "file" not in found:
        what = f"no column could be told to hold the images' file names among {', '.join(map(ticked, there[:8]))}"
        raise DataError(what, where=table.source.name, advice="write data.file: <your column>")
    data = settings.data
    history = tuple(dict.fromkeys(name for name in data.history if name in there))
    groups = tuple(dict.fromkeys(name for name in data.groups if name in there))
    if training and not data.groups:
        groups = tuple(found[role] for role in GROUPS if role in found)
        notes += [f"figures are told by {', '.join(map(ticked, groups))}"] if groups else []
    beside = [name for name in (settings.groups.site, settings.model.incumbent) if name in there]
    _refuse_taken(found, {"history": history, "a group": groups, "a score or a site": tuple(beside)})
    told = [found[role] for role in _TOLD if role in found]
    further = tuple(dict.fromkeys([*history, *groups, *beside, *told]))
    return Labels(table, found, history, groups, further, tuple(notes))


def _refuse_taken(found: Mapping[str, str], named: Mapping[str, tuple[str, ...]]) -> None:
    """Raises ConfigError: a column that says what an image shows, whose it is or where it lies is named for a model or a figure too.

    The ids of patients would be learnt by heart, and stand in every list of that figure.
    """
    for role in _ROLES:
        for use, columns in named.items():
            if found.get(role) in columns:
                what = f"{shown(found[role])} is the {role} and is named as {use}"
                raise ConfigError(
                    what, where="data", advice=f"leave it out there, or name another column in data.{role}"
                )


def named_columns(settings: Any) -> list[tuple[str, str]]:
    """(setting, column) of every column that settings name."""
    data = settings.data
    named = [(f"data.{role}", getattr(data, role)) for role in _ROLES]
    named += [("data.history", name) for name in data.history] + [("data.groups", name) for name in data.groups]
    named += [("model.incumbent", settings.model.incumbent), ("groups.site", settings.groups.site)]
    return [(key, column) for key, column in named if column is not None]


def refuse_unknown(settings: Any, there: Sequence[str], what: str = "the labels have") -> None:
    """Raises ConfigError: a setting names a column that is not among those that are there."""
    for key, column in named_columns(settings):
        if column not in there:
            raise ConfigError(f"{what} no column {shown(column)}", where=key, advice=nearest(column, there))


def _stated(settings: Any, there: Sequence[str], *, training: bool) -> dict[str, str]:
    """{role: column} as the settings say."""
    if training:
        refuse_unknown(settings, there)
    stated = {role: getattr(settings.data, role) for role in _ROLES if getattr(settings.data, role) is not None}
    owner: dict[str, str] = {}
    for role, column in stated.items():
        if column in owner:
            what = f"{shown(column)} is named by data.{owner[column]} already"
            raise ConfigError(what, where=f"data.{role}", advice="name another column")
        owner[column] = role
    return {role: column for role, column in stated.items() if column in there}


def _found(table: Table, stated: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    left = Contract(tuple(column for column in CONTRACT.columns if column.name not in stated), CONTRACT.extra)
    frame = table.frame.drop(columns=list(stated.values()))
    guessed = guess(left, frame, decimal=table.source.decimal or ".")
    if "split" in guessed and not _are_parts(frame[guessed["split"].column]):
        del guessed["split"]  # a column called "set" may be of anything
    notes = [
        f"{ticked(told.column)} is taken as the {role}, by {told.reason}"
        for role, told in guessed.items()
        if told.guessed
    ]
    return {**stated, **{role: told.column for role, told in guessed.items()}}, notes


def _are_parts(column: pd.Series) -> bool:
    words = {plain(cell) for cell, there in _cells(column) if there}
    return bool(words) and all(part_of(word) for word in words)


def joined(labels: Labels, names: Sequence[str], problems: Problems, *, training: bool) -> tuple[list[int | None], str]:
    """The row of the table that tells of each image, None where none does; and how names were matched, if not as written.

    Rows that name no image, and images that several rows name, go to `problems`.
    """
    column = labels.columns["file"]
    cells = [plain(cell) if there else "" for cell, there in _cells(labels.table.frame[column])]
    files, way = matched(cells, names)
    lines = labels.table.lines
    lost = [row for row, file in enumerate(files) if file is None]
    if lost:
        row = lost[0]
        rule = f"names {len(lost):,} of {len(cells):,} images that are not there"
        severity: Severity = "error" if training and len(lost) == len(cells) else "warning"
        advice = "check data.path and the spelling; these rows are left out"
        value = cells[row] or "(empty)"
        problems.add(Problem(Code.NO_IMAGE, severity, rule, advice, column, row + 1, int(lines[row]), value, len(lost)))
    rows: dict[str, int] = {}
    again: list[int] = []
    for row, file in enumerate(files):
        if file is not None and rows.setdefault(file, row) != row:
            again.append(row)
    _repeated(labels, files, rows, again, problems, training=training)
    return [rows.get(name) for name in names], way


def _repeated(
    labels: Labels,
    files: Sequence[str | None],
    rows: Mapping[str, int],
    again: list[int],
    problems: Problems,
    *,
    training: bool,
) -> None:
    if not again:
        return
    used = dict.fromkeys([*labels.columns.values(), *labels.further])
    frame = labels.table.frame[[name for name in used if name != labels.columns["file"]]].astype(str)
    column, lines = labels.columns["file"], labels.table.lines
    differs = [row for row in again if not frame.iloc[row].equals(frame.iloc[rows[str(files[row])]])]
    same = sorted({*again} - {*differs})
    grave: Severity = "error" if training else "warning"
    facts: tuple[tuple[list[int], Severity, str, str], ...] = (
        (differs, grave, "names an image in several rows that say different things", "keep one row an image"),
        (same, "note", "names an image in several rows that say the same", ""),
    )
    for places, severity, rule, advice in facts:
        if places:
            row = places[0]
            first = rows[str(files[row])] + 1
            value = f"{files[row]}, as row {first}"
            told = Problem(
                Code.REPEATED_ID, severity, rule, advice, column, row + 1, int(lines[row]), value, len(places)
            )
            problems.add(told)


def _cells(column: pd.Series) -> list[tuple[Any, bool]]:
    cells, _ = clean(column)
    return list(zip(cells.tolist(), cells.notna().tolist(), strict=True))
