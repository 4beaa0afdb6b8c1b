"""What came before each row: earlier rows of the same key as ranges of an order, so that windows are differences.

Rows stand in the order of time. Side by side by key, the rows of one key within a window are a range, two searches find
its ends, and a running total over the order makes sums of all ranges at once: O(n log n) for any number of windows.
Amounts are summed as whole numbers, so that what a window holds does not depend on what stood before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Keys = NDArray[np.uint64]

DAY = 86_400_000_000  # microseconds
UNIT = 1_000_000  # of an amount, in which it is kept whole
GAP = np.iinfo(np.int64).min  # a missing amount


@dataclass(frozen=True, eq=False)
class Past:
    """Some rows among all rows of their keys.

    Parameters
    ----------
    order: (all rows,) positions by key, and by time within it.
    rows: (rows,) positions of those that are asked about, in that order.
    _codes: (rows,) number of their key. _places: (all rows,) number of the key and position, in one rising number.
    """

    order: NDArray[np.intp]
    rows: NDArray[np.intp]
    _codes: Whole
    _places: Whole

    @classmethod
    def of(cls, keys: Keys, asked: NDArray[np.bool_]) -> Past:
        """keys, asked: (all rows,) in the order of time."""
        codes = pd.factorize(keys)[0].astype(np.int64)
        order = np.argsort(codes, kind="stable")
        rows = order[asked[order]]
        return cls(order, rows, codes[rows], codes[order] * (len(keys) + 1) + order)

    def place(self, position: Whole) -> Whole:
        """(rows,) the place in `order` of the first row of the same key that stands at `position` or later.

        Parameters
        ----------
        position: (rows,) of each row asked about, in the order of `rows`.
        """
        wanted = self._codes * (len(self.order) + 1) + position
        return np.searchsorted(self._places, wanted).astype(np.int64)

    def totals(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(keys,) the sum of (all rows,) values of each key."""
        found = np.bincount(self._places // (len(self.order) + 1), values[self.order])
        return np.asarray(found, dtype=np.float64)

    def running(self, values: Whole) -> Whole:
        """(all rows + 1,) the total of (all rows,) values before each place of `order`; differences are exact."""
        total = np.zeros(len(values) + 1, dtype=np.int64)
        np.cumsum(values[self.order], out=total[1:])
        return total


def fingerprints(names: pd.Series) -> Keys:
    """(rows,) a number for each name, 0 where it is missing; others share one by a chance of 1 in 2**64 a pair.

    Names can be kept so without being written down; who knows all possible names can still find them again.
    """
    codes, distinct = pd.factorize(names)
    found = np.zeros(len(distinct) + 1, dtype=np.uint64)  # the last serves code -1
    found[:-1] = pd.util.hash_array(np.asarray(distinct, dtype=object))
    return found[codes]


def fingerprint(name: str | None) -> Keys:
    """(1,) that of one name, quickly."""
    if name is None:
        return np.zeros(1, dtype=np.uint64)
    return np.asarray(pd.util.hash_array(np.array([name], dtype=object), categorize=False), dtype=np.uint64)


def millionths(amounts: NDArray[np.float64]) -> Whole:
    """(rows,) amounts in whole millionths; GAP where missing, or beyond 1e12."""
    known = np.abs(amounts) <= 1e12
    out = np.full(len(amounts), GAP)
    out[known] = np.rint(amounts[known] * UNIT).astype(np.int64)
    return out


def mixed(*parts: NDArray[np.int64] | Keys) -> Keys:
    """(rows,) one fingerprint of several numbers a row."""
    out = np.full(len(parts[0]), 0x9E3779B97F4A7C15, dtype=np.uint64)
    for part in parts:  # the finaliser of MurmurHash3, for each part in turn
        out = out * np.uint64(31) + part.view(np.uint64)
        out ^= out >> np.uint64(33)
        out *= np.uint64(0xFF51AFD7ED558CCD)
        out ^= out >> np.uint64(33)
        out *= np.uint64(0xC4CEB9FE1A85EC53)
        out ^= out >> np.uint64(33)
    return out
