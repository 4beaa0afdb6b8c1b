"""FasterRisk: the best integer risk score with at most so many points that are not zero."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from fasterrisk.fasterrisk import RiskScoreClassifier, RiskScoreOptimizer

from benchmarks.peers.folded import Money, categories, main


class RiskScore:
    """Numbers become 1[x > quantile], levels one column each; `k` points from -5 to 5, its defaults else."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.k, self.quantiles = options["k"], options.get("quantiles", 20)
        self.told: dict[str, float] = {}

    def fit(self, X: pd.DataFrame, y: np.ndarray, money: Money) -> None:
        text = categories(X)
        shares = np.linspace(0, 1, self.quantiles + 1)[1:-1]
        self.cuts = {name: np.unique(np.nanquantile(X[name], shares)) for name in X if name not in text}
        self.gaps = [name for name in self.cuts if X[name].isna().any()]
        self.levels = {name: sorted(X[name].dropna().unique()) for name in text}
        rows = self._binary(X)
        with contextlib.redirect_stdout(io.StringIO()):
            search = RiskScoreOptimizer(X=rows, y=np.where(y == 1, 1.0, -1.0), k=self.k)
            search.optimize()
            multipliers, intercepts, points = search.get_models()
            self.model = RiskScoreClassifier(multipliers[0], intercepts[0], points[0])  # the first has the least loss
        self.told = {"points": float((points[0] != 0).sum())}

    def score(self, X: pd.DataFrame) -> np.ndarray:
        return np.asarray(self.model.predict_prob(self._binary(X)))

    def _binary(self, X: pd.DataFrame) -> np.ndarray:
        columns = [X[name].to_numpy() > cut for name, cuts in self.cuts.items() for cut in cuts]
        columns += [X[name].isna().to_numpy() for name in self.gaps]
        columns += [(X[name] == level).to_numpy() for name, levels in self.levels.items() for level in levels]
        return np.column_stack(columns).astype(np.float64)


if __name__ == "__main__":
    main(RiskScore, ("fasterrisk", "scikit-learn", "pandas", "numpy"))
