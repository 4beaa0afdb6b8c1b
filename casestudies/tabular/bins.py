"""Bins: how the cells of one column, or of a pair of columns, fall into a few numbered drawers that people can read."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.tabular.cells import not_levels, plain
from casestudies.tabular.encode import finite

MISSING, OTHER = "missing", "other"
_MANY, _FEW = 1_000, 60  # rows and edges between which comparing beats bisecting


class Binned(Protocol):
    """What a card asks of a column's bins, be it one column or a pair."""

    @property
    def columns(self) -> tuple[str, ...]: ...

    @property
    def labels(self) -> tuple[str, ...]: ...

    def codes(self, frame: pd.DataFrame) -> NDArray[np.intp]: ...

    def to_dict(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Bins:
    """The bins of one column. The order of codes: values (by size, or groups of levels), special values, other, missing.

    Numbers: value bin j holds edges[j - 1] <= x < edges[j]. Categories: value bin j holds the levels of groups[j];
    levels in no group are "other" (rare in training, or never seen). The missing bin is always there, and so is "other"
    for categories, so that every cell has a bin.

    Parameters
    ----------
    column: its name in the frame.
    edges: ascending, of a column of numbers; None for categories.
    groups: levels of each value bin, of a column of categories; None for numbers.
    special: values with a bin of their own each, e.g. codes such as -9; never inside a value bin.
    """

    column: str
    edges: tuple[float, ...] | None = None
    groups: tuple[tuple[str, ...], ...] | None = None
    special: tuple[float, ...] | tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def values(self) -> int:
        """How many bins hold ordinary values; they come first."""
        return len(self.edges) + 1 if self.edges is not None else len(self.groups or ())

    @property
    def labels(self) -> tuple[str, ...]:
        """What each bin holds, in words: "25 to below 40", "A11 or A12", "-9", "other", "missing"."""
        if self.edges is not None:
            ends = [_digits(edge) for edge in self.edges]
            inner = [f"{low} to below {high}" for low, high in pairwise(ends)]
            held = [f"below {ends[0]}", *inner, f"{ends[-1]} or more"] if ends else ["all values"]
        else:
            held = [" or ".join(group) for group in self.groups or ()]
        special = [value if isinstance(value, str) else _digits(value) for value in self.special]
        return (*held, *special, *([] if self.edges is not None else [OTHER]), MISSING)

    def codes(self, frame: pd.DataFrame) -> NDArray[np.intp]:
        """(rows,) the bin of each row's cell.

        Raises
        ------
        DataError: the column of numbers holds infinities.
        """
        values = frame[self.column]
        if self.edges is None:
            return self._of_levels(values)
        number = finite(values, self.column)
        code = placed(np.asarray(self.edges), number)
        for place, value in enumerate(self.special):
            code[number == value] = self.values + place
        code[np.isnan(number)] = self.values + len(self.special)
        return code

    def _of_levels(self, values: pd.Series) -> NDArray[np.intp]:
        place = {level: code for code, group in enumerate(self.groups or ()) for level in group}
        place |= {plain(value): self.values + i for i, value in enumerate(self.special)}
        other = self.values + len(self.special)
        try:
            levels = values if isinstance(values.dtype, pd.CategoricalDtype) else values.astype("category")
        except TypeError:
            raise not_levels(values) from None
        known = np.array(
            [place.get(plain(level), other) for level in levels.cat.categories] + [other + 1], dtype=np.intp
        )
        return known[levels.cat.codes.to_numpy()]  # a missing cell has the code -1: the last entry

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Bins:
        edges, groups = told["edges"], told["groups"]
        return cls(
            told["column"],
            None if edges is None else tuple(edges),
            None if groups is None else tuple(map(tuple, groups)),
            tuple(told["special"]),
        )


def placed(edges: NDArray[np.float64], number: NDArray[np.float64]) -> NDArray[np.intp]:
    """(rows,) how many of the ascending edges are at most each number; for NaN any count.

    Of many rows one edge after the other is compared, which no branch slows down: 100,000 rows and 19 edges take 0.3 ms,
    and 2.4 ms by bisection.
    """
    if len(number) < _MANY or len(edges) > _FEW:
        return np.searchsorted(edges, number, side="right")
    code, above = np.zeros(len(number), dtype=np.uint8), np.empty(len(number), dtype=np.bool_)
    for edge in edges:
        np.greater_equal(number, edge, out=above)
        np.add(code, above.view(np.uint8), out=code)
    return code.astype(np.intp)


@dataclass(frozen=True)
class PairBins:
    """The bins of two columns taken together: every bin of the one with every bin of the other."""

    first: Bins
    second: Bins

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.first.columns, *self.second.columns)

    @property
    def labels(self) -> tuple[str, ...]:
        a, b = self.columns
        return tuple(f"{a} {one} and {b} {two}" for one in self.first.labels for two in self.second.labels)

    def codes(self, frame: pd.DataFrame) -> NDArray[np.intp]:
        """(rows,) the bin of each row."""
        return self.first.codes(frame) * len(self.second.labels) + self.second.codes(frame)

    def to_dict(self) -> dict[str, Any]:
        return {"first": self.first.to_dict(), "second": self.second.to_dict()}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> PairBins:
        return cls(Bins.from_dict(told["first"]), Bins.from_dict(told["second"]))


def is_pair(name: str, columns: Container[str]) -> bool:
    """Whether `name` is "a x b" of two of the columns, whose own names may hold an " x "."""
    cuts = [x.start() for x in re.finditer("(?= x )", name)]
    return any(name[:cut] in columns and name[cut + 3 :] in columns for cut in cuts)


def _digits(number: float) -> str:
    """The shortest decimal that reads back as the same number: 25, 0.30000001, 1234567.8."""
    return np.format_float_positional(number, trim="-") if 1e-5 < abs(number) < 1e16 or number == 0 else repr(number)
