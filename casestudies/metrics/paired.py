"""Paired comparison: whether one model is better than another, beyond what chance does to both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casestudies.errors import UsageError, nearest, shown
from casestudies.metrics.bootstrap import Bootstrap
from casestudies.metrics.intervals import percentile
from casestudies.metrics.metric import Metric


@dataclass(frozen=True)
class Paired:
    """The difference of two models in one metric, on the same rows and the same resamples.

    Parameters
    ----------
    difference: model minus rival, in the metric's unit.
    low, high: percentile interval of the difference.
    p_value: two-sided: how often chance alone would turn the sign; nan when there is no comparison.
    verdict: one sentence for the reader.
    """

    difference: float
    low: float
    high: float
    p_value: float
    verdict: str


def paired(result: Bootstrap, metric: str, model: str, rival: str) -> Paired:
    """Compare two models of one bootstrap.

    Both saw the same resamples, so what is hard or easy about a resample cancels: the interval of the difference is
    far narrower than the two intervals suggest.

    Parameters
    ----------
    result: from `bootstrap`.
    metric: name of the figure.
    model, rival: names of the two models.

    Raises
    ------
    UsageError: a model or metric that the bootstrap does not hold (the nearest names are given).

    Source: p value as twice the smaller share of differences on either side of 0, each with one draw added: Davison
    and Hinkley 1997, "Bootstrap methods and their application", section 4.4.
    """
    first, second = (_figures(result, name, metric) for name in (model, rival))
    draws = first[1] - second[1]
    known = result.metrics[metric]
    interval = percentile(first[0] - second[0], draws, result.level, known.undefined)
    if np.isnan(interval.low):
        verdict = f"{model} and {rival} cannot be compared in {metric}: {interval.reason}"
        return Paired(interval.value, interval.low, interval.high, float("nan"), verdict)
    usable = draws[np.isfinite(draws)]
    side = min(int((usable <= 0).sum()), int((usable >= 0).sum()))
    p_value = min(1.0, 2.0 * (side + 1) / (len(usable) + 1))
    verdict = _verdict(interval.value, interval.low, interval.high, known, model, rival, result.level)
    return Paired(interval.value, interval.low, interval.high, p_value, verdict)


def _figures(result: Bootstrap, model: str, metric: str) -> tuple[float, np.ndarray]:
    if model not in result.draws:
        raise UsageError(f"there is no model {shown(model)}", advice=nearest(model, result.draws))
    if metric not in result.draws[model]:
        advice = nearest(metric, result.draws[model])
        raise UsageError(f"{shown(model)} has no metric {shown(metric)}", advice=advice)
    return result.intervals[model][metric].value, result.draws[model][metric]


def _verdict(difference: float, low: float, high: float, known: Metric, model: str, rival: str, level: float) -> str:
    metric = known.name
    in_unit = f" {known.unit}" if known.unit else ""
    span = f"{level:.0%} interval of the difference {low:.4g} to {high:.4g}{in_unit}"
    if low <= 0.0 <= high:
        return f"{model} and {rival} cannot be told apart in {metric} ({span})."
    winner, loser = (model, rival) if (difference > 0) == known.higher_is_better else (rival, model)
    return f"{winner} is better than {loser} by {abs(difference):.4g}{in_unit} in {metric} ({span})."
