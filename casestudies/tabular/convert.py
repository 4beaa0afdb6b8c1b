"""One column of text to its kind; every cell that is lost on the way is counted, placed and said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from casestudies.errors import shown
from casestudies.tabular import dates
from casestudies.tabular.cells import clean, coded, is_mark, is_native, plain
from casestudies.tabular.contract import NUMERIC, Column
from casestudies.tabular.kinds import FLAGS
from casestudies.tabular.numbers import to_numbers
from casestudies.tabular.problems import Code, Places, Problem, Problems, Severity

_YES = frozenset(yes for _, yes in FLAGS)
_NO = frozenset(no for no, _ in FLAGS)
FEW = 0.01  # share of unreadable cells up to which they may pass as missing
_COMMA = re.compile(r"^[-+]?\d{1,3}(\.?\d{3})*,\d+$|^[-+]?\d+,\d+$")
_LARGEST = 1e100  # its square is still a number: standard deviations and squared errors need that
_TOO_LARGE = "are not finite numbers up to 1e100"


@dataclass(frozen=True)
class Converter:
    """Reads columns of one file.

    Parameters
    ----------
    places: where the rows stand in the file.
    decimal: the decimal sign of numbers in text.
    problems: what was found is added here.
    dates: {column: its date format}; found where it is not stated.
    today: see `dates.read`.
    """

    places: Places
    decimal: str
    problems: Problems
    dates: Mapping[str, str] = field(default_factory=dict)
    today: str | None = None

    def cells(self, column: pd.Series, name: str) -> pd.Series:
        """The column without outer spaces; blank cells become missing, with a note."""
        cells, blank = clean(column)
        said = f"has {blank.sum()} blank cells, read as missing"
        problem = Problem(Code.BLANK, "note", said, "state what a blank means, or leave it missing", name)
        self.problems.add_rows(problem, blank, self.places)
        return cells

    def typed(self, cells: pd.Series, column: Column, name: str) -> tuple[pd.Series, Column]:
        """Cleaned cells as `column.kind`, checked against its rules.

        Parameters
        ----------
        name: the column's name in the file, for the messages.

        Returns
        -------
        values: (rows,) float64 for number, money, whole and flag; pandas categories for category (numbers by size,
            else by text); datetime64[us, UTC] for date; str for identifier and text. Unreadable cells are missing.
        column: with the date format that was found.
        """
        work = _Work(self, column, name)
        if column.kind in NUMERIC:
            values = work.numbers(cells)
        elif column.kind == "date":
            values, column = work.dates(cells)
        elif column.kind == "category":
            codes, levels = coded(cells)
            values = work.allowed(
                pd.Series(pd.Categorical.from_codes(codes, pd.Index(levels, dtype="str")), cells.index)
            )
        else:
            values = cells.map(plain, na_action="ignore").astype("str") if is_native(cells) else cells
        if not column.missing_allowed and column.role != "target":  # the label has its own words for it
            work.complete(cells)
        return values, column


@dataclass
class _Work:
    """One column under conversion."""

    by: Converter
    column: Column
    name: str

    def _add(
        self, code: Code, severity: Severity, bad: np.ndarray, rule: str, advice: str, cells: pd.Series | None = None
    ) -> None:
        if self.column.role != "dropped":
            self.by.problems.add_rows(Problem(code, severity, rule, advice, self.name), bad, self.by.places, cells)

    @property
    def _strict(self) -> Severity:
        """How a value that can be read, and should not be there, is taken: it stops a column that must be complete."""
        return "warning" if self.column.missing_allowed else "error"

    def _lost(self, code: Code, bad: np.ndarray, words: str, advice: str, cells: pd.Series) -> None:
        """Cells that cannot be read: an error where none may be missing or many are lost, else said and missing."""
        count, held = int(bad.sum()), int(cells.notna().sum())
        if not count:
            return
        error = not self.column.missing_allowed or count > FEW * held
        rule = f"has {count} of {held} cells that {words}"
        self._add(
            code,
            "error" if error else "warning",
            bad,
            rule if error else f"{rule} and are read as missing",
            advice,
            cells,
        )

    def numbers(self, cells: pd.Series) -> pd.Series:
        kind = self.column.kind
        if kind == "flag":
            return self._flags(cells)
        values = self._parsed(cells)
        if kind == "whole":
            parts = ~np.isnan(values) & (np.mod(values, 1) != 0)
            self._lost(Code.NOT_WHOLE, parts, "are not whole numbers", "round them, or correct them", cells)
            values[parts] = np.nan
        self._range(values, cells)
        return pd.Series(values, cells.index)

    def _parsed(self, cells: pd.Series) -> np.ndarray:
        """(rows,) float64, a new array; NaN where missing, and where unreadable once that is said."""
        if pd.api.types.is_datetime64_any_dtype(cells):
            self._lost(Code.NOT_A_NUMBER, np.asarray(cells.notna()), "are dates", "bring numbers", cells)
            return np.full(len(cells), np.nan)
        if is_native(cells):
            values, infinite = to_numbers(cells)
            infinite = infinite | (np.abs(values) > _LARGEST)
            self._lost(Code.NOT_FINITE, infinite, _TOO_LARGE, "correct them, or leave them empty", cells)
            return np.where(infinite, np.nan, values)
        marks = is_mark(cells)
        if marks.any():
            listed = ", ".join(shown(sign) for sign in cells[marks].value_counts().index[:3])
            rule = f"has {marks.sum()} cells with {listed} among its numbers, read as missing"
            advice = f"state it: data.read.missing: [{listed}]"
            self._add(Code.MISSING_MARK, "warning", marks, rule, advice, cells)
        values, bad = to_numbers(cells.mask(marks), self.by.decimal)
        self._lost(Code.NOT_A_NUMBER, bad, "are not numbers", self._number_advice(cells[bad]), cells)
        huge = np.abs(values) > _LARGEST
        self._lost(Code.NOT_FINITE, huge, _TOO_LARGE, "correct them, or leave them empty", cells)
        return np.where(huge, np.nan, values)

    def _number_advice(self, unread: pd.Series) -> str:
        commas = self.by.decimal == "." and len(unread) and all(_COMMA.match(cell) for cell in unread.head(20))
        return "write data.read.decimal: ',' or clean the column" if commas else "clean the column, or write data.drop"

    def _range(self, values: np.ndarray, cells: pd.Series) -> None:
        low = -np.inf if self.column.low is None else self.column.low
        high = np.inf if self.column.high is None else self.column.high
        outside = (values < low) | (values > high)
        rule = f"has {outside.sum()} cells outside {self.column.span}"
        advice = "correct them, or leave such rows out with data.where"
        self._add(Code.OUT_OF_RANGE, self._strict, outside, rule, advice, cells)

    def _flags(self, cells: pd.Series) -> pd.Series:
        codes, levels = coded(cells)
        worth = {level: 1.0 if level.casefold() in _YES else 0.0 for level in levels if level.casefold() in _YES | _NO}
        lookup = np.array([worth.get(level, np.nan) for level in levels] + [np.nan])
        values = lookup[codes]
        bad = np.isnan(values) & (codes >= 0)
        self._lost(Code.NOT_A_FLAG, bad, "are neither 0/1 nor yes/no", "write 0 and 1, or yes and no", cells)
        return pd.Series(values, cells.index)

    def dates(self, cells: pd.Series) -> tuple[pd.Series, Column]:
        format = self.by.dates.get(self.name) or self.column.format or None
        found = dates.read(cells, self.name, self.by.places, format=format, today=self.by.today)
        if self.column.role != "dropped":
            self.by.problems.extend(found.problems)
        self._lost(
            Code.NOT_A_DATE, found.bad, "are not dates in its format", "write them in the column's format", cells
        )
        return found.instants, replace(self.column, format=found.format)

    def allowed(self, values: pd.Series) -> pd.Series:
        if self.column.allowed:
            known = {plain(value) for value in self.column.allowed}
            strange = np.asarray(values.notna() & ~values.isin(known))
            rule = f"has {strange.sum()} cells that are not among {self.column.span}"
            self._add(Code.NOT_ALLOWED, self._strict, strange, rule, "write one of the listed values", values)
        return values

    def complete(self, cells: pd.Series) -> None:
        """No cell may be missing; cells that were there and could not be read have been said already."""
        empty = np.asarray(cells.isna())
        if self.column.kind in NUMERIC and not is_native(cells):
            empty = empty | is_mark(cells)
        rule = f"has {empty.sum()} of {len(cells)} cells missing, and none may be"
        self._add(Code.MISSING, "error", empty, rule, "fill them, or leave such rows out with data.where")
