"""One feature looked at from all sides: what its cells say against using it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from casestudies.errors import shown
from casestudies.tabular import leaks
from casestudies.tabular.cells import MARKS
from casestudies.tabular.contract import NUMERIC, USABLE, Column
from casestudies.tabular.levels import MOST_LEVELS
from casestudies.tabular.mapping import words
from casestudies.tabular.problems import Code, Problem, Severity

_LEAK_AUC = 0.98
_OWN_VALUE = 0.99  # share of rows with a value of their own that makes a column name its rows
_MOSTLY = 0.5  # share of missing cells
_ONE_LEVEL = 0.99
_SPIKE = 0.005  # share of rows at a number that looks like a code
_CODES_BELOW = (-1.0, -2.0, -3.0, -7.0, -8.0, -9.0, -99.0, -99.99, -999.0, -9999.0)
_CODES_ABOVE = (99.0, 999.0, 9999.0, 99999.0, 999999.0, 9999999.0, 99999999.0)
_MARKS = MARKS - {"none", "nil", "missing", "unknown", "."}  # these may be levels that mean something
_ID_WORDS = frozenset({"id", "nr", "no", "number", "key", "uuid", "guid", "index", "ref"})


@dataclass(frozen=True)
class Feature:
    """A column in the role of a feature.

    Parameters
    ----------
    source: its name in the file. values: (rows,) typed. y: (rows,) 0/1, or None without labels.
    """

    column: Column
    source: str
    values: pd.Series
    y: np.ndarray | None

    def problems(self, *, leaks_allowed: bool) -> Iterator[Problem]:
        """What is to be said; the first fact that takes the column out of the features is the last."""
        out = self._unfit()
        if out is not None:
            yield out
        elif self.column.kind in USABLE:
            yield from self._leak(leaks_allowed)
            yield from self._filled()
            yield from self._codes_among_numbers() if self.column.kind in NUMERIC else self._levels()

    def _says(self, code: Code, severity: Severity, rule: str, advice: str = "", count: int | None = None) -> Problem:
        return Problem(code, severity, rule, advice, self.source, count=self._rows if count is None else count)

    @property
    def _rows(self) -> int:
        return len(self.values)

    @cached_property
    def _codes(self) -> np.ndarray:
        """(rows,) int, one number a distinct value, -1 = missing."""
        if isinstance(self.values.dtype, pd.CategoricalDtype):
            return np.asarray(self.values.cat.codes, dtype=np.int64)
        return np.asarray(pd.factorize(self.values)[0])

    @cached_property
    def _counts(self) -> np.ndarray:
        """Rows of each value that occurs."""
        counts = np.bincount(self._codes[self._codes >= 0])
        return np.asarray(counts[counts > 0])

    @property
    def _missing(self) -> int:
        return int((self._codes < 0).sum())

    def _unfit(self) -> Problem | None:
        if self.column.known == "after outcome":
            return self._says(Code.AFTER_OUTCOME, "note", "is known only after the outcome: it is no feature")
        if self._missing == self._rows:
            return self._says(Code.ALL_MISSING, "warning", "has no value at all: it is no feature")
        if not self._missing and len(self._counts) == 1:
            return self._says(Code.CONSTANT, "warning", "has the same value in every row: it is no feature")
        if self.y is not None and leaks.is_copy(self._codes, self.y):
            rule, advice = "is the label under other names: it is no feature", "look how it was made"
            return self._says(Code.TARGET_COPY, "warning", rule, advice)
        own = len(self._counts) / self._rows
        if own < _OWN_VALUE or self._rows < 20 or self.column.kind not in ("identifier", "category", "whole"):
            return None
        rule = f"has a value of its own in {own:.1%} of the rows: it is no feature"
        if self.column.kind == "whole" and not self._is_counter():
            return None
        return self._says(Code.IDENTIFIER_LIKE, "warning", rule, f"if it names the row write data.id: {self.source}")

    def _is_counter(self) -> bool:
        """Whether whole numbers count or name rows: by order, by lack of gaps, or by the column's name.

        That each row has its own number is not enough: so do incomes in a short file.
        """
        held = self.values.dropna().to_numpy()
        steps = np.diff(held)
        in_order = bool((steps > 0).all() or (steps < 0).all())
        dense = float(held.max() - held.min()) < 2 * self._rows
        name = words(self.source)
        return in_order or dense or "id" in name or bool(name and name[-1] in _ID_WORDS)

    def _leak(self, allowed: bool) -> Iterator[Problem]:
        if self.y is None or len(np.unique(self.y)) < 2:
            return
        if self.column.kind in NUMERIC:
            auc = leaks.auc_of_numbers(self.values.to_numpy(), self.y)
        else:
            auc = leaks.auc_of_levels(self._codes, self.y)
        if auc > _LEAK_AUC:
            rule = f"alone ranks the label with an AUC of {auc:.3f}: it may be known only after the outcome"
            yield self._says(Code.LEAK, "warning" if allowed else "error", rule, f"write data.drop: [{self.source}]")

    def _filled(self) -> Iterator[Problem]:
        if self._missing > _MOSTLY * self._rows:
            rule = f"is missing in {self._missing} of {self._rows} rows"
            yield self._says(
                Code.MOSTLY_MISSING, "warning", rule, "make sure that missing has one meaning", self._missing
            )
        most = int(self._counts.max())
        if most > _ONE_LEVEL * self._rows:
            yield self._says(Code.ONE_LEVEL, "note", f"has one value in {most} of {self._rows} rows", count=most)

    def _levels(self) -> Iterator[Problem]:
        used = [str(level) for level in self.values.cat.categories[np.unique(self._codes[self._codes >= 0])]]
        if len(used) > MOST_LEVELS:
            rule = f"has {len(used)} levels: the {MOST_LEVELS} most frequent are kept apart, the others are merged"
            yield self._says(Code.MANY_LEVELS, "note", rule, "group them in the file if they have natural groups")
        marks = [level for level in used if level.lower() in _MARKS]
        if marks:
            rule = f"has {' and '.join(map(shown, marks))} as levels of their own, among words"
            advice = f"if they mean missing write data.read.missing: [{', '.join(map(shown, marks))}]"
            yield self._says(Code.MISSING_MARK, "note", rule, advice)
        spelt: dict[tuple[str, ...], str] = {}
        for level in used if self._rows > 2 * len(used) else ():
            key = words(level.lower())
            if key and spelt.setdefault(key, level) != level and not _is_number(level):
                rule = f"spells one level in two ways, {spelt[key]!r} and {level!r}"
                yield self._says(Code.SPELT_TWICE, "warning", rule, "write each level in one way")
                return

    def _codes_among_numbers(self) -> Iterator[Problem]:
        """A spike at a customary code that stands apart from all other values."""
        held = self.values.dropna().to_numpy()
        for code in (*_below(held), *_above(held)):
            count = int((held == code).sum())
            if count >= max(5, _SPIKE * self._rows):
                rule = f"holds {code:g} in {count} rows, apart from its other values: it looks like a code"
                advice = f"if it means unknown write data.read.missing: ['{code:g}']"
                yield self._says(Code.SPECIAL_CODE, "warning", rule, advice, count)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _below(held: np.ndarray) -> list[float]:
    """Customary codes, when they are all the negative numbers there are."""
    negative = np.unique(held[held < 0])
    only_codes = 0 < len(negative) <= 4 and set(negative) <= set(_CODES_BELOW)
    return negative.tolist() if only_codes and bool((held > 0).any()) else []


def _above(held: np.ndarray) -> list[float]:
    """The largest number, when it is a customary code with a gap of a tenth of it below."""
    top = float(held.max())
    rest = held[held < top]
    return [top] if top in _CODES_ABOVE and rest.size and top - float(rest.max()) > 0.1 * top else []
