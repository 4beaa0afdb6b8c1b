"""The fit to ratings: Adam over users, items and the embeddings that are summed into them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from casestudies.errors import DataError
from casestudies.models.factorisation.assembled import Assembled, several_of
from casestudies.models.factorisation.defaults import Defaults
from casestudies.models.factorisation.fitted import Embedded, Fitted, Penalties
from casestudies.models.factorisation.sidefeatures import Side, SideFeatures
from casestudies.models.factorisation.timed import Timed
from casestudies.models.factorisation.trial import Plan, Trial, with_users_solved
from casestudies.optim import Solution, Steps, diagnose, minimise
from casestudies.optim.factors.adam import FactorAdam, FactorState
from casestudies.optim.factors.bags import history
from casestudies.optim.factors.objective import FactorObjective
from casestudies.optim.factors.tables import Bag
from casestudies.tabular.interactions import Interactions

_SPAN = 4.0  # of a scale from 1 to 5, in whose unit rates, ridges and starts are meant
# of the ridge of vectors; what many share is held less than what each has alone (ML-100K: from .02 to .3 RMSE is alike, and
# only up to .1 do the features and not the rows carry what is common, which newcomers live on)
_OF_FEATURES = 0.1
_LEAST_HELD = 100  # ratings; fewer say too little about when to stop


@dataclass(frozen=True, eq=False)
class ExplicitFit:
    """How ratings are fitted. recipe: rates, ridges and the like, for ratings on a scale of four steps.

    validation: share of the ratings that says when to stop; None = after all epochs of the recipe.
    timed: how ratings move with time; what is learnt is how they would be now.
    """

    recipe: Defaults
    histories: tuple[Side, ...] = ()
    features: tuple[SideFeatures, ...] = ()
    validation: float | None = None
    seed: int = 0
    threads: int = 1
    timed: Timed | None = None

    def __call__(self, data: Interactions) -> Fitted:
        """Fits, and gathers what was found.

        Raises
        ------
        DataError: ratings that are all the same.
        """
        if data.rating is None or np.ptp(data.rating) == 0:
            raise DataError(
                f"all {len(data):,} ratings are {data.value[0]:g}", where="rating", advice="write feedback='implicit'"
            )
        low, high = data.scale or (float(data.rating.min()), float(data.rating.max()))
        unit = (high - low) / _SPAN
        raw, data = data, data if self.timed is None else self.timed.moved(data)
        scaled = replace(_in_order(data), scale=(low / unit, high / unit))
        scaled = replace(scaled, rating=scaled.value / np.float32(unit))
        plan = self._plan(scaled)
        solution, objective = self._solved(scaled, epochs=plan.epochs)
        assembled = Assembled.of(several_of(solution.state, plan.averaged), objective.bags, scaled).in_unit(unit)
        vectors, penalties = assembled.vectors(objective.centre * unit), self._penalties(objective, unit)
        past = len(self.histories)
        learnt = zip(self.features, assembled.embeddings[past:], assembled.biases[past:], strict=True)
        return Fitted(
            with_users_solved(vectors, data, penalties) if plan.solved else vectors,
            raw,
            "explicit",
            penalties,
            tuple(Embedded(*one) for one in learnt),
            settings=self._settings | {"epochs": solution.state.step},
            notes=plan.notes,
            findings=tuple(f"{one.what} {one.evidence}. {one.advice}" for one in diagnose(solution.trace, solution)),
            trace=solution.trace.columns(),
            steps=solution.state.step,
            certificate=str(solution.certificate),
            timed=self.timed,
        )

    @property
    def _settings(self) -> dict[str, Any]:
        """The recipe as far as it says something of this fit."""
        told = vars(self.recipe) | {"histories": self.histories, "validation": self.validation}
        return {name: value for name, value in told.items() if not (isinstance(value, float) and np.isnan(value))}

    def _plan(self, data: Interactions) -> Plan:
        """What a fit of most of the ratings says."""
        held = int(len(data) * (self.validation or 0.0))
        if held < _LEAST_HELD:
            said = f"All {self.recipe.epochs} epochs were taken: no ratings were set aside to say when to stop."
            return Plan(self.recipe.epochs, self.recipe.snapshots > 0, False, (said,))
        drawn = np.random.default_rng([self.seed, 2]).permutation(len(data))
        kept, aside = data.take(np.sort(drawn[held:])), data.take(np.sort(drawn[:held]))
        solution, objective = self._solved(kept, aside, self.recipe.epochs)
        return Trial(solution, objective, kept, aside, self._penalties(objective), not self.histories).plan()

    def _penalties(self, objective: FactorObjective, unit: float = 1.0) -> Penalties:
        """Of vectors for ratings in another unit than the recipe's; a bias is as large as its ratings, so its ridge stays."""
        recipe = self.recipe
        return Penalties(recipe.ridge * unit, recipe.bias_ridge, scale=recipe.growth, usual=objective.usual)

    def _solved(
        self, data: Interactions, held: Interactions | None = None, epochs: int = 0
    ) -> tuple[Solution[FactorState], FactorObjective]:
        recipe = self.recipe
        objective = FactorObjective(
            data.user,
            data.item,
            data.value,
            data.shape,
            factors=recipe.factors,
            ridge=recipe.ridge,
            bias_ridge=recipe.bias_ridge,
            growth=recipe.growth,
            bags=self._bags(data),
            batches=recipe.batches,
            held_out=None if held is None else (held.user, held.item, held.value),
            scale=data.scale,
            threads=self.threads,
            seed=self.seed,
        )
        method = FactorAdam(
            recipe.rate,
            recipe.epochs,
            recipe.betas,
            recipe.spread,
            cycles=recipe.cycles,
            snapshots=recipe.snapshots,
            seed=self.seed,
            fresh=recipe.fresh,
        )
        return minimise(objective, method, stop=(Steps(epochs),)), objective

    def _bags(self, data: Interactions) -> tuple[Bag, ...]:
        """The histories, then the side features."""
        recipe = self.recipe
        past = [history(side, data.user, data.item, data.shape, recipe.history_ridge) for side in self.histories]
        tables = {"item": data.items, "user": data.users}
        return (*past, *(one.bag(tables[one.side], _OF_FEATURES * recipe.ridge) for one in self.features))


def _in_order(data: Interactions) -> Interactions:
    """By user and item, so that the order of the rows of a file changes nothing."""
    from casestudies.optim.factors.team import counting_sort

    users, items = data.shape
    order = counting_sort(np.arange(len(data), dtype=np.int32), data.item, items)
    return data.take(counting_sort(order, data.user, users).astype(np.intp))
