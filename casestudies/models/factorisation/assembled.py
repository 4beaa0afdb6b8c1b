"""What serves, from what was learnt: the sums of all parts, and the mean over snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from casestudies.models.factorisation.vectors import Floats, Vectors
from casestudies.optim.factors.adam import FactorState
from casestudies.optim.factors.bags import summed
from casestudies.optim.factors.snapshots import mean_of
from casestudies.optim.factors.tables import Bag, Tables
from casestudies.tabular.interactions import Interactions


@dataclass(frozen=True, eq=False)
class Assembled:
    """whole: the tables that predict, no bags left. embeddings, biases: of each bag, of the same mean over snapshots."""

    whole: Tables
    embeddings: tuple[Floats, ...]
    biases: tuple[Floats, ...]

    @classmethod
    def of(cls, several: Sequence[Tables], bags: Sequence[Bag], data: Interactions) -> Assembled:
        """several: the snapshots, or the one model there is."""
        share = np.float32(len(several) ** -0.5)  # as in `mean_of`
        places = range(len(bags))
        return cls(
            mean_of([in_one(tables, bags, data) for tables in several]),
            tuple(np.concatenate([one.bags[place] for one in several], axis=1) * share for place in places),
            tuple(np.mean([one.bag_bias[place] for one in several], axis=0, dtype=np.float32) for place in places),
        )

    def in_unit(self, unit: float) -> Assembled:
        """For ratings in a unit so many times smaller, whose numbers are as many times larger."""
        root, times, whole = np.float32(unit**0.5), np.float32(unit), self.whole
        return Assembled(
            Tables(whole.users * root, whole.items * root, whole.user_bias * times, whole.item_bias * times),
            tuple(table * root for table in self.embeddings),
            tuple(bias * times for bias in self.biases),
        )

    def vectors(self, mean: float) -> Vectors:
        whole = self.whole
        return Vectors(whole.users, whole.items, whole.user_bias, whole.item_bias, mean)


def several_of(state: FactorState, averaged: bool) -> tuple[Tables, ...]:
    """What is to be averaged: the snapshots, or the end alone."""
    return state.snapshots if averaged and state.snapshots else (state.tables,)


def in_one(tables: Tables, bags: Sequence[Bag], data: Interactions) -> Tables:
    """With the sums of the bags in the vectors.

    Rows without a rating are left as their bags say: their own vectors are still those of the start.
    """
    users, items = tables.users.copy(), tables.items.copy()
    users[np.bincount(data.user, minlength=len(users)) == 0] = 0
    items[np.bincount(data.item, minlength=len(items)) == 0] = 0
    return summed(replace(tables, users=users, items=items), bags)
