"""What codes of bins stand for, and how they are looked up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from casestudies.optim.arrays import Array, Index

_SHARED = 512  # most entries of a table that several columns share

Coding = Literal["steps", "levels"]


@dataclass(frozen=True)
class Layout:
    """Which columns the bins stand for, and which bins share a lookup.

    A row's margin is a sum of table entries, one per lookup. Columns of few bins are looked up together, in a table with
    an entry for each combination: two columns of 20 bins in one of 400, nine flags in one of 512. That halves the time
    of a pass for bins of 20, and a table of that size stays in the fastest cache.

    bins, codings: of each column. groups: the columns that share a lookup, as slices of them.
    """

    bins: tuple[int, ...]
    codings: tuple[Coding, ...]
    groups: tuple[slice, ...]

    @classmethod
    def of(cls, bins: tuple[int, ...], codings: tuple[Coding, ...]) -> Layout:
        groups, first, entries = [], 0, 1
        for column, count in enumerate(bins):
            if column > first and entries * count > _SHARED:
                groups.append(slice(first, column))
                first, entries = column, 1
            entries *= count
        return cls(bins, codings, (*groups, slice(first, len(bins))))

    @cached_property
    def levels(self) -> Index:
        """(columns + 1,) where the bins of each column begin among all bins."""
        return np.cumsum([0, *self.bins])

    @cached_property
    def columns(self) -> Index:
        """(columns + 1,) where what a column of codes stands for begins among all columns of the design."""
        return np.cumsum([0, *(n - (coding == "steps") for n, coding in zip(self.bins, self.codings, strict=True))])

    @cached_property
    def entries(self) -> Index:
        """(groups + 1,) where the table of each group begins among all entries."""
        return np.cumsum([0, *(int(np.prod(self.bins[group])) for group in self.groups)])

    def packed(self, codes: NDArray[np.integer]) -> NDArray[np.uint16]:
        """(rows, groups) the entry of each group's table from (rows, columns) codes."""
        out = np.empty((len(codes), len(self.groups)), dtype=np.uint16)
        for entry, group in zip(out.T, self.groups, strict=True):
            entry[:] = codes[:, group.start]
            for column in range(group.start + 1, group.stop):
                entry *= self.bins[column]
                entry += codes[:, column].astype(np.uint16, copy=False)
        return out

    def unpacked(self, packed: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """(rows, columns) codes again."""
        out = np.empty((len(packed), len(self.bins)), dtype=np.uint16)
        for entry, group in zip(packed.T, self.groups, strict=True):
            rest = entry
            for column in range(group.stop - 1, group.start, -1):
                rest, out[:, column] = np.divmod(rest, self.bins[column])
            out[:, group.start] = rest
        return out

    def tables(self, W: Array) -> Array:
        """(entries, problems): what each combination of bins adds to the margin, from coefficients (columns, problems)."""
        values = [
            _summed(W[first:last]) if coding == "steps" else W[first:last]
            for coding, (first, last) in zip(self.codings, pairwise(self.columns), strict=True)
        ]
        tables = []
        for group in self.groups:
            table = values[group.start]
            for more in values[group.start + 1 : group.stop]:
                table = (table[:, None] + more[None]).reshape(-1, W.shape[1])
            tables.append(table)
        return np.concatenate(tables)

    def totals(self, histogram: Array) -> Array:
        """(bins of all columns, problems) from the (entries, problems) totals of each combination."""
        out = np.empty((self.levels[-1], histogram.shape[1]))
        for group, first, last in zip(self.groups, self.entries, self.entries[1:], strict=False):
            cube = histogram[first:last].reshape(*self.bins[group], -1)
            for axis, column in enumerate(range(group.start, group.stop)):
                others = tuple(a for a in range(cube.ndim - 1) if a != axis)
                out[self.levels[column] : self.levels[column + 1]] = cube.sum(axis=others)
        return out

    def gathered(self, totals: Array) -> Array:
        """(columns, ...) from (bins of all columns, ...): a step is 1 in its own bin and in all above."""
        if "steps" not in self.codings:
            return totals
        out = np.empty((self.columns[-1], *totals.shape[1:]))
        for column, (first, last) in enumerate(pairwise(self.levels)):
            own = totals[first:last]
            steps = self.codings[column] == "steps"
            out[self.columns[column] : self.columns[column + 1]] = own[:0:-1].cumsum(axis=0)[::-1] if steps else own
        return out


def _summed(W: Array) -> Array:
    """(bins, problems) of one column: the steps (bins - 1, problems) that are 1 in a bin, added up."""
    values = np.zeros((len(W) + 1, W.shape[1]))
    np.cumsum(W, axis=0, out=values[1:])
    return values
