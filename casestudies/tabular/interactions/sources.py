"""A table of interactions, items or users, from a file of any kind or from memory; without a header too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from casestudies.errors import DataError
from casestudies.tabular.read import Limits, NoHeader, ReadOptions, Source, Table, read_table


def table_of(given: Path | str | pd.DataFrame, read: ReadOptions, limits: Limits, name: str) -> tuple[Table, bool]:
    """The table, and whether its columns have names of their own.

    Parameters
    ----------
    given: a file, or a table in memory, whose values stay as they are. name: of a table in memory, for the messages.

    Raises
    ------
    DataError: see `read_table`; or the table in memory names a column twice.
    """
    if isinstance(given, pd.DataFrame):
        return _in_memory(given, limits, name), True
    path = Path(given)
    try:
        table = read_table(path, read, limits)
    except NoHeader:
        if read.header is not True:
            raise
        table = read_table(path, replace(read, header=False), limits)
        note = "the first row is data: the file has no header" + (
            "" if read.names else ", and columns are found by what they hold"
        )
        table = replace(table, source=replace(table.source, notes=(*table.source.notes, note)))
    return table, table.source.header_line is not None or table.source.format == "parquet" or read.names is not None


def _in_memory(frame: pd.DataFrame, limits: Limits, name: str) -> Table:
    if frame.columns.has_duplicates:
        twice = str(frame.columns[frame.columns.duplicated()][0])
        raise DataError(
            f"there are several columns {twice!r}", where=name, advice="give every column a name of its own"
        )
    if not isinstance(frame.index, pd.RangeIndex) and all(frame.index.names):
        frame = frame.reset_index()
    rows, columns = frame.shape
    if too_large := limits.exceeded(rows, columns):
        raise DataError(f"the table {too_large}", where=name, advice="keep only the rows and columns that are needed")
    if not rows:
        raise DataError("the table has no rows", where=name, advice="look at how it was made")
    frame = frame.set_axis([str(column) for column in frame.columns], axis=1).reset_index(drop=True)
    source = Source(name, "", 0, "frame", None, None, None, None, rows, columns)
    return Table(frame, source, np.arange(1, rows + 1))
