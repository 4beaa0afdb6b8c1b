"""Our scorecard, and LightGBM as anybody calls it, on the folds that the peers are given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.peers.folded import Model, Money, main

TREES: dict[str, Any] = {"n_estimators": 150, "num_leaves": 15, "learning_rate": 0.05, "n_jobs": 1, "verbosity": -1}


class Trees:
    """LightGBM on the columns as they are, categories as such."""

    def __init__(self) -> None:
        self.told: dict[str, float] = {}

    def fit(self, X: pd.DataFrame, y: np.ndarray, money: Money) -> None:
        from lightgbm import LGBMClassifier

        self.model = LGBMClassifier(**TREES, random_state=0).fit(X, y)

    def score(self, X: pd.DataFrame) -> np.ndarray:
        return np.asarray(self.model.predict_proba(X))[:, 1]


class Card:
    """`Scorecard`; `options` are its own."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = dict(options)
        self.told: dict[str, float] = {}

    def fit(self, X: pd.DataFrame, y: np.ndarray, money: Money) -> None:
        from casestudies.models.scorecard.scorecard import Scorecard

        self.model = Scorecard(**self.options).fit(X, y)
        self.told = {
            "columns": float(len(self.model.card_.columns)),
            "bins": float(sum(len(one.points) for one in self.model.card_.characteristics)),
        }

    def score(self, X: pd.DataFrame) -> np.ndarray:
        return np.asarray(self.model.decision_function(X))


def make(options: Mapping[str, Any]) -> Model:
    chosen = dict(options)
    kind = chosen.pop("model")
    if kind == "few":
        from benchmarks.credit.few import FewPoints

        return FewPoints(**chosen)
    return Trees() if kind == "lightgbm" else Card(chosen)


if __name__ == "__main__":
    main(make, ("lightgbm", "scikit-learn", "pandas", "numpy"), text="category")
