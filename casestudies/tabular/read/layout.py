"""Where a table begins: preamble, header and data rows, told apart by the cells of the first rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from casestudies.errors import DataError, shown

_MEASURED = re.compile(
    r"[+\-\u2212]?(?:\d[\d.,]*|[.,]\d+)(?:[eE][+-]?\d+)?\s*%?"  # numbers, also with thousands separators
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"  # dates
    r"|\d{1,2}:\d\d(?::\d\d)?"
)
_MISSING = frozenset({"", "?", "-", "--", ".", "na", "n/a", "#n/a", "nan", "null", "none", "missing", "unknown", r"\n"})
_MOST = 0.9  # of a column's cells must be measured for the column to count as measured
_BREAKS = 1_000  # empty rows after which a second table is looked for
_COMPARED = 200  # rows that tell the columns of numbers
_LEAST_BELOW = 3  # rows that a second header row is compared with
_LEAST_MEASURED = 2  # measured columns that a second header row must contradict


class NoHeader(DataError):
    """The first row looks like data; who knows the columns by their places may read once more with `header=False`."""


@dataclass(frozen=True)
class Row:
    """One row as typed. `line`: the 1-based line (Excel: row) it begins on; `end`: the last line of it."""

    line: int
    end: int
    cells: list[str]


@dataclass(frozen=True)
class Layout:
    """`header`: place of the header among the rows looked at, None without one; `width`: cells of a data row."""

    header: int | None
    width: int


def is_measured(cell: str) -> bool:
    """Whether a cell is a number, a date or a time, in any notation."""
    return _MEASURED.fullmatch(cell.strip()) is not None


def find_layout(
    rows: Sequence[Row], header: bool | int, where: str, *, unit: str = "line", filled: Sequence[int] | None = None
) -> Layout:
    """Which row is the header and how wide the data are.

    Parameters
    ----------
    rows: the first rows of the file, blank ones left out, at least one.
    header: as in `ReadOptions`; an int trusts that the first of `rows` is the header.
    unit: what the messages call a row's number in the file.
    filled: (rows,) cells in use of each row, where the rows are padded to one width (Excel).

    Raises
    ------
    NoHeader: with `header=True`, when the first row looks like data. DataError: when two rows look like headers. Where the evidence
        is weak the first row is the header.
    """
    widths = list(filled) if filled is not None else [len(row.cells) for row in rows]
    if header is False:
        return Layout(None, _usual(widths))
    if header is not True:
        return Layout(0, _data_width(rows[0], rows[1:]))
    place, width = 0, _usual(widths)
    while place + 1 < len(rows) and 2 * widths[place] <= width:
        place += 1
    _check_header(rows[place], rows[place + 1 :], where, unit)
    return Layout(place, _data_width(rows[place], rows[place + 1 :]))


def said_of_preamble(above: Sequence[Row], header: Row | None) -> tuple[str, ...]:
    """The note on lines skipped above the header: how many, and how they begin."""
    if not above or header is None:
        return ()
    text = next((cell for row in above for cell in row.cells if cell.strip()), "")
    return (f"skipped preamble lines above the header: {header.line - 1:,}, beginning {shown(text.strip(), 60)}",)


def _usual(widths: Sequence[int], named: int = 0) -> int:
    """The most frequent width; of two as frequent that of the header, else the wider one."""
    counts = Counter(widths)
    return max(counts, key=lambda width: (counts[width], width == named, width))


def _data_width(header: Row, below: Sequence[Row]) -> int:
    """Cells of a data row; where some rows are as wide as the header, empty cells beyond it in others do not count."""
    named = len(header.cells)
    if not below:
        return named
    if any(len(row.cells) == named for row in below):
        return _usual(
            [len(row.cells) if any(row.cells[named:]) else min(len(row.cells), named) for row in below], named
        )
    return _usual([len(row.cells) for row in below])


def _check_header(first: Row, below: Sequence[Row], where: str, unit: str) -> None:
    if not below:
        return
    columns = [[row.cells[place] for row in below if place < len(row.cells)] for place in range(len(first.cells))]
    measured = [place for place, cells in enumerate(columns) if _is_measured_column(cells)]
    if reason := _looks_like_data(first.cells, columns, measured):
        raise NoHeader(
            f"the first row looks like data, not like column names: {reason}",
            where=f"{where}, {unit} {first.line:,}",
            advice="write data.read.header: false if the file has no header, "
            f"or data.read.header: {first.line} if these are the names",
        )
    if len(below) <= _LEAST_BELOW:
        return
    second = below[0]
    contradicted = [
        (first.cells[place], second.cells[place].strip())
        for place, cells in enumerate(columns)
        if place < len(second.cells) and _is_measured_column(cells[1:]) and not _is_absent(second.cells[place])
    ]
    names = {text for _, text in contradicted if not is_measured(text)}
    if len(contradicted) >= _LEAST_MEASURED and len(names) == len(contradicted):
        upper, lower = contradicted[0]
        raise DataError(
            f"{unit}s {first.line:,} and {second.line:,} both look like headers: "
            f"{shown(upper)} and then {shown(lower)} stand above a column of numbers",
            where=where,
            advice=f"write data.read.header: {second.line} to take the names from the lower one, "
            f"or data.read.header: {first.line} if that one is a row of data",
        )


def refuse_second_table(columns: Sequence[pa.Array], filled: np.ndarray, lines: np.ndarray, where: str) -> None:
    """Raises a DataError when names stand in columns of numbers or dates right after an empty row.

    Parameters
    ----------
    columns: of (rows,) texts, null = empty.
    filled: (rows,) bool, whether the row has any value.
    lines: (rows,) the line on which each row begins.
    """
    after = np.flatnonzero((np.diff(lines) > 1) | ~filled[:-1])[:_BREAKS] + 1
    if not len(after):
        return
    some = np.arange(0, len(lines), max(1, len(lines) // _COMPARED))
    measured = [column for column in columns if _is_measured_column([c or "" for c in column.take(some).to_pylist()])]
    for row in after.tolist():
        cells = [column[row].as_py() or "" for column in measured]
        names = [cell for cell in cells if not _is_absent(cell) and not is_measured(cell)]
        if names and 2 * len(names) >= len(measured):
            raise DataError(
                f"a second table seems to begin here: {shown(names[0])} stands in a column of numbers or dates",
                where=f"{where}, line {lines[row]:,}",
                advice="put each table in a file of its own",
            )


def _is_absent(cell: str) -> bool:
    return cell.strip().lower() in _MISSING


def _is_measured_column(cells: Sequence[str]) -> bool:
    present = [cell for cell in cells if not _is_absent(cell)]
    return bool(present) and sum(map(is_measured, present)) >= _MOST * len(present)


def _looks_like_data(first: Sequence[str], columns: Sequence[Sequence[str]], measured: Sequence[int]) -> str:
    """The evidence, in words, that `first` is a row like those below it; empty when a name contradicts it."""
    cells = [cell.strip() for cell in first]
    numbers = [place for place in measured if is_measured(cells[place])]
    names = [place for place in measured if not _is_absent(cells[place]) and place not in numbers]
    texts = [place for place, cell in enumerate(cells) if cell and place not in measured and not is_measured(cell)]
    repeated = [place for place in texts if first[place] in columns[place]]
    if names:
        return ""
    if numbers and texts and not repeated and _count_up([cells[place] for place in numbers]):
        return ""  # country, 2019, 2020, 2021
    if numbers:
        seen = f", and {shown(cells[repeated[0]])} occurs again below" if repeated else ""
        return f"{shown(cells[numbers[0]])} stands above a column of numbers or dates{seen}"
    if texts and 2 * len(repeated) >= len(texts):
        return f"{shown(cells[repeated[0]])} occurs again in its own column"
    return ""


def _count_up(cells: Sequence[str]) -> bool:
    """Whether the cells are three or more whole numbers in even steps, as years and months in a header are."""
    if len(cells) < 3 or not all(cell.isascii() and cell.isdigit() for cell in cells):
        return False
    values = [int(cell) for cell in cells]
    steps = {b - a for a, b in pairwise(values)}
    return len(steps) == 1 and steps.pop() > 0
