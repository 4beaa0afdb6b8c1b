"""Test windows one after the other, and which rows may be learnt from before each."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.workflow.table_settings import Windows

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

_ROWS, _EVENTS = 100, 20  # that a window needs before figures are told; `periods` asks for as many
_TRAIN_EVENTS = 40  # so that each of two folds has 20


@dataclass(frozen=True)
class Window:
    """One test window and what may be learnt before it; times as days since 1970, or in the column's own unit.

    Parameters
    ----------
    train: from (included) and up to (not included) when training rows stand; test: the same of those that are judged.
    """

    train: tuple[float, float]
    test: tuple[float, float]

    def of(self, when: Floats) -> tuple[Index, Index]:
        """Positions of the training rows and of the judged ones."""
        train, test = (np.flatnonzero((when >= a) & (when < b)) for a, b in (self.train, self.test))
        return train, test


def clock(when: pd.Series) -> tuple[Floats, bool]:
    """(rows,) days since 1970 of instants, or the numbers of a column of numbers; nan where missing. And which it is."""
    if not pd.api.types.is_datetime64_any_dtype(when):
        return np.asarray(when.to_numpy(dtype=np.float64, na_value=np.nan)), False
    stamps = when.dt.tz_localize(None) if when.dt.tz is not None else when
    days = (stamps - pd.Timestamp(0)) / pd.Timedelta(days=1)
    return np.asarray(days, dtype=np.float64), True


def layout(when: Floats, y: Floats, asked: Windows, delay: float, dated: bool) -> list[Window] | str:
    """As many windows as asked for, or fewer, so that each holds enough events; or why there are none.

    Windows end with the last row. Dates give windows of whole days; a few days, and numbers, whose unit nobody states,
    give windows of like many rows.
    """
    for count in range(asked.count, 1, -1):
        edges = _edges(when, count, asked.test_days, dated)
        first = edges[0] - delay
        seen = asked.train_days if asked.train_days is not None and dated else np.inf
        spans = [Window((a - delay - seen, a - delay), (a, b)) for a, b in pairwise(edges.tolist())]
        sizes = [tuple(y[rows] for rows in window.of(when)) for window in spans]
        if all(_enough(train, 0, _TRAIN_EVENTS) and _enough(test, _ROWS, _EVENTS) for train, test in sizes):
            return spans
    whole = f"{int(np.isfinite(when).sum()):,} rows with {int(y.sum()):,} events"
    if dated and not (when < first).any():
        return f"the table is too short: its {whole} leave no row {delay:g} days before a first window"
    return (
        f"too few to say: no two windows of {_ROWS} rows and {_EVENTS} events, with {_TRAIN_EVENTS} events to learn from "
        f"before each, can be made of {whole}"
    )


def _edges(when: Floats, count: int, days: int | None, dated: bool) -> Floats:
    """(count + 1,) where the windows begin, and where the last one ends."""
    held = when[np.isfinite(when)]
    end, begin = np.floor(held.max()) + 1.0, np.floor(held.min())
    length = days or np.floor((end - begin) / (2 * count))
    if not dated or length < 1:
        return np.append(np.quantile(held, 0.5 + 0.5 * np.arange(count) / count), np.nextafter(held.max(), np.inf))
    return np.asarray(end - length * np.arange(count, -1, -1))


def _enough(y: Floats, rows: int, events: int) -> bool:
    return len(y) >= rows and min(y.sum(), len(y) - y.sum()) >= events
