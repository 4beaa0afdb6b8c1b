"""The two curves of a ranking, thinned so that a chart can hold them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array, Case, Index, weights

_POINTS = 200


@dataclass(frozen=True, eq=False)
class RocCurve:
    """All (points,), from acting on nobody to acting on everybody.

    Parameters
    ----------
    false_alarms: share of the others above the threshold (1 - specificity).
    sensitivity: share of the events above it.
    threshold: acting where score > threshold gives the point; inf for nobody, -inf for everybody.
    """

    false_alarms: Array
    sensitivity: Array
    threshold: Array


@dataclass(frozen=True, eq=False)
class PrecisionRecallCurve:
    """All (points,), from the fewest rows acted on to everybody; recall is the sensitivity.

    Parameters
    ----------
    recall: share of the events above the threshold.
    precision: share of the rows above the threshold that are events.
    threshold: acting where score > threshold gives the point; -inf for everybody.
    """

    recall: Array
    precision: Array
    threshold: Array


def roc_curve(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None, points: int = _POINTS) -> RocCurve:
    """Events caught against false alarms at every score, at most `points` of them, evenly spread along the curve.

    With one class only, the share of the absent class is nan everywhere.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    p: (rows,) score, larger = more likely.
    weight: (rows,) row weights, default ones.
    """
    caught, alarms, threshold = _cumulated(y, p, weight)
    caught, alarms = np.concatenate(([0.0], caught)), np.concatenate(([0.0], alarms))
    x, z = _share(alarms), _share(caught)
    kept = _spread(np.nan_to_num(x) + np.nan_to_num(z), points)
    return RocCurve(x[kept], z[kept], np.concatenate(([np.inf], threshold))[kept])


def precision_recall_curve(
    y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None, points: int = _POINTS
) -> PrecisionRecallCurve:
    """Precision against recall at every score, at most `points` of them, evenly spread in recall.

    Without an event, recall is nan everywhere. Parameters as for `roc_curve`.
    """
    caught, alarms, threshold = _cumulated(y, p, weight)
    acted = caught + alarms
    weighty = acted > 0  # leading rows of weight 0 have no precision
    recall, precision = _share(caught)[weighty], caught[weighty] / acted[weighty]
    kept = _spread(np.nan_to_num(recall), points)
    return PrecisionRecallCurve(recall[kept], precision[kept], threshold[weighty][kept])


def _cumulated(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None) -> tuple[Array, Array, Array]:
    """(blocks,) each: weight of events and of others above each distinct score but the highest, and that score.

    The last entry is everybody, with the threshold -inf.
    """
    case = Case.of(y, p)
    ranking = case.ranking
    w, event = weights(weight, case.rows)[ranking.order], case.event[ranking.order]
    last = np.unique(ranking.block_end) - 1
    threshold = np.append(case.score[ranking.order][last[1:]], -np.inf)[: len(last)]
    return np.cumsum(w * event)[last], np.cumsum(w * ~event)[last], threshold


def _share(cumulated: Array) -> Array:
    whole = cumulated[-1] if len(cumulated) else 0.0
    return cumulated / whole if whole > 0 else np.full(len(cumulated), np.nan)


def _spread(along: Array, points: int) -> Index:
    """At most `points` indices, the first and the last among them, evenly spaced in the rising values `along`."""
    if len(along) <= points:
        return np.arange(len(along))
    inner = np.searchsorted(along, np.linspace(along[0], along[-1], points)[1:-1])
    return np.unique(np.concatenate((inner, [0, len(along) - 1])))
