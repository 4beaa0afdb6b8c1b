"""Excel workbooks (.xlsx, .xlsm): one sheet as texts, numbers as they are stored, dates in ISO form."""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from casestudies.errors import DataError, shown
from casestudies.tabular.read.layout import Row, find_layout, said_of_preamble
from casestudies.tabular.read.names import chosen_names
from casestudies.tabular.read.table import Limits, Reading, ReadOptions, as_text, framed
from casestudies.tabular.read.workbook import open_sheet

_WHOLE = 1e15  # below it every whole number is a float64 and Excel shows all its digits
_LOOKED_AT = 500  # rows that the header is found by
_Range = tuple[tuple[int, int], tuple[int, int]]  # first and last (row, column), from 0


def read_excel(content: bytes, options: ReadOptions, limits: Limits, where: str) -> Reading:
    """One sheet of a workbook: the only one with cells, or `options.sheet`.

    Whole numbers lose the ".0", others keep the shortest digits that give the same float64, TRUE and FALSE are typed
    out, dates are "2024-03-31" or "2024-03-31T12:30:00". Old .xls files are not read: how large their sheets
    are cannot be known before they are laid out in memory.

    Raises
    ------
    DataError: as `open_sheet`; merged cells in or right above the table; several header rows.
    """
    sheet = open_sheet(content, options.sheet, limits, where)
    where = f"{where}, sheet {shown(sheet.name)}"
    cells, top, left, merged = _grid(sheet.archive, sheet.name, where)
    rows = [Row(line, line, row) for line, row in enumerate(cells, top) if any(row)]
    above, header, data = _parted(rows, options.header, where)
    _refuse_merged(merged, header or data[0], above, where)
    columns = [pa.array([cell or None for cell in column], pa.large_string()) for column in _turned(data)]
    found = header.cells if header else [f"column {left + place}" for place in range(len(columns))]
    names, changes = chosen_names(options.names, found, where)
    lines = np.array([row.line for row in data], np.int64)
    notes = (
        f"sheet {shown(sheet.name)}",
        *said_of_preamble(above, header),
        *((f"Excel errors (#N/A, #DIV/0!) read as missing: {sheet.errors:,}",) if sheet.errors else ()),
        *_said_of_blanks(lines),
        *changes,
    )
    frame = framed(map(as_text, columns), names)
    return Reading(frame, lines, decimal=".", header_line=header.line if header else None, notes=notes)


def _parted(rows: list[Row], header: bool | int, where: str) -> tuple[list[Row], Row | None, list[Row]]:
    """The rows above the header that were skipped on evidence, the header, and the rows of data."""
    if not isinstance(header, bool):
        rows = [row for row in rows if row.line >= header]
        if not rows or rows[0].line != header:
            raise DataError("the row is empty", where=f"{where}, row {header:,}", advice="see data.read.header")
    if not rows:
        raise DataError("the sheet has no values", where=where, advice="save it again with its data")
    head = rows[:_LOOKED_AT]
    filled = [len(row.cells) - row.cells.count("") for row in head]
    place = find_layout(head, header, where, unit="row", filled=filled).header
    if place is None:
        return [], None, rows
    if not rows[place + 1 :]:
        raise DataError("the sheet has a header but no rows", where=where, advice="save it again with its rows")
    return rows[:place], rows[place], rows[place + 1 :]


def _grid(archive: bytes, name: str, where: str) -> tuple[list[list[str]], int, int, Sequence[_Range]]:
    """The cells as texts, the 1-based row and column of the first one, and the merged ranges."""
    from python_calamine import CalamineError, load_workbook

    try:
        sheet = load_workbook(io.BytesIO(archive)).get_sheet_by_name(name)
        start = sheet.start or (0, 0)
        cells = [[_typed(value) for value in row] for row in sheet.to_python()]
        return cells, start[0] + 1, start[1] + 1, sheet.merged_cell_ranges or []
    except (CalamineError, ValueError, OverflowError) as problem:
        raise DataError(
            f"the sheet cannot be read ({shown(problem, 80)})",
            where=where,
            advice="save it again from Excel, or as CSV",
        ) from None


def _typed(value: object) -> str:
    """The text of one cell; what Excel keeps as a number reads back as that number."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _WHOLE else repr(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _turned(rows: list[Row]) -> list[tuple[str, ...]]:
    return list(zip(*(row.cells for row in rows), strict=True))


def _refuse_merged(merged: Sequence[_Range], top: Row, above: Sequence[Row], where: str) -> None:
    """Merged cells are fine in a title; in the table, or in a row of group names right above it, they hide columns."""
    first = top.line
    if above and above[-1].line == top.line - 1 and len(above[-1].cells) - above[-1].cells.count("") > 1:
        first = above[-1].line
    for (row, column), (last_row, last_column) in sorted(merged):
        if last_row + 1 >= first:
            raise DataError(
                f"cells {_place(row, column)}:{_place(last_row, last_column)} are merged",
                where=f"{where}, row {row + 1:,}",
                advice="unmerge them and give every column one name in one row, "
                "or write the row of the names as data.read.header",
            )


def _place(row: int, column: int) -> str:
    letters = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _said_of_blanks(lines: np.ndarray) -> tuple[str, ...]:
    gaps = np.flatnonzero(np.diff(lines) > 1)
    if not len(gaps):
        return ()
    count = int(lines[-1] - lines[0] + 1 - len(lines))
    return (f"left out empty rows: {count:,}, the first is row {lines[gaps[0]] + 1:,}",)
