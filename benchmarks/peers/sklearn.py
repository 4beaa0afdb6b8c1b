"""scikit-learn: `LogisticRegressionCV`, or one `LogisticRegression`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV

from benchmarks.peers.measured import main, splits


def fit(X: Any, y: np.ndarray, folds: np.ndarray | None, Cs: np.ndarray, options: Mapping[str, Any]) -> np.ndarray:
    """The objective is scikit-learn's own. liblinear penalises its intercept, so its column of ones is made large."""
    chosen = dict(options)
    ratio = chosen.pop("l1_ratio", 0.0)
    if chosen.get("solver") == "liblinear":
        chosen["intercept_scaling"] = 10.0
    if folds is None:
        model = LogisticRegression(C=Cs[0], l1_ratio=ratio, **chosen).fit(X, y)
        return np.append(model.coef_, model.intercept_)[None, None]
    model = LogisticRegressionCV(
        Cs=Cs, cv=splits(folds), l1_ratios=(ratio,), scoring="neg_log_loss", use_legacy_attributes=False, **chosen
    ).fit(X, y)
    return np.asarray(model.coefs_paths_).reshape(-1, len(Cs), X.shape[1] + 1)


if __name__ == "__main__":
    main(fit, ("scikit-learn", "numpy", "scipy"))
