"""Our own solvers, asked as users ask them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.peers.measured import main, splits


def fit(X: Any, y: np.ndarray, folds: np.ndarray | None, Cs: np.ndarray, options: Mapping[str, Any]) -> np.ndarray:
    """`models.linear` on a table of numbers; `optim.path` on a table of bin codes, which no estimator takes yet."""
    if X.dtype == np.uint8:
        return _of_codes(X, y, Cs, **options)
    from casestudies.models.linear import LogisticRegression, LogisticRegressionCV

    if folds is None:
        model = LogisticRegression(C=Cs[0], **options).fit(X, y)
        return np.append(model.coef_, model.intercept_)[None, None]
    return np.asarray(LogisticRegressionCV(Cs=Cs, cv=splits(folds), **options).fit(X, y).coefs_paths_)


def _of_codes(
    codes: np.ndarray, y: np.ndarray, Cs: np.ndarray, *, penalty: str = "l2", tol: float = 1e-8
) -> np.ndarray:
    from casestudies.optim import L1, L2, Codes, Logistic, Objective, path

    design = Codes(codes, tuple(int(most) + 1 for most in codes.max(axis=0)))
    free = np.arange(design.shape[1]) == design.shape[1] - 1
    pull = (L1 if penalty == "l1" else L2)(1 / Cs, free)
    objective = Objective(design, y.astype(np.float64), Logistic(), pull, np.ones(len(y)))
    return path(objective, tolerance=tol).whole.T[None]


if __name__ == "__main__":
    main(fit, ("casestudies", "numpy", "scipy"))
