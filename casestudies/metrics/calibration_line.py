"""The calibration line: whether log-odds have to be stretched or shifted to mean what came true."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from casestudies.metrics.cases import Array, Case, Index, coded, weights
from casestudies.metrics.intervals import Interval

_EDGE = 1e-15  # probabilities are kept that far from 0 and 1, as the log loss keeps them
_TURNS = 50
_UNDEFINED = (
    "not defined, because no line separates chance from the outcomes (one class only, or all of one side apart)"
)


@dataclass(frozen=True)
class CalibrationLine:
    """log-odds that came true = intercept + slope * log-odds stated.

    Parameters
    ----------
    slope: 1 = right; below 1 the stated probabilities are too extreme (overfitted), above 1 too timid.
    level: the shift in log-odds that would set the mean right with the slope left at 1; 0 = right, above 0 the events
        are more than was stated.
    """

    slope: Interval
    level: Interval


def calibration_line(
    y: ArrayLike,
    p: ArrayLike,
    weight: ArrayLike | None = None,
    level: float = 0.95,
    *,
    groups: ArrayLike | None = None,
) -> CalibrationLine:
    """Slope and level of the logistic regression of the outcomes on the stated log-odds, with Wald intervals.

    The errors are those of the sandwich, so weights that count customers do not make the line look surer than it is, and
    neither do rows that repeat each other where `groups` says which.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    p: (rows,) probability of the event.
    weight: (rows,) row weights, default ones.
    level: coverage of the intervals.
    groups: (rows,) labels of rows that go together (card, customer, patient); default: each row by itself.

    Raises
    ------
    DataError: a probability outside 0 to 1, or missing group labels.

    Source: Cox 1958, "Two further applications of a model for binary regression", Biometrika 45; Van Calster et al.
    2016, "A calibration hierarchy for risk models was defined", J. Clin. Epidemiol. 74.
    """
    case = Case.of(y, p)
    w = weights(weight, case.rows)
    stated = np.clip(case.probability, _EDGE, 1.0 - _EDGE)
    margin = np.log(stated) - np.log1p(-stated)
    event = case.event.astype(np.float64)
    group = None if groups is None else coded(groups, case.rows, "groups")[0]
    line = _fit(np.stack((margin, np.ones(case.rows)), axis=1), np.zeros(case.rows), event, w, group)
    shift = _fit(np.ones((case.rows, 1)), margin, event, w, group)
    return CalibrationLine(_interval(line, level), _interval(shift, level))


def _fit(
    X: Array, offset: Array, event: Array, weight: Array, group: Index | None = None
) -> tuple[float, float] | None:
    """The first coefficient of a logistic regression on `X` (rows, 1 or 2) and its standard error; None without one.

    Newton's steps, halved until the log loss falls: with one or two coefficients each takes a pass over the rows.
    """
    if not (weight @ event > 0 and weight @ (1.0 - event) > 0):
        return None
    beta = np.zeros(X.shape[1])
    beta[0] = 1.0 if X.shape[1] > 1 else 0.0

    def loss(at: Array) -> float:
        z = X @ at + offset
        return float(weight @ (np.logaddexp(0.0, z) - event * z))

    now = loss(beta)
    for _ in range(_TURNS):
        p = expit(X @ beta + offset)
        slope = X.T @ (weight * (p - event))
        curvature = (X.T * (weight * p * (1.0 - p))) @ X
        if not np.linalg.cond(curvature) < 1e12:
            return None
        step = np.linalg.solve(curvature, slope)
        share = 1.0
        while (then := loss(beta - share * step)) > now + 1e-12 * abs(now) and share > 1e-6:
            share /= 2.0
        beta, now = beta - share * step, then
        if np.abs(share * step).max() < 1e-9:
            inverse = np.linalg.inv(curvature)
            scores = X * (weight * (p - event))[:, None]
            if group is not None:
                scores = np.stack([np.bincount(group, column) for column in scores.T], axis=1)
            meat = scores.T @ scores
            return float(beta[0]), float(np.sqrt((inverse @ meat @ inverse)[0, 0]))
    return None


def _interval(fit: tuple[float, float] | None, level: float) -> Interval:
    if fit is None:
        nan = float("nan")
        return Interval(nan, nan, nan, reason=_UNDEFINED)
    value, error = fit
    half = NormalDist().inv_cdf((1.0 + level) / 2.0) * error
    return Interval(value, value - half, value + half)
