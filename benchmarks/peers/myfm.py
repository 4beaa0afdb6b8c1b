"""myFM: a Bayesian factorisation machine by Gibbs sampling, plain or with the histories of users and of items.

`settings`: rank, iterations, histories (bool).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from myfm import MyFMRegressor, RelationBlock
from scipy import sparse

from benchmarks.peers.rating import Predict, Ratings, main


def given(train: Ratings, settings: Mapping[str, Any]) -> Any:
    """Its rows by relation: users with the items they rated, items with the users who rated them."""
    users, items = train.shape
    u, i = sparse.eye(users, format="csr"), sparse.eye(items, format="csr")
    groups = [[users], [items]]
    if settings.get("histories"):
        ones = np.ones(len(train.user))
        rated = sparse.csr_matrix((ones, (train.user, train.item)), shape=(users, items))
        u = sparse.hstack([u, _scaled(rated)], format="csr")
        i = sparse.hstack([i, _scaled(rated.T.tocsr())], format="csr")
        groups = [[users, items], [items, users]]
    return train, u, i, groups


def _scaled(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    return sparse.diags(np.maximum(counts.getnnz(axis=1), 1) ** -0.5) @ counts


def fit(own: Any, settings: Mapping[str, Any]) -> Predict:
    train, u, i, groups = own

    def blocks(users: np.ndarray, items: np.ndarray) -> list[RelationBlock]:
        return [RelationBlock(users, u), RelationBlock(items, i)]

    model = MyFMRegressor(rank=settings["rank"], random_seed=0)
    shapes = [size for group in groups for size in group]
    model.fit(
        None,
        train.rating,
        X_rel=blocks(train.user, train.item),
        n_iter=settings["iterations"],
        n_kept_samples=settings["iterations"] - settings.get("burn", 5),
        group_shapes=shapes,
    )
    return lambda users, items: model.predict(None, blocks(users, items))


if __name__ == "__main__":
    main(given, fit, ("myfm",))
