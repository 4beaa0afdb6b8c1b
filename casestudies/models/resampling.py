"""Training rows with both classes weighing the same: weights, SMOTE and undersampling of a table with gaps and codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError

Floats = NDArray[np.float64]

_NEIGHBOURS = 5


@dataclass(frozen=True, eq=False)
class Taught:
    """Rows to train on; never to judge by. X: (rows, features). y: (rows,) 0/1. weight: (rows,)."""

    X: Floats
    y: Floats
    weight: Floats


def class_weights(y: Floats, weight: Floats) -> Floats:
    """(rows,) weights under which both classes weigh half of the whole."""
    events = y > 0
    half = weight.sum() / 2.0
    return weight * np.where(events, half / weight[events].sum(), half / weight[~events].sum())


def undersampled(X: Floats, y: Floats, weight: Floats, seed: int) -> Taught:
    """All rows of the lighter class, and of the other a random share that weighs about as much."""
    from imblearn.under_sampling import RandomUnderSampler

    light, ratio = _lighter(y, weight)
    heavy = 1.0 - light
    kept = max(1, round(ratio * float(np.sum(y == heavy))))
    sampler = RandomUnderSampler(sampling_strategy={heavy: kept, light: int(np.sum(y == light))}, random_state=seed)
    sampler.fit_resample(np.arange(len(y))[:, None], y)
    rows = np.sort(sampler.sample_indices_)
    return Taught(X[rows], y[rows], weight[rows])


def smote(X: Floats, y: Floats, weight: Floats, categorical: Sequence[int], seed: int) -> Taught:
    """All rows, and new ones of the lighter class between two neighbours of it, until both classes weigh the same.

    Distances need numbers of one scale without gaps. So numbers are standardised, a gap is filled with the median and
    told by a flag, a missing code is a level of its own; in the new rows flags and levels become gaps again, and the
    rows as they were are not touched. Numbers alone: SMOTE; with codes or flags: SMOTE-NC; codes alone: SMOTEN.

    Parameters
    ----------
    X: (rows, features) NaN = missing. categorical: columns with whole codes.
    weight: (rows,) above 0; the new rows share the weight that is lacking.

    Raises
    ------
    DataError: the lighter class has fewer than two rows.

    Source: Chawla et al. 2002, "SMOTE: synthetic minority over-sampling technique", JAIR 16; by imbalanced-learn.
    """
    light, _ = _lighter(y, weight)
    few = y == light
    if few.sum() < 2:
        raise DataError(
            f"{int(few.sum())} row of the rarer class has no neighbour to stand between", advice="use more rows"
        )
    lacking = float(weight[~few].sum() - weight[few].sum())
    new = min(round(lacking / float(weight[few].mean())), int(np.sum(~few)))
    if new < 1:
        return Taught(X, y, weight)
    whole = _Whole.of(X, categorical)
    # the sampler draws between rows of the rarer class only, but decodes all it is given: one other row is enough
    shown = np.append(np.flatnonzero(few), np.argmin(few))
    sampler = whole.sampler(int(few.sum()), {light: int(few.sum()) + new, 1.0 - light: 1}, seed)
    made = np.asarray(sampler.fit_resample(whole.matrix[shown], y[shown])[0], dtype=np.float64)[len(shown) :]
    return Taught(
        np.vstack((X, whole.opened(made))),
        np.concatenate((y, np.full(new, light))),
        np.concatenate((weight, np.full(new, lacking / new))),
    )


@dataclass(frozen=True, eq=False)
class _Whole:
    """A table without gaps, and the way back.

    Parameters
    ----------
    matrix: (rows, features + gaps) standardised numbers, codes, then a 0/1 flag for each column of numbers with gaps.
    codes: columns of the table that hold codes; level: per such column the code that stands for missing.
    centre, scale: (features,) of the numbers. flagged: columns of the table the flags tell of, in order.
    """

    matrix: Floats
    codes: tuple[int, ...]
    level: Floats
    centre: Floats
    scale: Floats
    flagged: tuple[int, ...]

    @classmethod
    def of(cls, X: Floats, categorical: Sequence[int]) -> _Whole:
        codes = tuple(int(column) for column in categorical)
        numbers = [column for column in range(X.shape[1]) if column not in codes]
        gap = np.isnan(X)
        centre, scale, level = np.zeros(X.shape[1]), np.ones(X.shape[1]), np.zeros(X.shape[1])
        filled = X.copy()
        for column in range(X.shape[1]):
            held = X[~gap[:, column], column]
            if column in codes:
                level[column] = held.max(initial=-1.0) + 1.0
                filled[gap[:, column], column] = level[column]
            elif held.size:
                centre[column], scale[column] = np.median(held), np.std(held) or 1.0
                filled[:, column] = np.where(gap[:, column], 0.0, (X[:, column] - centre[column]) / scale[column])
            else:
                filled[:, column] = 0.0
        flagged = tuple(column for column in numbers if gap[:, column].any())
        return cls(np.hstack((filled, gap[:, flagged].astype(float))), codes, level, centre, scale, flagged)

    def sampler(self, few: int, wanted: dict[float, int], seed: int):
        """The sampler of imbalanced-learn for this mix of columns."""
        from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC

        own = {"sampling_strategy": wanted, "random_state": seed, "k_neighbors": min(_NEIGHBOURS, few - 1)}
        width = len(self.centre)
        nominal = [*self.codes, *range(width, width + len(self.flagged))]
        if not nominal:
            return SMOTE(**own)
        if len(self.codes) == width:
            return SMOTEN(**own)
        return SMOTENC(categorical_features=nominal, **own)

    def opened(self, made: Floats) -> Floats:
        """(new rows, features) on the table's own scales, with its gaps."""
        width = len(self.centre)
        out = made[:, :width] * self.scale + self.centre
        for column in self.codes:
            out[made[:, column] == self.level[column], column] = np.nan
        for place, column in enumerate(self.flagged):
            out[made[:, width + place] > 0, column] = np.nan
        return out


def _lighter(y: Floats, weight: Floats) -> tuple[float, float]:
    """The class that weighs less (the events where both weigh the same), and its weight over the other's."""
    events, others = float(weight[y > 0].sum()), float(weight[y == 0].sum())
    return (1.0, events / others) if events <= others else (0.0, others / events)
