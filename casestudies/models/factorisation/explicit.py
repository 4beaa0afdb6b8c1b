"""The fit to ratings: Adam over users, items and the embeddings that are summed into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from casestudies.errors import DataError
from casestudies.models.factorisation.fitted import Embedded, Fitted, Penalties
from casestudies.models.factorisation.recipe import Recipe
from casestudies.models.factorisation.sidefeatures import Side, SideFeatures
from casestudies.models.factorisation.vectors import Floats, Vectors
from casestudies.optim import Solution, Steps, diagnose, minimise
from casestudies.optim.factors.adam import FactorAdam, FactorState
from casestudies.optim.factors.bags import history, summed
from casestudies.optim.factors.objective import FactorObjective
from casestudies.optim.factors.snapshots import gain, mean_of
from casestudies.optim.factors.tables import Bag, Tables
from casestudies.tabular.interactions import Interactions

_SPAN = 4.0  # of a scale from 1 to 5, in whose unit rates, ridges and starts are meant
_WORSE = 0.002  # of the held-out error, by which the last epoch has to lose against the best to be given up
_LEAST_HELD = 100  # ratings; fewer say too little about when to stop


@dataclass(frozen=True)
class Plan:
    """What ratings set aside say of a fit: the epochs to take, whether to average over snapshots, and why."""

    epochs: int
    averaged: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ExplicitFit:
    """How ratings are fitted. recipe: rates, ridges and the like, for ratings on a scale of four steps.

    validation: share of the ratings that says when to stop; None = after all epochs of the recipe.
    """

    recipe: Recipe
    histories: tuple[Side, ...] = ()
    features: tuple[SideFeatures, ...] = ()
    validation: float | None = None
    seed: int = 0
    threads: int = 1

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
        scaled = replace(_in_order(data), scale=(low / unit, high / unit))
        scaled = replace(scaled, rating=scaled.value / np.float32(unit))
        plan = self._plan(scaled)
        solution, objective = self._solved(scaled, epochs=plan.epochs)
        state = solution.state if plan.averaged else replace(solution.state, snapshots=())
        whole, tables, biases = _served(state, objective.bags, scaled)
        vectors = Vectors(
            whole.users * np.float32(unit**0.5),
            whole.items * np.float32(unit**0.5),
            whole.user_bias * np.float32(unit),
            whole.item_bias * np.float32(unit),
            objective.centre * unit,
        )
        learnt = zip(self.features, tables[len(self.histories) :], biases[len(self.histories) :], strict=True)
        embedded = [
            Embedded(one, table * np.float32(unit**0.5), bias * np.float32(unit)) for one, table, bias in learnt
        ]
        return Fitted(
            vectors,
            data,
            "explicit",
            Penalties(self.recipe.ridge * unit, self.recipe.bias_ridge),
            tuple(embedded),
            settings=vars(self.recipe) | {"epochs": solution.state.step},
            notes=plan.notes,
            findings=tuple(f"{one.what} {one.evidence}. {one.advice}" for one in diagnose(solution.trace, solution)),
            trace=solution.trace.columns(),
            steps=solution.state.step,
            certificate=str(solution.certificate),
        )

    def _plan(self, data: Interactions) -> Plan:
        """How many of the recipe's epochs to take, whether to average, and why.

        The rate's plan stays that of all epochs: a shorter plan of its own, ending at 0, over-fits as the longer one does
        (ML-1M with half of the ridge it needs: .8485 after 20 of 20, .8423 after 8 of 20, .8539 after 8 of 8).
        """
        most, held = self.recipe.epochs, int(len(data) * (self.validation or 0.0))
        if held < _LEAST_HELD:
            said = f"All {most} epochs were taken: no ratings were set aside to say when to stop."
            return Plan(most, self.recipe.snapshots > 0, (said,))
        drawn = np.random.default_rng([self.seed, 2]).permutation(len(data))
        kept, aside = data.take(np.sort(drawn[held:])), data.take(np.sort(drawn[:held]))
        solution, objective = self._solved(kept, aside, most)
        error = solution.trace.columns()["held_out_metric"]
        best, last = int(np.nanargmin(error[1:])) + 1, float(error[-1])
        notes: tuple[str, ...] = ()
        averaged = False
        if solution.state.snapshots and aside.scale is not None:
            wholes = _wholes(solution.state, objective.bags, kept)
            found = gain(wholes, (aside.user, aside.item, aside.value), objective.centre, aside.scale)
            averaged, last = found.over_the_last > 0, min(found.together, last)
            notes = (f"{'Averaged over snapshots' if averaged else 'Not averaged'}: on ratings set aside, {found}.",)
        if last <= (1 + _WORSE) * error[best]:
            said = f"All {most} epochs were taken: on {held:,} ratings set aside the end was best."
            return Plan(most, averaged, (said, *notes))
        said = (
            f"Stopped after {best} of {most} epochs: from there on the error on {held:,} ratings set aside rose, "
            f"by {last / error[best] - 1:.1%} until the end."
        )
        return Plan(best, False, (said,))

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
        )
        return minimise(objective, method, stop=(Steps(epochs),)), objective

    def _bags(self, data: Interactions) -> tuple[Bag, ...]:
        """The histories, then the side features."""
        recipe = self.recipe
        past = [history(side, data.user, data.item, data.shape, recipe.history_ridge) for side in self.histories]
        tables = {"item": data.items, "user": data.users}
        return (*past, *(one.bag(tables[one.side], recipe.feature_ridge) for one in self.features))


def _served(state: FactorState, bags: Sequence[Bag], data: Interactions) -> tuple[Tables, list[Floats], list[Floats]]:
    """What serves, all sums and the mean over snapshots in it; and each bag's embeddings and biases, of the same mean."""
    several = state.snapshots or (state.tables,)
    share = np.float32(len(several) ** -0.5)  # as in `mean_of`
    places = range(len(bags))
    return (
        mean_of(_wholes(state, bags, data)),
        [np.concatenate([one.bags[place] for one in several], axis=1) * share for place in places],
        [np.mean([one.bag_bias[place] for one in several], axis=0, dtype=np.float32) for place in places],
    )


def _wholes(state: FactorState, bags: Sequence[Bag], data: Interactions) -> list[Tables]:
    """The snapshots, or the one model, with the sums of the bags in their vectors."""
    return [summed(_without_strangers(one, data), bags) for one in state.snapshots or (state.tables,)]


def _in_order(data: Interactions) -> Interactions:
    """By user and item, so that the order of the rows of a file changes nothing."""
    from casestudies.optim.factors.team import counting_sort

    users, items = data.shape
    order = counting_sort(np.arange(len(data), dtype=np.int32), data.item, items)
    return data.take(counting_sort(order, data.user, users))


def _without_strangers(tables: Tables, data: Interactions) -> Tables:
    """Rows without a rating as features leave them: their own vectors are still those of the start."""
    users, items = tables.users.copy(), tables.items.copy()
    users[np.bincount(data.user, minlength=len(users)) == 0] = 0
    items[np.bincount(data.item, minlength=len(items)) == 0] = 0
    return replace(tables, users=users, items=items)
