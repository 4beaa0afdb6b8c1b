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

    def serve(self, history: Interactions, users: Codes, news: Codes) -> Served:
        """Lists for some users of a history; see `Serving`."""
        return Serving(self, history, news).serve(users)

    def in_parts(self, history: Interactions, users: Codes, news: Codes) -> Iterator[Served]:
        """The same, some thousand customers at a time."""
        serving = Serving(self, history, news)
        for start in range(0, len(users), _AT_ONCE):
            yield serving.serve(users[start : start + _AT_ONCE])

    def weights(self, history: Interactions) -> NDArray[np.float32]:
        """(rows,) what each counts when a user is folded in; as the model was taught."""
        plain = self.fitted.explicit or history.weight is None
        own = np.ones(len(history), np.float32) if plain or history.weight is None else history.weight
        if self.fitted.half_life is None:
            return own
        return own * Recency(self.fitted.half_life).weights(history)

    def weighed(self, history: Interactions, user: int) -> History:
        """What one user is folded in from."""
        return History.of(history, user, self.weights(history))

    def reasons(
        self, history: Interactions, user: int, items: Codes, weights: NDArray[np.float32] | None = None
    ) -> Because:
        """The exact parts of a user's scores, as of a user who is folded in."""
        own = self.weights(history) if weights is None else weights
        return because(self.fitted.fold, History.of(history, user, own), items)

    def by_features(self, history: Interactions, user: int, items: Codes) -> tuple[Because, list[str]]:
        """The exact parts of the scores of a user of whom only features are known, and the names of all features."""
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


@dataclass(frozen=True, eq=False)
class Serving:
    """A server at work on one history: what holds for all its users is made once.

    history: the stored one, or it and later rows; its items are those of the model, its users begin with the stored.
    news: numbers of the users of whom it has rows that the model has not learnt.
    """

    server: Server
    history: Interactions
    news: Codes

    def serve(self, users: Codes) -> Served:
        """Lists for some users by number."""
        server, asked = self.server, self.server.asked
        rows, sources = self._rows
        source = sources[users]
        deep = asked.k if server.pays is None else max(asked.k, DEPTH)
        lists = best(rows, users, deep, self.known, server.filters, source)
        lists.items[source == POPULARITY] = NONE
        lists.scores[source == POPULARITY] = np.nan
        if server.pays is not None:
            lists = server.pays.chosen(lists, asked.k)
        lists = filled_up(lists, server.popularity, users, self.known, server.filters)
        return Served(users, lists, self._because(users, lists, source))

    @cached_property
    def known(self) -> Known:
        """What each user is not shown again."""
        return Known.of(self.history, self.server.asked.exclude_seen, self.server.asked.days)

    @cached_property
    def weights(self) -> NDArray[np.float32]:
        """(rows,) see `Server.weights`."""
        return self.server.weights(self.history)

    @cached_property
    def _rows(self) -> tuple[Vectors, NDArray[np.int8]]:
        """All users' rows, and (users,) what each is made of."""
        fitted, history = self.server.fitted, self.history
        stored = fitted.served
        more = history.shape[0] - len(stored.users)
        vectors = np.concatenate([stored.users, np.zeros((more, stored.users.shape[1]), np.float32)])
        bias = np.concatenate([stored.user_bias, np.zeros(more, np.float32)])
        met = history.by_user.counts > 0
        source = np.full(history.shape[0], POPULARITY, np.int8)
        source[met] = MODEL if fitted.half_life is None else FOLDED
        fresh = self.news[met[self.news]]
        if len(fresh):
            theirs = np.flatnonzero(np.isin(history.user, fresh))
            folded = fitted.fold.users(history.take(theirs), self.weights[theirs])
            vectors[fresh], bias[fresh] = folded[0][fresh], folded[1][fresh]
            source[fresh] = FOLDED
        embedded = fitted.of_side("user")
        if embedded is not None:
            about = history.users  # of those with a number below its length: newcomers may stand behind
            cold = np.flatnonzero(~met[: len(about)] & about.notna().any(axis=1).to_numpy())
            vectors[cold], bias[cold] = embedded.cold(about.iloc[cold])
            source[cold] = FEATURES
        return Vectors(vectors, stored.items, bias, stored.item_bias, stored.mean), source

    def _because(self, users: Codes, lists: Lists, source: NDArray[np.int8]) -> NDArray[np.object_]:
        server, history = self.server, self.history
        out, most = np.full(lists.items.shape, "", object), server.asked.reasons
        if not most:
            return out
        titles = server.fitted.titles
        for row, user in enumerate(users):
            own = np.flatnonzero(lists.filled[row] & (lists.source[row] != POPULARITY))
            if len(own) and source[row] != POPULARITY:
                found, names = server.reasons(history, int(user), lists.items[row, own], self.weights), titles
                if source[row] == FEATURES:
                    found, names = server.by_features(history, int(user), lists.items[row, own])
                rest = lists.scores[row, own] - found.scores
                out[row, own] = [found.sentence(at, names, most, float(rest[at])) for at in range(len(own))]
        popular = lists.filled & (lists.source == POPULARITY)
        out[popular] = [f"popular: place {server.place[item]}" for item in lists.items[popular]]
        return out


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
