"""Any model explained by asking it: SHAP values by sampled orders of the columns, within a budget of calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casestudies.errors import DataError
from casestudies.explain.explanation import LOG_ODDS, Explanation

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

CALLS = 4_000  # of the model for one row: with 20 columns 105 pairs of orders


@dataclass(frozen=True, eq=False)
class Sampled:
    """An explanation that was estimated, and how well.

    Parameters
    ----------
    explanation: its values add up to the score exactly, however few orders were drawn.
    errors: (rows, features) standard error of each value, from the spread between the orders.
    calls: rows that the model was asked about for one explained row.
    background: rows of the background that were used.
    """

    explanation: Explanation
    errors: Floats
    calls: int
    background: int

    @property
    def sentence(self) -> str:
        largest = float(self.errors.max(initial=0.0))
        return (
            f"estimated by {self.calls:,} calls of the model for each row, against {self.background:,} background rows; "
            f"the standard error of a value is at most {largest:.2g} {self.explanation.scale}"
        )


def explain_any(
    predict: Callable[[Any], ArrayLike],
    rows: pd.DataFrame | ArrayLike,
    background: pd.DataFrame | ArrayLike,
    names: Sequence[str] | None = None,
    *,
    calls: int = CALLS,
    seed: int = 0,
    scale: str = LOG_ODDS,
) -> Sampled:
    """SHAP values of any scoring function, by walking from background rows to the row, one column after another.

    A walk begins at a background row and takes over the row's values in a random order; what the score changes by at
    each step belongs to the column that changed. Each order is walked forwards and backwards (antithetic), which is
    exact for scores without interactions and with interactions of two columns; beyond, more calls lower the errors.
    The walks telescope, so base and values add up to the score whatever the budget. All rows share orders and
    background rows, so neither their order nor their company matters.

    Parameters
    ----------
    predict: from such rows to (n,) scores on `scale`; it is given what `rows` is, a table or an array. Log-odds add up
        over columns better than probabilities do.
    rows, background: tables with the same columns (text columns count as categories), or (rows, features) arrays.
    names: of the columns of arrays; those of a table are known.
    calls: budget of model calls for one row. Where it allows for as many walks as there are background rows, all of
        those are used equally often, and otherwise a part of them, drawn by the seed.

    Raises
    ------
    DataError: no background row, tables with different columns, or a budget that does not pay for two walks.

    Source: Strumbelj & Kononenko 2014, "Explaining prediction models and individual predictions with feature
    contributions", Knowledge and Information Systems 41, algorithm 1; forwards and backwards: Mitchell et al. 2022,
    "Sampling permutations for Shapley value estimation", JMLR 23, section 3.1.
    """
    import pandas as pd

    if isinstance(rows, pd.DataFrame) and isinstance(background, pd.DataFrame):
        return _of_tables(predict, rows, background, calls, seed, scale)
    X, Z = np.atleast_2d(np.asarray(rows, dtype=np.float64)), np.asarray(background, dtype=np.float64)
    if Z.ndim != 2 or not len(Z) or X.shape[1] != Z.shape[1]:
        raise DataError(
            f"the background {Z.shape} wants the {X.shape[1]} columns of the rows, and a row at least",
            where="explain_any",
        )
    walks, per_row = _affordable(calls, X.shape[1], len(Z))
    random = np.random.default_rng(seed)
    used = Z[np.sort(random.permutation(len(Z))[:walks])] if walks < len(Z) else Z
    starts = np.resize(np.arange(len(used)), walks)
    places = np.argsort(random.random((walks, X.shape[1])), axis=1)  # of each column in the order of its walk
    begins = np.asarray(predict(used), dtype=np.float64)
    ends = np.asarray(predict(X), dtype=np.float64)
    values, errors = np.empty(X.shape), np.empty(X.shape)
    for number, row in enumerate(X):
        steps = _walked(predict, row, used[starts], places, begins[starts], float(ends[number]))
        values[number] = steps.mean(axis=0)
        errors[number] = steps.std(axis=0, ddof=1) / np.sqrt(walks)
    told = tuple(map(str, range(1, X.shape[1] + 1))) if names is None else tuple(names)
    method = f"permutation SHAP, {per_row:,} calls a row"
    return Sampled(Explanation(values, float(begins[starts].mean()), told, method, scale), errors, per_row, len(used))


def _of_tables(
    predict: Callable[[Any], ArrayLike], rows: pd.DataFrame, background: pd.DataFrame, calls: int, seed: int, scale: str
) -> Sampled:
    """The same on codes: the model is shown tables."""
    import pandas as pd

    from casestudies.explain.coded import CodedTable

    if list(rows.columns) != list(background.columns):
        raise DataError("the rows and the background want the same columns in the same order", where="explain_any")
    both = pd.concat([background, rows], ignore_index=True)
    words = [name for name, column in both.items() if not pd.api.types.is_numeric_dtype(column)]
    both = both.astype(dict.fromkeys(words, "category"))
    table = CodedTable.of(both)
    matrix, count = table.matrix(both), len(background)
    return explain_any(
        lambda drawn: predict(table.frame(drawn)),
        matrix[count:],
        matrix[:count],
        table.columns,
        calls=calls,
        seed=seed,
        scale=scale,
    )


def _affordable(calls: int, features: int, background: int) -> tuple[int, int]:
    """How many walks there and back the budget pays for, and the calls they take; all background rows equally often."""
    each = max(2 * (features - 1), 1)
    walks = calls // each
    if walks < 2:
        raise DataError(
            f"{calls:,} calls are too few for {features:,} columns",
            where="explain_any",
            advice=f"allow {2 * each:,} at least",
        )
    if walks > background > 1:
        walks -= walks % background
    return walks, walks * 2 * (features - 1) + 1


def _walked(
    predict: Callable[[Any], ArrayLike],
    row: Floats,
    starts: Floats,
    places: NDArray[np.intp],
    begins: Floats,
    end: float,
) -> Floats:
    """(walks, features) what each column changed in each walk, the mean of there and back.

    starts: (walks, features) background rows, whose scores are `begins`. places: (walks, features). end: the row's score.
    """
    walks, features = places.shape
    path = np.empty((2, walks, features + 1))
    path[:, :, 0], path[:, :, -1] = begins, end
    if features > 1:
        taken = places[:, None, :] < np.arange(1, features)[None, :, None]  # (walks, steps, features), forwards
        both = np.stack([taken, ~taken[:, ::-1]])
        mixed = np.where(both, row, starts[:, None, :]).reshape(-1, features)
        path[:, :, 1:-1] = np.asarray(predict(mixed), dtype=np.float64).reshape(2, walks, features - 1)
    moved = np.diff(path, axis=2)
    forwards = np.take_along_axis(moved[0], places, axis=1)
    backwards = np.take_along_axis(moved[1], features - 1 - places, axis=1)
    return np.asarray((forwards + backwards) / 2)
