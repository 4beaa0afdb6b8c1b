"""The costs of rows in whatever shape they come, and folds that depend on the rows alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import check_cv

from casestudies.decisions import Costs
from casestudies.errors import ConfigError, DataError, nearest, shown
from casestudies.models.scorecard.frames import folds_of

Floats = NDArray[np.float64]
_MOST = 1_000_000  # rows that whole-number weights may stand for
CELLS = ("fn", "fp", "tp", "tn")


def costs_of(given: Any, rows: int) -> Costs | None:
    """Costs of so many rows.

    Parameters
    ----------
    given: `Costs`; a frame with the columns fn and fp, and tp and tn unless they are 0; or (rows, 4) numbers in that
        order. Tables are what scikit-learn can take rows of, in cross-validation.

    Raises
    ------
    DataError: another shape, an unknown column, or another number of rows.
    """
    if given is None:
        return None
    if isinstance(given, pd.DataFrame):
        given = _of_frame(given)
    elif not isinstance(given, Costs):
        table = np.asarray(given, dtype=np.float64)
        if table.ndim != 2 or table.shape[1] != len(CELLS):
            raise DataError(
                f"costs have the shape {table.shape}", where="costs", advice="give (rows, 4): fn, fp, tp, tn"
            )
        given = Costs(*table.T)
    if len(given) != rows:
        raise DataError(
            f"costs of {len(given):,} rows, but there are {rows:,}",
            where="costs",
            advice="resample no rows before the fit (SMOTE, undersampling): made rows have no price, and their rate is not "
            "that of the rows decided on",
        )
    return given


def _of_frame(given: pd.DataFrame) -> Costs:
    names = [str(name) for name in given.columns]
    for name in names:
        if name not in CELLS:
            raise DataError(f"{shown(name)} is none of the four costs", where="costs", advice=nearest(name, CELLS))
    for name in ("fn", "fp"):
        if name not in names:
            raise DataError(f"the column {name} is missing", where="costs", advice="give fn, fp and, unless 0, tp, tn")
    zeros = np.zeros(len(given))
    cells = (given[cell].to_numpy(dtype=np.float64) if cell in names else zeros for cell in CELLS)
    return Costs(*cells)


def dealt(X: Any, y: Floats, count: int, seed: int) -> NDArray[np.intp]:
    """(rows,) fold of each row: both outcomes shared out, and equal rows kept together.

    The folds follow from the rows alone: not from their order, and a row given twice is in the fold of its twin, so that
    a weight of 2 is the row twice.

    Parameters
    ----------
    X: (rows, features) a matrix or a frame. y: (rows,) 0/1. count: folds, no more than rows of either outcome.
    """
    frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(np.asarray(X) + 0.0)  # -0 and 0 are one number
    mark = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    mark = pd.util.hash_array(mark ^ pd.util.hash_array(np.array([seed], dtype=np.uint64))[0])
    folds = np.empty(len(y), dtype=np.intp)
    for label in (0, 1):
        of_label = np.flatnonzero((y > 0) == bool(label))
        folds[of_label] = np.unique(mark[of_label], return_inverse=True)[1] % count
    return folds


def shared_out(X: Any, y: Floats, count: int, seed: int) -> NDArray[np.intp] | None:
    """`dealt` to so many folds, or as many as the rarer outcome has rows; None where a fold would leave one outcome."""
    count = int(min(count, y.sum(), len(y) - y.sum()))
    if count < 2:
        return None
    folds = dealt(X, y, count, seed)
    alone = any(len(np.unique(folds[y == label])) < 2 for label in (0.0, 1.0))
    return None if alone else folds


def split_by(cv: Any, X: Any, labels: NDArray[Any], weight: Floats) -> NDArray[np.intp]:
    """(rows of some weight,) folds of a splitter, or of (train, test) pairs that hold each row out once."""
    pairs = list(check_cv(cv, labels, classifier=True).split(X, labels))
    codes = np.unique(labels, return_inverse=True)[1]
    used = weight > 0
    folds = folds_of(None, used, codes[used].astype(np.float64), codes[:, None], pairs, 0)
    if folds is None:
        raise ConfigError("there are no folds", where="cv", advice="write 5")
    return folds


def repeats(weight: Floats) -> NDArray[np.intp]:
    """(rows,) how often each row stands where rows are counted: as often as its weight says, if all are whole numbers."""
    whole = (weight == np.rint(weight)).all() and weight.sum() <= _MOST
    return weight.astype(np.intp) if whole else np.ones(len(weight), dtype=np.intp)


def taken(rows: Any, places: NDArray[Any]) -> Any:
    """Some rows of a matrix or of a frame."""
    return rows.iloc[places] if isinstance(rows, pd.DataFrame) else rows[places]
