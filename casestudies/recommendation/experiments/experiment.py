"""A test as it was run: who was in which arm, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Factor:
    """One thing that was varied. levels: its values, the one that means "as before" first."""

    name: str
    levels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Experiment:
    """The units of a test, one row each.

    A cell is a combination of levels, one of each factor; cell 0 is "as before" in all of them. Where some
    combinations were never run, the cells that were are the levels of one factor.

    Parameters
    ----------
    factors: what was varied. level: (units, factors) each unit's level of each factor.
    y: (units,) the outcome. binary: whether it is 0/1.
    before: (units,) a number known before the start; None = unknown.
    time: (units,) int64, seconds since 1970 in UTC, when the unit entered; None = unknown.
    planned: {factor: the planned shares of its levels, which sum to 1}; a factor that is left out has equal shares.
    look: {column: (units,) text known at the start}, to trace a wrong sample ratio by.
    outcome: the name of the outcome. left_out: {why: how many units}. notes: what was found and done, a sentence each.
    """

    factors: tuple[Factor, ...]
    level: Codes
    y: Floats
    binary: bool
    before: Floats | None = None
    time: NDArray[np.int64] | None = None
    planned: Mapping[str, Floats] = field(default_factory=dict)
    look: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    outcome: str = "outcome"
    left_out: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.y)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Levels of each factor."""
        return tuple(len(factor.levels) for factor in self.factors)

    @cached_property
    def cell(self) -> Codes:
        """(units,) the cell of each unit; the last factor runs fastest."""
        return np.ravel_multi_index(tuple(self.level.T), self.shape)

    @cached_property
    def counts(self) -> Codes:
        """(cells,) units."""
        return np.bincount(self.cell, minlength=int(np.prod(self.shape)))

    @cached_property
    def cells(self) -> tuple[str, ...]:
        """The name of each cell, e.g. "list on, reasons shown"; of one factor its levels."""
        if len(self.factors) == 1:
            return self.factors[0].levels
        places = np.ndindex(self.shape)
        return tuple(
            ", ".join(f"{one.name} {one.levels[at]}" for one, at in zip(self.factors, place, strict=True))
            for place in places
        )

    @cached_property
    def shares(self) -> Floats:
        """(cells,) planned shares."""
        out = np.ones(1)
        for factor in self.factors:
            count = len(factor.levels)
            out = np.outer(out, self.planned.get(factor.name, np.full(count, 1.0 / count))).ravel()
        return out

    def take(self, rows: Mask | Codes) -> Experiment:
        """Some of the units: those that had entered by a day, or those of a segment."""
        return replace(
            self,
            level=self.level[rows],
            y=self.y[rows],
            before=None if self.before is None else self.before[rows],
            time=None if self.time is None else self.time[rows],
            look={name: values[rows] for name, values in self.look.items()},
        )
