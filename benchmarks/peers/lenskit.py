"""LensKit: biased matrix factorisation by alternating least squares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from lenskit.als import BiasedMFScorer
from lenskit.data import ItemList, RecQuery, from_interactions_df
from lenskit.training import TrainingOptions

from benchmarks.peers.rating import Predict, Ratings, main


def given(train: Ratings, settings: Mapping[str, Any]) -> Any:
    frame = pd.DataFrame({"user_id": train.user, "item_id": train.item, "rating": train.rating})
    return from_interactions_df(frame)


def fit(own: Any, settings: Mapping[str, Any]) -> Predict:
    model = BiasedMFScorer(**settings)
    model.train(own, TrainingOptions(rng=0))

    def predict(users: np.ndarray, items: np.ndarray) -> np.ndarray:
        told = np.full(len(users), np.nan)
        order = np.argsort(users, kind="stable")
        starts = np.flatnonzero(np.diff(users[order], prepend=-1))
        for rows in np.split(order, starts[1:]):
            scored = model(RecQuery(user_id=int(users[rows[0]])), ItemList(item_ids=items[rows].tolist()))
            told[rows] = scored.scores("numpy")
        return told

    return predict


if __name__ == "__main__":
    main(given, fit, ("lenskit",))
