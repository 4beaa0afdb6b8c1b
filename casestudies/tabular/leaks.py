"""How much a single column tells of the label: its AUC alone, and whether it is the label itself.

A leak is rarely subtle: a column filled in after the outcome ranks the rows all but perfectly by itself.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import rankdata

_PRIOR = 10.0  # rows of the overall rate that every level starts with


def auc_of_numbers(values: np.ndarray, y: np.ndarray) -> float:
    """The AUC of a column of numbers alone, the better of its two directions, missing values at the better end.

    Ranks give the AUC without a curve (Mann and Whitney 1947), ties counting one half; O(n log n).

    Parameters
    ----------
    values: (rows,) float64, NaN = missing. y: (rows,) 0/1 with both values.

    Returns
    -------
    0.5 to 1.
    """
    held = ~np.isnan(values)
    event = y == 1
    inside = held & event
    n1, n0 = int(inside.sum()), int((held & ~event).sum())
    m1, m0 = int(event.sum()) - n1, int((~event).sum()) - n0
    wins = float(rankdata(values[held])[event[held]].sum()) - n1 * (n1 + 1) / 2
    tied = 0.5 * m1 * m0
    best = 0.0
    for ordered in (wins, n1 * n0 - wins):  # rising, falling
        for with_missing in (n1 * m0, m1 * n0):  # missing below all, above all
            best = max(best, ordered + with_missing + tied)
    return best / ((n1 + m1) * (n0 + m0))


def auc_of_levels(codes: np.ndarray, y: np.ndarray) -> float:
    """The AUC of a column of categories, each row scored by the smoothed event rate of its level in the other half.

    Two halves of the rows, drawn at random by a fixed seed, score each other, so that a column of many levels does not
    look telling only because each level holds one row. (Even and odd rows would not do: files can be periodic.)

    Parameters
    ----------
    codes: (rows,) int, -1 = missing, which is a level like the others. y: (rows,) 0/1 with both values.
    """
    level = codes.astype(np.int64) + 1
    width = int(level.max()) + 1
    odd = np.random.default_rng(0).permutation(len(y)) % 2 == 1
    score = np.empty(len(y))
    for half in (odd, ~odd):
        events = np.bincount(level[~half], weights=y[~half], minlength=width)
        rows = np.bincount(level[~half], minlength=width)
        rate = float(y[~half].mean()) if (~half).any() else 0.5
        score[half] = ((events + _PRIOR * rate) / (rows + _PRIOR))[level[half]]
    return auc_of_numbers(score, y)


def is_copy(codes: np.ndarray, y: np.ndarray) -> bool:
    """Whether a column of two values (missing counts as one) is the label under other names. O(n)."""
    distinct = np.unique(codes)
    if len(distinct) != 2:
        return False
    same = (codes == distinct[1]) == (y == 1)
    return bool(same.all() or not same.any())


def row_hashes(frame: pd.DataFrame) -> np.ndarray:
    """(rows,) uint64: equal rows have equal numbers, others differ but for a chance of about 1 in 2**64 a pair."""
    return np.asarray(pd.util.hash_pandas_object(frame, index=False), dtype=np.uint64)
