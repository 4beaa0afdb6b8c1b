"""Customers in groups: by bands of two or three columns, or by k-means where the groups come again on other rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from casestudies.errors import DataError
from casestudies.tabular.differences import Difference, differences

Floats = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

ENDS = ("low", "middle", "high")
STABLE = 0.8  # mean adjusted Rand index of refits, and mean Jaccard overlap of a group, from which a grouping is kept
_AS_GOOD = 0.03  # difference of such indices that says nothing
REFITS = 20
MOST = 3_000  # rows drawn for the refits: 20 refits of 2 to 6 groups take 0.6 s
_QUINTILES = 5
_LONG_TAIL = 1.3  # mean over median
_TOLD = 0.35  # standardised difference from which a column is worth a word


@dataclass(frozen=True, eq=False)
class Bands:
    """Rows by the bands of some columns.

    Parameters
    ----------
    columns: what the bands are of.
    group: (rows,) places in `ends`. ends: of each group the band of each column: "low", "middle" or "high".
    cuts: of each column its 20 % and 80 % points.
    """

    columns: tuple[str, ...]
    group: Index
    ends: tuple[tuple[str, ...], ...]
    cuts: tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class Clusters:
    """Groups found by k-means.

    Parameters
    ----------
    group: (rows,) 0 to k - 1, the largest group first; None where no number of groups is stable.
    steady: of each group, the mean Jaccard overlap with its counterpart in refits.
    agreement: {groups: mean adjusted Rand index of refits on resampled rows}, every number that was tried.
    """

    group: Index | None
    steady: tuple[float, ...]
    agreement: Mapping[int, float]


def equal_bands(order: Floats, weight: Floats, count: int) -> Index:
    """(rows,) 0 to count - 1: bands of like weight from the smallest `order` up; equal values share a band.

    Examples
    --------
    >>> equal_bands(np.array([5.0, 1.0, 2.0, 2.0, 9.0]), np.ones(5), 5).tolist()
    [3, 0, 2, 2, 4]
    """
    values, place = np.unique(order, return_inverse=True)
    mass = np.bincount(place, weights=weight, minlength=len(values))
    if not mass.any():
        return np.zeros(len(order), dtype=np.intp)
    middle = (np.cumsum(mass) - mass / 2.0) / mass.sum()
    return np.minimum((middle * count).astype(np.intp), count - 1)[place]


def banded(columns: Mapping[str, Floats], weight: Floats) -> Bands:
    """Rows by quintiles of two or three columns, as in RFM; the three middle quintiles of a column are one band.

    Parameters
    ----------
    columns: {name: (rows,) numbers}; rows without a number are in the middle.

    Raises
    ------
    DataError: a column has one value only.

    Source: Hughes 1994, "Strategic database marketing", chapter 6 (recency, frequency and money by quintiles).
    """
    ends, cuts = [], []
    for name, values in columns.items():
        held = np.isfinite(values)
        if not held.any() or np.ptp(values[held]) == 0:
            raise DataError(
                "has one value only, so it sets nobody apart", where=f"column {name}", advice="leave it out"
            )
        band = np.full(len(values), 1)
        fifth = equal_bands(values[held], weight[held], _QUINTILES)
        band[held] = np.select([fifth == 0, fifth == _QUINTILES - 1], [0, 2], 1)
        ends.append(band)
        cuts.append((_edge(values, band, 0), _edge(values, band, 2)))
    met, group = np.unique(np.column_stack(ends), axis=0, return_inverse=True)
    words = tuple(tuple(ENDS[end] for end in row) for row in met)
    return Bands(tuple(columns), group.reshape(-1), words, tuple(cuts))


def _edge(values: Floats, band: NDArray[np.int_], end: int) -> float:
    """The largest value of the low band, or the smallest of the high one; the extreme where a band is empty."""
    held = values[(band == end) & np.isfinite(values)]
    if not len(held):
        return float(np.nanmin(values) if end == 0 else np.nanmax(values))
    return float(held.max() if end == 0 else held.min())


def clustered(frame: pd.DataFrame, weight: Floats, most: int, seed: int) -> Clusters:
    """k-means with as many groups as come again on resampled rows, or none.

    Columns are standardised (with a long tail: their logarithms). For every number of groups k-means is
    fitted anew on resamples of the rows, and the groups of all rows by each refit are compared with those of the first
    fit. The number of groups with the largest mean adjusted Rand index is taken, if that reaches 0.8, and of numbers as good the
    largest. A stable grouping is one that
    can be talked about; it need not be one that nature made.

    Parameters
    ----------
    frame: (rows, columns) numbers; gaps take the median.

    Raises
    ------
    DataError: a column is not of numbers, or has one value only.

    Source: Ben-Hur, Elisseeff and Guyon 2002, "A stability based method for discovering structure in clustered data";
    Hubert and Arabie 1985, "Comparing partitions"; of single groups: Hennig 2007, "Cluster-wise assessment of cluster
    stability", Computational Statistics and Data Analysis 52.
    """
    X = _standardised(frame, weight)
    random = np.random.default_rng([seed, 61])
    held = np.flatnonzero(weight > 0)
    drawn = held if len(held) <= MOST else np.sort(random.choice(held, MOST, replace=False))
    Z, w = X[drawn], weight[drawn]
    resampled = [random.integers(0, len(Z), len(Z)) for _ in range(REFITS)]
    fits = {count: _refitted(Z, w, count, seed, resampled) for count in range(2, most + 1)}
    agreement = {
        count: float(np.mean([adjusted_rand_score(first.labels_, labels) for labels in refits]))
        for count, (first, refits) in fits.items()
    }
    best = max(agreement.values())
    if best < STABLE:
        return Clusters(None, (), agreement)
    first, refits = fits[max(count for count, value in agreement.items() if value >= max(STABLE, best - _AS_GOOD))]
    group = first.predict(X)
    order = np.argsort(-np.bincount(group, weights=weight, minlength=first.n_clusters), kind="stable")
    steady = [float(np.mean([_overlap(first.labels_ == one, labels) for labels in refits])) for one in order]
    return Clusters(np.argsort(order)[group], tuple(steady), agreement)


def _standardised(frame: pd.DataFrame, weight: Floats) -> Floats:
    out = []
    for name in frame:
        values = frame[name]
        if not pd.api.types.is_numeric_dtype(values):
            raise DataError(
                "holds no numbers, and k-means measures distances", where=f"column {name}", advice="leave it out"
            )
        column = values.to_numpy(dtype=np.float64, na_value=np.nan)
        column = np.where(np.isnan(column), np.nanmedian(column), column)
        if column.min() >= 0 and column.mean() > _LONG_TAIL * np.median(column):
            column = np.log1p(column / column.mean())  # in the column's own unit: cents and euros say the same
        column = column - np.average(column, weights=weight)
        spread = np.sqrt(np.average(column**2, weights=weight))
        if not spread > 0:
            raise DataError(
                "has one value only, so it sets nobody apart", where=f"column {name}", advice="leave it out"
            )
        out.append(column / spread)
    return np.column_stack(out)


def _refitted(X: Floats, weight: Floats, count: int, seed: int, resampled: list[Index]) -> tuple[KMeans, list[Index]]:
    """The first fit, and for each resample the groups of all rows by the refit on it."""
    refits = (_fit(X[rows], weight[rows], count, seed + 1 + number) for number, rows in enumerate(resampled))
    return _fit(X, weight, count, seed, starts=5), [refit.predict(X) for refit in refits]


def _fit(X: Floats, weight: Floats, count: int, seed: int, starts: int = 2) -> KMeans:
    return KMeans(count, n_init=starts, random_state=seed % 2**32, max_iter=100).fit(X, sample_weight=weight)


def _overlap(mine: Mask, labels: Index) -> float:
    """The largest Jaccard overlap of a group with a group of the refit."""
    both = np.bincount(labels[mine], minlength=labels.max() + 1)
    either = mine.sum() + np.bincount(labels, minlength=len(both)) - both
    return float((both / either).max())


def apart(frame: pd.DataFrame, weight: Floats, inside: Mask) -> list[Difference]:
    """What sets a group apart from all others by more than chance and by enough for a word, the most first."""
    return [one for one in differences(frame, weight, inside, ~inside) if one.clear and abs(one.difference) >= _TOLD]
