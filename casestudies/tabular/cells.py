"""Cells of one column before they have a kind: text without outer spaces, blanks as missing, signs for missing."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from casestudies.errors import DataError

# What people write for "nothing here". Only ever taken as missing in a column of numbers or dates: NA is a country too.
MARKS = frozenset(
    {"?", "-", "--", ".", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "missing", "unknown", "(null)"}
)
_ZERO_FRACTION = re.compile(r"^([+-]?\d+)\.0+$")


def is_native(cells: pd.Series) -> bool:
    """Whether the column came with a kind of its own (Parquet, `data.derive`) and is not text."""
    kinds = pd.api.types
    return bool(kinds.is_bool_dtype(cells) or kinds.is_numeric_dtype(cells) or kinds.is_datetime64_any_dtype(cells))


def clean(cells: pd.Series) -> tuple[pd.Series, np.ndarray]:
    """The column without outer spaces, and where only spaces stood.

    Returns
    -------
    cells: (rows,) str with missing as NaN, or the native column as it is; the index is 0, 1, ...
    blank: (rows,) bool.
    """
    cells = cells.reset_index(drop=True)
    if is_native(cells):
        return cells, np.zeros(len(cells), dtype=bool)
    missing = cells.isna()
    text = cells.astype("str").str.strip().mask(missing)
    blank = np.asarray(text.eq("") & ~missing, dtype=bool)
    return text.mask(blank), blank


def is_mark(cells: pd.Series) -> np.ndarray:
    """(rows,) bool: cells that hold a usual sign for missing, in any case."""
    return np.asarray(cells.str.lower().isin(MARKS), dtype=bool)


def plain(value: object) -> str:
    """A label or level as text, one spelling for one number: 1, 1.0 and '1.0' are '1'; True stays 'True'."""
    if isinstance(value, (float, np.floating)) and float(value).is_integer() and abs(float(value)) < 1e15:
        return str(int(value))
    return _ZERO_FRACTION.sub(r"\1", str(value).strip())


def coded(cells: pd.Series) -> tuple[np.ndarray, list[str]]:
    """A column as level numbers: `codes` (rows,) int, -1 = missing, and `levels`, distinct, `in_order`."""
    try:
        codes, distinct = pd.factorize(cells)
    except TypeError:  # lists and the like in a column of Python objects
        raise not_levels(cells) from None
    texts = [plain(value) for value in distinct]
    levels = in_order(set(texts))
    number = {level: i for i, level in enumerate(levels)}
    lookup = np.array([number[text] for text in texts] + [-1])  # the last entry serves code -1
    return lookup[codes], levels


def not_levels(cells: pd.Series) -> DataError:
    """The complaint of a column whose cells are no texts or numbers."""
    what = "holds lists, dictionaries or the like, which are no levels"
    return DataError(what, where=f"column {cells.name}", advice="bring texts or numbers, or leave the column out")


def in_order(levels: Iterable[str]) -> list[str]:
    """Levels by size when all are numbers, by text otherwise: the same order for the same set, whatever the rows."""
    texts = sorted(levels)
    try:
        sizes = [float(text) for text in texts]
    except ValueError:
        return texts
    return texts if any(size != size for size in sizes) else [t for _, t in sorted(zip(sizes, texts, strict=True))]


def spread(cells: pd.Series, count: int) -> pd.Series:
    """At most `count` of the cells that are not missing, evenly spaced over the rows: a look before a full pass."""
    held = cells.dropna()
    if len(held) <= count:
        return held
    return held.iloc[np.linspace(0, len(held) - 1, count).astype(int)]
