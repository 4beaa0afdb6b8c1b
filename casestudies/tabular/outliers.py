"""Cells far from the rest of their column, found on a scale where long tails are no surprise.

Nothing is removed or changed: an outlier may be a slip of the keyboard or the row the business is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.tabular.contract import NUMERIC

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

FAR = 5.0  # robust standard deviations: of normal cells one in 1.7 million lies further out
_SIGMA = 1.4826  # of a normal distribution, per median absolute deviation
LUMP = 0.01  # share of far cells from which on they are a second lump of the column, not outliers
_DISTINCT = 10  # with fewer values a column is a list of codes or grades


@dataclass(frozen=True, eq=False)
class Outliers:
    """The far cells of one column.

    Parameters
    ----------
    column: its name.
    low, high: fences in the column's own unit; cells beyond them are far. -inf and inf where there is no fence.
    far: (rows,) bool.
    distance: (rows,) robust standard deviations from the middle, signed; 0 for missing cells.
    """

    column: str
    low: float
    high: float
    far: Mask
    distance: Floats

    @property
    def count(self) -> int:
        return int(self.far.sum())

    @property
    def lump(self) -> bool:
        """So many far cells are another kind of row (a code, a second product), not slips."""
        return self.count > LUMP * len(self.far)

    def extremes(self, most: int) -> list[int]:
        """Positions of the furthest cells, the furthest first; of equals, the earlier row."""
        at = np.flatnonzero(self.far)
        return [int(row) for row in at[np.argsort(-np.abs(self.distance[at]), kind="stable")][:most]]

    def clipped(self, values: pd.Series) -> pd.Series:
        """The column with its far cells put on the fence; for a what-if, not for a model."""
        return values.astype("float64").clip(self.low, self.high)


def outliers(frame: pd.DataFrame, kinds: Mapping[str, str]) -> tuple[Outliers, ...]:
    """The columns of numbers that hold far cells, those with most of them first.

    Each column is taken on a signed logarithm in units of its own typical size, so that incomes and balances with long
    tails are judged by factors and not by differences, and a change of unit changes nothing. The spread below and above
    the middle are measured apart (median absolute deviation of either side), so a skewed column has two fences.

    Parameters
    ----------
    frame: (rows, columns) as checked. kinds: {column: kind}; columns that are no numbers are passed over, and so are
        those of fewer than 10 values.

    Source: Leys et al. 2013, "Detecting outliers: do not use standard deviation around the mean, use absolute deviation
    around the median"; one spread a side as in Rousseeuw and Hubert 2011, "Robust statistics for outlier detection", 2.
    """
    found = []
    for name in map(str, frame.columns):
        if kinds.get(name) in NUMERIC:
            told = _of_column(name, frame[name].to_numpy(dtype=np.float64, na_value=np.nan))
            if told is not None and told.count:
                found.append(told)
    return tuple(sorted(found, key=lambda told: -told.count))


def _of_column(name: str, values: Floats) -> Outliers | None:
    """None where the column has too few values, or too many equal ones, for a spread."""
    held = values[np.isfinite(values)]
    if len(np.unique(held[:1000])) < _DISTINCT and len(np.unique(held)) < _DISTINCT:
        return None
    unit = float(np.median(np.abs(held[held != 0])))
    scaled = np.arcsinh(held / unit)  # a logarithm on both sides of zero, straight near it
    middle = float(np.median(scaled))
    spreads = [_spread(scaled, middle, side) for side in (-1, 1)]
    if np.isnan(spreads).all():
        return None
    # a side that is all but empty is judged by the other's spread
    below, above = np.where(np.isnan(spreads), np.nanmax(spreads), spreads)
    low, high = (float(unit * np.sinh(middle + side * FAR * of)) for side, of in ((-1, below), (1, above)))
    everything = np.arcsinh(np.where(np.isfinite(values), values, 0.0) / unit)
    distance = (everything - middle) / np.where(everything < middle, below, above)
    distance[~np.isfinite(values)] = 0.0
    return Outliers(name, low, high, np.abs(distance) > FAR, distance)


def _spread(scaled: Floats, middle: float, side: int) -> float:
    """Robust standard deviation of one side; cells on the middle itself (zeros of a balance, say) have none."""
    away = side * (scaled - middle)
    away = away[away > 0]
    return _SIGMA * float(np.median(away)) if len(away) >= _DISTINCT else float("nan")
