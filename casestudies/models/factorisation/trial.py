"""What ratings set aside say of a fit, before it is made on all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from casestudies.models.factorisation.assembled import Assembled, in_one, several_of
from casestudies.models.factorisation.fitted import Penalties
from casestudies.models.factorisation.vectors import Vectors
from casestudies.optim import Solution
from casestudies.optim.factors.adam import FactorState
from casestudies.optim.factors.objective import FactorObjective
from casestudies.optim.factors.snapshots import gain
from casestudies.tabular.interactions import Interactions

_WORSE = 0.002  # of the error, by which the last epoch has to lose against the best to be given up
_SAME = 0.0005  # of the error, by which users solved exactly may lose: their reasons are exact


@dataclass(frozen=True)
class Plan:
    """epochs: to take. averaged: over snapshots. solved: users last of all, exactly. notes: why, a sentence each."""

    epochs: int
    averaged: bool
    solved: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Trial:
    """A fit of most ratings (`kept`) that has been watched on the others (`aside`).

    solvable: users may be solved at the end. Not with histories, which a ridge regression on ratings knows nothing of
    (ML-100K: .9118 becomes .9048 without them, .8934 becomes .8969 with both).
    """

    solution: Solution[FactorState]
    objective: FactorObjective
    kept: Interactions
    aside: Interactions
    penalties: Penalties
    solvable: bool

    def plan(self) -> Plan:
        """How far to go, whether to average, and whether to solve for the users at the end.

        Where it is stopped, the rate's plan stays that of all epochs: a shorter plan of its own, ending at 0, over-fits as
        the longer one does (ML-1M with half of the ridge it needs: .8485 after 20 of 20, .8423 after 8 of 20, .8539 after
        8 of 8).
        """
        state, error = self.solution.state, self.solution.trace.columns()["held_out_metric"]
        most, best = state.step, int(np.nanargmin(error[1:])) + 1
        averaged, last, notes = self._averaged(float(error[-1]))
        count = f"{len(self.aside):,} ratings set aside"
        if last <= (1 + _WORSE) * error[best]:
            said = f"All {most} epochs were taken: on {count} the end was best."
            several = several_of(state, averaged)
        else:
            rise = f"by {last / error[best] - 1:.1%} until the end"
            said = f"Stopped after {best} of {most} epochs: from there on the error on {count} rose, {rise}."
            averaged, last, most, notes = False, float(error[best]), best, ()
            several = (state.layout.cut(state.best.x),)
        if not self.solvable:
            return Plan(most, averaged, False, (said, *notes))
        solved, more = self._solved(Assembled.of(several, self.objective.bags, self.kept), last)
        return Plan(most, averaged, solved, (said, *notes, more))

    def _averaged(self, alone: float) -> tuple[bool, float, tuple[str, ...]]:
        """Whether to average over snapshots, the error at the end, and what averaging is worth."""
        snapshots, aside = self.solution.state.snapshots, self.aside
        if not snapshots or aside.scale is None:
            return False, alone, ()
        wholes = [in_one(tables, self.objective.bags, self.kept) for tables in snapshots]
        found = gain(wholes, (aside.user, aside.item, aside.value), self.objective.centre, aside.scale)
        averaged = found.over_the_last > 0
        words = "Averaged over snapshots" if averaged else "Not averaged"
        return averaged, min(found.together, alone), (f"{words}: on ratings set aside, {found}.",)

    def _solved(self, assembled: Assembled, as_learnt: float) -> tuple[bool, str]:
        vectors = with_users_solved(assembled.vectors(self.objective.centre), self.kept, self.penalties)
        scores = vectors.pairs(self.aside.user, self.aside.item)
        if self.aside.scale is not None:
            scores = np.clip(scores, *self.aside.scale)
        error = float(np.sqrt(np.square(scores - self.aside.value, dtype=np.float64).mean()))
        solved = error <= (1 + _SAME) * as_learnt
        words = "At the end users are solved" if solved else "Users stay as learnt, not solved"
        return solved, f"{words} exactly: RMSE {error:.4f} on ratings set aside, against {as_learnt:.4f}."


def with_users_solved(vectors: Vectors, data: Interactions, penalties: Penalties) -> Vectors:
    """With each user who has ratings as folded in on the items: the exact ridge regression, which reasons are taken from."""
    fold = penalties.fold_in(vectors.items, vectors.item_bias, vectors.mean)
    users, bias = fold.users(data)
    strangers = data.by_user.counts == 0
    users[strangers], bias[strangers] = vectors.users[strangers], vectors.user_bias[strangers]
    return replace(vectors, users=users, user_bias=bias)
