"""The fit to what users did: alternating least squares over the whole table."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spsolve

from casestudies.models.factorisation.defaults import Defaults
from casestudies.models.factorisation.fitted import Embedded, Fitted, Penalties
from casestudies.models.factorisation.sidefeatures import SideFeatures
from casestudies.models.factorisation.vectors import Vectors
from casestudies.optim import Solution, diagnose, minimise
from casestudies.optim.factors.alternating import AlternatingSquares, AlternatingState, WholeObjective
from casestudies.tabular.interactions import Interactions

_NOTHING = 0.05  # mean score of what was done; 1 is what it is drawn to
_LEAST = 2**-8  # of the ridge of the recipe
_PRIOR = 1.0  # rows for which the penalty on a feature's vector stands


@dataclass(frozen=True, eq=False)
class ImplicitFit:
    """How interactions without ratings are fitted; of `recipe` the factors, epochs, ridge and weight of the unobserved."""

    recipe: Defaults
    features: tuple[SideFeatures, ...] = ()
    seed: int = 0
    threads: int = 1

    def __call__(self, data: Interactions) -> Fitted:
        """Fits, and gathers what was found. Of rated data the fact of the rating counts, not its value."""
        recipe = self.recipe
        said: tuple[str, ...] = ()
        objective, solution = self._solved(data, recipe)
        while _vanished(solution.state, data) and recipe.ridge > _LEAST * self.recipe.ridge:
            recipe = replace(recipe, ridge=recipe.ridge / 2)
            objective, solution = self._solved(data, recipe)
            said = (
                f"The ridge was lowered to {recipe.ridge:.2g}: under {self.recipe.ridge:.2g} all vectors went to 0.",
            )
        tables = solution.state.tables
        vectors = Vectors(tables.users, tables.items, tables.user_bias, tables.item_bias, 0.0)
        embedded = tuple(_embedded(one, data, vectors) for one in self.features)
        return Fitted(
            _completed(vectors, data, embedded),
            data,
            "implicit",
            Penalties(recipe.ridge, 0.0, recipe.unobserved, objective.scale),
            embedded,
            settings={
                "factors": recipe.factors,
                "epochs": solution.state.step,
                "ridge": recipe.ridge,
                "unobserved": recipe.unobserved,
            },
            notes=(
                *said,
                f"{solution.state.step} sweeps over users and items: {solution.reason}",
            ),
            findings=tuple(f"{one.what} {one.evidence}. {one.advice}" for one in diagnose(solution.trace, solution)),
            trace=solution.trace.columns(),
            steps=solution.state.step,
            certificate=str(solution.certificate),
        )

    def _solved(self, data: Interactions, recipe: Defaults) -> tuple[WholeObjective, Solution[AlternatingState]]:
        objective = WholeObjective(
            data.user,
            data.item,
            data.weight,
            data.shape,
            factors=recipe.factors,
            ridge=recipe.ridge,
            unobserved=recipe.unobserved,
            threads=self.threads,
        )
        return objective, minimise(objective, AlternatingSquares(sweeps=recipe.epochs, seed=self.seed), stop=())


def _vanished(state: AlternatingState, data: Interactions) -> bool:
    """Whether the penalty has left nothing, not even what is popular: lists would be in the order of rounding errors."""
    return float(np.einsum("nk,nk->n", state.users[data.user], state.items[data.item]).mean()) < _NOTHING


def _embedded(features: SideFeatures, data: Interactions, vectors: Vectors) -> Embedded:
    """What features say of vectors: a ridge regression of those that were learnt, each as often as it was met."""
    of_items = features.side == "item"
    learnt, table = (vectors.items, data.items) if of_items else (vectors.users, data.users)
    met = np.bincount(data.item if of_items else data.user, minlength=len(learnt)).astype(np.float64)
    matrix = features.matrix(table).astype(np.float64)
    weighted = matrix.T @ sparse.diags_array(met)
    mean = float(met[met > 0].mean())
    left = (weighted @ matrix + _PRIOR * mean * sparse.eye_array(matrix.shape[1])).tocsc()
    found = np.asarray(spsolve(left, weighted @ learnt.astype(np.float64))).reshape(matrix.shape[1], -1)
    return Embedded(features, found.astype(np.float32), np.zeros(matrix.shape[1], np.float32))


def _completed(vectors: Vectors, data: Interactions, embedded: tuple[Embedded, ...]) -> Vectors:
    """With the rows that were never met as their features say."""
    users, items = vectors.users.copy(), vectors.items.copy()
    for one in embedded:
        own, table, codes = (
            (items, data.items, data.item) if one.features.side == "item" else (users, data.users, data.user)
        )
        cold = np.bincount(codes, minlength=len(own)) == 0
        own[cold] = one.cold(table)[0][cold]
    return Vectors(users, items, vectors.user_bias, vectors.item_bias, vectors.mean)
