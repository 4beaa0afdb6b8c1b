"""Our fit of ratings, epoch by epoch: the same objective and method as `MatrixFactorization`, its tables kept on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.peers.measured import _cpu
from benchmarks.peers.rating import Ratings, main
from casestudies.models.factorisation.defaults import defaults_for
from casestudies.optim.factors.adam import FactorAdam
from casestudies.optim.factors.bags import history, summed
from casestudies.optim.factors.objective import FactorObjective
from casestudies.optim.factors.tables import Tables

_NOBODY = np.array([0])


@dataclass(frozen=True, eq=False)
class Watched:
    """seconds: CPU seconds at the end of each epoch, the making of batches among them. models: what would serve then, the
    tables of that time or, once there are some, the snapshots whose mean predicts."""

    objective: FactorObjective
    seconds: list[float]
    models: list[tuple[Tables, ...]]

    def __call__(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        return self._mean(self.models[-1], users, items)

    def course(self, users: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.array(self.seconds), np.array([self._mean(several, users, items) for several in self.models])

    def _mean(self, several: tuple[Tables, ...], users: np.ndarray, items: np.ndarray) -> np.ndarray:
        return np.mean([self._of(one, users, items) for one in several], axis=0)

    def _of(self, tables: Tables, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        whole = summed(tables, self.objective.bags)
        product = np.einsum("nk,nk->n", whole.users[users], whole.items[items])
        return product + whole.user_bias[users] + whole.item_bias[items] + np.float32(self.objective.centre)


def given(train: Ratings, settings: Mapping[str, Any]) -> Any:
    return train


def fit(own: Any, settings: Mapping[str, Any]) -> Watched:
    """settings: histories (bool), threads, and any of `Defaults`."""
    train, asked = own, dict(settings)
    began = _cpu()
    both, threads = asked.pop("histories", False), asked.pop("threads", 1)
    recipe = replace(defaults_for(len(train.user), *train.shape, explicit=True, histories=both), **asked)
    ratings = train.user, train.item, train.rating
    bags = [history(side, *ratings[:2], train.shape, recipe.history_ridge) for side in ("user", "item") if both]
    objective = FactorObjective(
        *ratings,
        train.shape,
        factors=recipe.factors,
        ridge=recipe.ridge,
        bias_ridge=recipe.bias_ridge,
        growth=recipe.growth,
        bags=tuple(bags),
        batches=recipe.batches,
        threads=threads,
    )
    method = FactorAdam(
        recipe.rate,
        recipe.epochs,
        recipe.betas,
        recipe.spread,
        cycles=recipe.cycles,
        snapshots=recipe.snapshots,
        fresh=recipe.fresh,
    )
    state = method.start(objective, None)
    seconds: list[float] = []
    models: list[tuple[Tables, ...]] = []
    for _ in range(recipe.epochs):
        state = method.step(objective, state, _NOBODY)
        seconds.append(_cpu() - began)
        models.append(state.snapshots or (state.tables,))
    return Watched(objective, seconds, models)


if __name__ == "__main__":
    main(given, fit, ("casestudies", "numba", "numpy"))
