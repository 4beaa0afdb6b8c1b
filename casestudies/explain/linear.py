"""Linear models explained exactly: each column's coefficient times its distance from the average."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from casestudies.explain.explanation import LOG_ODDS, Explanation


def explain_linear(
    coef: ArrayLike,
    intercept: float,
    X: ArrayLike,
    mean: ArrayLike,
    names: Sequence[str],
    *,
    scale: str = LOG_ODDS,
) -> Explanation:
    """SHAP values of a linear score under independent columns: `coef * (x - mean)`.

    The formula is exact, while `shap.LinearExplainer(model, X)` keeps only 100 background rows. Columns encoded from
    one source are added with `Explanation.grouped`.

    Parameters
    ----------
    coef, intercept: (features,) and a number, of the score on the columns of X.
    X: (rows, features) the rows to explain, as the model sees them (encoded, without gaps).
    mean: (features,) column means of the background, usually the training rows.

    Source: Strumbelj & Kononenko 2014, "Explaining prediction models and individual predictions with feature
    contributions", Knowledge and Information Systems 41, the additive case.
    """
    coef, mean = np.asarray(coef, dtype=np.float64), np.asarray(mean, dtype=np.float64)
    values = coef * (np.asarray(X, dtype=np.float64) - mean)
    return Explanation(values, float(intercept + coef @ mean), tuple(names), "linear, exact", scale)
