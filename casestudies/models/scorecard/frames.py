"""What a card is fitted on and asked about: a frame with names, labels, weights and folds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.validation import _check_sample_weight, check_array, check_consistent_length, column_or_1d

from casestudies.errors import ConfigError, DataError, shown
from casestudies.models.labels import two_classes

Floats = NDArray[np.float64]

_LEAST_WEIGHT = 1e-100  # of all rows; the square of less is no number any more
_WIDEST = 1e12  # of the largest weight to the least; sums keep 16 digits


def framed(estimator: Any, X: pd.DataFrame | ArrayLike, *, reset: bool) -> pd.DataFrame:
    """The rows as a frame whose columns are named by text; an array gets the names x0, x1, ...

    Raises
    ------
    DataError: two columns of one name. ValueError: what scikit-learn's checks refuse of an array.
    """
    if isinstance(X, pd.DataFrame):
        frame = X if all(isinstance(name, str) for name in X.columns) else X.set_axis(list(map(str, X.columns)), axis=1)
        twice = frame.columns[frame.columns.duplicated()]
        for name in twice if reset else twice.intersection(estimator.feature_names_in_):
            raise DataError(f"there are two columns {shown(name)}", advice="rename one")
        if reset and frame.shape[1] == 0:
            raise ValueError(f"0 feature(s) (shape={frame.shape}) while a minimum of 1 is required.")
        if not len(frame):
            raise ValueError(f"Found array with 0 sample(s) (shape={frame.shape}) while a minimum of 1 is required.")
    else:
        array = check_array(X, dtype="numeric", ensure_all_finite="allow-nan")
        frame = pd.DataFrame(np.asarray(array, dtype=np.float64), columns=[f"x{i}" for i in range(array.shape[1])])
        if np.isinf(frame.to_numpy()).any():
            raise ValueError("Input X contains infinity or a value too large for dtype('float64').")
        if not reset and array.shape[1] != estimator.n_features_in_:
            raise ValueError(
                f"X has {array.shape[1]} features, but {type(estimator).__name__} is expecting "
                f"{estimator.n_features_in_} features as input"
            )
        if not reset and list(estimator.feature_names_in_[: array.shape[1]]) != list(frame.columns):
            frame = frame.set_axis(list(estimator.feature_names_in_), axis=1)
    if reset:
        estimator.feature_names_in_ = np.asarray(frame.columns, dtype=object)
        estimator.n_features_in_ = frame.shape[1]
    return frame


def labelled(y: ArrayLike, rows: int, event: Any) -> tuple[NDArray[Any], Floats, list[str]]:
    """The two labels with the event last, (rows,) 1 = the event, and a note where the event had to be guessed.

    Raises
    ------
    ConfigError: `event` is not a label. ValueError: not two classes, or another number of rows.
    """
    if y is None:
        raise ValueError("Scorecard requires y to be passed, but the target y is None.")
    labels = column_or_1d(np.asarray(y), warn=True)
    if len(labels) != rows:
        raise ValueError(f"Found input variables with inconsistent numbers of samples: [{rows}, {len(labels)}]")
    if labels.dtype.kind in "mM":
        raise ValueError("y holds dates: two labels are wanted, numbers or texts")
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise ValueError("Input y contains NaN or infinity.")
    classes = two_classes(labels)
    notes = []
    if event is not None:
        if event not in classes.tolist():
            told = " and ".join(shown(value) for value in classes)
            raise ConfigError(f"{shown(event)} is not a label", where="event", advice=f"there are {told}")
        if classes[0] == event:
            classes = classes[::-1]
    elif labels.dtype.kind not in "biuf":
        notes.append(f"{shown(classes[1])} was taken for the event, the later one of two labels; say so with event")
    return classes, (labels == classes[1]).astype(np.float64), notes


def weighed(sample_weight: ArrayLike | None, frame: pd.DataFrame) -> Floats:
    """(rows,) weights from 0 up, default ones."""
    weight = _check_sample_weight(sample_weight, frame.index, dtype=np.float64, ensure_non_negative=True)
    held = weight[weight > 0]
    if len(held) and (held.sum() < _LEAST_WEIGHT or held.max() / _WIDEST > held.min()):
        what = f"weights go from {held.min():.3g} to {held.max():.3g}"
        raise DataError(what, where="sample_weight", advice="give weights nearer to 1")
    return weight


def folds_of(
    given: Any, used: NDArray[np.bool_], y: Floats, codes: NDArray[np.intp], cv: Any, seed: int
) -> NDArray[np.intp] | None:
    """(rows,) the fold of each used row, from 0: as given, or drawn with the label's rate kept.

    Rows are drawn in the order of their bins, `codes`: whatever their order in the table, the folds are the same but
    for rows that a card cannot tell apart.

    Raises
    ------
    ConfigError: a `cv` of 1 or below 0. DataError: a fold that leaves rows of one outcome.
    """
    if given is None and not isinstance(cv, (int, np.integer)):
        if cv is None or isinstance(cv, (str, float)):
            raise ConfigError(f"{shown(cv)} is no number of folds", where="cv", advice="write 5, or 0 for none")
        given = _held(cv, len(used))
    if given is not None:
        check_consistent_length(given, used)
        _, folds = np.unique(np.asarray(given)[used], return_inverse=True)
        for fold in range(folds.max() + 1):
            if len(np.unique(y[folds != fold])) < 2:
                raise DataError(
                    f"without fold {fold + 1} all rows have one outcome", where="folds", advice="keep the label's rate"
                )
        return folds.astype(np.intp)
    if cv == 0:
        return None
    if cv < 2:
        raise ConfigError(f"{cv} folds leave nothing to learn from", where="cv", advice="write 5, or 0 for none")
    few = int(min(y.sum(), len(y) - y.sum()))
    count = min(cv, few)
    if count < 2:
        raise ValueError("n_samples=1 of one class: too few rows of the rarer outcome to be left out in turn")
    spread = np.asarray(np.random.default_rng(seed).integers(1, 2**63, codes.shape[1], dtype=np.uint64))
    mixed = np.zeros(len(y), dtype=np.uint64)
    for place, factor in enumerate(spread):
        mixed += codes[:, place].astype(np.uint64) * factor  # modulo 2^64: a hash of the row's bins
    order = np.lexsort((mixed, y))
    folds = np.empty(len(y), dtype=np.intp)
    for fold, (_, held) in enumerate(StratifiedKFold(count, shuffle=True, random_state=seed).split(order, y[order])):
        folds[order[held]] = fold
    return folds


def _held(splits: Any, rows: int) -> NDArray[np.intp]:
    """(rows,) the fold that holds each row out, from (train, test) pairs."""
    folds, times = np.zeros(rows, dtype=np.intp), np.zeros(rows, dtype=np.intp)
    for fold, (_, test) in enumerate(splits):
        folds[np.asarray(test)] = fold
        times[np.asarray(test)] += 1
    if not (times == 1).all():
        raise ConfigError("the pairs do not hold each row out once", where="cv", advice="write the number of folds")
    return folds
