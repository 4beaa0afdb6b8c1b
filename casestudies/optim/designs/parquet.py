"""Rows in a Parquet file, read anew on every pass, one row group at a time: tables larger than memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from casestudies.errors import DataError, nearest, shown
from casestudies.optim.arrays import Mask
from casestudies.optim.designs.base import Design
from casestudies.optim.designs.dense import DenseTile
from casestudies.optim.designs.limits import LARGEST


@dataclass(frozen=True)
class RowGroup:
    """Where one row group is to be found and how to read it: a few hundred bytes that can be sent to a worker.

    first: rows of the file before the group. stamp: time of change (ns) and size (bytes) of the file when it was opened.
    """

    path: str
    group: int
    first: int
    rows: int
    stamp: tuple[int, int]
    columns: tuple[str, ...]
    y: str
    weights: str | None
    folds: str | None
    intercept: bool
    tile: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows, len(self.columns) + int(self.intercept)

    def tiles(self, first: int) -> Iterator[DenseTile]:
        """The tiles of the group, which begins at row `first` of the design.

        Raises
        ------
        DataError: the file has changed since it was opened, or a value cannot be used; the message gives the file, its
            row and the column.
        """
        table = self._read()
        features = [self._checked(table, name) for name in self.columns]
        y = self._checked(table, self.y)
        weights = None if self.weights is None else self._checked(table, self.weights, least=0.0)
        folds = None if self.folds is None else self._checked(table, self.folds)
        for start in range(0, self.rows, self.tile):
            some = slice(start, min(start + self.tile, self.rows))
            X = np.empty((some.stop - start, len(features)))
            for column, values in enumerate(features):
                X[:, column] = values[some]
            yield DenseTile(
                slice(first + start, first + some.stop),
                X,
                self.intercept,
                y=y[some].astype(np.float64),
                weights=None if weights is None else weights[some].astype(np.float64),
                folds=None if folds is None else folds[some].astype(np.intp),
            )

    def _read(self) -> pa.Table:
        if stamp_of(self.path) != self.stamp:
            raise DataError(
                "the file has changed since it was opened", where=self.path, advice="open it again and start over"
            )
        names = dict.fromkeys([*self.columns, self.y, *filter(None, (self.weights, self.folds))])
        try:
            with pq.ParquetFile(self.path) as file:
                return file.read_row_group(self.group, columns=list(names))
        except (pa.ArrowException, OSError) as error:
            raise DataError(
                f"row group {self.group + 1} cannot be read: {error}", where=self.path, advice="write the file again"
            ) from error

    def _checked(self, table: pa.Table, name: str, least: float = -LARGEST) -> NDArray[np.generic]:
        """(rows,) the values of a column, in their own type."""
        column = table.column(name)
        if column.null_count:
            self._refuse(column.is_null().to_numpy(), name, "missing")
        values = column.to_numpy()
        if not (values.min() >= least and values.max() <= LARGEST):  # NaN fails both
            self._refuse(~((values >= least) & (values <= LARGEST)), name, f"not from {least:g} to {LARGEST:g}")
        return values

    def _refuse(self, bad: Mask, name: str, what: str) -> NoReturn:
        rows = np.flatnonzero(bad)
        raise DataError(
            f"{len(rows)} values of the row group are {what}",
            where=f"{self.path}, row {self.first + rows[0] + 1} (row group {self.group + 1}), column {name}",
            advice="fill missing values and use larger units",
        )


class Parquet(Design):
    """The row groups of a Parquet file, of which one is in memory at a time; a block is a row group.

    Parameters
    ----------
    path: the file. Row groups of 100,000 to 250,000 rows suit.
    y: the column of the labels, numbers or truth values.
    columns: the features, in this order; by default all others of the file.
    weights, folds: the columns of the row weights and of the fold numbers, if any.
    intercept: a column of ones is added as the last column.
    tile: rows of a tile.

    Raises
    ------
    DataError: no such file or column, no rows, columns that are not numbers; while reading, values that are missing,
        infinite or beyond 1e100, weights below 0, and a file that has changed since it was opened.
    """

    keeps: ClassVar[bool] = False

    def __init__(
        self,
        path: str | Path,
        y: str,
        columns: Sequence[str] | None = None,
        weights: str | None = None,
        folds: str | None = None,
        intercept: bool = True,
        tile: int = 2048,
    ) -> None:
        path = str(path)
        stamp = stamp_of(path)
        try:
            with pq.ParquetFile(path) as file:
                metadata, schema = file.metadata, file.schema_arrow
        except pa.ArrowInvalid as error:
            raise DataError(f"not a Parquet file: {error}", where=path, advice="convert it to Parquet") from error
        others = {y, weights, folds}
        names = tuple(name for name in schema.names if name not in others) if columns is None else tuple(columns)
        for name in (*names, *filter(None, (y, weights, folds))):
            _refuse_column(path, schema, name)
        counts = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
        if not sum(counts) or not names:
            raise DataError(f"{sum(counts)} rows of {len(names)} features", where=path, advice="give some of both")
        firsts = np.cumsum([0, *counts])
        self.recipes = tuple(
            RowGroup(path, group, int(first), rows, stamp, names, y, weights, folds, intercept, tile)
            for group, (first, rows) in enumerate(zip(firsts, counts, strict=False))
            if rows
        )

    @property
    def shape(self) -> tuple[int, int]:
        return sum(recipe.rows for recipe in self.recipes), self.recipes[0].shape[1]

    def blocks(self) -> Iterator[Iterable[DenseTile]]:
        return (recipe.tiles(recipe.first) for recipe in self.recipes)


def stamp_of(path: str) -> tuple[int, int]:
    """Time of change (ns) and size (bytes) of a file.

    Raises
    ------
    DataError: there is no such file.
    """
    try:
        found = Path(path).stat()
    except OSError as error:
        raise DataError(f"the file cannot be read: {error.strerror}", where=path, advice="check the path") from error
    return found.st_mtime_ns, found.st_size


def _refuse_column(path: str, schema: pa.Schema, name: str) -> None:
    if schema.get_field_index(name) < 0:
        raise DataError(f"no column is called {shown(name)}", where=path, advice=nearest(name, schema.names))
    kind = schema.field(name).type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)):
        raise DataError(
            f"column {shown(name)} holds {kind}, not numbers",
            where=path,
            advice="turn it into numbers, or leave it out of the columns",
        )
