"""What separates the cells of a text table, found by trying: the separator that gives even rows of plain cells."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from casestudies.errors import DataError, shown
from casestudies.tabular.read.layout import Row, is_measured

CANDIDATES = (",", ";", "\t", "|", "::")
SAMPLE_BYTES = 2**18
SAMPLE_ROWS = 500
_PIECE = 2**20  # bytes
_LF = 10
_CONTROL = ("\x1f", "\x1e", "\x1d", "\x1c")  # the separators that ASCII has for this; no text file we saw uses them
_EVEN = 0.4  # least score; rows of other widths are a preamble or will be refused by their lines
_PLAIN = 0.85  # least plainness of cells below lines that must then be a preamble
_RARE = 0.1  # a character in fewer of the lines separates nothing


@dataclass(frozen=True)
class Dialect:
    """How a text table is written.

    `separator`: " " means runs of spaces, None that there is one column.
    `quote`: what encloses cells, '"' or "'"; empty when nothing does and quotes are letters like any other.
    `padded`: spaces stand between a separator and an opening quote.
    """

    separator: str | None
    quote: str = '"'
    padded: bool = False


def plain(body: bytes, dialect: Dialect, where: str) -> tuple[bytes, str]:
    """The text with one ASCII character between cells, and that character; line ends stay where they are.

    Separators within quoted cells are left alone, so that only the marks between cells change.
    """
    separator = dialect.separator
    if separator and len(separator) == 1 and separator.isascii() and separator != " " and not dialect.padded:
        return body, separator
    mark = next((control for control in _CONTROL if control.encode() not in body), None)
    if mark is None:
        raise DataError("the text is full of control characters", where=where, advice="export it again as CSV")
    if separator is None:
        return body, mark
    encoded, quote, replacement = separator.encode(), dialect.quote.encode(), mark.encode()
    if separator != " " and (not quote or quote not in body):
        return body.replace(encoded, replacement), mark
    cell, edge, between = _patterns(encoded, quote, dialect.padded)
    pattern = re.compile(b"(?m)(" + cell + b")|(" + edge + b")|" + between)
    parts = (
        pattern.sub(lambda match: match[1] or (b"" if match[2] else replacement), part) for part in _pieces(body, quote)
    )
    return b"".join(parts), mark


def _pieces(body: bytes, quote: bytes) -> Iterator[bytes]:
    """The text in pieces of whole rows: `re.sub` holds every match at once, some 40 times the text."""
    start, odd = 0, 0
    while start < len(body):
        end = min(start + _PIECE, len(body))
        odd = body.count(quote, start, end) % 2 if quote else 0
        while end < len(body) and (odd or body[end - 1] != _LF):
            further = body.find(b"\n", end) + 1 or len(body)
            odd ^= body.count(quote, end, further) % 2 if quote else 0
            end = further
        yield body[start:end]
        start = end


def _patterns(separator: bytes, quote: bytes, padded: bool) -> tuple[bytes, bytes, bytes]:
    """What to leave as it is (a quoted cell, as a whole), to drop (spaces at the ends of lines) and to replace."""
    nothing = b"(?!)"
    cell = nothing
    if quote:
        opened = rb"(?<![^" + re.escape(separator[-1:] + b" ") + rb"\n])" + quote
        cell = opened + b"(?:[^" + quote + b"]++|" + 2 * quote + b")*+" + quote
    if separator == b" ":
        return cell, rb"^ ++| ++(?=\r?$)", b" +"
    separator = re.escape(separator)
    return cell, nothing, separator + b" *(?=" + quote + b")|" + separator if padded else separator


def first_rows(body: bytes, whole: bool, mark: str, quote: str) -> list[Row]:
    """The first rows of a text table, blank ones left out; a row that the sample cuts off is not among them."""
    reader = csv.reader(
        io.StringIO(body.decode("utf-8", "ignore"), newline=""),
        delimiter=mark,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
    )
    rows: list[Row] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells) or len(cells) > 1:
                rows.append(Row(line, reader.line_num, cells))
            line = reader.line_num + 1
            if len(rows) > SAMPLE_ROWS:
                break
    except csv.Error:  # a cell beyond the limit of the csv module: what was read so far must do
        return rows
    return rows if whole or len(rows) < 2 or len(rows) > SAMPLE_ROWS else rows[:-1]


def named_dialect(separator: str, sample: bytes, quote: str) -> Dialect:
    """The dialect with this separator; a backslash and a t, as YAML gives them in single quotes, are a tab."""
    separator = "\t" if separator == r"\t" else separator
    padded = bool(quote) and separator != " " and _is_padded(sample, separator.encode(), quote.encode())
    return Dialect(separator, quote, padded)


def sniff(sample: bytes, quote: str, whole: bool, where: str) -> Dialect:
    """The dialect of a text table, by its first rows.

    Parameters
    ----------
    sample: the first lines of the file as UTF-8. whole: whether that is all of it.
    quote: what encloses cells; empty when nothing does.

    Raises
    ------
    DataError: no separator gives rows of one width, though several occur in most lines.
    """
    best, score = None, _EVEN
    for separator in CANDIDATES:
        if separator.encode() not in sample:
            continue
        dialect = named_dialect(separator, sample, quote)
        flat, mark = plain(sample, dialect, where)
        rows = first_rows(flat, whole, mark, quote)
        evenness = _score(rows, separator)
        if evenness > score:
            best, score = dialect, evenness
    if best is not None:
        return best
    spaced = Dialect(" ", quote)
    flat, mark = plain(sample, spaced, where)
    if _is_spaced(first_rows(flat, whole, mark, quote)):
        return spaced
    lines = [line for line in sample.splitlines() if line.strip()]
    present = {c: sum(c.encode() in line for line in lines) for c in CANDIDATES}
    likely = max(present, key=lambda c: present[c])
    if present[likely] <= max(1, _RARE * len(lines)):
        return Dialect(None, quote)
    raise DataError(
        f"no separator gives every row the same number of cells; {shown(likely)} occurs in "
        f"{present[likely]:,} of the first {len(lines):,} lines",
        where=where,
        advice="write data.read.separator, and quote cells that contain it",
    )


def likely_quote(sample: bytes) -> str:
    """What encloses cells: '"', unless apostrophes enclose at least one cell a line and '"' none."""
    apart = rb"(?m)(?:^|[,;|\t])"
    enclosed = len(re.findall(apart + rb"'[^'\n]*'(?=[,;|\t\r\n])", sample))
    return "'" if enclosed >= max(2, sample.count(b"\n")) and not re.search(apart + b'"', sample) else '"'


def _is_padded(sample: bytes, separator: bytes, quote: bytes) -> bool:
    separator = re.escape(separator)
    return re.search(separator + b" +" + quote, sample) is not None and re.search(separator + quote, sample) is None


def _score(rows: Sequence[Row], separator: str) -> float:
    """The share of rows of the usual width, times how plain their cells are (0 to 1)."""
    widths = Counter(len(row.cells) for row in rows if len(row.cells) > 1)
    if not widths:
        return 0.0
    width = max(widths, key=lambda w: (widths[w], w))
    start = next(place for place, row in enumerate(rows) if len(row.cells) == width)
    even = [row for row in rows[start:] if len(row.cells) == width]
    cells = [cell for row in even for cell in row.cells]
    plainness = sum(_plainness(cell, separator) for cell in cells) / len(cells)
    if start and plainness < _PLAIN:
        return 0.0  # a name above "Paris, France": one column of prose
    return plainness * len(even) / len(rows)


def _plainness(cell: str, separator: str) -> float:
    """1 for a number, a date, an empty cell or a word; less where another separator would cut the cell."""
    if not cell or is_measured(cell):
        return 1.0
    if any(other in cell for other in ("\t", ";", "|") if other != separator):
        return 0.3
    if re.search(r",(?! )", cell) and separator != ",":
        return 0.6
    return 0.6 if cell[0] == " " else 0.95


def _is_spaced(rows: Sequence[Row]) -> bool:
    """Whether spaces separate cells: every row as wide as the first, and one column of numbers at least."""
    if len(rows) < 2 or len(rows[0].cells) < 2 or len({len(row.cells) for row in rows}) > 1:
        return False
    columns = zip(*(row.cells for row in rows[1:]), strict=True)
    return any(all(is_measured(cell) for cell in column) for column in columns)
