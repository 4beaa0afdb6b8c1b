"""The cells of one column: the finest pieces that all bins on it agree about, and the bins each of them falls into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.models.scorecard.card import Card, Characteristic, Floats
from casestudies.tabular.bins import Bins, PairBins

Codes = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Cells:
    """What values of a column a card tells apart: as one column and, perhaps by other edges, as part of pairs.

    Parameters
    ----------
    bins: one bin for each cell; its codes below `bins.values` are the cells, in ascending order for numbers.
    parts: all bins on the column. codes: (cells, parts) the bin of each cell in each of them.
    target: (cells,) whether it may be a goal: no part calls it special or other, and training met it in all of them.
    """

    bins: Bins
    parts: tuple[Bins, ...]
    codes: Codes
    target: NDArray[np.bool_]

    @classmethod
    def of(cls, card: Card, column: str) -> Cells:
        found = [(part, rows) for one in card.characteristics for part, rows in _parts(one) if part.column == column]
        parts, seen = [part for part, _ in found], [rows for _, rows in found]
        special: tuple[Any, ...] = tuple(dict.fromkeys(value for part in parts for value in part.special))
        if parts[0].edges is not None:
            edges = sorted({edge for part in parts for edge in part.edges or ()})
            bins = Bins(column, tuple(edges), None, special)
            lower = [-np.inf, *edges]
            codes = np.array([[np.searchsorted(part.edges or (), x, side="right") for part in parts] for x in lower])
        else:
            homes = [{level: code for code, group in enumerate(part.groups or ()) for level in group} for part in parts]
            by_codes: dict[tuple[int, ...], list[str]] = {}
            for level in dict.fromkeys(level for home in homes for level in home):
                held = tuple(home.get(level, part.values) for home, part in zip(homes, parts, strict=True))
                if level not in special:
                    by_codes.setdefault(held, []).append(level)
            bins = Bins(column, None, tuple(map(tuple, by_codes.values())), special)
            codes = np.array(list(by_codes)).reshape(len(by_codes), len(parts))
        target = [
            all(c < p.values and rows[c] > 0 for c, p, rows in zip(row, parts, seen, strict=True)) for row in codes
        ]
        return cls(bins, tuple(parts), codes.astype(np.intp), np.array(target, dtype=bool))

    @property
    def numeric(self) -> bool:
        """Whether cells have an order."""
        return self.bins.edges is not None

    def place(self, codes: tuple[int, ...]) -> int | None:
        """The cell that falls into these bins of the parts; None for a missing, special or other one."""
        if any(code >= part.values for code, part in zip(codes, self.parts, strict=True)):
            return None
        same = np.flatnonzero((self.codes == codes).all(axis=1))
        return int(same[0]) if len(same) else None

    def label(self, codes: tuple[int, ...]) -> str:
        """What the cell that falls into these bins holds, in words."""
        place = self.place(codes)
        if place is not None:
            return self.bins.labels[place]
        aside = (p.labels[code] for code, p in zip(codes, self.parts, strict=True) if code >= p.values)
        return next(aside, self.parts[0].labels[codes[0]])


def _parts(one: Characteristic) -> Iterator[tuple[Bins, Floats]]:
    """The bins of a characteristic's columns, each with (bins,) its training rows."""
    if isinstance(one.bins, PairBins):
        rows = one.rows.reshape(len(one.bins.first.labels), len(one.bins.second.labels))
        yield one.bins.first, rows.sum(axis=1)
        yield one.bins.second, rows.sum(axis=0)
    elif isinstance(one.bins, Bins):
        yield one.bins, one.rows
