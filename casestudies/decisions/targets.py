"""Cuts that aim at a rate instead of at money: best F1, a wanted precision, recall, specificity or approval share.

Every function looks at all cuts of the fitting rows at once and returns the index of the chosen one with the rate it
reaches there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from casestudies.decisions.cuts import Prefixes
from casestudies.errors import ConfigError, DataError
from casestudies.rows import Array, Mask

_SLACK = 1e-12  # weighted sums carry rounding: a rate this close to the target has reached it


@dataclass(frozen=True, eq=False)
class Counts:
    """Weighted counts at every cut, all (cuts,): rows acted on, events among them; the last entry is everybody."""

    acted: Array
    caught: Array

    @classmethod
    def of(cls, prefixes: Prefixes, event: Mask, weight: Array | None) -> Counts:
        w = np.ones(len(event)) if weight is None else weight
        return cls(prefixes.cumulated(w), prefixes.cumulated(w * event))

    @property
    def rows(self) -> float:
        return float(self.acted[-1])

    @property
    def events(self) -> float:
        if self.caught[-1] <= 0:
            raise DataError("the rows a cut is chosen on hold no event", where="decide.rule", advice="use more rows")
        return float(self.caught[-1])

    @property
    def others(self) -> float:
        if self.rows - self.caught[-1] <= 0:
            raise DataError("the rows a cut is chosen on are all events", where="decide.rule", advice="use more rows")
        return self.rows - float(self.caught[-1])


def best_f1(at: Counts, _: float) -> tuple[int, float]:
    """The cut of best F1; of equally good ones, the one that acts on fewest rows."""
    f1 = 2.0 * at.caught / (at.acted + at.events)
    best = int(np.argmax(f1))
    return best, float(f1[best])


def least_precision(at: Counts, target: float) -> tuple[int, float]:
    """The lowest cut, the one that acts on most rows, whose precision is at least the target."""
    precision = np.divide(at.caught, at.acted, out=np.full(len(at.acted), -1.0), where=at.acted > 0)
    return _last(precision, target, "precision")


def least_recall(at: Counts, target: float) -> tuple[int, float]:
    """The highest cut, the one that acts on fewest rows, whose recall is at least the target."""
    recall = at.caught / at.events
    best = int(np.flatnonzero(recall >= target - _SLACK)[0])
    return best, float(recall[best])


def least_specificity(at: Counts, target: float) -> tuple[int, float]:
    """The lowest cut, the one that acts on most rows, whose specificity is at least the target."""
    return _last(1.0 - (at.acted - at.caught) / at.others, target, "specificity")


def least_approved(at: Counts, target: float) -> tuple[int, float]:
    """The lowest cut that still leaves at least the target share of rows alone."""
    return _last((at.rows - at.acted) / at.rows, target, "approved share")


FITTED: dict[str, Callable[[Counts, float], tuple[int, float]]] = {
    "f1": best_f1,
    "precision": least_precision,
    "recall": least_recall,
    "specificity": least_specificity,
    "approve": least_approved,
}


def _last(rate: Array, target: float, name: str) -> tuple[int, float]:
    reached = np.flatnonzero(rate >= target - _SLACK)
    if not reached.size:
        raise ConfigError(
            f"{name} {target:.4g} cannot be reached: the best of any cut is {rate.max():.4g}",
            where="decide.rule",
            advice=f"ask for at most {np.floor(rate.max() * 1000) / 1000:g}",
        )
    best = int(reached[-1])
    return best, float(rate[best])
