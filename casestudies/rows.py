"""The (rows,) arrays that decisions and metrics read, checked once at the door: outcomes, scores, actions, weights.

Rows are numbered from 1 in messages. Nothing is repaired here: a wrong value is an error that names its row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casestudies.errors import DataError

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def outcomes(y: ArrayLike, rows: int | None = None) -> Mask:
    """(rows,) bool, True = the event happened, from 0/1 numbers or booleans."""
    values = vector(y, "y", rows)
    _refuse(~((values == 0) | (values == 1)), "y", "neither 0 nor 1", "map the outcome to 0 and 1 first")
    return values == 1


def scores(p: ArrayLike, rows: int | None = None) -> Array:
    """(rows,) finite float64, on any scale."""
    values = vector(p, "p", rows)
    _refuse(~np.isfinite(values), "p", "not finite", "look at the model that scored these rows")
    return values


def probabilities(p: ArrayLike, rows: int | None = None) -> Array:
    """(rows,) float64 within 0 to 1: expected money is only defined on probabilities."""
    values = scores(p, rows)
    _refuse((values < 0) | (values > 1), "p", "outside 0 to 1", "calibrate the score into a probability first")
    return values


def chosen(act: ArrayLike, rows: int | None = None) -> Mask:
    """(rows,) bool, True = act on the row."""
    values = vector(act, "act", rows)
    _refuse(~((values == 0) | (values == 1)), "act", "neither 0 nor 1", "give True or False per row")
    return values == 1


def weights(weight: ArrayLike | None, rows: int) -> Array | None:
    """(rows,) finite and not negative, or None for ones."""
    if weight is None:
        return None
    values = vector(weight, "weight", rows)
    _refuse(~(np.isfinite(values) & (values >= 0)), "weight", "negative or not finite", "correct the weight column")
    return values


def vector(values: ArrayLike, name: str, rows: int | None) -> Array:
    """(rows,) float64 of whatever can be read as one; the length is checked where `rows` is given."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError("holds values that are not numbers", where=name, advice="map them to numbers first") from None
    if array.ndim != 1 or (rows is not None and len(array) != rows):
        wanted = "one value per row" if rows is None else f"{rows} values, one per row"
        raise DataError(f"has shape {array.shape}", where=name, advice=f"give {wanted}")
    return array


def _refuse(bad: Mask, name: str, what: str, advice: str) -> None:
    if bad.any():
        first = int(np.argmax(bad)) + 1
        count = int(bad.sum())
        raise DataError(f"{count} of {len(bad)} values are {what}, first in row {first}", where=name, advice=advice)
