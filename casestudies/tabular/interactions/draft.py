"""Rows on their way from a file to interactions: which are still in hand, and what was found so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import DataError
from casestudies.tabular.problems import Code, Places, Problem, Problems, Severity
from casestudies.tabular.read import Table

Mask = NDArray[np.bool_]
FEW = 0.01  # share of rows up to which what cannot be read is left out and said; beyond, it is an error


@dataclass(eq=False)
class Draft:
    """The rows of a table of interactions.

    columns: {"user": the file's column, ...}. kept: (rows,) bool, those still in hand. own: the values are those of a table in
    memory and are not mended as text.
    """

    table: Table
    columns: Mapping[str, str]
    own: bool = False
    problems: Problems = field(default_factory=Problems)
    kept: Mask = field(init=False)
    places: Places = field(init=False)

    def __post_init__(self) -> None:
        frame = self.table.frame
        self.kept = np.ones(len(frame), dtype=bool)
        self.places = Places(frame.index.to_numpy() + 1, self.table.lines)

    def __len__(self) -> int:
        return len(self.kept)

    def __contains__(self, role: str) -> bool:
        return role in self.columns

    @property
    def left(self) -> int:
        return int(self.kept.sum())

    def cells(self, role: str) -> pd.Series:
        """(rows,) the column of a role, as the file holds it; its index is 0, 1, ... whatever rows were left out before."""
        return self.table.frame[self.columns[role]].reset_index(drop=True)

    def say(
        self,
        code: Code,
        rule: str,
        advice: str = "",
        *,
        role: str | None = None,
        count: int = 1,
        severity: Severity = "note",
    ) -> None:
        """One fact of the table, or of the column of a role."""
        self.problems.add(Problem(code, severity, rule, advice, self.columns.get(role or ""), count=count))

    def leave_out(
        self, bad: Mask, code: Code, words: str, advice: str = "", *, role: str, severity: Severity = "warning"
    ) -> int:
        """Leaves rows out and says how many, which first, and why; returns their number.

        words: "are of no user": the sentence is "has 12 of 400 cells that are of no user; their rows are left out".
        """
        here = bad & self.kept
        count = int(here.sum())
        if count:
            rule = f"has {count:,} of {self.left:,} cells that {words}"
            rule += "" if severity == "error" else "; their rows are left out"
            cells = None if self.cells(role)[here].isna().all() else self.cells(role)
            self.problems.add_rows(Problem(code, severity, rule, advice, self.columns[role]), here, self.places, cells)
            self.kept = self.kept & ~here
        return count

    def leave_few_out(self, bad: Mask, code: Code, words: str, advice: str, *, role: str) -> None:
        """The same where they are few; an error where they are many."""
        many = int((bad & self.kept).sum()) > max(1, FEW * self.left)
        self.leave_out(bad, code, words, advice, role=role, severity="error" if many else "warning")

    def none_left(self, why: str, advice: str) -> DataError:
        return DataError(f"no row is left {why}", where=self.table.source.name, advice=advice)
