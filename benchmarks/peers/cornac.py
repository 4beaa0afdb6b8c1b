"""Cornac: MF by stochastic gradient descent of threads that race."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from cornac.data import Dataset
from cornac.models import MF

from benchmarks.peers.rating import Predict, Ratings, main


def given(train: Ratings, settings: Mapping[str, Any]) -> Any:
    rows = zip(train.user.tolist(), train.item.tolist(), train.rating.tolist(), strict=True)
    return Dataset.from_uir(list(rows), seed=0)


def fit(own: Any, settings: Mapping[str, Any]) -> Predict:
    model = MF(seed=0, verbose=False, num_threads=1, **settings)
    model.fit(own)

    def predict(users: np.ndarray, items: np.ndarray) -> np.ndarray:
        u = np.array([own.uid_map.get(int(user), -1) for user in users])
        i = np.array([own.iid_map.get(int(item), -1) for item in items])
        told = model.global_mean + np.where(u >= 0, model.u_biases[u], 0) + np.where(i >= 0, model.i_biases[i], 0)
        both = (u >= 0) & (i >= 0)
        return told + np.where(both, np.einsum("nk,nk->n", model.u_factors[u], model.i_factors[i]), 0)

    return predict


if __name__ == "__main__":
    main(given, fit, ("cornac",))
