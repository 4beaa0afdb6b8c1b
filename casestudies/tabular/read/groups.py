"""A Parquet file read by row groups: a part of it in memory at a time, each a `Table` whose rows know their numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from casestudies.errors import DataError, one_line, shown
from casestudies.tabular.read.names import chosen_names
from casestudies.tabular.read.parquet import as_series, check_laid_out, check_types, is_text
from casestudies.tabular.read.table import Limits, ReadOptions, Source, Table, framed, without_texts

PART = 131_072  # rows at most in memory: 64 tiles of 2,048 rows, 20 MB for twenty columns of numbers
_MAGIC = b"PAR1"
_CHUNK = 2**22
_TEXT = 60  # bytes of a cell of text in memory: a pointer and some tens of letters


@dataclass(frozen=True)
class RowGroups:
    """Where the rows are and how they are read: a few kilobytes, which a worker of a cluster can be sent.

    Parameters
    ----------
    path: the file. stamp: its time of change (ns) and size (bytes) when it was opened.
    names: of the columns, as `read_table` would name them; found: as the file itself does.
    counts: rows of each row group, in the file's order; groups without rows have been left out of `places`.
    places: the number of each row group in the file.
    widths: bytes that a cell of each column takes in memory, roughly.
    """

    path: str
    stamp: tuple[int, int]
    options: ReadOptions
    names: tuple[str, ...]
    found: tuple[str, ...]
    counts: tuple[int, ...]
    places: tuple[int, ...]
    widths: tuple[int, ...]

    @classmethod
    def open(cls, path: Path, options: ReadOptions = ReadOptions()) -> RowGroups:  # noqa: B008
        """Read the footer, and nothing else.

        Raises
        ------
        DataError: the file cannot be opened, is damaged, has no rows, or columns of a type that is no column of a table.
        """
        where = shown(path.name, 80)
        try:
            with pq.ParquetFile(path) as file:
                facts, schema = file.metadata, file.schema_arrow
                counts = [facts.row_group(group).num_rows for group in range(facts.num_row_groups)]
        except UnicodeEncodeError:
            raise DataError(
                "the name is not UTF-8, and Arrow takes no other", where=where, advice="rename it"
            ) from None
        except (pa.ArrowException, OSError, ValueError) as problem:
            raise _damaged(problem, where) from None
        check_types(schema, where)
        if not sum(counts):
            raise DataError("the file has no rows", where=where, advice="write it again with its rows")
        names, _ = chosen_names(options.names, schema.names, where)
        places = tuple(group for group, rows in enumerate(counts) if rows)
        widths = tuple(_width(field.type) for field in schema)
        kept = tuple(counts[group] for group in places)
        return cls(str(path), _stamp(path), options, tuple(names), tuple(schema.names), kept, places, widths)

    @property
    def rows(self) -> int:
        return sum(self.counts)

    @property
    def where(self) -> str:
        return shown(Path(self.path).name, 80)

    def tables(self, block: int, names: Collection[str] | None = None) -> Iterator[Table]:
        """The rows of one row group, at most `PART` at a time; the frame's index is the row's place in the file.

        Parameters
        ----------
        block: which of the row groups, from 0.
        names: the columns wanted, None = all.

        Raises
        ------
        DataError: the file has changed since it was opened, or is damaged.
        """
        if _stamp(Path(self.path)) != self.stamp:
            raise DataError("the file has changed while it was read", where=self.where, advice="start again")
        first = sum(self.counts[:block])
        wanted = [place for place, name in enumerate(self.names) if names is None or name in names]
        once = len(set(self.found)) == len(self.found)
        columns = [self.found[place] for place in wanted] if once else None
        try:
            with pq.ParquetFile(self.path, read_dictionary=self._texts()) as file:
                for batch in file.iter_batches(PART, [self.places[block]], columns):
                    yield self._table(pa.Table.from_batches([batch]), wanted, first, columns is None)
                    first += batch.num_rows
        except (pa.ArrowException, OSError, ValueError) as problem:
            raise _damaged(problem, self.where) from None

    def source(self) -> Source:
        """What was read, for the record; reads the file once for its hash."""
        path = Path(self.path)
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        return replace(self._source(), sha256=digest.hexdigest())

    def _source(self) -> Source:
        name = one_line(Path(self.path).name)
        return Source(name, "", self.stamp[1], "parquet", None, None, None, None, self.rows, len(self.names))

    def _texts(self) -> list[str]:
        """Columns of text stay dictionaries until their full size is known: a few bytes may stand for a terabyte."""
        return [name for name, width in zip(self.found, self.widths, strict=True) if width == _TEXT]

    def _table(self, table: pa.Table, wanted: list[int], first: int, whole: bool) -> Table:
        check_laid_out(table, Limits(), self.where)
        columns = table.columns if not whole else [table.column(place) for place in wanted]
        series = [as_series(_plain(column)) for column in columns]
        texts = {text.strip() for text in self.options.missing}
        if texts:
            series = [without_texts(one, texts) for one in series]
        frame = framed(series, [self.names[place] for place in wanted])
        frame.index = pd.RangeIndex(first, first + table.num_rows)
        return Table(frame, self._source(), np.arange(first + 1, first + table.num_rows + 1))


def is_parquet(path: Path) -> bool:
    """By the first bytes, whatever the file is called; False where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Dictionaries of text as text: parts of one column have dictionaries of their own, which do not fit together."""
    if pa.types.is_dictionary(column.type) and is_text(column.type.value_type):
        return column.cast(pa.large_string())
    return column


def _width(kind: pa.DataType) -> int:
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return _TEXT if is_text(inner) else 8


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise DataError(
            f"it cannot be opened ({error.strerror})", where=shown(path.name, 80), advice="check the path"
        ) from None
    return found.st_mtime_ns, found.st_size


def _damaged(problem: Exception, where: str) -> DataError:
    return DataError(f"the Parquet file is damaged ({shown(problem, 80)})", where=where, advice="write it again")
