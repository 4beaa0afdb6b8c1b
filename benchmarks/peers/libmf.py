"""libmf through its Python binding: blocks of the table, each with plain steps scaled by row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from libmf import mf

from benchmarks.peers.rating import Predict, Ratings, main


def given(train: Ratings, settings: Mapping[str, Any]) -> Any:
    return np.column_stack([train.user, train.item, train.rating]).astype(np.float32), train


def fit(own: Any, settings: Mapping[str, Any]) -> Predict:
    rows, train = own
    engine = mf.MF(quiet=True, **settings)
    engine.fit(rows)
    users, items = (np.vstack([held, np.full((size - len(held), held.shape[1]), np.nan, np.float32)])
                    for held, size in zip((engine.p_factors(), engine.q_factors()), train.shape, strict=True))  # fmt: skip
    # the binding's own predict() does not agree with its factors
    return lambda u, i: np.einsum("nk,nk->n", users[u], items[i])


if __name__ == "__main__":
    main(given, fit, ("libmf",))
