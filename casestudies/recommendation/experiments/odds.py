"""The same test as odds: a logistic regression of a 0/1 outcome on the factors and their pairs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import chi2, norm

from casestudies.models.linear.logistic import LogisticRegression
from casestudies.recommendation.experiments.experiment import Experiment

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Odds:
    """One term.

    ratio: by how much the odds are multiplied; of a pair, by how much more than by both alone. low, high: Wald interval.
    p_value: by the likelihood ratio of the models with and without the term.
    """

    name: str
    ratio: float
    low: float
    high: float
    p_value: float


def odds(test: Experiment, level: float = 0.95) -> tuple[Odds, ...]:
    """Odds ratios of the factors (averaged over the others on the log scale) and of their pairs.

    Whether two changes work together depends on the scale: 1 to 2 % and 10 to 20 % are the same ratio and not the same
    difference. So pairs are told on both. Terms of three factors and more are left out.

    Returns () where an arm holds no success or no failure: its odds are not finite.
    """
    successes = np.bincount(test.cell, weights=test.y, minlength=len(test.counts))
    if not test.binary or (successes == 0).any() or (successes == test.counts).any():
        return ()
    rate = successes / test.counts
    names, columns = _columns(test)
    fitted, own = _fit(columns, rate, test.counts)
    spread = _covariance(columns, fitted, test.counts)
    z = norm.isf((1.0 - level) / 2.0)
    out = []
    for at, name in enumerate(names):
        without = _fit(np.delete(columns, at, axis=1), rate, test.counts)[1]
        error = np.sqrt(spread[at + 1, at + 1])
        ends = np.exp(fitted[at + 1] + z * error * np.array([0.0, -1.0, 1.0]))
        p_value = float(chi2.sf(max(0.0, 2.0 * (own - without)), 1))
        out.append(Odds(name, float(ends[0]), float(ends[1]), float(ends[2]), p_value))
    return tuple(out)


def _columns(test: Experiment) -> tuple[list[str], Floats]:
    """Names of the terms, and (cells, terms): levels against the first, centred so that a factor's term is its mean effect."""
    levels = np.array(list(np.ndindex(test.shape)))
    single = {
        (place, at): (levels[:, place] == at) - 1.0 / len(factor.levels)
        for place, factor in enumerate(test.factors)
        for at in range(1, len(factor.levels))
    }
    named = {
        (place, at): factor.levels[at] if len(test.factors) == 1 else f"{factor.name} {factor.levels[at]}"
        for place, factor in enumerate(test.factors)
        for at in range(1, len(factor.levels))
    }
    pairs = [(one, other) for one, other in combinations(single, 2) if one[0] != other[0]]
    names = [*named.values(), *(f"{named[one]} × {named[other]}" for one, other in pairs)]
    columns = [*single.values(), *(single[one] * single[other] for one, other in pairs)]
    return names, np.column_stack(columns)


def _fit(columns: Floats, rate: Floats, counts: NDArray[np.intp]) -> tuple[Floats, float]:
    """(terms + 1,) coefficients, the intercept first, and the log likelihood; the cells are rows of two outcomes."""
    weights = np.concatenate([counts * rate, counts * (1.0 - rate)])
    y = np.repeat([1.0, 0.0], len(rate))
    if columns.shape[1] == 0:
        intercept = np.log(weights[y > 0].sum() / weights[y == 0].sum())
        coef = np.array([intercept])
    else:
        model = LogisticRegression(penalty=None, tol=1e-12).fit(np.vstack([columns, columns]), y, weights)
        coef = np.concatenate([model.intercept_, model.coef_[0]])
    margin = coef[0] + columns @ coef[1:]
    return coef, float(counts @ (rate * margin - np.logaddexp(0.0, margin)))


def _covariance(columns: Floats, coef: Floats, counts: NDArray[np.intp]) -> Floats:
    """The inverse of Fisher's information."""
    matrix = np.column_stack([np.ones(len(columns)), columns])
    p = expit(matrix @ coef)
    return np.linalg.inv(matrix.T @ (matrix * (counts * p * (1.0 - p))[:, None]))
