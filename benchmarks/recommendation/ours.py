"""`MatrixFactorization` on the rows that the peers are given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.peers.rating import Predict, Ratings, main
from casestudies.models.factorisation.estimator import MatrixFactorization
from casestudies.tabular.interactions.frame import interactions_of


def given(train: Ratings, settings: Mapping[str, Any]) -> Any:
    frame = pd.DataFrame({"user": train.user, "item": train.item, "rating": train.rating})
    return interactions_of(frame, rating="rating", scale=train.scale)


def fit(own: Any, settings: Mapping[str, Any]) -> Predict:
    model = MatrixFactorization(**settings).fit(own)
    return lambda users, items: np.asarray(model.predict(users.tolist(), items.tolist())["expected"])


if __name__ == "__main__":
    main(given, fit, ("casestudies", "numba", "numpy"))
