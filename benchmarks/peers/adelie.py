"""adelie: one path for each fold left out, on the fold's rows in the order of columns it works fastest with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import adelie
import numpy as np

from benchmarks.peers.measured import main, outside

adelie.logger.logger.setLevel("ERROR")


def fit(X: Any, y: np.ndarray, folds: np.ndarray | None, Cs: np.ndarray, options: Mapping[str, Any]) -> np.ndarray:
    """adelie's loss is a mean, so its lmda is 1 / (C · rows seen); its own folds are random, hence the loop."""
    order = np.argsort(Cs)  # it wants lmda falling
    chosen = {"alpha": 1.0, "intercept": True, "early_exit": False, "progress_bar": False, "n_threads": 1, **options}
    paths = []
    for rows in outside(folds, len(y)):
        state = adelie.grpnet(
            X=adelie.matrix.dense(np.asfortranarray(X[rows]), method="naive", n_threads=1),
            glm=adelie.glm.binomial(y[rows].astype(np.float64)),
            lmda_path=1 / (Cs[order] * len(rows)),
            **chosen,
        )
        paths.append(np.column_stack([state.betas.toarray(), state.intercepts])[np.argsort(order)])
    return np.stack(paths)


if __name__ == "__main__":
    main(fit, ("adelie", "numpy"))
