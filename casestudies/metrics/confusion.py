"""The four outcomes of a decision, and the rates read off them."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array, Case, Mask, weights
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.weighed import Weighed, ratio


@dataclass(frozen=True)
class Confusion:
    """Weighted counts: tp caught events, fp false alarms, fn missed events, tn rows rightly left alone."""

    tp: float
    fp: float
    fn: float
    tn: float


def confusion(y: ArrayLike, act: ArrayLike, weight: ArrayLike | None = None) -> Confusion:
    """Count the four outcomes.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    act: (rows,) bool, True = act on the row.
    weight: (rows,) row weights, default ones.
    """
    case = Case.of(y, act=act)
    w = weights(weight, case.rows)
    event, acted = case.event, case.decision

    def count(rows: Mask) -> float:
        return float(w @ rows)

    return Confusion(count(event & acted), count(~event & acted), count(event & ~acted), count(~event & ~acted))


def precision(y: ArrayLike, act: ArrayLike, weight: ArrayLike | None = None) -> float:
    """The share of rows acted on in which the event happened; nan when nothing is acted on."""
    return single(_precision, y, weight, act=act)


def sensitivity(y: ArrayLike, act: ArrayLike, weight: ArrayLike | None = None) -> float:
    """The share of events acted on (recall, true positive rate); nan without an event."""
    return single(_sensitivity, y, weight, act=act)


def specificity(y: ArrayLike, act: ArrayLike, weight: ArrayLike | None = None) -> float:
    """The share of the others left alone (true negative rate); nan when every row is an event."""
    return single(_specificity, y, weight, act=act)


def _precision(seen: Weighed) -> Array:
    caught, alarms = seen.acted
    return ratio(caught, caught + alarms)


def _sensitivity(seen: Weighed) -> Array:
    return ratio(seen.acted[0], seen.events)


def _specificity(seen: Weighed) -> Array:
    return 1.0 - ratio(seen.acted[1], seen.others)


PRECISION = Metric(
    name="precision",
    function=precision,
    over=_precision,
    needs=frozenset({"act"}),
    unit="",
    higher_is_better=True,
    meaning="Of the rows acted on, the share in which the event happened.",
    undefined="nothing is acted on",
)
SENSITIVITY = Metric(
    name="sensitivity",
    function=sensitivity,
    over=_sensitivity,
    needs=frozenset({"act"}),
    unit="",
    higher_is_better=True,
    meaning="Of the rows with the event, the share acted on; also called recall.",
    undefined="there is no event",
)
SPECIFICITY = Metric(
    name="specificity",
    function=specificity,
    over=_specificity,
    needs=frozenset({"act"}),
    unit="",
    higher_is_better=True,
    meaning="Of the rows without the event, the share left alone.",
    undefined="every row has the event",
)
