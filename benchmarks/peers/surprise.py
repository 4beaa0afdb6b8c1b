"""Surprise: SVD by plain stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from surprise import SVD, Dataset, Reader

from benchmarks.peers.rating import Predict, Ratings, main


def given(train: Ratings, settings: Mapping[str, Any]) -> Any:
    frame = pd.DataFrame({"user": train.user, "item": train.item, "rating": train.rating})
    return Dataset.load_from_df(frame, Reader(rating_scale=train.scale)).build_full_trainset()


def fit(own: Any, settings: Mapping[str, Any]) -> Predict:
    model = SVD(random_state=0, **settings).fit(own)
    return lambda users, items: np.array([model.predict(u, i).est for u, i in zip(users, items, strict=True)])


if __name__ == "__main__":
    main(given, fit, ("scikit-surprise",))
