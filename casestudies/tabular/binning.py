"""How bins are found: quantiles of numbers, frequent levels of categories, and bins given by hand. No label is looked at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, pairwise
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import ConfigError, nearest, shown
from casestudies.tabular.bins import Bins
from casestudies.tabular.cells import coded, plain
from casestudies.tabular.encode import finite
from casestudies.tabular.levels import MOST_LEVELS

Floats = NDArray[np.float64]

_RARE_ROWS, _RARE_LEVEL, _RARE_SHARE = 30.0, 10.0, 0.005  # a bin of numbers or a level needs both, in weights


def least_weight(total: float) -> float:
    """Weight below which a bin of numbers, which has neighbours to join, does not stand alone."""
    return max(_RARE_ROWS, _RARE_SHARE * total)


def quantile_bins(
    column: str, values: pd.Series, weight: Floats, most: int, special: Sequence[float] = (), least: float | None = None
) -> Bins:
    """Bins of numbers that hold about the same weight each; the same whatever the unit and the order of rows.

    A value that alone fills a bin has one. Edges are round decimals between the neighbouring training values.

    Parameters
    ----------
    values: (rows,) numbers, NaN = missing. weight: (rows,) from 0 up.
    most: bins of ordinary values, at most. special: values outside of them.
    least: weight of each bin, at least; None = `least_weight`.

    Raises
    ------
    DataError: infinities.
    """
    number = finite(values, column)
    held = ~np.isnan(number) & (weight > 0)
    for value in special:
        held &= number != value
    distinct, rows = _weighed(number[held], weight[held])
    least = least_weight(float(weight.sum())) if least is None else least
    ends = _ends(rows, most, least) if len(distinct) > 1 else []
    edges = tuple(_readable(float(distinct[end]), float(distinct[end + 1])) for end in ends)
    return Bins(column, edges, None, tuple(sorted(map(float, special))))


def _weighed(number: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """The distinct values, ascending, and the weight of each."""
    if not weight.size or weight.min() == weight.max():  # half the time of a sort that remembers who was where
        distinct, count = np.unique(number, return_counts=True)
        return distinct, count * weight.max(initial=0.0)
    distinct, place = np.unique(number, return_inverse=True)
    return distinct, np.asarray(np.bincount(place, weight, len(distinct)), dtype=np.float64)


def _ends(rows: Floats, most: int, least: float) -> list[int]:
    """The last place of every bin but the last one, of (values,) weights in ascending order of values."""
    total = np.cumsum(rows)
    if len(rows) <= most:
        ends = set(range(len(rows) - 1))
    else:
        share = total[-1] / most
        target = share * np.arange(1, most) * (1.0 - 1e-12)  # so that sums in another order fall on the same side
        after = np.searchsorted(total, target)
        before = np.maximum(after - 1, 0)
        nearer = np.where(total[after] - target <= target - total[before], after, before)
        own = np.flatnonzero(rows >= share)
        ends = {end for end in map(int, chain(nearer, own, own - 1)) if 0 <= end < len(rows) - 1}
    bins = sorted(ends)
    held = np.diff(total[[*bins, len(rows) - 1]], prepend=0.0).tolist()
    while len(held) > 1 and (min(held) < least or len(held) > most):
        least_held = held.index(min(held))
        beside = [place for place in (least_held - 1, least_held + 1) if 0 <= place < len(held)]
        first = min(least_held, min(beside, key=lambda place: held[place]))
        held[first : first + 2] = [held[first] + held[first + 1]]
        del bins[first]
    return bins


def _readable(below: float, value: float) -> float:
    """A multiple of the largest power of ten that has one above `below` and up to `value`: the most central of them."""
    middle = 0.5 * below + 0.5 * value
    largest = math.floor(math.log10(max(value - below, 1e-300))) + 2
    for power in range(largest, largest - 5, -1):
        step = 10.0**power if power >= 0 else 1.0 / 10.0**-power
        for count in (math.floor(round(middle / step, 6) + 0.5), math.floor(value / step)):
            edge = float(count * 10**power) if power >= 0 else count / 10.0**-power
            if below < edge <= value:
                return edge
    return value


def level_bins(column: str, values: pd.Series, weight: Floats, special: Sequence[Any] = ()) -> tuple[Bins, int]:
    """A bin for each level that is not rare, and how many rare ones fall into "other".

    Parameters
    ----------
    values: (rows,) any cells. weight: (rows,) from 0 up. special: levels with a bin of their own, however rare.
    """
    codes, levels = coded(values)
    rows = np.bincount(codes[codes >= 0], weight[codes >= 0], len(levels))
    named = tuple(dict.fromkeys(map(plain, special)))
    free = [place for place, level in enumerate(levels) if level not in named and rows[place] > 0]
    often = [place for place in free if rows[place] >= max(_RARE_LEVEL, _RARE_SHARE * float(weight.sum()))]
    kept = sorted(sorted(often, key=lambda place: -rows[place])[:MOST_LEVELS])
    return Bins(column, None, tuple((levels[place],) for place in kept), named), len(free) - len(kept)


def bins_by_hand(column: str, asked: Sequence[Any], values: pd.Series, numeric: bool, special: Sequence[Any]) -> Bins:
    """Bins as an analyst wrote them: ascending edges, or groups of levels.

    Raises
    ------
    ConfigError: edges that are no ascending numbers, groups that are none or overlap, levels that do not occur.
    """
    where = f"bins.{column}"
    if numeric:
        if not asked or not all(map(is_number, asked)) or any(low >= high for low, high in pairwise(asked)):
            raise ConfigError(
                f"{shown(list(asked))} are not ascending numbers", where=where, advice="write edges such as [25, 40]"
            )
        return Bins(column, tuple(map(float, asked)), None, tuple(sorted(map(float, special))))
    if not asked or not all(isinstance(group, (list, tuple)) and group for group in asked):
        raise ConfigError(
            f"{shown(list(asked))} are not groups of levels", where=where, advice="write groups such as [[A, B], [C]]"
        )
    groups = tuple(tuple(map(plain, group)) for group in asked)
    named = tuple(dict.fromkeys(map(plain, special)))
    known, seen = _levels(values), set(named)
    for level in chain.from_iterable(groups):
        if level not in known:
            raise ConfigError(f"there is no level {shown(level)}", where=where, advice=nearest(level, sorted(known)))
        if level in seen:
            raise ConfigError(f"{shown(level)} is named twice", where=where, advice="name each level once")
        seen.add(level)
    return Bins(column, None, groups, named)


def _levels(values: pd.Series) -> set[str]:
    """The levels a column can hold: of categories also those that these rows, a part of the table, have none of."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return set(map(plain, values.cat.categories))
    return set(coded(values)[1])


def is_number(value: object) -> bool:
    """Whether a setting's value is a finite number, of Python or numpy; True and False are none."""
    if not isinstance(value, Real) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond any float
        return False


def merged(bins: Bins, ends: Sequence[int]) -> Bins:
    """Neighbouring value bins of numbers as one: `ends` are the last old bins of every new one but the last."""
    return replace(bins, edges=tuple((bins.edges or ())[end] for end in ends))
