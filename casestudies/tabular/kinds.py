"""The kind of a column that no contract names, from its cells; every rule is stated and none looks at the label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from casestudies.tabular import dates
from casestudies.tabular.cells import is_mark, is_native, spread
from casestudies.tabular.contract import Kind
from casestudies.tabular.numbers import to_numbers

FLAGS = (("no", "yes"), ("n", "y"), ("false", "true"), ("f", "t"), ("0", "1"))
_NUMBERS = 0.99  # share of cells that must be numbers for a column of numbers
_CODES = 12  # whole numbers with at most so many values are codes or grades, not quantities
_ROWS_A_CODE = 10  # ... if each comes often enough; a short file may hold 12 ages
_OWN_VALUE = 0.99  # share of distinct cells above which a column names its rows


@dataclass(frozen=True)
class Inferred:
    """A kind, and the words to say where an analyst may have expected another ("" where none would)."""

    kind: Kind
    reason: str = ""
    numbers: float = 0.0  # share of cells that are numbers, for columns that are not read as such
    advice: str = ""


def infer(cells: pd.Series, decimal: str) -> Inferred:
    """The kind that a cleaned column shows.

    Numbers: at least 99 % of the cells that hold something, signs for missing (`?`, `NA`) set aside. Of these 0/1 is a
    flag, whole numbers with at most 12 values are categories, and numbers written with leading zeros are codes.
    The rest: two values of a yes/no pair are a flag, one date format for 99 % a date, a value of its own in 99 % of
    the rows an identifier (or text, when it has words), else categories.
    """
    if is_native(cells):
        return _native(cells)
    held = cells.dropna()
    if not len(held):
        return Inferred("category")
    share = number_share(spread(held, 1000), decimal)
    if share >= 0.5:
        share = number_share(held, decimal)
    if share >= _NUMBERS:
        return _numeric(held, decimal)
    return _worded(held, share)


def is_flag(levels: set[str]) -> bool:
    """Whether the values are one yes/no pair, in any case."""
    return len(levels) == 2 and any({level.casefold() for level in levels} == set(pair) for pair in FLAGS)


def _native(cells: pd.Series) -> Inferred:
    if pd.api.types.is_bool_dtype(cells):
        return Inferred("flag")
    if pd.api.types.is_datetime64_any_dtype(cells):
        return Inferred("date")
    values = cells.to_numpy(dtype=np.float64, na_value=np.nan)
    return _by_values(values[~np.isnan(values)])


def number_share(held: pd.Series, decimal: str) -> float:
    """Share of the cells that are numbers; signs for missing do not count either way."""
    if is_native(held):
        return float(pd.api.types.is_numeric_dtype(held))
    marks = is_mark(held)
    _, bad = to_numbers(held[~marks], decimal)
    return 1.0 - float(np.mean(bad)) if len(bad) else 0.0


def _numeric(held: pd.Series, decimal: str) -> Inferred:
    padded = spread(held, 1000).str.fullmatch(r"0\d+")
    if padded.any():
        own = held.nunique() >= _OWN_VALUE * len(held)
        return Inferred("identifier" if own else "category", "has numbers with leading zeros: they are kept as codes")
    values, bad = to_numbers(held, decimal)
    return _by_values(values[~bad & ~np.isnan(values)])


def _by_values(values: np.ndarray) -> Inferred:
    """Flag, categories, whole numbers or numbers, from the numbers themselves."""
    distinct = np.unique(spread(pd.Series(values), 1000))
    if len(distinct) <= _CODES:
        distinct = np.unique(values)
    if np.any(np.mod(values[np.isfinite(values)], 1) != 0):
        return Inferred("number")
    if set(distinct) == {0.0, 1.0}:
        return Inferred("flag")
    if len(distinct) <= _CODES and len(values) >= _ROWS_A_CODE * len(distinct):
        reason = f"has {len(distinct)} whole numbers as values: they are read as categories"
        return Inferred("category", reason if len(distinct) > 1 else "", advice="name it in data.numbers if it counts")
    return Inferred("whole")


def _worded(held: pd.Series, numbers: float) -> Inferred:
    distinct = held.unique()
    if len(distinct) == 2 and is_flag(set(distinct)):
        return Inferred("flag")
    if dates.found_format(held) is not None:
        return Inferred("date", "has dates: they are kept, and are no feature")
    own = len(distinct) / len(held)
    words = float(spread(pd.Series(distinct), 200).str.count(r"\s+").mean()) + 1
    if own > 0.5 and words > 3:
        return Inferred("text", "has free text: it is kept, and is no feature")
    if own >= _OWN_VALUE and len(held) >= 20:
        return Inferred("identifier")
    return Inferred("category", numbers=numbers)
