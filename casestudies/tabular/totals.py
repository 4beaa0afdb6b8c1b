"""What the parts of a table add up to: problems with the counts of all rows, and the sums of the profile."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from casestudies.tabular.checked import Checked
from casestudies.tabular.contract import NUMERIC
from casestudies.tabular.convert import FEW
from casestudies.tabular.levels import LEAST, TOP
from casestudies.tabular.problems import KEPT, Code, Places, Problem, Problems
from casestudies.tabular.stream import Label, Part

# Cells that cannot be read: an error where none may be missing or where they are more than 1 % of the column.
_LOST = frozenset({Code.NOT_A_NUMBER, Code.NOT_FINITE, Code.NOT_WHOLE, Code.NOT_A_FLAG, Code.NOT_A_DATE})
# Facts about single cells and rows, which are counted over all parts; the rest a sample of the rows has told.
COUNTED = _LOST | {
    Code.BLANK, Code.MISSING, Code.MISSING_MARK, Code.NOT_ALLOWED, Code.OUT_OF_RANGE,
    Code.LABEL_MISSING, Code.UNSEEN_LEVEL, Code.NEW_MISSING,
}  # fmt: skip
_ACROSS = frozenset({Code.REPEATED_ID})  # rows of different parts make the fact
_OF = re.compile(r"\d+ of \d+")
_NUMBER = re.compile(r"\d+")
_READ_AS_MISSING = " and are read as missing"
_LEVELS = 1_000  # levels of one category that are counted apart


@dataclass(eq=False)
class Facts:
    """Problems of the parts of one table, joined: counts added, the first hundred rows of each kept."""

    rows: int = 0
    _kept: dict[tuple[Code, str | None], list[Problem]] = field(default_factory=dict)
    _counts: Counter[tuple[Code, str | None]] = field(default_factory=Counter)
    _held: Counter[str] = field(default_factory=Counter)

    def add(self, checked: Checked) -> None:
        """The problems of one part, and its cells."""
        self.rows += len(checked.frame)
        counted = {problem.code: {} for problem in checked.problems}  # type: dict[Code, dict[str | None, int]]
        for problem in checked.problems:
            counted[problem.code][problem.column] = problem.count
        lost: Counter[str] = Counter()
        for code, columns in counted.items():
            if code in _LOST or code == Code.MISSING_MARK:
                lost.update({column: count for column, count in columns.items() if column is not None})
        for name, source in checked.sources.items():
            self._held[source] += int(checked.frame[name].notna().sum()) + lost[source]
        for problem in checked.problems:
            self.note(problem)
        for code, columns in counted.items():
            for column, count in columns.items():
                self._counts[code, column] += count

    def note(self, problem: Problem) -> None:
        """Keep a problem as one row of its fact; its count is not added."""
        rows = self._kept.setdefault((problem.code, problem.column), [])
        if len(rows) < KEPT:
            rows.append(problem)

    def count(self, problem: Problem) -> None:
        """A fact with its count, that no part has told of by itself."""
        self.note(problem)
        self._counts[problem.code, problem.column] += problem.count

    def merge(self, other: Facts) -> None:
        """Add what others have counted of further rows."""
        self.rows += other.rows
        for rows in other._kept.values():
            for problem in rows:
                self.note(problem)
        self._counts.update(other._counts)
        self._held.update(other._held)

    def joined(self, checked: Checked, told: Problems) -> Problems:
        """The counted facts in the words of all rows, and whatever else `told` says of some of them.

        Parameters
        ----------
        checked: any of the rows; says which columns may be incomplete.
        """
        whole = Problems()
        whole.extend(problem for problem in told if problem.code not in COUNTED | _ACROSS)
        name_of = {source: name for name, source in checked.sources.items()}
        for (code, column), rows in self._kept.items():
            said = any(problem.code == code and problem.column == column for problem in told)
            if code in COUNTED or (rows[0].severity == "error" and not said and code not in _ACROSS):
                known = checked.columns.get(name_of.get(column or "", ""))
                complete = known is not None and not known.missing_allowed
                whole.extend(self._recounted(problem, complete) for problem in rows)
        return whole

    def _recounted(self, problem: Problem, complete: bool) -> Problem:
        count = self._counts[problem.code, problem.column]
        if problem.code not in COUNTED:
            return replace(problem, count=count)
        held = self.rows if problem.code in (Code.MISSING, Code.LABEL_MISSING) else self._held[problem.column or ""]
        rule, changed = _OF.subn(f"{count} of {held}", problem.rule, count=1)
        if not changed:
            rule = _NUMBER.sub(str(count), problem.rule, count=1)
        if problem.code not in _LOST:
            return replace(problem, rule=rule, count=count)
        error = complete or count > FEW * held
        rule = rule.removesuffix(_READ_AS_MISSING) + ("" if error else _READ_AS_MISSING)
        return replace(problem, rule=rule, count=count, severity="error" if error else "warning")


@dataclass(eq=False)
class Totals:
    """All rows of a table that was read in parts: problems, label, and what the profile prints of each column."""

    label: Label
    facts: Facts = field(default_factory=Facts)
    events: float = 0.0
    odd: int = 0
    _sums: dict[str, Moments] = field(default_factory=dict)
    _levels: dict[str, Counter[str]] = field(default_factory=dict)
    _days: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    _missing: Counter[str] = field(default_factory=Counter)
    _ids: dict[str, list[np.ndarray]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return self.facts.rows

    def add(self, part: Part) -> None:
        checked = part.checked
        self.facts.add(checked)
        if part.y is not None and part.odd is not None:
            self.events += float(np.nansum(part.y))
            self._odd_labels(part.y, part.odd, checked.places)
        for name, column in checked.columns.items():
            values = checked.frame[name]
            self._missing[name] += int(values.isna().sum())
            if column.role == "identifier":
                held = values.notna().to_numpy()
                hashes = pd.util.hash_array(values[held].to_numpy(dtype=object))
                self._ids.setdefault(name, []).append(np.stack([hashes, part.positions[held].astype(np.uint64)]))
            elif column.role == "group":
                continue
            elif column.kind in NUMERIC:
                self._sums.setdefault(name, Moments()).add(values.to_numpy())
            elif column.kind == "category":
                counts = values.value_counts()
                known = self._levels.setdefault(name, Counter())
                known.update({str(level): int(n) for level, n in counts[counts > 0].items()})
                if len(known) > 2 * _LEVELS:
                    self._levels[name] = Counter(dict(known.most_common(_LEVELS)))
            elif column.kind == "date" and values.notna().any():
                first, last = values.min(), values.max()
                before = self._days.get(name, (first, last))
                self._days[name] = (min(first, before[0]), max(last, before[1]))

    def _odd_labels(self, y: np.ndarray, odd: np.ndarray, places: Places) -> None:
        self.odd += int(odd.sum())
        missing = np.isnan(y) & ~odd
        if missing.any():
            count, (row, line) = int(missing.sum()), places.of(int(np.argmax(missing)))
            rule = f"is the label and is missing in {count} of {len(y)} rows"
            advice = "leave them out with data.where"
            self.facts.count(
                Problem(Code.LABEL_MISSING, "error", rule, advice, self.label.source, row, line, count=count)
            )
        if odd.any():
            row, line = places.of(int(np.argmax(odd)))
            rule = f"is the label and holds values other than {self.label.event!r} and {self.label.other!r}"
            advice = "two are wanted; leave the odd rows out with data.where"
            self.facts.count(
                Problem(Code.LABEL_VALUES, "error", rule, advice, self.label.source, row, line, count=int(odd.sum()))
            )

    def problems(self, sample: Checked) -> Problems:
        """Every fact of the table, the cells counted in all rows."""
        found = self.facts.joined(sample, sample.problems)
        for name, hashes in self._ids.items():
            again, row = _repeats(*np.concatenate(hashes, axis=1))
            if again:
                rule = f"is the identifier, and repeats in {again} rows"
                advice = "if rows of one id belong together write data.group, else remove repeats"
                source = sample.sources[name]
                found.add(Problem(Code.REPEATED_ID, "warning", rule, advice, source, row + 1, row + 1, None, again))
        return found

    def profile(self, told: dict[str, Any]) -> dict[str, Any]:
        """`told`, the profile of a sample, with what is exact over all rows in its place: counts, means, levels, days.

        Quantiles and the number of distinct values of numbers stay the sample's; `of_sample` names them.
        """
        columns = {}
        for name, entry in told["columns"].items():
            entry = {**entry, "missing": self._missing[name]}
            if name in self._sums:
                entry |= {
                    "mean": self._sums[name].mean,
                    "sd": self._sums[name].sd,
                    "of_sample": ["quantiles", "distinct"],
                }
            elif name in self._levels:
                top = self._levels[name].most_common(TOP)
                entry |= {"levels": {level: n for level, n in top if n >= LEAST}, "distinct": len(self._levels[name])}
            elif name in self._days:
                entry |= {"first": str(self._days[name][0])[:10], "last": str(self._days[name][1])[:10]}
            else:
                entry["of_sample"] = ["distinct"]
            columns[name] = entry
        label = {"events": int(self.events), "others": int(self.rows - self.events)}
        return {"rows": self.rows, "label": label, "columns": columns}


@dataclass(eq=False)
class Moments:
    """Mean and standard deviation of numbers that come in parts.

    Source: Chan, Golub and LeVeque 1979, "Updating formulae and a pairwise algorithm for computing sample variances".
    """

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @property
    def sd(self) -> float:
        return float(np.sqrt(self.squares / self.count)) if self.count else 0.0

    def add(self, values: np.ndarray) -> None:
        held = values[~np.isnan(values)]
        if not len(held):
            return
        mean, count = float(held.mean()), self.count + len(held)
        apart = mean - self.mean
        self.squares += float(((held - mean) ** 2).sum()) + apart**2 * self.count * len(held) / count
        self.mean += apart * len(held) / count
        self.count = count


def _repeats(hashes: np.ndarray, positions: np.ndarray) -> tuple[int, int]:
    """How many rows repeat an earlier one, and the first place in the file where one does."""
    order = np.argsort(hashes, kind="stable")
    again = np.zeros(len(hashes), dtype=bool)
    again[order[1:]] = hashes[order[1:]] == hashes[order[:-1]]
    return int(again.sum()), int(positions[np.argmax(again)])
