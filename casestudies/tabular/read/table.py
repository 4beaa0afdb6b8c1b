"""What reading is told and what it gives back: options, limits, the table and where it came from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from casestudies.errors import ConfigError, shown


@dataclass(frozen=True)
class ReadOptions:
    """The config keys `data.read.*`. What is None is found in the file, and said in `Source.notes`.

    Parameters
    ----------
    separator: what stands between two cells; " " means runs of spaces, "::" and other texts are allowed.
    decimal: "." or ",".
    encoding: a Python codec name ("cp1252", "utf-16", "cp850").
    header: True: above the first row, found; False: there is none; an int: the 1-based line (Excel: row) it stands on,
        whatever it looks like. Lines above it are skipped.
    names: column names when the file has none, or in place of the file's.
    missing: further texts that mean missing, beside the empty cell; compared without surrounding spaces, so " " makes
        blank cells missing.
    sheet: which sheet of a workbook that has several.
    skip_broken: leave out rows with too many or too few cells, where they are few, and name their lines; else refuse.

    Raises
    ------
    ConfigError: a value that no file could be read with; the message names the key.
    """

    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    header: bool | int = True
    names: tuple[str, ...] | None = None
    missing: tuple[str, ...] = ()
    sheet: str | None = None
    skip_broken: bool = False

    def __post_init__(self) -> None:
        if self.separator is not None and (not self.separator or set(self.separator) & set('"\r\n')):
            _refuse("separator", self.separator, "write one or a few characters, none of them a quote or a line end")
        if self.decimal not in (None, ".", ","):
            _refuse("decimal", self.decimal, "write '.' or ','")
        if not isinstance(self.header, bool) and self.header < 1:
            _refuse("header", self.header, "write true, false or the number of a line, from 1 on")
        if self.names is not None and len(set(self.names)) < len(self.names):
            twice = next(name for place, name in enumerate(self.names) if name in self.names[:place])
            _refuse("names", twice, "give each column a name of its own")


@dataclass(frozen=True)
class Limits:
    """How much is read at most; a file beyond one of them is refused with the number and the limit.

    Parameters
    ----------
    bytes: of the file, and of what it unpacks to (gzip, the parts of a workbook, the columns of a Parquet file).
    rows, columns, cells: of the table; cells = rows x columns.
    """

    bytes: int = 200 * 2**20
    rows: int = 1_000_000
    columns: int = 500
    cells: int = 50_000_000

    def exceeded(self, rows: int, columns: int) -> str:
        """The first limit that a table of this size breaks, in words; empty when it breaks none."""
        for count, limit, unit in (
            (columns, self.columns, "columns"),
            (rows, self.rows, "rows"),
            (rows * columns, self.cells, "cells"),
        ):
            if count > limit:
                return f"has {count:,} {unit}; the limit is {limit:,}"
        return ""


@dataclass(frozen=True)
class Source:
    """What was read and how; stands in profile.json, on the page and in the report.

    `name` is the file's name, never its path; `sha256` and `bytes` are of the file as it lies on the disk;
    `header_line` is the line (Excel: row) of the column names, None where the file has none; `decimal` is None where
    the cells speak for both marks. `notes` holds every choice and every mending, a sentence each.
    """

    name: str
    sha256: str
    bytes: int
    format: str  # csv, excel or parquet
    encoding: str | None
    separator: str | None
    decimal: str | None
    header_line: int | None
    rows: int
    columns: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A file as it was typed.

    `frame`: every column is text (dtype `str`, NaN = missing), except the typed columns of a Parquet file.
    `lines`: (rows,) int64, the 1-based line (Excel: row) of the file on which each data row begins.
    """

    frame: pd.DataFrame
    source: Source
    lines: np.ndarray


@dataclass(frozen=True)
class Reading:
    """What the reader of one format hands to `read_table`: a table without the facts about its file."""

    frame: pd.DataFrame
    lines: np.ndarray
    encoding: str | None = None
    separator: str | None = None
    decimal: str | None = None
    header_line: int | None = None
    notes: tuple[str, ...] = ()


def as_text(column: pa.Array | pa.ChunkedArray) -> pd.Series:
    """A column of texts as pandas' own text type, over the same memory where it is in one piece; null is NaN."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    series: pd.Series = whole.to_pandas(types_mapper={pa.large_string(): pd.StringDtype(na_value=np.nan)}.get)
    return series


def framed(columns: Iterable[pd.Series], names: Sequence[str]) -> pd.DataFrame:
    """Columns side by side under their names, which are texts and no index of another kind."""
    frame = pd.DataFrame(dict(enumerate(columns)))
    frame.columns = list(names)
    return frame


def without_texts(column: pd.Series, texts: set[str]) -> pd.Series:
    """The column with cells missing whose text, without outer spaces, is in `texts`."""
    if column.dtype == "str":
        return column.mask(column.str.strip().isin(texts))
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.remove_categories([c for c in column.cat.categories if str(c).strip() in texts])
    return column


def _refuse(key: str, value: object, advice: str) -> None:
    raise ConfigError(f"{shown(value)} cannot be used", where=f"data.read.{key}", advice=advice)
