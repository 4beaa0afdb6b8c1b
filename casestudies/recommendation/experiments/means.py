"""The mean outcome of each arm as if every unit had been in it, with what each unit adds to its error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from casestudies.recommendation.experiments.experiment import Experiment

Floats = NDArray[np.float64]

_C = 1e3  # of the logistic regression on standardised columns: no penalty that matters, and an arm without successes is fitted
_SURE = 1e-3  # p value under which a number known before the start cannot have been: arms differ in it


@dataclass(frozen=True, eq=False)
class Means:
    """Estimates of the arms and their errors.

    Everything said of a test is a contrast of these means, and the error of a contrast is the spread of the same
    contrast of `influence`: main effects, interactions, fixed intervals and those for looking early alike.

    Parameters
    ----------
    value: (cells,). influence: (units, cells) how far each unit moves each mean, times the number of units; sums to 0.
    """

    value: Floats
    influence: Floats

    def of(self, contrasts: Floats) -> tuple[Floats, Floats]:
        """(n,) values of contrasts (n, cells), and (n,) the standard deviation of a unit's part in each."""
        moved = self.influence @ contrasts.T
        return contrasts @ self.value, np.sqrt(np.mean(moved**2, axis=0))


@dataclass(frozen=True)
class Gain:
    """What the column from before the start is worth.

    Parameters
    ----------
    correlation: with the outcome, inside arms. theta: covariance over variance, the slope of one line for all arms.
    ratio: variance of the effects that is left, 0.6 = as if there were 1 / 0.6 as many units. used: whether it is used.
    """

    correlation: float
    theta: float
    ratio: float
    used: bool
    said: str


def plain_means(test: Experiment) -> Means:
    """Mean outcomes as they are; errors as in Welch's test."""
    predicted = np.zeros((len(test), len(test.counts)))
    return _means(test, predicted, parameters=1)


def adjusted_means(test: Experiment, before: Floats) -> Means:
    """Mean outcomes with the part explained by `before` taken out, by a regression of its own in each arm.

    Each arm's regression (logistic for 0/1, else least squares) says what every unit would have done in that arm; the
    mean over all units is the arm's. The units were drawn into arms by chance, so this stays unbiased however wrong
    the regression is, and in large tests is never less sure than the plain means.

    Source: Lin 2013, "Agnostic notes on regression adjustments to experimental data", Annals of Applied Statistics 7;
    for 0/1 Rosenblum and van der Laan 2010, "Simple, efficient estimators of treatment effects in randomized trials
    using generalized linear models", International Journal of Biostatistics 6.
    """
    x = (before - before.mean()) / before.std()
    predict = _logistic if test.binary else _line
    predicted = np.column_stack([predict(x, test.y, test.cell == cell) for cell in range(len(test.counts))])
    return _means(test, predicted, parameters=2)


def best_means(test: Experiment) -> tuple[Means, Gain | None]:
    """Adjusted means where a number from before the start is there and can be what it says it is, else plain ones."""
    plain = plain_means(test)
    if test.before is None:
        return plain, None
    correlation, theta = cuped(test, test.before)
    p_value = apart(test, test.before)
    if p_value < _SURE:
        said = (
            f"The arms differ in the column from before the start (p = {p_value:.1g}), which a test cannot have changed: was it "
            "measured after the start? It is not used."
        )
        return plain, Gain(correlation, theta, 1.0, False, said)
    adjusted = adjusted_means(test, test.before)
    contrasts = np.eye(len(test.counts))[1:] - np.eye(len(test.counts))[0]
    ratio = float(np.mean(adjusted.of(contrasts)[1] ** 2) / np.mean(plain.of(contrasts)[1] ** 2))
    said = (
        f"The column from before the start (correlation {correlation:.2f} with the outcome) leaves {100 * ratio:.0f} % of the variance, "
        f"as {100 * (1 / ratio - 1):.0f} % more units would."
        if ratio < 0.995
        else f"The column from before the start (correlation {correlation:.2f} with the outcome) does not make the effects surer."
    )
    return (adjusted if ratio < 1 else plain), Gain(correlation, theta, min(ratio, 1.0), ratio < 1, said)


def cuped(test: Experiment, before: Floats) -> tuple[float, float]:
    """Correlation of outcome and `before` inside arms, and theta = covariance / variance there.

    Source: Deng, Xu, Kohavi and Walker 2013, "Improving the sensitivity of online controlled experiments by utilizing
    pre-experiment data", WSDM.
    """
    x, y = _centred(before, test), _centred(test.y, test)
    xx, yy, xy = float(x @ x), float(y @ y), float(x @ y)
    return (xy / np.sqrt(xx * yy) if xx > 0 and yy > 0 else 0.0), (xy / xx if xx > 0 else 0.0)


def apart(test: Experiment, values: Floats) -> float:
    """p value of equal means in all arms, whatever their spreads (Welch's test in its large form)."""
    means = _means(test, np.zeros((len(test), len(test.counts))), parameters=1, y=values)
    contrasts = np.eye(len(test.counts))[1:] - np.eye(len(test.counts))[0]
    difference, moved = contrasts @ means.value, means.influence @ contrasts.T
    distance = difference @ np.linalg.pinv(moved.T @ moved / len(test) ** 2) @ difference
    return float(chi2.sf(distance, len(contrasts)))


def _means(test: Experiment, predicted: Floats, parameters: int, y: Floats | None = None) -> Means:
    """Means of the predictions over all units, plus the mean of what they miss in the arm itself.

    predicted: (units, cells). parameters: fitted in each arm; the misses are stretched by what fitting made them smaller.
    """
    y = test.y if y is None else y
    units = len(test)
    value = predicted.mean(axis=0)
    influence = predicted - value
    for cell, count in enumerate(test.counts):
        rows = test.cell == cell
        missed = y[rows] - predicted[rows, cell]
        value[cell] += missed.mean()
        stretch = np.sqrt(count / max(count - parameters, 1))
        influence[rows, cell] += (missed - missed.mean()) * stretch * units / count
    return Means(value, influence)


def _logistic(x: Floats, y: Floats, rows: NDArray[np.bool_]) -> Floats:
    """(units,) the chance of each unit by the suite's logistic regression on the rows of one arm."""
    from casestudies.models.linear.logistic import LogisticRegression

    if np.ptp(y[rows]) == 0:
        return np.full(len(x), y[rows][0])
    fitted = LogisticRegression(C=_C).fit(x[rows, None], y[rows])
    return np.asarray(fitted.predict_proba(x[:, None])[:, 1])


def _line(x: Floats, y: Floats, rows: NDArray[np.bool_]) -> Floats:
    """(units,) the least-squares line of one arm."""
    inside = x[rows] - x[rows].mean()
    slope = 0.0 if not inside.any() else float(inside @ y[rows] / (inside @ inside))
    return np.asarray(y[rows].mean() + slope * (x - x[rows].mean()))


def _centred(values: Floats, test: Experiment) -> Floats:
    """(units,) less the mean of the unit's arm."""
    means = np.bincount(test.cell, weights=values, minlength=len(test.counts)) / np.maximum(test.counts, 1)
    return np.asarray(values - means[test.cell])
