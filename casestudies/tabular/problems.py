"""What is wrong or worth knowing about a table: one row a fact, with its place, the rule and what to do.

The codes are stable: pages, tests and people may rely on them. Nothing here stops anything; `Problems.raise_if_errors`
does, once everything has been looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

from casestudies.errors import DataError, one_line, shown

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Severity = Literal["error", "warning", "note"]
KEPT = 100  # rows of one fact that are kept for problems.csv; the count is always of all of them


class Code(StrEnum):
    """Every kind of problem, with the sentence the documentation prints."""

    sentence: str

    def __new__(cls, value: str, sentence: str) -> Code:
        member = str.__new__(cls, value)
        member._value_, member.sentence = value, sentence
        return member

    # the table and its columns
    NO_ROWS = "no_rows", "There are no data rows."
    TOO_WIDE = "too_wide", "There are more columns than the suite takes."
    COLUMN_MISSING = "column_missing", "A column that the study needs is not in the file."
    COLUMN_GUESSED = "column_guessed", "A contract column was found under another name."
    NAME_TAKEN = "name_taken", "Two columns would carry one name."
    KIND_INFERRED = "kind_inferred", "The kind of a column that no contract names was found from its cells."
    # cells
    BLANK = "blank", "Cells that hold only spaces are read as missing."
    MISSING = "missing", "Cells are missing where none may be."
    MISSING_MARK = "missing_mark", "A sign such as ? or NA stands for missing in a column of numbers."
    NOT_A_NUMBER = "not_a_number", "Cells cannot be read as numbers."
    NOT_FINITE = "not_finite", "Cells are infinite or beyond the range of numbers."
    NOT_WHOLE = "not_whole", "Cells hold fractions where whole numbers are wanted."
    NOT_A_FLAG = "not_a_flag", "Cells are neither yes nor no."
    NOT_A_DATE = "not_a_date", "Cells cannot be read as dates in the column's one format."
    NOT_ALLOWED = "not_allowed", "Cells hold a value outside the list of the contract."
    OUT_OF_RANGE = "out_of_range", "Cells lie outside the range of the contract."
    NUMBERS_AS_TEXT = "numbers_as_text", "Most cells are numbers, too many are not: read as categories."
    REPEATED_ID = "repeated_id", "The identifier is not unique."
    # labels
    LABEL_VALUES = "label_values", "The label does not have exactly two values."
    LABEL_MISSING = "label_missing", "Rows have no label."
    INVESTIGATED = "investigated", "Labels seem to exist only for rows that were looked at."
    LABEL_POSITIVE = "label_positive", "Which label value is the event is not stated, or does not occur."
    # dates
    DATE_FORMAT = "date_format", "The one format that reads the column, or that there is none."
    DATE_MIXED = "date_mixed", "The column mixes date formats, or times with and without a zone."
    DATE_AMBIGUOUS = "date_ambiguous", "Day and month cannot be told apart: no day above 12."
    DATE_YEARS = "date_years", "Years have two digits."
    DATE_FUTURE = "date_future", "Dates lie after today."
    DATE_ZONE = "date_zone", "How times were brought to UTC."
    # findings about the data as evidence
    LEAK = "leak", "A single column all but gives the label away."
    TARGET_COPY = "target_copy", "A column is the label under other names."
    AFTER_OUTCOME = "after_outcome", "The column is known only after the outcome."
    COST_IS_FEATURE = "cost_is_feature", "A column of the cost formulas is a feature too."
    IDENTIFIER_LIKE = "identifier_like", "Nearly every row has a value of its own."
    CONSTANT = "constant", "The column has one value."
    ALL_MISSING = "all_missing", "The column has no value."
    MOSTLY_MISSING = "mostly_missing", "More than half of the column is missing."
    SPELT_TWICE = "spelt_twice", "Levels differ only in capital letters, spaces or accents."
    ONE_LEVEL = "one_level", "One value fills more than 99 % of the column."
    MANY_LEVELS = "many_levels", "The column has more levels than are kept apart."
    SPECIAL_CODE = "special_code", "A spike at a number such as -1 or 999 looks like a code, not a quantity."
    MONEY_SIGN = "money_sign", "Money is negative or zero."
    DUPLICATE_ROWS = "duplicate_rows", "Rows are exact repeats of others."
    DUPLICATES_ACROSS = "duplicates_across", "Judged rows are exact repeats of training rows."
    SAME_ROW_OTHER_LABEL = "same_row_other_label", "Rows with equal features have different labels."
    FEW_EVENTS = "few_events", "There are too few events for steady figures."
    DATES_UNUSED = "dates_unused", "The table has dates, and the split is random."
    TEST_BEFORE_TRAIN = "test_before_train", "Judged rows are older than rows that train."
    COSTS = "costs", "The costs are odd, or decide without the model."
    NO_FEATURES = "no_features", "No column is left for the model."
    # interactions of users and items
    NO_ID = "no_id", "Rows do not say which user or item they are of."
    ID_MENDED = "id_mended", "Whole numbers were written with a fraction, as 17850.0, and lose it."
    SWAPPED = "swapped", "The columns of users and of items seem to be exchanged."
    NOT_RATED = "not_rated", "A rating of 0 stands for none."
    SCALE = "scale", "The scale of the ratings, or ratings outside it."
    ONE_RATING = "one_rating", "All ratings are the same: only who and what is told."
    EVENT_WEIGHTS = "event_weights", "What each kind of event counts."
    RETURNED = "returned", "Returns take purchases away."
    REPEATED_PAIRS = "repeated_pairs", "A user and an item meet more than once."
    NO_TIMES = "no_times", "There are no times: nothing can be split or weighed by them."
    TIME_RANGE = "time_range", "From when to when the interactions are, and how their times are written."
    BUSY_USER = "busy_user", "One user has so many rows that a program or a code for guests is likely."
    ONCE_ONLY = "once_only", "Users or items have a single row."
    CORE = "core", "What the filter by least numbers of rows removes."
    NO_ROW = "no_row", "Users or items have no row in their own table, or no interactions."
    # images
    UNREADABLE = "unreadable", "Images cannot be read, or are not of the kind that is wanted."
    NO_IMAGE = "no_image", "Rows of the labels name images that are not there."
    NO_PATIENT = "no_patient", "It is not said which images are of one patient."
    # new rows against what was learnt
    EXTRA_COLUMN = "extra_column", "The column was not there in training and is ignored."
    UNSEEN_LEVEL = "unseen_level", "Values that training never saw."
    NEW_MISSING = "new_missing", "Missing cells in a column that was complete in training."


@dataclass(frozen=True)
class Problem:
    """One fact about the table.

    Parameters
    ----------
    rule: what is wrong, as the words that follow the column's name ("has 14 of 2000 cells that are not numbers").
    row: 1 = the first data row of the file; line: the line of the file it stands in. None: the whole column or table.
    value: the first offending cell, as it stands in the file.
    count: rows it concerns (1 for the table).
    """

    code: Code
    severity: Severity
    rule: str
    advice: str = ""
    column: str | None = None
    row: int | None = None
    line: int | None = None
    value: str | None = None
    count: int = 1

    @property
    def fact(self) -> str:
        """What and where, without the advice."""
        text = f"{ticked(self.column)} {self.rule}" if self.column is not None else self.rule
        if self.row is not None:
            line = f" (line {self.line})" if self.line is not None else ""
            text += f", first in row {self.row}{line}"
        return one_line(text if self.value is None else f"{text}: {shown(self.value)}")

    def __str__(self) -> str:
        return f"{self.fact}; {one_line(self.advice)}" if self.advice else self.fact


def ticked(name: str) -> str:
    """A column's name as it may stand in a message: in backticks, on one line, at most 60 characters."""
    text = one_line(name)
    return f"`{text if len(text) <= 60 else text[:59] + '…'}`"


@dataclass(frozen=True)
class Places:
    """Where the rows in hand stand in the file: `rows` from 1, `lines` from 1; both (rows,) int."""

    rows: np.ndarray
    lines: np.ndarray

    def of(self, position: int) -> tuple[int, int]:
        return int(self.rows[position]), int(self.lines[position])


@dataclass
class Problems:
    """Problems in the order they were found."""

    _all: list[Problem] = field(default_factory=list)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, problem: Problem) -> None:
        self._all.append(problem)

    def extend(self, problems: Iterable[Problem]) -> None:
        self._all.extend(problems)

    def add_rows(
        self, like: Problem, bad: np.ndarray, places: Places, values: pd.Series | np.ndarray | None = None
    ) -> None:
        """The problem `like` for each True of `bad` (rows,), with places and cells; nothing when there is none.

        The first hundred rows are kept one by one; each carries the count of all.
        """
        hits = bad.nonzero()[0]
        for position in hits[:KEPT].tolist():
            row, line = places.of(position)
            cell = None if values is None else str(values[position])
            told = {f.name: getattr(like, f.name) for f in fields(like)}
            self._all.append(Problem(**told | {"row": row, "line": line, "value": cell, "count": len(hits)}))

    def first(self, count: int = 1) -> list[Problem]:
        """At most `count` rows of each fact (code, column and severity; of costs each sentence); for people, who need the
        first and the number."""
        seen: dict[tuple[str, str | None, str, str], int] = {}
        out = []
        for problem in self._all:
            key = (problem.code, problem.column, problem.severity, problem.rule if problem.code is Code.COSTS else "")
            seen[key] = seen.get(key, 0) + 1
            if seen[key] <= count:
                out.append(problem)
        return out

    def of(self, severity: Severity) -> list[Problem]:
        """The facts of one severity, each once."""
        return [problem for problem in self.first() if problem.severity == severity]

    @property
    def errors(self) -> list[Problem]:
        return self.of("error")

    def to_frame(self) -> pd.DataFrame:
        """One row a problem, ready for problems.csv."""
        import pandas as pd

        names = ["code", "severity", "row", "line", "column", "rule", "value", "advice", "count"]
        columns = {name: [getattr(problem, name) for problem in self._all] for name in names}
        whole = {"row": "Int64", "line": "Int64", "count": "int64"}
        return pd.DataFrame({name: pd.Series(v, dtype=whole.get(name, "str")) for name, v in columns.items()})

    def raise_if_errors(self, file: str) -> None:
        """Stop when something must be mended first.

        Raises
        ------
        DataError: one line with the first error, its count and first row, and how many other errors there are.
        """
        errors = self.errors
        if not errors:
            return
        first, others = errors[0], len(errors) - 1
        more = f"{others} more {'error' if others == 1 else 'errors'}: casestudies check lists all" if others else ""
        advice = "; ".join(part for part in (first.advice, more) if part)
        raise DataError(first.fact, where=PurePath(file).name, advice=advice)
