"""A Parquet file of numbers as LightGBM asks for it: by place and by slice, one row group at a time in memory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

if TYPE_CHECKING:
    import lightgbm

Floats = NDArray[np.float64]


def of_file(path: Path) -> tuple[lightgbm.Sequence, int]:
    """The rows of a file of float64 columns as a `lightgbm.Sequence`, and how many columns there are."""
    import lightgbm

    class FileRows(lightgbm.Sequence):
        """Places rise while LightGBM draws and reads, so that each row group is read once a round."""

        def __init__(self) -> None:
            self._file = pq.ParquetFile(path)
            facts = self._file.metadata
            self._firsts = np.cumsum([0, *(facts.row_group(i).num_rows for i in range(facts.num_row_groups))])
            self.columns = facts.num_columns
            self.batch_size = 65_536
            self._at, self._rows = -1, np.empty((0, 0))

        def __len__(self) -> int:
            return int(self._firsts[-1])

        def __getitem__(self, place: int | slice | list[int]) -> Floats:
            if isinstance(place, (int, np.integer)):
                group = int(np.searchsorted(self._firsts, place, side="right")) - 1
                return np.array(self._group(group)[int(place) - self._firsts[group]])
            if isinstance(place, slice):
                return self._between(*place.indices(len(self))[:2])
            return np.stack([self[one] for one in place])

        def _between(self, first: int, last: int) -> Floats:
            out = np.empty((last - first, self.columns))
            done = first
            while done < last:
                group = int(np.searchsorted(self._firsts, done, side="right")) - 1
                stop = min(last, int(self._firsts[group + 1]))
                start = int(self._firsts[group])
                out[done - first : stop - first] = self._group(group)[done - start : stop - start]
                done = stop
            return out

        def _group(self, group: int) -> Floats:
            """(rows, columns) of one row group; the last one read is kept."""
            if group != self._at:
                columns = [column.to_numpy() for column in self._file.read_row_group(group).columns]
                self._rows, self._at = np.column_stack(columns), group
            return self._rows

    rows = FileRows()
    return rows, rows.columns
