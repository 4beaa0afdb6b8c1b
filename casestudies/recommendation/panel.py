"""Who is judged, on what, and the lists of each model for them: made by blocks of users, so that memory stays bounded."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casestudies.errors import ConfigError, DataError
from casestudies.metrics.cases import Index
from casestudies.metrics.ranking import Ranked, Sets, first_place, foremost
from casestudies.models.factorisation.base import Recommender
from casestudies.tabular.interactions import Interactions

Codes = NDArray[np.int32]
Rows = NDArray[np.intp]
_BLOCK = 4_000_000  # scores held at a time (16 MB, and a few arrays like it)


@dataclass(frozen=True, eq=False)
class Panel:
    """The judged users and what is known of them, all in their order.

    Parameters
    ----------
    users: (judged,) numbers in the data, rising. relevant: the items that would have been right.
    profile: the items they had before. hidden: those of them that are not shown again.
    rows: (judged,) known rows of each. owners: (items,) users who had each item before; had: users who had any.
    candidates: the items that are ranked, where not all are.
    unjudged: users of the test part of whose rows none is a good item they did not have. drawn_from: users that could be
        judged, where only some of them, drawn at random, are.
    """

    users: Codes
    relevant: Sets
    profile: Sets
    hidden: Sets
    rows: Index
    owners: Index
    had: int
    candidates: Sets | None = None
    unjudged: int = 0
    drawn_from: int | None = None

    @classmethod
    def of(
        cls,
        data: Interactions,
        known: Rows,
        test: Rows,
        *,
        liked: float | None = None,
        repeats: bool = False,
        most: int | None = None,
        seed: int = 0,
    ) -> Panel:
        """Those users of the test rows who then had something that is new to them (with `repeats`: anything).

        Parameters
        ----------
        known: rows the models were fitted on. test: rows that judge. liked: rating from which an item counts as good.
        most: users; of more so many are drawn by `seed`.

        Raises
        ------
        ConfigError: `liked` without ratings. DataError: nobody is left to be judged.
        """
        good = test
        if liked is not None:
            if data.rating is None:
                advice = "leave judging.liked out, or name the column of the rating"
                raise ConfigError("there are no ratings", where="judging.liked", advice=advice)
            good = test[data.rating[test] >= liked]
        before = Sets.of(data.user[known], data.item[known], data.shape[0])
        after = Sets.of(data.user[good], data.item[good], data.shape[0])
        who, what = after.pairs()
        fresh = np.ones(len(who), dtype=bool) if repeats else ~_within(who, what, before, data.shape[1])
        users = np.flatnonzero(np.bincount(who[fresh], minlength=data.shape[0])).astype(np.int32)
        if not len(users):
            advice = "write judging.repeats: true, a lower judging.liked, or another judging.split"
            raise DataError("no test row holds a good item that its user did not have", where="judging", advice=advice)
        unjudged = int(np.count_nonzero(np.bincount(data.user[test]))) - len(users)
        drawn_from = len(users) if most is not None and len(users) > most else None
        if drawn_from is not None:
            users = np.sort(np.random.default_rng(seed).choice(users, most, replace=False))
            fresh &= np.isin(who, users)
        profile = _some(before, users)
        nothing = Sets(np.zeros(len(users) + 1, dtype=np.intp), np.zeros(0, dtype=np.int32))
        return cls(
            users,
            Sets.of(np.searchsorted(users, who[fresh]), what[fresh], len(users)),
            profile,
            nothing if repeats else profile,
            np.bincount(data.user[known], minlength=data.shape[0])[users],
            np.bincount(before.items, minlength=data.shape[1]),
            int(np.count_nonzero(before.counts)),
            unjudged=unjudged,
            drawn_from=drawn_from,
        )

    @property
    def items(self) -> int:
        """In the catalogue."""
        return len(self.owners)

    @property
    def block(self) -> int:
        """Users at a time."""
        return max(1, _BLOCK // max(self.items, 1))

    def among(self, negatives: int | ArrayLike, seed: int = 0) -> Panel:
        """The same users, with only their relevant items and some others ranked.

        Parameters
        ----------
        negatives: how many are drawn for each user, evenly from the items that the user neither had nor then chose; or
            (judged, n) their numbers, as published with a data set.

        Source: the protocol of He et al. 2017, "Neural collaborative filtering"; why its figures mislead: Krichene and
        Rendle 2020, "On sampled metrics for item recommendation".
        """
        if isinstance(negatives, (int, np.integer)):
            others = self._drawn(int(negatives), seed)
        else:
            others = np.asarray(negatives, dtype=np.int32)
            if others.ndim != 2 or len(others) != len(self.users):
                advice = f"give a row of items for each of {len(self.users)} judged users"
                raise DataError(f"has shape {others.shape}", where="negatives", advice=advice)
        user, item = self.relevant.pairs()
        at = others >= 0
        who, what = np.concatenate([user, np.nonzero(at)[0]]), np.concatenate([item, others[at]])
        return replace(self, candidates=Sets.of(who, what, len(self.users)))

    def _drawn(self, count: int, seed: int) -> Codes:
        rng = np.random.default_rng(seed)
        out = []
        for first in range(0, len(self.users), self.block):
            last = min(first + self.block, len(self.users))
            order = rng.random((last - first, self.items), dtype=np.float32)
            for held in (self.profile, self.relevant):
                order[held.pairs(first, last)] = -np.inf
            out.append(foremost(order, count))
        return np.concatenate(out)

    def rank(self, model: Recommender, k: int) -> tuple[Ranked, int]:
        """The model's lists of k for all judged users with the place of each one's foremost relevant item; and of how
        many users the model scores all items alike: they are listed what is popular, as they would be in use.

        Raises
        ------
        DataError: the model gave a score that is not a number.
        """
        lists, places, alike = [], [], 0
        for first in range(0, len(self.users), self.block):
            last = min(first + self.block, len(self.users))
            scores, flat = self._scores(model, first, last)
            alike += flat
            lists.append(foremost(scores, k))
            places.append(first_place(scores, self._relevant(first, last)))
        return Ranked(np.concatenate(lists), self.relevant, np.concatenate(places)), alike

    def _scores(self, model: Recommender, first: int, last: int) -> tuple[NDArray[np.float32], int]:
        """(block, items) with -inf where an item may not stand; and of how many users all scores were equal."""
        users = self.users[first:last]
        given = np.array(model.scores(users), dtype=np.float32)  # our own: what follows writes into it
        if given.shape != (len(users), self.items):
            raise DataError(
                f"gave scores of shape {given.shape}, not {(len(users), self.items)}",
                where=model.name,
                advice="score every item of the data for each user",
            )
        if np.isnan(given).any():
            bad = int(np.isnan(given).any(axis=1).argmax())
            advice = "look at how it was trained"
            raise DataError(f"its scores of user number {users[bad]} are not numbers", where=model.name, advice=advice)
        flat = given.min(axis=1) == given.max(axis=1)
        given[flat] = self.owners
        if self.candidates is None:
            given[self.hidden.pairs(first, last)] = -np.inf
            return given, int(flat.sum())
        at = self.candidates.pairs(first, last)
        only = np.full_like(given, -np.inf)
        only[at] = given[at]
        return only, int(flat.sum())

    def _relevant(self, first: int, last: int) -> Sets:
        starts = self.relevant.starts[first : last + 1]
        return Sets(starts - starts[0], self.relevant.items[starts[0] : starts[-1]])


def _within(user: Index, item: Codes, sets: Sets, items: int) -> NDArray[np.bool_]:
    """(pairs,) whether each pair is in the sets."""
    who, what = sets.pairs()
    return np.isin(user * items + item, who * items + what, assume_unique=True)


def _some(sets: Sets, users: Codes) -> Sets:
    """The sets of some users, in their order."""
    counts = sets.counts[users]
    starts = np.concatenate([[0], np.cumsum(counts)])
    at = np.arange(starts[-1]) - np.repeat(starts[:-1] - sets.starts[users], counts)
    return Sets(starts, sets.items[at])
