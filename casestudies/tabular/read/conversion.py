"""A text table of any size as Parquet: read by the same rules as every text table, a block of lines at a time.

What a run reads from the Parquet file is what it would have read from the text, but for one thing: a column in which
every cell is a number becomes a column of numbers, so that levels such as '1.50' and '1.5' are one. Codes with leading
zeros, and numbers beyond 2^53, stay text.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Literal, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from casestudies.errors import DataError, shown
from casestudies.tabular.numbers import to_numbers
from casestudies.tabular.read.charset import to_utf8
from casestudies.tabular.read.contents import refuse_foreign
from casestudies.tabular.read.delimited import LITERAL, begun, read_delimited
from casestudies.tabular.read.parse import Block, parse
from casestudies.tabular.read.sniff import Dialect, plain
from casestudies.tabular.read.table import Limits, Reading, ReadOptions, as_text

ROWS = 100_000  # of a row group
_BYTES = 8 * 2**20  # of text at a time: some 80,000 rows of 100 letters
_LONGEST = 64 * 2**20  # of one row and of a quote left open
_PADDED = r"^[+-]?0[0-9]"
_EXACT = 2.0**53
_BOUNDLESS = Limits(bytes=2**62, rows=2**62, cells=2**62)

Kind = Literal["whole", "number", "text"]
_TYPES = {"whole": pa.int64(), "number": pa.float64(), "text": pa.large_string()}


@dataclass(frozen=True)
class Converted:
    """`notes`: how the text was read, and which columns became numbers."""

    rows: int
    columns: int
    notes: tuple[str, ...]


@dataclass(eq=False)
class _Kinds:
    """What each column is written as. A cell that does not fit changes it, and then all is to be written anew."""

    decimal: str
    of: list[Kind] = field(default_factory=list)
    changed: bool = False

    def fit(self, columns: list[pa.Array]) -> list[pa.Array]:
        """The columns in their kinds; where one does not fit, that is kept in mind and the column is all missing."""
        if not self.of:
            self.of = [self._first(column) for column in columns]
        return [self._fitted(place, column) for place, column in enumerate(columns)]

    def _first(self, column: pa.Array) -> Kind:
        return self._kind(column) if column.null_count < len(column) else "text"

    def _kind(self, column: pa.Array, values: np.ndarray | None = None) -> Kind:
        values = self._numbers(column) if values is None else values
        if values is None or bool(pc.any(pc.match_substring_regex(column, _PADDED)).as_py()):
            return "text"
        held = values[~np.isnan(values)]
        if (np.abs(held) > _EXACT).any():
            return "text"
        typed = pc.any(pc.match_substring_regex(column, r"[.,eE]")).as_py()
        return "number" if typed or (np.mod(held, 1) != 0).any() else "whole"

    def _numbers(self, column: pa.Array) -> np.ndarray | None:
        values, bad = to_numbers(as_text(column), self.decimal)
        return None if bad.any() else values

    def _fitted(self, place: int, column: pa.Array) -> pa.Array:
        kind = self.of[place]
        if kind == "text":
            return column
        values = self._numbers(column)
        now = self._kind(column, values) if values is not None else "text"
        if now != "whole" and now != kind:
            self.of[place], self.changed = now, True
        if values is None or now == "text":
            return pa.nulls(len(column), _TYPES[kind])
        return pa.array(values, from_pandas=True).cast(_TYPES[kind], safe=False)


def to_parquet(
    path: Path, out: Path, options: ReadOptions, on_part: Callable[[float], None] | None = None
) -> Converted:
    """Write the table in `path` to `out`, in row groups of 100,000 rows.

    The first 8 MB tell encoding, separator, decimal mark and header, unless `options` state them; the kinds of the
    columns are those of the first rows, and where later rows contradict them the file is written a second time.

    Parameters
    ----------
    on_part: called with the share of the text that is done.

    Raises
    ------
    DataError: the text is no table; a row cannot be read, with its line; or bytes do not fit the encoding.
    """
    kinds: _Kinds | None = None
    while True:
        text = _Text(path, options)
        reading, dialect, width = text.opening()
        kinds = kinds or _Kinds(reading.decimal or ".")
        kinds.changed = False
        rows = _written(text, reading, dialect, width, out, kinds, on_part)
        if not kinds.changed:
            break
    named = list(map(str, reading.frame.columns))
    numbers = [name for name, kind in zip(named, kinds.of, strict=True) if kind != "text"]
    said = f"columns of numbers: {', '.join(numbers)}" if numbers else "no column is of numbers alone"
    return Converted(rows, len(named), (*reading.notes, said))


def _written(
    text: _Text,
    reading: Reading,
    dialect: Dialect,
    width: int,
    out: Path,
    kinds: _Kinds,
    on_part: Callable[[float], None] | None,
) -> int:
    """Write all blocks, or only look at the rest once a column has changed its kind; the rows."""
    names = list(map(str, reading.frame.columns))
    writer: pq.ParquetWriter | None = None
    waiting: list[pa.Table] = []
    rows = 0
    try:
        for columns in _blocks(text, reading, dialect, width):
            fitted = kinds.fit(columns)
            rows += len(fitted[0])
            if on_part is not None:
                on_part(text.done)
            if kinds.changed:
                waiting.clear()
                continue
            if writer is None:
                schema = pa.schema([(name, _TYPES[kind]) for name, kind in zip(names, kinds.of, strict=True)])
                writer = pq.ParquetWriter(out, schema, compression="zstd")
            waiting.append(pa.table(fitted, schema=writer.schema))
            if sum(part.num_rows for part in waiting) >= ROWS:
                whole = pa.concat_tables(waiting)
                full = whole.num_rows // ROWS * ROWS
                writer.write_table(whole.slice(0, full), row_group_size=ROWS)
                waiting = [whole.slice(full)]
        if writer is not None and not kinds.changed and sum(part.num_rows for part in waiting):
            writer.write_table(pa.concat_tables(waiting), row_group_size=ROWS)
    finally:
        if writer is not None:
            writer.close()
    return rows


def _blocks(text: _Text, reading: Reading, dialect: Dialect, width: int) -> Iterator[list[pa.Array]]:
    """The columns of the first block, and of each later one, read as the first was."""
    count = reading.frame.shape[1]
    yield text.without_missing(
        [pa.array(reading.frame.iloc[:, i], pa.large_string(), from_pandas=True) for i in range(count)]
    )
    while body := text.next():
        flat, mark = plain(body, dialect, text.where)
        if not flat.strip():
            continue
        cells = parse(Block(flat, mark, dialect.quote, 0, text.line, width), _BOUNDLESS, text.where)
        for column in cells.columns[count:]:
            if column.null_count < len(column):
                line = int(cells.lines[np.argmax(column.is_valid())])
                raise DataError(
                    f"the row has a value beyond the table's {count} columns",
                    where=f"{text.where}, line {line:,}",
                    advice="quote cells that contain the separator",
                )
        yield text.without_missing(cells.columns[:count])


class _Text:
    """The text of a file in blocks of whole rows, as UTF-8.

    `line`: 1-based line on which the block that `next` gave last begins. `done`: share of the file that has been read.
    """

    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.where = shown(path.name, 80)
        self._path, self._options = path, options
        self._size = max(path.stat().st_size, 1)
        self._raw = path.open("rb")
        packed = self._raw.read(2) == b"\x1f\x8b"
        self._raw.seek(0)
        self._stream: IO[bytes] = cast(IO[bytes], gzip.GzipFile(fileobj=self._raw)) if packed else self._raw
        self._quote, self._rest, self._ended = b"", b"", False
        self._decoder: codecs.IncrementalDecoder | None = None
        self.line, self._lines = 1, 0

    @property
    def done(self) -> float:
        return min(1.0, self._raw.tell() / self._size)

    def opening(self) -> tuple[Reading, Dialect, int]:
        """The first block as every text table is read, how it is written, and the width of its rows."""
        head = self._read()
        refuse_foreign(head, self.where)
        # cut at a line end of any encoding's, so that no letter is torn; the rest goes before the next block
        raw, tail = _cut_raw(head) if not self._ended else (head, b"")
        decoded = to_utf8(raw, self._options.encoding, self.where)
        codec = "utf-8" if decoded.encoding == "utf-8" else decoded.encoding
        if codec in ("utf-16", "utf-32"):  # the mark at the beginning has told the order of bytes
            codec += "-be" if raw[:2] in (codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE[:2]) else "-le"
        self._decoder = codecs.getincrementaldecoder(codec)()
        self._rest = decoded.body
        options = replace(self._options, encoding="utf-8")
        self._rest += self._decoded(tail)
        whole = self._rest
        try:
            self._quote = begun(whole, False, options, self.where)[0].quote.encode()
            body = self._whole_rows()
            reading = read_delimited(body, options, _BOUNDLESS, self.where)
        except DataError:  # quotes may be letters like any other: cut at any line end
            self._quote, self._rest = b"", whole
            body = self._whole_rows()
            reading = read_delimited(body, options, _BOUNDLESS, self.where)
        dialect, width = begun(body, LITERAL in reading.notes, options, self.where)
        self._quote = dialect.quote.encode()
        self._lines = _line_ends(body)
        return replace(reading, encoding=decoded.encoding, notes=(*decoded.notes, *reading.notes)), dialect, width

    def next(self) -> bytes:
        """The next whole rows; empty at the end."""
        self.line += self._lines
        while not self._ended and len(self._rest) < _BYTES:
            self._rest += self._decoded(self._read())
        body = self._whole_rows()
        self._lines = _line_ends(body)
        if not body:
            self._raw.close()
        return body

    def without_missing(self, columns: list[pa.Array]) -> list[pa.Array]:
        """Cells that stand for missing by the options, as missing."""
        texts = pa.array([text.strip() for text in self._options.missing], pa.large_string())
        if not len(texts):
            return columns
        marked = [pc.is_in(pc.utf8_trim_whitespace(column), texts) for column in columns]
        return [pc.if_else(mark, None, column) for mark, column in zip(marked, columns, strict=True)]

    def _read(self) -> bytes:
        try:
            data = self._stream.read(_BYTES)
        except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
            raise DataError(
                f"the gzip archive is damaged or cut short ({shown(problem, 80)})",
                where=self.where,
                advice="copy or download it again",
            ) from None
        self._ended = len(data) < _BYTES
        return data

    def _decoded(self, data: bytes) -> bytes:
        if self._decoder is None:
            raise ValueError("the text has not been opened")
        try:
            return self._decoder.decode(data, self._ended).encode("utf-8")
        except UnicodeDecodeError as problem:
            raise DataError(
                f"a byte (0x{problem.object[problem.start]:02X}) does not fit the encoding that the file begins in",
                where=f"{self.where}, after line {self.line + self._lines:,}",
                advice="write --set data.read.encoding=cp1252, or whatever it is",
            ) from None

    def _whole_rows(self) -> bytes:
        """What is at hand up to the last line end outside of quotes; all of it at the end of the file."""
        text = self._rest
        if self._ended and len(text) <= 2 * _BYTES:
            self._rest = b""
            return text
        end = len(text)
        odd = text.count(self._quote) % 2 if self._quote else 0
        while (place := text.rfind(b"\n", 0, end)) >= 0:
            odd ^= text.count(self._quote, place, end) % 2 if self._quote else 0
            end = place
            if not odd:
                self._rest = text[place + 1 :]
                return text[: place + 1]
        if self._ended:
            self._rest = b""
            return text
        if len(text) > _LONGEST:
            raise DataError(
                "a row has more than 64 million letters",
                where=f"{self.where}, line {self.line:,}",
                advice="look for a quote left open, or for line ends that are no LF",
            )
        self._rest = text + self._decoded(self._read())
        return self._whole_rows()


def _cut_raw(raw: bytes) -> tuple[bytes, bytes]:
    """At the last LF, with the zero bytes that belong to it in UTF-16 and UTF-32."""
    end = raw.rfind(b"\n") + 1
    if not end:
        return raw, b""
    while end < len(raw) and raw[end] == 0 and end % 4:
        end += 1
    return raw[:end], raw[end:]


def _line_ends(text: bytes) -> int:
    return text.count(b"\n")
