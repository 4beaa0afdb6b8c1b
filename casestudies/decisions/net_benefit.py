"""Decision curves: what a score is worth at every price, in events caught net of false alarms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casestudies.decisions.cuts import Prefixes
from casestudies.errors import ConfigError, DataError
from casestudies.rows import Array, outcomes, probabilities, weights


@dataclass(frozen=True, eq=False)
class DecisionCurve:
    """All (thresholds,), in events per row; acting on nobody has 0 everywhere.

    Parameters
    ----------
    threshold: the probability from which acting is worth it, which is alarm / (alarm + miss).
    model: net benefit of acting where p > threshold. everybody: of acting on all rows.
    """

    threshold: Array
    model: Array
    everybody: Array


def decision_curve(y: ArrayLike, p: ArrayLike, thresholds: ArrayLike, weight: ArrayLike | None = None) -> DecisionCurve:
    """Net benefit = caught / n - alarms / n * t / (1 - t): the alarms at the price that the threshold t states for them.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event. p: (rows,) probability of the event. weight: (rows,) row weights, default ones.
    thresholds: (thresholds,) above 0 and below 1.

    Raises
    ------
    ConfigError: a threshold outside. DataError: arrays that cannot be used, or no rows.

    Source: Vickers and Elkin 2006, "Decision curve analysis", Medical Decision Making 26(6).
    """
    t = np.atleast_1d(np.asarray(thresholds, dtype=np.float64))
    if not ((t > 0) & (t < 1)).all():
        raise ConfigError("a threshold is not between 0 and 1", where="thresholds", advice="write shares such as 0.1")
    event = outcomes(y)
    chance = probabilities(p, len(event))
    given = weights(weight, len(event))
    w = np.ones(len(event)) if given is None else given
    if not w.sum() > 0:
        raise DataError("there are no rows to draw a decision curve of", where="y", advice="use more rows")
    odds = t / (1.0 - t)
    prefixes = Prefixes.of(chance)
    caught, alarms = (np.append(0.0, np.cumsum((w * kind)[prefixes.order])) for kind in (event, ~event))
    above = len(chance) - np.searchsorted(prefixes.scores[::-1], t, side="right")
    total = w.sum()
    share = float(w @ event) / total
    return DecisionCurve(t, (caught[above] - odds * alarms[above]) / total, share - odds * (1.0 - share))
