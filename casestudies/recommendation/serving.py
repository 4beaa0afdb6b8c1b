"""Lists for many customers at once: from their stored rows, from news about them, from what they are, or from the many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.models.factorisation.because import Because, History, because
from casestudies.models.factorisation.features_explained import feature_form
from casestudies.models.factorisation.filters import Filters
from casestudies.models.factorisation.fitted import Fitted
from casestudies.models.factorisation.ranking import (
    FEATURES,
    FOLDED,
    MODEL,
    NONE,
    POPULARITY,
    SOURCES,
    Known,
    Lists,
    best,
    filled_up,
)
from casestudies.models.factorisation.recency import Recency
from casestudies.models.factorisation.vectors import Codes, Vectors
from casestudies.recommendation.asked.ranking import Ranking
from casestudies.recommendation.pays import DEPTH, Pays
from casestudies.tabular.interactions import Interactions

_AT_ONCE = 4_096  # customers whose lists and reasons are held at a time


@dataclass(frozen=True, eq=False)
class Served:
    """users: (n,) numbers. lists: theirs. because: (n, k) why, in words; "" where reasons are not asked for."""

    users: Codes
    lists: Lists
    because: NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Server:
    """A fitted factorisation with what lists must keep to."""

    fitted: Fitted
    asked: Ranking
    filters: Filters
    pays: Pays | None = None

    @classmethod
    def of(cls, fitted: Fitted, asked: Ranking, pays: Pays | None = None) -> Self:
        """Raises ConfigError: a filter that cannot work."""
        filters = Filters.of(
            fitted.data, where=asked.where, in_stock=asked.in_stock, kind=asked.kind, most=asked.most, least=asked.least
        )
        return cls(fitted, asked, filters, pays if asked.keep_takes < 1 else None)

    @cached_property
    def popularity(self) -> NDArray[np.intp]:
        """(items,) interactions of each item in the stored history."""
        return self.fitted.item_counts

    @cached_property
    def place(self) -> NDArray[np.intp]:
        """(items,) rank by popularity from 1; of equally popular ones the lower number first."""
        out = np.empty(len(self.popularity), np.intp)
        out[np.argsort(-self.popularity, kind="stable")] = np.arange(1, len(out) + 1)
        return out

    def in_parts(self, history: Interactions, users: Codes, news: Codes) -> Iterator[Served]:
        """As `serve`, some thousand customers at a time."""
        for start in range(0, len(users), _AT_ONCE):
            yield self.serve(history, users[start : start + _AT_ONCE], news)

    def serve(self, history: Interactions, users: Codes, news: Codes) -> Served:
        """Lists for some users of a history.

        Parameters
        ----------
        history: the stored one, or it and later rows; its items are those of the model, its users begin with the stored.
        users: numbers of those who get lists. news: of those of whom it has rows that the model has not learnt.
        """
        rows, source = self._rows(history, users, news)
        asked = self.asked
        known = Known.of(history, asked.exclude_seen, asked.days)
        deep = asked.k if self.pays is None else max(asked.k, DEPTH)
        lists = best(rows, users, deep, known, self.filters, source)
        lists.items[source == POPULARITY] = NONE
        lists.scores[source == POPULARITY] = np.nan
        if self.pays is not None:
            lists = self.pays.chosen(lists, asked.k)
        lists = filled_up(lists, self.popularity, users, known, self.filters)
        return Served(users, lists, self._because(history, users, lists, source))

    def _rows(self, history: Interactions, users: Codes, news: Codes) -> tuple[Vectors, NDArray[np.int8]]:
        """All users' rows, right for `users`, and (users,) what these were made of."""
        fitted, stored = self.fitted, self.fitted.served
        more = history.shape[0] - len(stored.users)
        vectors = np.concatenate([stored.users, np.zeros((more, stored.users.shape[1]), np.float32)])
        bias = np.concatenate([stored.user_bias, np.zeros(more, np.float32)])
        met = history.by_user.counts[users] > 0
        source = np.full(len(users), POPULARITY, np.int8)
        source[met] = MODEL if fitted.half_life is None else FOLDED
        fresh = np.isin(users, news) & met
        if fresh.any():
            theirs = np.flatnonzero(np.isin(history.user, users[fresh]))
            folded = fitted.fold.users(history.take(theirs), self.weights(history)[theirs])
            vectors[users[fresh]], bias[users[fresh]] = folded[0][users[fresh]], folded[1][users[fresh]]
            source[fresh] = FOLDED
        cold = self._described(history, users[~met])
        if cold is not None:
            vectors[users[~met]], bias[users[~met]] = cold
            source[~met] = FEATURES
        return Vectors(vectors, stored.items, bias, stored.item_bias, stored.mean), source

    def _described(self, history: Interactions, users: Codes) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
        """Vectors and biases of users of whom nothing but features is known; None where the model learnt none."""
        embedded = self.fitted.of_side("user")
        if embedded is None or not len(users) or len(history.users) != history.shape[0]:
            return None
        return embedded.cold(history.users.iloc[users])

    def weights(self, history: Interactions) -> NDArray[np.float32]:
        """(rows,) what each counts when a user is folded in; as the model was taught."""
        plain = self.fitted.explicit or history.weight is None
        own = np.ones(len(history), np.float32) if plain or history.weight is None else history.weight
        if self.fitted.half_life is None:
            return own
        return own * Recency(self.fitted.half_life).weights(history)

    def _because(
        self, history: Interactions, users: Codes, lists: Lists, source: NDArray[np.int8]
    ) -> NDArray[np.object_]:
        out = np.full(lists.items.shape, "", object)
        if not self.asked.reasons:
            return out
        weights, titles = self.weights(history), self.fitted.titles
        for row, user in enumerate(users):
            own = np.flatnonzero(lists.filled[row] & (lists.source[row] != POPULARITY))
            if len(own) and source[row] != POPULARITY:
                found, names = self.reasons(history, int(user), lists.items[row, own], weights), titles
                if source[row] == FEATURES:
                    found, names = self._by_features(history, int(user), lists.items[row, own])
                rest = lists.scores[row, own] - found.scores
                out[row, own] = [
                    found.sentence(at, names, self.asked.reasons, float(rest[at])) for at in range(len(own))
                ]
        popular = lists.filled & (lists.source == POPULARITY)
        out[popular] = [f"popular: place {self.place[item]}" for item in lists.items[popular]]
        return out

    def weighed(self, history: Interactions, user: int) -> History:
        """What one user is folded in from."""
        return History.of(history, user, self.weights(history))

    def reasons(
        self, history: Interactions, user: int, items: Codes, weights: NDArray[np.float32] | None = None
    ) -> Because:
        """The exact parts of a user's scores, as of a user who is folded in."""
        own = self.weights(history) if weights is None else weights
        return because(self.fitted.fold, History.of(history, user, own), items)

    def _by_features(self, history: Interactions, user: int, items: Codes) -> tuple[Because, list[str]]:
        embedded, vectors = self.fitted.of_side("user"), self.fitted.vectors
        if embedded is None:
            raise ValueError("the model was not taught features of users")
        held = embedded.features.matrix(history.users.iloc[[user]]).toarray()[0].astype(np.float64)
        forms = [
            feature_form(
                embedded.table, embedded.bias, vectors.items[item], float(vectors.item_bias[item]), vectors.mean
            )
            for item in items
        ]
        there = np.flatnonzero(held).astype(np.int32)
        parts = np.stack([held[there] * form.coef[there] for form in forms])
        return Because(np.array([form.intercept for form in forms]), parts, there), embedded.features.names


def long_form(server: Server, history: Interactions, served: Served) -> pd.DataFrame:
    """A row for each recommendation: user, rank, item, title, score, popularity_rank, because, from."""
    row, place = np.nonzero(served.lists.filled)
    items = served.lists.items[row, place]
    return pd.DataFrame(
        {
            "user": history.user_ids[served.users[row]].astype(str),
            "rank": place + 1,
            "item": history.item_ids[items].astype(str),
            "title": np.array(server.fitted.titles, object)[items],
            "score": np.round(served.lists.scores[row, place].astype(np.float64), 4),
            "popularity_rank": server.place[items],
            "because": served.because[row, place],
            "from": np.array(SOURCES, object)[served.lists.source[row, place]],
        }
    )


def wide_form(server: Server, history: Interactions, served: Served) -> pd.DataFrame:
    """A row for each customer: user, from (of the first item), then item_1, title_1, because_1, item_2 and so on."""
    lists = served.lists
    titles, ids = np.array([*server.fitted.titles, ""], object), np.append(history.item_ids.astype(str), "")
    source = np.array(SOURCES, object)[lists.source[:, 0]]
    columns = {
        "user": history.user_ids[served.users].astype(str),
        "from": np.where(lists.filled[:, 0], source, ""),
    }
    for at in range(lists.items.shape[1]):
        columns[f"item_{at + 1}"] = ids[lists.items[:, at]]  # -1 is the empty one behind them
        columns[f"title_{at + 1}"] = titles[lists.items[:, at]]
        columns[f"because_{at + 1}"] = served.because[:, at]
    return pd.DataFrame(columns)
