"""What sets some rows of a table apart from others: standardised differences, column by column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

FEW = 30  # effective rows; of fewer nothing is said of who they are
_LEVELS = 20  # of a category, the most common ones


@dataclass(frozen=True)
class Difference:
    """One column, or one level of it, inside and outside some rows.

    Parameters
    ----------
    what: None for the mean of a column of numbers, else the level whose share is compared ("is missing" for gaps).
    difference: of the means, over the root of the mean of both variances.
    error: how large it is by chance, one standard error.
    inside, outside: the two means (or shares).
    """

    column: str
    what: str | None
    difference: float
    error: float
    inside: float
    outside: float

    @property
    def clear(self) -> bool:
        """Beyond three standard errors: dozens of columns and levels are looked at, and the largest is always large."""
        return abs(self.difference) > 3.0 * self.error


def differences(frame: pd.DataFrame, weight: Floats, inside: Mask, outside: Mask) -> list[Difference]:
    """The largest difference of each column, the largest first; columns that nothing can be said of are left out.

    Each column of numbers is compared by its mean, each level of a category and each gap by its share.

    Parameters
    ----------
    frame: (rows, columns) typed as a checked table. weight: (rows,) from 0 up. inside, outside: (rows,) who is compared.

    Source: Austin 2009, "Balance diagnostics for comparing the distribution of baseline covariates between treatment
    groups", Statistics in Medicine 28, equation 1.
    """
    inside, outside = inside & (weight > 0), outside & (weight > 0)
    if min(inside.sum(), outside.sum()) < FEW:
        return []
    found = []
    for column in frame.columns:
        told = [
            one
            for what, values in views(frame[column])
            if (one := _difference(str(column), what, values, weight, inside, outside)) is not None
        ]
        if told:
            found.append(
                max(told, key=lambda one: (round(abs(one.difference), 9), one.difference))
            )  # of two levels, "more"
    return sorted(found, key=lambda one: -abs(one.difference))


def views(values: pd.Series) -> list[tuple[str | None, Floats]]:
    """A column as numbers: itself (None), or one 0/1 column a level ("level"), and one for its gaps ("is missing")."""
    gaps = values.isna().to_numpy()
    out: list[tuple[str | None, Floats]] = []
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        out.append((None, values.to_numpy(dtype=np.float64, na_value=np.nan)))
    elif not pd.api.types.is_datetime64_any_dtype(values):
        text = values.astype("object")
        common = text[~gaps].value_counts().head(_LEVELS).index
        out += [(str(level), (text == level).to_numpy(dtype=np.float64)) for level in common]
    if gaps.any():
        out.append(("is missing", gaps.astype(np.float64)))
    return out


def mean_of(frame: pd.DataFrame, one: Difference, weight: Floats, rows: Mask) -> float | None:
    """The mean, or the share, that `one` compares, in other rows; None where they have no value."""
    values = next(values for what, values in views(frame[one.column]) if what == one.what)
    mean, _, effective = _moments(values, weight, rows)
    return mean if effective else None


def _difference(
    column: str, what: str | None, values: Floats, weight: Floats, inside: Mask, outside: Mask
) -> Difference | None:
    """None where one side has too few values, or they do not vary."""
    one, other = _moments(values, weight, inside), _moments(values, weight, outside)
    spread = np.sqrt((one[1] + other[1]) / 2.0)
    if not (one[2] >= FEW and other[2] >= FEW and spread > 0):
        return None
    error = float(np.sqrt(1.0 / one[2] + 1.0 / other[2]))
    return Difference(column, what, float((one[0] - other[0]) / spread), error, one[0], other[0])


def _moments(values: Floats, weight: Floats, rows: Mask) -> tuple[float, float, float]:
    """(mean, variance, effective rows) of the values that are there."""
    kept = rows & ~np.isnan(values)
    w, x = weight[kept], values[kept]
    if not w.any():
        return float("nan"), float("nan"), 0.0
    mean = float(np.average(x, weights=w))
    return mean, float(np.average((x - mean) ** 2, weights=w)), float(w.sum() ** 2 / (w @ w))
