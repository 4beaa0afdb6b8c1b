"""glum: its own cross-validated path, or one fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from glum import GeneralizedLinearRegressor, GeneralizedLinearRegressorCV

from benchmarks.peers.measured import main, outside, splits


def fit(X: Any, y: np.ndarray, folds: np.ndarray | None, Cs: np.ndarray, options: Mapping[str, Any]) -> np.ndarray:
    """glum minimises the mean of half the deviance, which is the log loss, so its alpha is 1 / (C · rows seen)."""
    seen = len(outside(folds, len(y))[0])
    chosen = {"family": "binomial", "fit_intercept": True, "scale_predictors": False, **options}
    alphas = 1 / (Cs * seen)
    if folds is None:
        model = GeneralizedLinearRegressor(alpha=alphas[0], **chosen).fit(X, y.astype(np.float64))
        return np.append(model.coef_, model.intercept_)[None, None]
    order = np.argsort(-alphas)  # glum wants them falling
    model = GeneralizedLinearRegressorCV(alphas=alphas[order], cv=splits(folds), n_jobs=1, **chosen)
    model.fit(X, y.astype(np.float64))
    coefficients = np.concatenate([model.coef_path_[:, 0], model.intercept_path_[:, 0].reshape(-1, len(Cs), 1)], axis=2)
    return coefficients[:, np.argsort(order)]


if __name__ == "__main__":
    main(fit, ("glum", "numpy", "scikit-learn"))
