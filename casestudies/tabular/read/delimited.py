"""CSV and its kin: text with a separator, read as it was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
import pyarrow as pa

from casestudies.errors import DataError, shown
from casestudies.tabular.numbers import decimal_mark
from casestudies.tabular.read.charset import refuse_junk, to_utf8
from casestudies.tabular.read.contents import refuse_foreign
from casestudies.tabular.read.layout import Row, find_layout, refuse_second_table, said_of_preamble
from casestudies.tabular.read.names import chosen_names
from casestudies.tabular.read.parse import Block, parse
from casestudies.tabular.read.sniff import SAMPLE_BYTES, Dialect, first_rows, likely_quote, named_dialect, plain, sniff
from casestudies.tabular.read.table import Limits, Reading, ReadOptions, as_text, framed

_SAID = re.compile(rb'"?sep=(.)"?[ ]*\r?\n', re.IGNORECASE)  # Excel's own first line
LITERAL = "quotes are part of the cells, as they do not enclose them"
_DECIMAL_CELLS = 20_000  # cells, of evenly spread rows, that the decimal mark is found by: 0.03 s


def read_delimited(content: bytes, options: ReadOptions, limits: Limits, where: str) -> Reading:
    """A text table of any separator, encoding and quoting that can be told from it.

    Raises
    ------
    DataError: the content is no text or another format, its rows are broken, it has no rows, or it exceeds `limits`.
    """
    refuse_foreign(content, where)
    decoded = to_utf8(content, options.encoding, where)
    body = decoded.body
    refuse_junk(body, options.separator or "", where)
    refuse_foreign(body, where)
    if not body.strip():
        raise DataError("the file holds only blanks", where=where, advice="export it again, with a header and rows")
    try:
        reading = _read(body, likely_quote(_sample(body)[0]), options, limits, where)
    except DataError as trouble:
        reading = _read_literally(body, options, limits, where, trouble)
    return replace(reading, encoding=decoded.encoding, notes=decoded.notes + reading.notes)


def begun(body: bytes, literal: bool, options: ReadOptions, where: str) -> tuple[Dialect, int]:
    """How a text that `read_delimited` can read is written, and the width of its rows: what its later parts are read by.

    Parameters
    ----------
    body: the beginning of the text, as UTF-8. literal: quotes in it are letters like any other.
    """
    quote = "" if literal else likely_quote(_sample(body)[0])
    body, skipped, said = _from_beginning(body, options, where)
    dialect = _dialect(body, quote, options.separator or said, where)
    sample, whole = _sample(body)
    flat, mark = plain(sample, dialect, where)
    return dialect, _head(first_rows(flat, whole, mark, quote), skipped, options, where)[2]


def _read_literally(body: bytes, options: ReadOptions, limits: Limits, where: str, trouble: DataError) -> Reading:
    """Once more with '"' as a letter like any other, if that explains all quotes; else `trouble` stands.

    A cell such as '"Crocodile" Dundee' is then a title. One that ends with its first quote's partner, or has none, was
    meant to be enclosed and is damaged.
    """
    if b'"' not in body:
        raise trouble
    try:
        reading = _read(body, "", options, limits, where)
    except DataError:
        raise trouble from None
    for place in range(reading.frame.shape[1]):
        column = reading.frame.iloc[:, place]
        quoted = column[column.str.startswith('"') & column.notna()]
        if (quoted.str.endswith('"') | (quoted.str.count('"') % 2 == 1)).any():
            raise trouble
    return replace(reading, notes=(LITERAL, *reading.notes))


def _read(body: bytes, quote: str, options: ReadOptions, limits: Limits, where: str) -> Reading:
    body, skipped, said = _from_beginning(body, options, where)
    dialect = _dialect(body, quote, options.separator or said, where)
    flat, mark = plain(body, dialect, where)
    above, header, width = _head(first_rows(*_sample(flat), mark, quote), skipped, options, where)
    if too_wide := limits.exceeded(0, width):
        raise DataError(f"the table {too_wide}", where=where, advice="see that data.read.separator is right")
    first = (header.end if header else skipped) + 1
    block = Block(flat, mark, quote, _after_lines(flat, first - skipped - 1), first, width)
    cells = parse(block, limits, where, options.skip_broken)
    if not len(cells.lines):
        raise DataError(
            "the file has a header but no rows",
            where=where,
            advice="export it again with its rows, or write data.read.header: false if that line is data",
        )
    columns = _without_empty_tail(cells.columns, header)
    filled = _filled(columns)
    refuse_second_table(columns, filled, cells.lines, where)
    names, changes = _names(header, columns, cells.lines, options, where)
    decimal, doubt = options.decimal, ""
    if decimal is None:
        decimal, doubt = decimal_mark(_spread(columns), dialect.separator)
    notes = (
        *_said_of_dialect(dialect, said, options),
        *said_of_preamble(above, header),
        *cells.notes,
        *_said_of_tail(len(cells.columns) - len(columns)),
        *changes,
        *_said_of_gaps(filled, columns[-1], header, len(columns), cells.lines),
        *((doubt,) if doubt else ()),
    )
    frame = framed(map(as_text, columns), names)
    return Reading(frame, cells.lines, None, dialect.separator, decimal, header.line if header else None, notes)


def _head(rows: list[Row], skipped: int, options: ReadOptions, where: str) -> tuple[list[Row], Row | None, int]:
    """The rows above the header, the header, and the width of the data; lines are counted from the file's first."""
    if not rows:
        raise DataError("the first row cannot be read", where=where, advice="look for a quote left open on its line")
    rows = [Row(row.line + skipped, row.end + skipped, row.cells) for row in rows]
    if not isinstance(options.header, bool) and rows[0].line != options.header:
        raise DataError("the line is blank", where=f"{where}, line {options.header:,}", advice="see data.read.header")
    layout = find_layout(rows, options.header, where)
    if layout.header is None:
        return [], None, layout.width
    header = rows[layout.header]
    if any(name.strip() for name in header.cells[layout.width :]):
        raise _disagree(len(header.cells), layout.width, header.line, where)
    return rows[: layout.header], header, layout.width


def _from_beginning(body: bytes, options: ReadOptions, where: str) -> tuple[bytes, int, str | None]:
    """The text from `data.read.header` on, the number of lines cut off, and the separator that a "sep=" line names."""
    said = _SAID.match(body)
    lines = 1 if said else 0
    if not isinstance(options.header, bool):
        lines = options.header - 1
    start = _after_lines(body, lines)
    if not body[start:].strip():
        raise DataError(
            "the file has no rows there", where=f"{where}, line {lines + 1:,}", advice="see data.read.header"
        )
    return body[start:] if start else body, lines, said[1].decode() if said else None


def _after_lines(text: bytes, lines: int) -> int:
    """The place after so many lines; the end of the text when it has fewer."""
    if lines == 0:
        return 0
    end = next(islice(re.finditer(rb"\r\n|\n|\r", text), lines - 1, None), None)
    return end.end() if end else len(text)


def _sample(text: bytes) -> tuple[bytes, bool]:
    """The first whole lines of a text, and whether that is all of it."""
    if len(text) <= SAMPLE_BYTES:
        return text, True
    end = max(text.rfind(b"\n", 0, SAMPLE_BYTES), text.rfind(b"\r", 0, SAMPLE_BYTES - 1))
    return text[: end + 1 or SAMPLE_BYTES], False


def _dialect(body: bytes, quote: str, separator: str | None, where: str) -> Dialect:
    sample, whole = _sample(body)
    if separator is None:
        return sniff(sample, quote, whole, where)
    return named_dialect(separator, sample, quote)


def _without_empty_tail(columns: list[pa.Array], header: Row | None) -> list[pa.Array]:
    """The columns up to the last that has a name or a value: separators at the line's end make empty ones."""
    kept = len(columns)
    names = [name.strip() for name in header.cells] if header else []
    while kept > 1 and not "".join(names[kept - 1 : kept]) and columns[kept - 1].null_count == len(columns[kept - 1]):
        kept -= 1
    return columns[:kept]


def _names(
    header: Row | None, columns: list[pa.Array], lines: np.ndarray, options: ReadOptions, where: str
) -> tuple[list[str], tuple[str, ...]]:
    width = len(columns)
    if header is None:
        return chosen_names(options.names, [f"column {place}" for place in range(1, width + 1)], where)
    named = header.cells[:width]
    if len(named) < width and options.names is None:
        raise _disagree(len(named), width, int(lines[np.argmax(columns[-1].is_valid())]), where)
    return chosen_names(options.names, named + [""] * (width - len(named)), where)


def _disagree(names: int, cells: int, line: int, where: str) -> DataError:
    return DataError(
        f"the header has {names:,} names, but the rows have {cells:,} cells",
        where=f"{where}, line {line:,}",
        advice="complete the header, or write all names in data.read.names (R: write.csv(x, row.names = FALSE))",
    )


def _spread(columns: list[pa.Array]) -> Iterator[str]:
    """Cells of rows that are evenly spread over the table: enough to tell the decimal mark by."""
    rows = len(columns[0])
    step = max(1, -(-rows * len(columns) // _DECIMAL_CELLS))
    for column in columns:
        for cell in column.take(np.arange(0, rows, step)).to_pylist():
            if cell and ("," in cell or "." in cell):
                yield cell


def _said_of_dialect(dialect: Dialect, said: str | None, options: ReadOptions) -> tuple[str, ...]:
    if options.separator is not None or dialect.separator == ",":
        notes = []
    elif said is not None:
        notes = [f"separator {shown(said)} (the file's first line says so)"]
    elif dialect.separator is None:
        notes = ["no separator found: one column"]
    else:
        notes = [f"separator {shown(dialect.separator)} found" + " (runs of spaces)" * (dialect.separator == " ")]
    if dialect.quote == "'":
        notes.append("cells are enclosed in apostrophes")
    if dialect.padded:
        notes.append("spaces between separators and opening quotes are left out")
    return tuple(notes)


def _said_of_tail(count: int) -> tuple[str, ...]:
    return (f"dropped empty columns without a name at the end of the lines: {count:,}",) if count else ()


def _filled(columns: list[pa.Array]) -> np.ndarray:
    """(rows,) bool: whether a row has any value."""
    filled = np.zeros(len(columns[0]), bool)
    for column in columns:
        filled |= column.is_valid().to_numpy(zero_copy_only=False)
    return filled


def _said_of_gaps(
    filled: np.ndarray, last: pa.Array, header: Row | None, width: int, lines: np.ndarray
) -> tuple[str, ...]:
    """Rows without any value, and a last column that has values but no name: its rows may be shifted by a cell."""
    notes = []
    if not filled.all():
        notes.append(f"rows without any value: {np.sum(~filled):,}, the first on line {lines[np.argmin(filled)]:,}")
    there = last.is_valid().to_numpy(zero_copy_only=False)
    if header is not None and not "".join(header.cells[width - 1 :]).strip() and 2 * np.sum(there) < len(there):
        notes.append(
            f"the last column has no name and few values: {np.sum(there):,}, the first on line "
            f"{lines[np.argmax(there)]:,}; those rows may hold a separator too many"
        )
    return tuple(notes)
