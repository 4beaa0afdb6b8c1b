"""`CostSensitiveClassifier` on the folds that the peers are given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.churn.study import kinds
from benchmarks.peers.folded import Money, main


class Learner:
    """The fit alone unless `options` ask for a calibration; they are those of `CostSensitiveClassifier`."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = {"calibrate": None, **options}
        self.told: dict[str, float] = {}

    def fit(self, X: pd.DataFrame, y: np.ndarray, money: Money) -> None:
        from casestudies.models.costsensitive.classifier import CostSensitiveClassifier
        from casestudies.tabular.codes import CategoryCodes

        self.codes = CategoryCodes(kinds(X)).fit(X)
        places = [self.codes.feature_names.index(name) for name in self.codes.categories]
        self.model = CostSensitiveClassifier(**self.options, categorical=places)
        self.model.fit(self._rows(X), y, costs=_costs(money))

    def score(self, X: pd.DataFrame) -> np.ndarray:
        return self.model.decision_function(self._rows(X))

    def act(self, X: pd.DataFrame, money: Money) -> np.ndarray:
        return self.score(X) > 0

    def _rows(self, X: pd.DataFrame) -> np.ndarray:
        return self.codes.transform(X).to_numpy()


def _costs(money: Money) -> Any:
    from casestudies.decisions import Costs

    return Costs(money.fn, money.fp, money.tp, money.tn)


if __name__ == "__main__":
    main(Learner, ("lightgbm", "scikit-learn", "pandas", "numpy"), text="category")
