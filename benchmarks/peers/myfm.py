"""myFM: a Bayesian factorisation machine by Gibbs sampling, plain or with the histories of users and of items.

`settings`: rank, iterations, histories (bool).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from myfm import MyFMRegressor, RelationBlock
from scipy import sparse

from benchmarks.peers.measured import _cpu
from benchmarks.peers.rating import Ratings, main

_BURN = 5  # the first samples, which are not averaged


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


@dataclass(frozen=True, eq=False)
class Sampled:
    """Predicts by the mean over samples. seconds: (iterations,) CPU seconds at the end of each."""

    model: MyFMRegressor
    u: sparse.csr_matrix
    i: sparse.csr_matrix
    seconds: np.ndarray

    def __call__(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        return self.model.predict(None, blocks(self.u, self.i, users, items))

    def course(self, users: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """CPU seconds (points,), and predictions at that time (points, rows).

        They are means over the later half of the samples until then, which is better early on than the mean over all;
        at the end it is that over all, as it comes.
        """
        relations, samples = blocks(self.u, self.i, users, items), self.model.predictor_.samples
        empty = sparse.csr_matrix((len(users), 0))
        totals = [np.zeros(len(users), np.float32)]
        for sample in samples:
            totals.append(totals[-1] + sample.predict_score(empty, relations).astype(np.float32))
        points = np.unique(np.geomspace(1, len(samples), 40).round().astype(int))
        halves = [(totals[point] - totals[point // 2]) / (point - point // 2) for point in points]
        kept = self.seconds[len(self.seconds) - len(samples) :]
        return np.append(kept[points - 1], kept[-1]), np.array([*halves, totals[-1] / len(samples)])


def blocks(u: sparse.csr_matrix, i: sparse.csr_matrix, users: np.ndarray, items: np.ndarray) -> list[RelationBlock]:
    return [RelationBlock(users, u), RelationBlock(items, i)]


def fit(own: Any, settings: Mapping[str, Any]) -> Sampled:
    train, u, i, groups = own
    model = MyFMRegressor(rank=settings["rank"], random_seed=0)
    began, seconds = _cpu(), []

    def told(*_: Any) -> tuple[bool, None]:
        seconds.append(_cpu() - began)
        return False, None

    model.fit(
        None,
        train.rating,
        X_rel=blocks(u, i, train.user, train.item),
        n_iter=settings["iterations"],
        n_kept_samples=settings["iterations"] - _BURN,
        group_shapes=[size for group in groups for size in group],
        callback=told,
    )
    return Sampled(model, u, i, np.array(seconds))


if __name__ == "__main__":
    main(given, fit, ("myfm",))
