"""Interactions one after the other: each is predicted by several ways of living with news, then learnt from.

Source: Dawid 1984, "The prequential approach"; of recommenders Vinagre, Jorge and Gama 2014, "Evaluation of recommender
systems in streaming environments".
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from casestudies.models.factorisation.estimator import MatrixFactorization
from casestudies.models.factorisation.recency import decayed
from casestudies.models.factorisation.vectors import Floats
from casestudies.tabular.interactions import Interactions

Rows = NDArray[np.intp]
Fit = Callable[[Interactions], MatrixFactorization]
_SITTING = 60  # seconds
POLICIES = ("frozen", "folded", "online", "refitted")


@dataclass(frozen=True, eq=False)
class Stream:
    """A table in the order of time, the rows before `begins` known, the others coming.

    order: (rows,) positions in the table, oldest first. begins: where the stream does. judged: places in `order` of those
    that are predicted. refits: places before which the model is fitted again. moves: places before which the rows of
    customers and items are moved by what came since the last.
    """

    data: Interactions
    order: Rows
    begins: int
    judged: Rows
    refits: Rows
    moves: Rows

    @classmethod
    def of(cls, data: Interactions, *, share: float, events: int, refits: int, moves: int, seed: int) -> Self:
        """The latest `share` of the rows as the stream, at most `events` of it predicted, all of it learnt from.

        Only what is new to its user is predicted. Rows of one instant come in an order that is drawn.
        """
        random = np.random.default_rng(seed)
        order = np.lexsort((random.permutation(len(data)), np.asarray(data.time)))
        begins = round((1 - share) * len(order))
        places = begins + np.flatnonzero(_new_pairs(data, order)[begins:])
        if len(places) > events:
            places = np.sort(random.choice(places, events, replace=False))
        later = len(order) - begins
        edges = [begins + np.unique(np.arange(1, count) * later // count) for count in (refits, moves)]
        return cls(data, order, begins, places, *edges)

    @property
    def new_users(self) -> int:
        """Users of the stream of whom nothing is known when it begins."""
        user = self.data.user[self.order]
        return len(np.setdiff1d(user[self.begins :], user[: self.begins]))

    @property
    def in_one_sitting(self) -> float:
        """Share of the predicted interactions that came within a minute of one of the same user just before."""
        time = np.asarray(self.data.time)
        near = 0
        for place in self.judged:
            past = self._past(int(place))
            near += bool(len(past)) and time[self.order[place]] - time[past[-1]] <= _SITTING
        return near / len(self.judged)

    def ranks(self, fit: Fit) -> dict[str, NDArray[np.intp]]:
        """{policy: (judged,) how many items stood above the one that was chosen}, what the user had being left out.

        frozen: the model as fitted on what was known at the start. folded: each user's row from all that is known of the
        user by then, on the frozen items. online: the same, and the rows of items (and of users) move with what came.
        refitted: fitted again before each place of `refits`, and frozen in between.

        Parameters
        ----------
        fit: a model of some rows, under the numbers of the table.
        """
        frozen = fit(self._rows(0, self.begins))
        online, refitted, moved = copy(frozen), frozen, self.begins  # partial_fit changes the model it is asked of
        found = np.zeros((len(POLICIES), len(self.judged)), dtype=np.intp)
        stops = set(map(int, self.refits)), set(map(int, self.moves))
        at = 0
        for place in range(self.begins, len(self.order)):
            if place in stops[0]:
                refitted = fit(self._rows(0, place))
            if place in stops[1]:
                online, moved = online.partial_fit(self._rows(moved, place)), place
            if at < len(self.judged) and place == self.judged[at]:
                past = self._past(place)
                user, item = self.data.user[self.order[place]], self.data.item[self.order[place]]
                scored = (
                    _stored(frozen, user),
                    _folded(frozen, self.data, past),
                    _folded(online, self.data, past),
                    _stored(refitted, user),
                )
                found[:, at] = [_above(scores, item, self.data.item[past]) for scores in scored]
                at += 1
        return dict(zip(POLICIES, found, strict=True))

    def _rows(self, first: int, end: int) -> Interactions:
        return self.data.take(np.sort(self.order[first:end]))

    def _past(self, place: int) -> Rows:
        """The rows of the user of a place that came before it, oldest first."""
        order, starts = self._by_user
        user = self.data.user[self.order[place]]
        places = order[starts[user] : starts[user + 1]]
        return self.order[places[: np.searchsorted(places, place)]]

    @cached_property
    def _by_user(self) -> tuple[Rows, Rows]:
        """Places by user, rising within each; where each user's begin."""
        user = self.data.user[self.order]
        counts = np.bincount(user, minlength=self.data.shape[0])
        return np.argsort(user, kind="stable"), np.concatenate([[0], np.cumsum(counts)])


def _new_pairs(data: Interactions, order: Rows) -> NDArray[np.bool_]:
    """(rows,) in the order of time: whether the user has the item for the first time."""
    pair = data.user[order].astype(np.int64) * data.shape[1] + data.item[order]
    first = np.zeros(len(order), dtype=bool)
    first[np.unique(pair, return_index=True)[1]] = True
    return first


def _stored(model: MatrixFactorization, user: int) -> Floats:
    """(items,) as the model serves a user by number; who is new gets what is popular."""
    if not model.fitted_.user_counts[user]:
        return model.fitted_.item_counts.astype(np.float32)
    return model.scores(np.array([user]))[0]


def _folded(model: MatrixFactorization, data: Interactions, past: Rows) -> Floats:
    """(items,) of a user who is known by these rows, oldest first."""
    if not len(past):
        return model.fitted_.item_counts.astype(np.float32)
    weights = np.ones(len(past)) if data.weight is None else data.weight[past].astype(np.float64)
    if model.half_life_ is not None:
        weights = weights * decayed(np.arange(len(past))[::-1].astype(np.float64), model.half_life_)
    values = data.rating[past] if model.rates and data.rating is not None else None
    row = model.fold_.user(data.item[past], values, weights)
    served = replace(model.vectors_, users=row.vector[None], user_bias=np.array([row.bias], np.float32))
    return served.scores(np.array([0]))[0]


def _above(scores: Floats, item: int, had: NDArray[np.int32]) -> int:
    """How many items stand above one, of those that the user has not had; of equals the lower numbers come first."""
    above = scores > scores[item]
    above[:item] |= scores[:item] == scores[item]
    above[had] = False
    return int(np.count_nonzero(above))
