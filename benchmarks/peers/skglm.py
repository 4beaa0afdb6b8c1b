"""skglm: proximal Newton along the path, warm-started, one fold after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from skglm import GeneralizedLinearEstimator
from skglm.datafits import Logistic
from skglm.penalties import L1
from skglm.solvers import ProxNewton

from benchmarks.peers.measured import main, outside


def fit(X: Any, y: np.ndarray, folds: np.ndarray | None, Cs: np.ndarray, options: Mapping[str, Any]) -> np.ndarray:
    """skglm's loss is a mean over labels -1 and 1; its strength is 1 / (C · rows seen)."""
    coefficients = np.empty((len(outside(folds, len(y))), len(Cs), X.shape[1] + 1))
    for number, rows in enumerate(outside(folds, len(y))):
        seen, sides = np.asfortranarray(X[rows]), 2.0 * y[rows] - 1.0
        model = GeneralizedLinearEstimator(Logistic(), L1(1.0), ProxNewton(warm_start=True, max_iter=50, **options))
        for place in np.argsort(Cs):
            model.penalty = L1(1 / (Cs[place] * len(rows)))
            model.fit(seen, sides)
            coefficients[number, place] = np.append(model.coef_, model.intercept_)
    return coefficients


if __name__ == "__main__":
    main(fit, ("skglm", "numba", "numpy", "scikit-learn"))
