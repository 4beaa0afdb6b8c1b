"""Two settings beside each other on the same folds: what one gains on the other, and whether folds can tell them apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from casestudies.tuning.goal import Goal
from casestudies.tuning.tried import Floats, History


@dataclass(frozen=True)
class Gain:
    """What `better` gains on `plain`, larger is better whatever the goal.

    Parameters
    ----------
    value, low, high: mean difference and its interval, in the goal's unit; the ends None with one fold.
    share, share_low, share_high: the same as shares of the plain mean; None where that is 0.
    """

    value: float
    low: float | None
    high: float | None
    share: float | None
    share_low: float | None
    share_high: float | None

    @property
    def told_apart(self) -> bool:
        """Whether zero lies outside of the interval."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


def gain(better: Floats, plain: Floats, goal: Goal, level: float = 0.95, *, refitted: bool = True) -> Gain:
    """Compare two settings that were scored on the same folds.

    Parameters
    ----------
    better, plain: (folds,). level: coverage of the interval.
    refitted: each fold was judged by a fit on the other folds. Such fits share rows, so that the folds vary less than
        new data would: the variance is raised by 1 / (folds - 1) beside 1 / folds. Otherwise folds are groups of judged
        rows, all judged by one fit.

    Source: Nadeau and Bengio 2003, "Inference for the generalization error", section 3: the corrected resampled t-test.
    """
    differences = goal.sign * (np.asarray(plain, dtype=np.float64) - np.asarray(better, dtype=np.float64))
    folds, value = len(differences), float(np.mean(differences))
    scale = abs(float(np.mean(plain)))
    if folds < 2:
        return Gain(value, None, None, value / scale if scale else None, None, None)
    spread = float(np.std(differences, ddof=1)) * np.sqrt(1 / folds + (1 / (folds - 1) if refitted else 0.0))
    half = float(stats.t.ppf(0.5 + level / 2, folds - 1)) * spread
    low, high = value - half, value + half
    shares = (value / scale, low / scale, high / scale) if scale else (None, None, None)
    return Gain(value, low, high, *shares)


def chosen_apart(history: History) -> Floats | None:
    """(folds,) the first goal on each fold, of the trial that is best on the other folds; None with fewer than two folds.

    The best of many trials is partly lucky on the very folds that it was chosen on. This choice has no say in the fold it
    is judged by; the trials themselves were still proposed with all folds in sight, which only a nested search avoids.
    """
    goal = history.goals[0]
    scores = np.array([goal.sign * one.scores[goal.name] for one in history.done])
    if scores.shape[1] < 2:
        return None
    rest = (scores.sum(axis=1, keepdims=True) - scores) / (scores.shape[1] - 1)
    chosen = rest.argmin(axis=0)
    return np.asarray(goal.sign * scores[chosen, np.arange(scores.shape[1])])
