"""Tests of recommendation policies, simulated: visitors drawn into arms, lists shown, takes drawn from a known truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casestudies.models.factorisation.ranking import Known, Scorer, best, with_scores
from casestudies.models.factorisation.vectors import Codes
from casestudies.recommendation.experiments.experiment import Experiment, Factor
from casestudies.recommendation.experiments.truth import Truth

Floats = NDArray[np.float64]
Items = NDArray[np.int32]

_KEYS = 1 << 21  # random numbers held at a time


@dataclass(frozen=True, eq=False)
class Policy:
    """How lists are made: the model's best, and in a share `epsilon` of visits items drawn at random in their place.

    A random list costs takes and buys knowledge: every item has a known chance of being shown, so that other policies
    can be judged on what was logged.
    """

    name: str
    model: Scorer
    epsilon: float = 0.0


@dataclass(frozen=True, eq=False)
class Shop:
    """Who visits, and what would come of what they are shown.

    users: (users,) numbers of those who may visit. known: what each is not shown again. items: how many there are.
    k: items in a list. lists: {policy: (users, k) its best}; -1 where nothing is left.
    """

    users: NDArray[np.intp]
    known: Known
    items: int
    k: int
    truth: Truth
    policies: Mapping[str, Policy]
    lists: Mapping[str, Items]

    @classmethod
    def of(cls, policies: Sequence[Policy], truth: Truth, users: Codes, known: Known, items: int, k: int = 10) -> Shop:
        """Asks each model once for the lists of all `users`; policies that share a model share them."""
        made: dict[int, Items] = {}
        for policy in policies:
            if id(policy.model) not in made:
                made[id(policy.model)] = best(policy.model, users, k, known).items
        lists = {policy.name: made[id(policy.model)] for policy in policies}
        return cls(
            np.asarray(users, dtype=np.intp),
            known,
            items,
            k,
            truth,
            {policy.name: policy for policy in policies},
            lists,
        )

    def open_to(self, place: NDArray[np.intp]) -> NDArray[np.intp]:
        """(n,) how many items may be shown to the users at these places."""
        users = self.users[place]
        return self.items - (self.known.starts[users + 1] - self.known.starts[users])

    def chance(self, name: str, place: NDArray[np.intp], items: Items) -> Floats:
        """(n, k) the chance that the policy's list for a user holds each of these items."""
        policy = self.policies[name]
        best_of = self.lists[name][place]
        among = (items[:, :, None] == best_of[:, None, :]).any(axis=2)
        drawn = policy.epsilon * np.minimum(1.0, self.k / np.maximum(self.open_to(place), 1))
        return np.where(items >= 0, (1.0 - policy.epsilon) * among + drawn[:, None], 0.0)

    def drawn(self, place: NDArray[np.intp], random: np.random.Generator) -> Items:
        """(n, k) items drawn at random without repetition, of those that each user may be shown."""
        out = np.full((len(place), self.k), -1, np.int32)
        step = max(1, _KEYS // self.items)
        for start in range(0, len(place), step):
            users = self.users[place[start : start + step]]
            keys = random.random((len(users), self.items), dtype=np.float32)
            keys[self.known.places(users)] = -np.inf
            items, found = with_scores(keys, self.k)
            out[start : start + step, : items.shape[1]] = np.where(np.isfinite(found), items, -1)
        return out

    def takes(self, name: str) -> Floats:
        """(users,) expected takes a visit of each user under a policy: the truth that estimates are held against."""
        policy, place = self.policies[name], np.arange(len(self.users))
        best_of = self.truth.chances(self.users, self.lists[name]).sum(axis=1)
        at_random = self.truth.total(self.users) * np.minimum(1.0, self.k / np.maximum(self.open_to(place), 1))
        return (1.0 - policy.epsilon) * best_of + policy.epsilon * at_random

    def successes(self, name: str) -> Floats:
        """(users,) chance that a visit with the policy's best list ends with a take."""
        return 1.0 - np.prod(1.0 - self.truth.chances(self.users, self.lists[name]), axis=1)


@dataclass(frozen=True, eq=False)
class Log:
    """What a shop writes down of each visit.

    place: (visits,) of the user in the shop. arm: (visits,) of the policy among `names`. items: (visits, k) shown, -1 where
    none. taken: (visits, k) bool. propensity: (visits, k) the chance with which the arm's policy shows each item.
    """

    shop: Shop
    names: tuple[str, ...]
    place: NDArray[np.intp]
    arm: NDArray[np.intp]
    items: Items
    taken: NDArray[np.bool_]
    propensity: Floats

    def of_arm(self, name: str) -> Log:
        rows = self.arm == self.names.index(name)
        return Log(
            self.shop,
            self.names,
            self.place[rows],
            self.arm[rows],
            self.items[rows],
            self.taken[rows],
            self.propensity[rows],
        )

    def experiment(self) -> Experiment:
        """The visits as a test: whether anything was taken; known before, the log of how much each user has bought."""
        users = self.shop.users[self.place]
        known = self.shop.known.starts[users + 1] - self.shop.known.starts[users]
        return Experiment(
            factors=(Factor("policy", self.names),),
            level=self.arm[:, None],
            y=np.asarray(self.taken.any(axis=1), dtype=np.float64),
            binary=True,
            before=np.log1p(known) if np.ptp(known) else None,
            outcome="took something",
        )


def simulate(shop: Shop, names: Sequence[str], visits: int, seed: int) -> Log:
    """So many visits, each by a user and in an arm drawn at random.

    Parameters
    ----------
    names: of policies; the first is what there was before.
    """
    random = np.random.default_rng([seed, 62])
    place = random.integers(0, len(shop.users), visits)
    arm = random.integers(0, len(names), visits)
    items = np.empty((visits, shop.k), np.int32)
    propensity = np.empty((visits, shop.k))
    for at, name in enumerate(names):
        rows = np.flatnonzero(arm == at)
        items[rows] = shop.lists[name][place[rows]]
        exploring = rows[random.random(len(rows)) < shop.policies[name].epsilon]
        items[exploring] = shop.drawn(place[exploring], random)
        propensity[rows] = shop.chance(name, place[rows], items[rows])
    chance = shop.truth.chances(shop.users[place], items)
    return Log(shop, tuple(names), place, arm, items, random.random(chance.shape) < chance, propensity)
