"""Which rows two runs both judged: by their place in the same data, else by the names that the analyst gave them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.workflow.judgements import Judgements

Places = NDArray[np.intp]
_AGREED = 0.9  # of the outcomes of rows of one name, beyond chance: labels may have been put right since


def rows_of_both(a: Judgements, b: Judgements) -> tuple[Places, Places]:
    """Where the rows that both judged stand in each: rows of the same place in the same data, else of the same name.

    A name that stands on several rows names none of them. Files may count their rows alike and be about others: where
    outcomes do not agree far beyond chance, no row is taken for the same.
    """
    if a.source == b.source:
        left, right = a.places, b.places
    elif a.names is not None and b.names is not None:
        left, right = a.names, b.names
    else:
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
    left, right = left.astype(str), right.astype(str)
    _, at, beside = np.intersect1d(_once(left), _once(right), return_indices=True)
    at, beside = np.flatnonzero(_alone(left))[at], np.flatnonzero(_alone(right))[beside]
    if _agreement(a.outcome[at], b.outcome[beside]) < _AGREED:
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
    order = np.argsort(at)  # the first's own, so that its intervals are those of its report
    at, beside = at[order], beside[order]
    same = a.outcome[at] == b.outcome[beside]
    return at[same], beside[same]


def _agreement(a: NDArray[Any], b: NDArray[Any]) -> float:
    """How far beyond chance two lists of outcomes agree: 1 = everywhere, 0 = as chance would have it.

    Source: Cohen 1960, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20(1).
    """
    if not len(a):
        return 0.0
    levels, which = np.unique(np.concatenate([a, b]), return_inverse=True)
    left, right = (np.bincount(part, minlength=len(levels)) / len(a) for part in np.split(which, 2))
    chance = float(left @ right)
    return (float((a == b).mean()) - chance) / (1 - chance) if chance < 1 else 0.0


def _once(names: NDArray[np.str_]) -> NDArray[np.str_]:
    return names[_alone(names)]


def _alone(names: NDArray[np.str_]) -> NDArray[np.bool_]:
    """(rows,) whether nobody else has the name."""
    _, which, count = np.unique(names, return_inverse=True, return_counts=True)
    return np.asarray(count[which] == 1)
