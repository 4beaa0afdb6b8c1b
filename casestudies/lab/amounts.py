"""A stranger's table of numbers for the regression losses: which column is the amount, which rows are complete."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError, nearest, shown
from casestudies.lab.invented import Floats
from casestudies.lab.regression import Regressions, regressions
from casestudies.tabular.numbers import to_numbers
from casestudies.tabular.read import read_table

MOST_ROWS, MOST_COLUMNS = 5_000, 20  # read into the fits: what the losses show they show on so many
_NUMBERS = 0.95  # of a column's cells; with fewer it is text


@dataclass(frozen=True)
class Numbers:
    """The columns of a file that hold numbers.

    columns: (rows, columns) nan = missing or no number. names: (columns,). notes: what was left out, in sentences.
    """

    name: str
    columns: Floats
    names: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Chosen:
    """X: (rows, columns). y, numbers: (rows,) the latter counted in the file from 1. names: (columns,)."""

    X: Floats
    y: Floats
    numbers: NDArray[np.intp]
    names: tuple[str, ...]
    notes: tuple[str, ...]


def regressed(table: Numbers, amount: str, *, seed: int = 0) -> tuple[Regressions, tuple[str, ...]]:
    """The five fits of one column by the others, on complete rows, and what was left out, in sentences.

    Rows that pull are told by their number in the file.

    Parameters
    ----------
    seed: of the rows drawn where there are more than 5,000 complete ones.

    Raises
    ------
    DataError: no such column of numbers; rows or columns that no line can be put through.
    """
    chosen = _chosen(table, amount, seed)
    found = regressions(chosen.X, chosen.y, chosen.names)
    pulls = tuple(replace(one, row=int(chosen.numbers[one.row - 1])) for one in found.pulls)
    return replace(found, pulls=pulls), chosen.notes


def read_numbers(path: Path) -> Numbers:
    """The columns of numbers in a file: CSV, Excel or Parquet.

    Raises
    ------
    DataError: it cannot be read, or holds fewer than two such columns.
    """
    table = read_table(path)
    found, names, texts = [], [], []
    for place, name in enumerate(map(str, table.frame.columns)):
        cells = table.frame.iloc[:, place]
        values, _ = to_numbers(cells, table.source.decimal or ".")
        told = int(cells.notna().sum())
        if told and np.isfinite(values).sum() >= _NUMBERS * told:
            found.append(values)
            names.append(name)
        else:
            texts.append(name)
    if len(names) < 2:
        raise DataError(
            f"holds {len(names)} columns of numbers",
            where=table.source.name,
            advice="bring an amount and at least one more",
        )
    notes = (f"Left out, since they hold text: {', '.join(shown(one) for one in texts)}.",) if texts else ()
    return Numbers(table.source.name, np.column_stack(found), tuple(names), notes)


def _chosen(table: Numbers, amount: str, seed: int) -> _Chosen:
    if amount not in table.names:
        raise DataError(
            f"has no column of numbers {shown(amount)}", where=table.name, advice=nearest(amount, table.names)
        )
    at = table.names.index(amount)
    others = [place for place in range(len(table.names)) if place != at][:MOST_COLUMNS]
    whole = np.flatnonzero(np.isfinite(table.columns[:, [*others, at]]).all(axis=1))
    notes = []
    if len(whole) < len(table.columns):
        notes.append(f"{len(table.columns) - len(whole):,} rows with a gap are left out.")
    if len(others) < len(table.names) - 1:
        notes.append(f"The first {MOST_COLUMNS} other columns are used.")
    if len(whole) > MOST_ROWS:
        notes.append(f"{MOST_ROWS:,} of {len(whole):,} complete rows are used, drawn at random.")
        whole = np.sort(np.random.default_rng(seed).choice(whole, MOST_ROWS, replace=False))
    rows = table.columns[whole]
    varied = [place for place in others if not len(rows) or np.ptp(rows[:, place]) > 0]
    if len(varied) < len(others):
        notes.append(f"{len(others) - len(varied)} columns that are the same in every row are left out.")
    return _Chosen(rows[:, varied], rows[:, at], whole + 1, tuple(table.names[place] for place in varied), tuple(notes))
