"""How much of one class is got right where enough of the other is: the two readings of a ROC curve that clinics ask for."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.weighed import Weighed, ratio

_SLACK = 1e-9  # of a class's weight: 0.9 * 10 others are 9, whatever the last bit of the product


def sensitivity_at(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None, *, specificity: float) -> float:
    """The greatest share of events above a cut that leaves at least `specificity` of the others below it.

    No straight line is drawn between two cuts: a decision in between would have to be drawn by lot.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event. p: (rows,) score, larger = more likely. weight: (rows,) row weights, default ones.

    Returns
    -------
    0 to 1; nan when the rows hold one class only.
    """
    return single(partial(_sensitivity, specificity), y, weight, p=p)


def specificity_at(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None, *, sensitivity: float) -> float:
    """The greatest share of the others below a cut that has at least `sensitivity` of the events above it.

    Parameters as for `sensitivity_at`.
    """
    return single(partial(_specificity, sensitivity), y, weight, p=p)


def sensitivity_at_metric(specificity: float) -> Metric:
    """`sens_at_spec` for `bootstrap`."""
    return _metric(
        "sens_at_spec",
        partial(sensitivity_at, specificity=specificity),
        partial(_sensitivity, specificity),
        f"Of the rows with the event, the share found by a cut that leaves {specificity:.0%} of the others alone.",
    )


def specificity_at_metric(sensitivity: float) -> Metric:
    """`spec_at_sens` for `bootstrap`."""
    return _metric(
        "spec_at_sens",
        partial(specificity_at, sensitivity=sensitivity),
        partial(_specificity, sensitivity),
        f"Of the rows without the event, the share left alone by a cut that finds {sensitivity:.0%} of the events.",
    )


def _metric(name: str, function: partial[float], over: partial[Array], meaning: str) -> Metric:
    return Metric(
        name=name,
        function=function,
        over=over,
        needs=frozenset({"p"}),
        unit="",
        higher_is_better=True,
        meaning=meaning,
        undefined="the rows hold one class only",
    )


def _sensitivity(specificity: float, seen: Weighed) -> Array:
    """Only cuts below a block that holds events can be the best: any other catches as much as the one above it."""
    caught, alarms = _at_blocks(seen)
    allowed = alarms <= ((1.0 - specificity + _SLACK) * seen.others)[:, None]
    most = np.where(allowed, caught, 0.0).max(axis=1, initial=0.0)
    return np.where(seen.others > 0, ratio(most, seen.events), np.nan)


def _specificity(sensitivity: float, seen: Weighed) -> Array:
    caught, alarms = _at_blocks(seen)
    enough = caught >= ((sensitivity - _SLACK) * seen.events)[:, None]
    least = np.where(enough, alarms, np.inf).min(axis=1, initial=np.inf)
    return np.where(seen.events > 0, 1.0 - ratio(least, seen.others), np.nan)


def _at_blocks(seen: Weighed) -> tuple[Array, Array]:
    """(rounds, blocks) weight of events, and of others, down to the end of each block that holds events."""
    caught = seen.ranked.events_so_far
    return caught, seen.ranked.after - caught
