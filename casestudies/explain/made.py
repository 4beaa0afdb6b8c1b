"""A linear model with made columns explained exactly on the columns it was made from."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from casestudies.explain.explanation import LOG_ODDS, Explanation
from casestudies.tabular.engineer import FeatureEncoder


def explain_made(
    encoder: FeatureEncoder,
    coef: ArrayLike,
    intercept: float,
    X: ArrayLike,
    mean: ArrayLike,
    *,
    scale: str = LOG_ODDS,
) -> Explanation:
    """SHAP values of a linear score on source columns, the training rows as background.

    Powers and bins belong to their column. Components are sums of encoded columns and are taken apart into them. A
    product is a game of two players: a column earns what the product changes by when it becomes known, half of it
    reckoned before the other column is known and half after. "(other)" of two categories is shared equally.

    Parameters
    ----------
    encoder: fitted. coef, intercept: (features,) and a number, on the columns of X. X: (rows, features) as encoded.
    mean: (features,) of the training rows.

    Source: Lundberg and Lee 2017, "A unified approach to interpreting model predictions", equation 4 with the
    interventional value function.
    """
    mean, X = np.asarray(mean, dtype=np.float64), np.asarray(X, dtype=np.float64)
    slope, base = encoder.folded(np.asarray(coef, dtype=np.float64), intercept)
    added = slope * (X - mean)
    place = {name: i for i, name in enumerate(encoder.columns)}
    values = np.zeros((len(X), len(place)))
    products = encoder.products
    for column, names in enumerate(encoder.sources):
        if not slope[column]:
            continue
        for name in names:
            values[:, place[name]] += added[:, column] / len(names)
        if column in products:
            first, second, divisor = products[column]
            lead = slope[column] / divisor * (X[:, first] * mean[second] - mean[first] * X[:, second]) / 2
            values[:, place[names[0]]] += lead
            values[:, place[names[1]]] -= lead
    return Explanation(values, float(base + slope @ mean), tuple(place), "linear in made columns, exact", scale)
