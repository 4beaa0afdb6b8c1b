"""When a trial is not worth its other folds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from casestudies.tuning.tried import Floats

FEWEST_FOLDS, FEWEST_TRIALS = 2, 4
_ERRORS = 2.0  # standard errors behind the best


def hopeless(so_far: Floats, others: Sequence[Floats]) -> bool:
    """Whether a trial is behind the best one on every fold so far, and by more than folds vary.

    How much the difference of two trials varies from fold to fold is learnt from whole trials: the median of their
    standard deviations against the best. With three to five folds a rank test could never say so before the last fold
    (of four folds its least p value is 1/16), so the size of the difference is used.

    Parameters
    ----------
    so_far: (m,) the folds that this trial has, less is better. others: (folds,) of whole trials.
    """
    m = len(so_far)
    if m < FEWEST_FOLDS or len(others) < FEWEST_TRIALS or m >= len(others[0]):
        return False
    best = min(others, key=lambda scores: float(np.mean(scores)))
    spreads = [float(np.std(scores - best, ddof=1)) for scores in others if scores is not best]
    behind = so_far - best[:m]
    return bool((behind > 0).all() and behind.mean() > _ERRORS * float(np.median(spreads)) / np.sqrt(m))
