"""Rows as codes of bins, block by block: read from their file by whoever needs them, or laid down on a disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from casestudies.models.scorecard.fitted import Codes, Floats, summed
from casestudies.models.streamed import Blocks, Step
from casestudies.optim.designs import Design
from casestudies.optim.designs.codes import CodesTile
from casestudies.optim.designs.dense import DenseTile
from casestudies.optim.designs.layout import Layout
from casestudies.tabular.bins import Binned

_TILE, _DENSE_TILE = 32_768, 8_192


@dataclass(frozen=True, eq=False)
class Coded:
    """Some rows. codes: (rows, columns) small unsigned numbers. y, weight, fold: (rows,), as in `streamed.Rows`."""

    codes: NDArray[np.unsignedinteger]
    y: Floats
    weight: Floats
    fold: NDArray[np.intp]


class Source(Protocol):
    """Coded rows, which can be read again and again; small, and can be pickled where workers are to read them."""

    def read(self, block: int) -> Iterator[Coded]: ...


@dataclass(frozen=True)
class Reading:
    """Blocks of checked rows, coded as they are read: a byte a cell for up to 256 bins."""

    blocks: Blocks
    bins: tuple[Binned, ...]

    def read(self, block: int) -> Iterator[Coded]:
        most = max((len(bins.labels) for bins in self.bins), default=1)
        for rows in self.blocks.read(block):
            codes = np.empty((len(rows.y), len(self.bins)), np.min_scalar_type(most - 1), order="F")
            for place, bins in enumerate(self.bins):
                codes[:, place] = bins.codes(rows.frame)
            yield Coded(codes, rows.y, rows.weight, rows.fold)


@dataclass(frozen=True)
class Packing:
    """Codes of bins as codes of a design, several columns to a lookup.

    lookups: of each column of the design, the characteristic and (bins,) the design's code for each of its bins.
    """

    source: Source
    lookups: tuple[tuple[int, Codes], ...]
    layout: Layout

    def read(self, block: int) -> Iterator[Coded]:
        for rows in self.source.read(block):
            codes = np.empty((len(rows.y), len(self.lookups)), np.uint16, order="F")
            for column, (characteristic, lookup) in enumerate(self.lookups):
                codes[:, column] = lookup.astype(np.uint16)[rows.codes[:, characteristic]]
            yield Coded(self.layout.packed(codes), rows.y, rows.weight, rows.fold)


@dataclass(frozen=True)
class Laid:
    """Codes on a disk: passes over them cost no memory, and read numbers only. parts: files of each block."""

    folder: Path
    parts: tuple[int, ...]

    @classmethod
    def of(cls, source: Source, counts: Sequence[int], folder: Path, step: Step) -> Laid:
        """Write the rows of all blocks into a folder that is there; `counts`: rows of each block."""
        parts, done = [], 0
        for block in range(len(counts)):
            written = 0
            for rows in source.read(block):
                step(0.4 * done / max(sum(counts), 1), "coding the rows")
                labels = rows.y.astype(np.float32)
                place = _file(folder, block, written)
                np.savez(place, codes=rows.codes, y=labels, weight=rows.weight, fold=rows.fold.astype(np.int16))
                written, done = written + 1, done + len(rows.y)
            parts.append(written)
        return cls(folder, tuple(parts))

    def read(self, block: int) -> Iterator[Coded]:
        for part in range(self.parts[block]):
            with np.load(_file(self.folder, block, part), allow_pickle=False) as held:
                y, fold = held["y"].astype(np.float64), held["fold"].astype(np.intp)
                yield Coded(held["codes"], y, held["weight"], fold)


def _file(folder: Path, block: int, part: int) -> Path:
    return folder / f"{block}-{part}.npz"


@dataclass(frozen=True)
class PlainBlock:
    """One block as it is coded, to be counted."""

    source: Source
    block: int
    shape: tuple[int, int]

    def tiles(self, first: int) -> Iterator[Any]:
        del first
        return self.source.read(self.block)


@dataclass(frozen=True)
class StepsBlock:
    """One block of packed codes, as the steps of a card."""

    source: Source
    block: int
    rows: int
    layout: Layout

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows, int(self.layout.columns[-1]) + 1

    def tiles(self, first: int) -> Iterator[CodesTile]:
        for rows in self.source.read(self.block):
            for some, place in _cut(len(rows.y), _TILE, first):
                labels = rows.y[some], rows.weight[some], rows.fold[some]
                yield CodesTile(place, rows.codes[some], self.layout, True, *labels)
            first += len(rows.y)


@dataclass(frozen=True)
class TableBlock:
    """One block of codes, looked up. tables: (bins,) the number that stands for each bin, by characteristic."""

    source: Source
    block: int
    rows: int
    tables: tuple[Floats, ...]

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows, len(self.tables) + 1

    def tiles(self, first: int) -> Iterator[DenseTile]:
        for rows in self.source.read(self.block):
            for some, place in _cut(len(rows.y), _DENSE_TILE, first):
                X = np.empty((place.stop - place.start, len(self.tables)))
                for column, table in enumerate(self.tables):
                    X[:, column] = table[rows.codes[some, column]]
                yield DenseTile(place, X, True, None, rows.y[some], rows.weight[some], rows.fold[some])
            first += len(rows.y)


def _cut(rows: int, size: int, first: int) -> Iterator[tuple[slice, slice]]:
    """Slices of at most `size` rows, within a part and in the table, where the part begins at row `first`."""
    for start in range(0, rows, size):
        stop = min(start + size, rows)
        yield slice(start, stop), slice(first + start, first + stop)


class Recipe(Protocol):
    """One block of a design, made anew on every pass."""

    @property
    def shape(self) -> tuple[int, int]: ...

    def tiles(self, first: int) -> Iterator[Any]: ...


class InBlocks(Design):
    """Blocks that this process reads, one after another; as `designs.dask.Dask` without a cluster."""

    keeps = False

    def __init__(self, recipes: Sequence[Recipe]) -> None:
        self._recipes = tuple(recipes)

    @property
    def shape(self) -> tuple[int, int]:
        return sum(recipe.shape[0] for recipe in self._recipes), self._recipes[0].shape[1]

    def blocks(self) -> Iterator[Iterable[Any]]:
        firsts = accumulate((recipe.shape[0] for recipe in self._recipes[:-1]), initial=0)
        return (recipe.tiles(first) for recipe, first in zip(self._recipes, firsts, strict=True))


@dataclass(frozen=True, eq=False)
class Counts:
    """What all rows hold, fold by fold, the last for rows in no fold.

    Parameters
    ----------
    rows, events: by characteristic (folds + 1, bins) weights, and events among them. seen: (folds + 1,) rows.
    """

    rows: tuple[Floats, ...]
    events: tuple[Floats, ...]
    seen: Floats

    @classmethod
    def of(cls, design: Design, bins: Sequence[Binned], folds: int) -> Counts:
        sums = design.sum(_Tally(folds + 1, tuple(len(one.labels) for one in bins)))
        tables = [each.reshape(folds + 1, -1) for each in sums[1:]]
        return cls(tuple(tables[::2]), tuple(tables[1::2]), sums[0])

    def without(self, fold: int) -> tuple[list[Floats], list[Floats]]:
        """By characteristic, (bins,) weights and events of the rows outside a fold; -1 = of all rows."""
        kept = np.arange(len(self.seen)) != fold
        return [each[kept].sum(axis=0) for each in self.rows], [each[kept].sum(axis=0) for each in self.events]


@dataclass(frozen=True)
class _Tally:
    """Histograms of a part of the rows. sizes: numbers of bins."""

    folds: int
    sizes: tuple[int, ...]

    def __call__(self, rows: Any) -> tuple[Floats, ...]:
        sums = [np.bincount(rows.fold, minlength=self.folds).astype(np.float64)]
        for column, size in enumerate(self.sizes):
            cell = rows.fold * size + rows.codes[:, column]
            sums += [summed(cell, part, self.folds * size) for part in (rows.weight, rows.weight * rows.y)]
        return tuple(sums)
