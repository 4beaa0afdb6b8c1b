"""Sets instead of answers: of the two classes, those that cannot be ruled out, with a promise for each class.

A set with one class is an answer; one with both, or with none, is a row for a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import ceil, inf
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casestudies.errors import ConfigError, DataError
from casestudies.rows import Array, outcomes, probabilities


@dataclass(frozen=True)
class ConformalCuts:
    """How improbable each class may be and still stay in the set.

    Parameters
    ----------
    event: greatest 1 - p at which the event stays; inf where too few were seen to rule it out at all.
    other: greatest p at which its absence stays.
    events, others: units that each was learnt from.
    coverage: share of each class whose set holds it, as promised.
    """

    event: float
    other: float
    events: int
    others: int
    coverage: float

    @classmethod
    def learnt(cls, y: ArrayLike, p: ArrayLike, coverage: float, groups: ArrayLike | None = None) -> Self:
        """From rows that nothing was trained on, each class by itself.

        With n units of a class, the cut is the ceil((n + 1) * coverage)-th smallest of how far off they were, so a new unit
        of that class is covered with at least that probability, whatever the model. Below coverage / (1 - coverage) units
        (9 for 0.9) nothing can be promised but a set that always holds the class.

        Parameters
        ----------
        y: (rows,) 0/1, 1 = the event. p: (rows,) probability of the event; need not be calibrated.
        groups: (rows,) labels of what goes together (patients): of each, its worst row stands for it, so that units
            are exchangeable and the promise holds for the group as a whole.

        Raises
        ------
        DataError: arrays that cannot be used. ConfigError: a coverage outside 0 to 1.

        Source: Vovk, Gammerman and Shafer 2005, "Algorithmic learning in a random world", section 4.5 (Mondrian); groups
        by one row each: Dunn, Wasserman and Ramdas 2023, "Distribution-free prediction sets for two-layer hierarchical
        models", JASA 118, section 3.
        """
        if not 0.0 < coverage < 1.0:
            raise ConfigError(f"{coverage} is not a coverage", where="coverage", advice="write a share such as 0.9")
        event = outcomes(y)
        chance = probabilities(p, len(event))
        unit = np.arange(len(event)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
        if unit.shape != event.shape:
            raise DataError(f"has {len(unit)} labels", where="groups", advice=f"give {len(event)}, one per row")
        seen = {1: _worst((1.0 - chance)[event], unit[event]), 0: _worst(chance[~event], unit[~event])}
        return cls(_cut(seen[1], coverage), _cut(seen[0], coverage), len(seen[1]), len(seen[0]), coverage)

    def sets(self, p: ArrayLike) -> NDArray[np.bool_]:
        """(rows, 2) bool: whether the set holds the other class (column 0) and the event (column 1)."""
        chance = probabilities(p)
        return np.column_stack([chance <= self.other, 1.0 - chance <= self.event])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; null for a class that is never ruled out."""
        return {name: None if value == inf else value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        cuts = {name: inf if told[name] is None else float(told[name]) for name in ("event", "other")}
        return cls(**{**told, **cuts})


def _worst(off: Array, unit: NDArray[np.intp]) -> Array:
    """(units,) the greatest `off` of each unit that has a row, ascending."""
    if not len(off):
        return off
    order = np.lexsort((off, unit))
    last = np.append(unit[order][1:] != unit[order][:-1], True)
    return np.sort(off[order][last])


def _cut(off: Array, coverage: float) -> float:
    place = ceil((len(off) + 1) * coverage - 1e-9)  # 10 * 0.9 is 9, whatever its last bit
    return inf if place > len(off) else float(off[place - 1])
