"""A card of few points: the L1 penalty finds which steps, and the points of these alone are fitted again."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.peers.folded import Money
from casestudies.models.scorecard.card import Card, Characteristic
from casestudies.models.scorecard.scorecard import Scorecard

_TRIES, _WEAKEST, _STRONGEST = 10, 1.0, 1e-4  # of C, halved on a logarithmic scale


class FewPoints:
    """At most `k` whole-number points that are not zero, counted as steps from one bin to the next."""

    def __init__(self, k: int) -> None:
        self.k = k
        self.told: dict[str, float] = {}

    def fit(self, X: pd.DataFrame, y: np.ndarray, money: Money) -> None:
        low, high, found = np.log(_STRONGEST), np.log(_WEAKEST), None
        for _ in range(_TRIES):
            middle = (low + high) / 2
            asked = Scorecard("steps", penalty="l1", C=float(np.exp(middle)), cv=0).fit(X, y).card_
            fitted = _again(asked, X, y) if 0 < _count(asked) <= self.k else None
            if fitted is not None and _count(fitted.card_) <= self.k:
                found = fitted
            low, high = (middle, high) if _count(fitted.card_ if fitted else asked) <= self.k else (low, middle)
        if found is None:
            raise RuntimeError(f"no penalty leaves at most {self.k} points")
        self.model = found
        self.told = {"points": float(_count(found.card_))}

    def score(self, X: pd.DataFrame) -> np.ndarray:
        return np.asarray(self.model.decision_function(X))


def _again(card: Card, X: pd.DataFrame, y: np.ndarray) -> Scorecard:
    """The points of the steps that are left, under a weak penalty."""
    bins = {one.bins.columns[0]: _merged(one) for one in card.characteristics if _steps(one)}
    return Scorecard("steps", C=1.0, cv=0, bins=bins, exclude=[name for name in map(str, X) if name not in bins]).fit(
        X, y
    )


def _count(card: Card) -> int:
    return sum(map(_steps, card.characteristics))


def _steps(one: Characteristic) -> int:
    """How often points change over the values, and how many other bins that rows fall into stand apart."""
    bins: Any = one.bins
    values, met = bins.values, one.rows > 0
    if bins.edges is None:
        (_, most), *_ = Counter(one.points[met]).most_common(1)
        return int(met.sum() - most)
    steps = int((np.diff(one.points[:values]) != 0).sum())
    return steps + int((met[values:] & ~np.isin(one.points[values:], one.points[:values])).sum())


def _merged(one: Characteristic) -> list[Any]:
    """Cuts where the points change, or levels of equal points."""
    bins: Any = one.bins
    if bins.edges is not None:
        return [edge for edge, step in zip(bins.edges, np.diff(one.points[: bins.values]), strict=True) if step]
    groups: dict[float, list[str]] = {}
    for levels, points in zip(bins.groups, one.points, strict=False):
        groups.setdefault(float(points), []).extend(levels)
    return list(groups.values())
