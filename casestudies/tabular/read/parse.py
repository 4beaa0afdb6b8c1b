"""The cells of a text table: by pyarrow where the text is clean, by the csv module, row by row, where it is not.

Both give the same cells for the same clean text (`tests/tabular/test_read_parse.py`); the careful way also mends what can
be mended and says where the rest is broken.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv

from casestudies.errors import DataError
from casestudies.tabular.read.table import Limits

_LF, _CR = 10, 13
_SCAN = 2**24  # bytes looked at in one go: keeps the masks at 16 MiB, whatever the size of the file
_BATCH = 65_536  # rows turned from Python lists into columns at a time
_SHOWN = 5  # lines named in a message
_FEW = 0.01  # share of rows that may be left out for another number of cells


@dataclass(frozen=True)
class Block:
    """The data rows of a text table. `text` has one ASCII character, `mark`, between cells.

    `quote`: what encloses cells, one ASCII character; empty when nothing does.
    `start`: the byte at which the data rows begin; `line`: the 1-based line of the file there; `width`: cells of a row.
    """

    text: bytes
    mark: str
    quote: str
    start: int
    line: int
    width: int


@dataclass(frozen=True)
class Cells:
    """`columns`: `width` arrays of (rows,) large_string, null = empty; `lines`: (rows,) int64; `notes`: mendings."""

    columns: list[pa.Array]
    lines: np.ndarray
    notes: tuple[str, ...] = ()


def parse(block: Block, limits: Limits, where: str, skip_broken: bool = False) -> Cells:
    """The cells of all rows.

    Parameters
    ----------
    skip_broken: leave out rows with another number of cells than `block.width`, up to one in a hundred, and say which.

    Raises
    ------
    DataError: rows with too many or too few cells (how many, the first lines, the counts), a quote that is never
        closed or not doubled, a cell of more than 131,072 characters, more rows or cells than the limits.
    """
    return quick(block, limits, where) or careful(block, limits, where, skip_broken)


def quick(block: Block, limits: Limits, where: str) -> Cells | None:
    """The cells by pyarrow; None where the text is not clean.

    Clean: lines end in LF or CR LF; quotes enclose whole cells and are doubled inside; every row has `width` cells.
    Then a line end stands between rows exactly when an even number of quotes comes before it.
    """
    text = block.text
    if block.start >= len(text) or text.count(b"\r", block.start) != text.count(b"\r\n", block.start):
        return None
    buffer = np.frombuffer(text, np.uint8)[block.start :]
    ends = _places(text, _LF, block.start)
    within = np.zeros(len(ends), bool)  # line ends inside quoted cells
    if block.quote:
        quotes = _places(text, ord(block.quote), block.start)
        if not _encloses(buffer, quotes, block.mark):
            return None
        within = np.searchsorted(quotes, ends) % 2 == 1
    starts = np.concatenate([[0], ends[~within] + 1])
    stops = np.concatenate([ends[~within], [len(buffer)]])
    if np.max(stops - starts) > csv.field_size_limit():
        return None
    blank = (stops == starts) | ((stops == starts + 1) & (buffer[np.minimum(starts, len(buffer) - 1)] == _CR))
    table = _by_pyarrow(block, limits.exceeded(int(np.sum(~blank)), block.width), bool(within.any()), where)
    rows = starts[~blank]
    if table is None or table.num_rows != len(rows):
        return None
    lines = np.searchsorted(ends, rows) + block.line
    broken = lines[np.searchsorted(rows, ends[within], side="right") - 1]
    empty = np.flatnonzero(blank[:-1])
    notes = _said(broken.tolist(), (np.searchsorted(ends, starts[empty]) + block.line).tolist())
    return Cells([column.combine_chunks() for column in table.columns], lines, notes)


def careful(block: Block, limits: Limits, where: str, skip_broken: bool = False) -> Cells:
    """The cells by the csv module, whatever the text; blank lines and empty cells beyond the width are left out."""
    batches: list[list[pa.Array]] = []
    pending: list[list[str | None]] = []
    lines: list[int] = []
    ragged: list[tuple[int, int]] = []
    longer: list[int] = []
    broken: list[int] = []
    blank: list[int] = []
    for line, last, cells in _rows(block, where):
        broken += [line] * (last - line)
        if not cells or (len(cells) == 1 < block.width and not cells[0].strip()):
            blank.append(line)
            continue
        if len(cells) != block.width:
            if len(cells) < block.width or any(cells[block.width :]):
                ragged.append((line, len(cells)))
                continue
            longer.append(line)
        pending.append([cell or None for cell in cells[: block.width]])
        lines.append(line)
        if len(pending) == _BATCH:
            batches.append(_columns(pending, block.width))
            pending = []
            _refuse_beyond(limits.exceeded(len(lines), block.width), where)
    if ragged and not (skip_broken and len(ragged) <= max(1, _FEW * len(lines)) and lines):
        raise _ragged(ragged, block.width, where)
    _refuse_beyond(limits.exceeded(len(lines), block.width), where)
    batches.append(_columns(pending, block.width))
    columns = [pa.concat_arrays(parts) for parts in zip(*batches, strict=True)]
    dropped = (f"dropped empty cells beyond column {block.width:,} on {_on_lines(longer)}",) if longer else ()
    skipped = (_skipped(ragged, block.width),) if ragged else ()
    return Cells(columns, np.array(lines, np.int64), skipped + dropped + _said(broken, blank))


def _rows(block: Block, where: str) -> Iterator[tuple[int, int, list[str]]]:
    """Each row with the lines it begins and ends on."""
    reader = csv.reader(
        io.TextIOWrapper(io.BytesIO(block.text[block.start :]), encoding="utf-8", newline=""),
        delimiter=block.mark,
        quotechar=block.quote or None,
        quoting=csv.QUOTE_MINIMAL if block.quote else csv.QUOTE_NONE,
        strict=True,
    )
    before = block.line - 1
    begun = 0
    try:
        for cells in reader:
            yield before + begun + 1, before + reader.line_num, cells
            begun = reader.line_num
    except csv.Error as problem:
        raise _broken(str(problem), before + begun + 1, before + reader.line_num, where) from None


def _columns(rows: list[list[str | None]], width: int) -> list[pa.Array]:
    if not rows:
        return [pa.array([], pa.large_string())] * width
    return [pa.array(column, pa.large_string()) for column in zip(*rows, strict=True)]


def _places(text: bytes, byte: int, start: int = 0) -> np.ndarray:
    """Where a byte stands, counted from `start`."""
    buffer = np.frombuffer(text, np.uint8)[start:]
    parts = [np.flatnonzero(buffer[at : at + _SCAN] == byte) + at for at in range(0, len(buffer), _SCAN)]
    return np.concatenate([np.empty(0, np.int64), *parts])


def _encloses(buffer: np.ndarray, quotes: np.ndarray, mark: str) -> bool:
    """Whether all quotes open at the start of a cell, close at the end of one, or are doubled between."""
    if not len(quotes):
        return True
    if len(quotes) % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    before = buffer[np.maximum(opening - 1, 0)]
    after = buffer[np.minimum(closing + 1, len(buffer) - 1)]
    separator, quote = ord(mark), buffer[quotes[0]]
    opens = (opening == 0) | (before == separator) | (before == _LF) | (before == quote)
    closes = (closing == len(buffer) - 1) | (after == separator) | (after == _LF) | (after == _CR) | (after == quote)
    return bool(opens.all() and closes.all())


def _by_pyarrow(block: Block, too_large: str, several_lines: bool, where: str) -> pa.Table | None:
    _refuse_beyond(too_large, where)
    names = [str(place) for place in range(block.width)]
    try:
        return pyarrow.csv.read_csv(
            pa.BufferReader(pa.py_buffer(block.text).slice(block.start)),
            read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=2**22),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=block.mark,
                quote_char=block.quote or False,
                newlines_in_values=several_lines,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                check_utf8=False,  # the text came from a decoder
                column_types=dict.fromkeys(names, pa.large_string()),
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid:  # a row with another number of cells; the careful way says which
        return None


def _refuse_beyond(too_large: str, where: str) -> None:
    if too_large:
        raise DataError(f"the table {too_large}", where=where, advice="keep only the rows and columns that are needed")


def _said(broken: list[int], blank: list[int]) -> tuple[str, ...]:
    """Notes on line ends inside cells (the lines on which their rows begin) and on blank lines."""
    notes = []
    if broken:
        notes.append(f"line ends inside quoted cells: {len(broken):,}, the first in the row on line {broken[0]:,}")
    if blank:
        notes.append(f"left out blank lines: {len(blank):,}, the first is line {blank[0]:,}")
    return tuple(notes)


def _ragged(rows: list[tuple[int, int]], width: int, where: str) -> DataError:
    line, cells = rows[0]
    others = f" (and {_on_lines([line for line, _ in rows[1:]])})" if len(rows) > 1 else ""
    return DataError(
        f"the row has {cells:,} cells, the table {width:,} columns{others}",
        where=f"{where}, line {line:,}",
        advice="quote cells that contain the separator, complete rows that were cut, or write data.read.separator",
    )


def _skipped(rows: list[tuple[int, int]], width: int) -> str:
    cells = sorted({count for _, count in rows})
    counts = " or ".join(f"{count:,}" for count in cells[:3]) + (" or more" if len(cells) > 3 else "")
    return f"left out {_on_lines([line for line, _ in rows])}: {counts} cells, {width:,} expected"


def _on_lines(lines: list[int]) -> str:
    named = ", ".join(f"{line:,}" for line in lines[:_SHOWN])
    if len(lines) == 1:
        return f"line {named}"
    return f"{len(lines):,} lines, {named}" + (", ..." if len(lines) > _SHOWN else "")


def _broken(problem: str, begun: int, line: int, where: str) -> DataError:
    """The csv module's complaint about the row that begins on `begun` and is read up to `line`, for people."""
    place = f"{where}, line {begun:,}"
    if "field limit" in problem:
        what, advice = f"a cell is longer than {csv.field_size_limit():,} characters", "look for a quote left open"
    elif "unexpected end" in problem:
        what, advice = "a quote is opened in this row and never closed", "close it, or double a quote that is text"
    elif "expected after" in problem:
        at = f" (seen on line {line:,})" if line > begun else ""
        what = f"text follows a closing quote{at}"
        advice = "double the quotes inside a quoted cell, or close the quote before"
    else:
        what, advice = f"the row cannot be read ({problem})", "look for stray quotes and line ends"
    return DataError(what, where=place, advice=advice)
