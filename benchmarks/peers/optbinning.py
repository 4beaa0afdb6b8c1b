"""optbinning: its binning process, weights of evidence, a logistic regression, and the scorecard of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from optbinning import BinningProcess, Scorecard
from sklearn.linear_model import LogisticRegression

from benchmarks.peers.folded import Money, categories, main


class Card:
    """As its tutorials build it; `trend`, where given, is asked of every column in place of the automatic one."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.trend, self.rare = options.get("trend"), options.get("rare")
        self.whole = options.get("whole", False)
        self.told: dict[str, float] = {}

    def fit(self, X: pd.DataFrame, y: np.ndarray, money: Money) -> None:
        text = categories(X)
        asked = {name: {"cat_cutoff": self.rare} for name in text if self.rare}
        asked |= {name: {"monotonic_trend": self.trend} for name in X if name not in text and self.trend}
        binning = BinningProcess(list(X), categorical_variables=text, binning_fit_params=asked or None)
        self.card = Scorecard(
            binning_process=binning,
            estimator=LogisticRegression(max_iter=1000),
            scaling_method="pdo_odds",
            scaling_method_params={"pdo": 20, "odds": 50, "scorecard_points": 600},
            rounding=self.whole,
        ).fit(X, y)

    def score(self, X: pd.DataFrame) -> np.ndarray:
        return -self.points(X) if self.whole else self.card.predict_proba(X)[:, 1]

    def points(self, X: pd.DataFrame) -> np.ndarray:
        return np.asarray(self.card.score(X), dtype=np.float64)


if __name__ == "__main__":
    main(Card, ("optbinning", "ortools", "scikit-learn", "pandas", "numpy"))
