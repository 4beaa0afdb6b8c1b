"""InterpretML: the explainable boosting machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from interpret.glassbox import ExplainableBoostingClassifier

from benchmarks.peers.folded import Money, categories, main


class Boosting:
    """Its defaults on one thread; `options` are its own."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = dict(options)
        self.told: dict[str, float] = {}

    def fit(self, X: pd.DataFrame, y: np.ndarray, money: Money) -> None:
        text = categories(X)
        kinds = ["nominal" if name in text else "continuous" for name in X]
        self.model = ExplainableBoostingClassifier(feature_types=kinds, n_jobs=1, random_state=0, **self.options)
        self.model.fit(X, y)

    def score(self, X: pd.DataFrame) -> np.ndarray:
        return self.model.predict_proba(X)[:, 1]


if __name__ == "__main__":
    main(Boosting, ("interpret-core", "scikit-learn", "pandas", "numpy"))
