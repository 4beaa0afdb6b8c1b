"""The k best items of each user, by blocks of users: never all scores at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casestudies.errors import ConfigError
from casestudies.metrics.ranking import foremost
from casestudies.models.factorisation.filters import OWN, Filters
from casestudies.models.factorisation.vectors import Codes, Floats
from casestudies.tabular.interactions import DAY, Interactions

NONE = -1  # where a list has no further item
SOURCES = ("model", "fold-in", "features", "popularity")
MODEL, FOLDED, FEATURES, POPULARITY = range(len(SOURCES))
_BLOCK = 1 << 20  # scores held at once, 4 MB: they stay in the cache
_DEEPER = 4  # times as many items are looked at where so many of a kind leave a list too short


class Scorer(Protocol):
    """`Vectors`, or any `Recommender`."""

    def scores(self, users: Codes) -> Floats:
        """(users, items) in an array of their own: what may not be recommended is struck out in it."""
        ...


@dataclass(frozen=True, eq=False)
class Lists:
    """The best items of some users, best first.

    items: (users, k) int32 numbers of items, -1 where nothing is left. scores: (users, k) float32, NaN where the entry is
    not the model's. source: (users, k) int8, the place in `SOURCES` of what each entry comes from.
    """

    items: NDArray[np.int32]
    scores: Floats
    source: NDArray[np.int8]

    @property
    def filled(self) -> NDArray[np.bool_]:
        """(users, k) where there is an item."""
        return self.items != NONE


@dataclass(frozen=True, eq=False)
class Known:
    """What each user is not shown again: the items of user number n are `items[starts[n] : starts[n + 1]]`."""

    starts: NDArray[np.intp]
    items: NDArray[np.int32]

    @classmethod
    def of(
        cls, data: Interactions, seen: Literal["all", "days", "none"] = "all", days: float = 30, now: int | None = None
    ) -> Known:
        """From a history.

        Parameters
        ----------
        seen: "all" leaves out all that a user has had to do with; "days" what is newer than `days` days, so that what
            is used up comes back; "none" nothing.
        now: seconds since 1970 from which the days count back; None = the newest interaction.

        Raises
        ------
        ConfigError: "days" where no times are known.
        """
        users, items = data.user, data.item
        if seen == "days":
            if data.time is None:
                advice = "name the column of the time, or write ranking.exclude_seen: all"
                raise ConfigError("no times are known to count days from", where="ranking.exclude_seen", advice=advice)
            newest = int(data.time.max(initial=0)) if now is None else now
            recent = data.time > newest - days * DAY
            users, items = users[recent], items[recent]
        if seen == "none":
            users, items = users[:0], items[:0]
        from scipy.sparse import coo_array

        table = coo_array(
            (np.ones(len(users), np.int8), (users, items)), data.shape
        ).tocsr()  # by counting, not sorting
        return cls(table.indptr.astype(np.intp), table.indices.astype(np.int32))

    def places(self, users: Codes) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
        """(known,) the row in `users` and (known,) the item, of all that these users know."""
        begin, counts = self.starts[users], self.starts[np.asarray(users) + 1] - self.starts[users]
        rows = np.repeat(np.arange(len(users)), counts)
        first = np.cumsum(counts) - counts
        return rows, self.items[np.repeat(begin - first, counts) + np.arange(len(rows))]

    def __getitem__(self, user: int) -> NDArray[np.int32]:
        return self.items[self.starts[user] : self.starts[user + 1]]


def best(
    scorer: Scorer,
    users: Codes,
    k: int,
    known: Known | None = None,
    filters: Filters = Filters(),  # noqa: B008
    source: ArrayLike = MODEL,
) -> Lists:
    """The k best items of each of `users`, exactly; items of equal score in the order of their numbers.

    Scores are made for a block of users at a time, what they know and what is not on offer is struck out, and a partial
    selection finds the best: O(users x items) time, 4 MB of scores.

    Parameters
    ----------
    known: what users are not shown again, by the same numbers as `users`.
    source: what to write down as the origin of the entries, one for all or (users,).
    """
    out = Lists(
        np.full((len(users), k), NONE, np.int32),
        np.full((len(users), k), np.nan, np.float32),
        np.tile(np.broadcast_to(np.asarray(source, np.int8), len(users))[:, None], (1, k)),
    )
    start, size = 0, 1  # the first block, of one user, tells how many items there are
    while start < len(users):
        some = users[start : start + size]
        scores = scorer.scores(some)
        if known is not None:
            scores[known.places(some)] = -np.inf
        if filters.allowed is not None:
            scores[:, ~filters.allowed] = -np.inf
        if filters.least is not None:
            scores[scores < filters.least] = -np.inf
        items, found = _within_kinds(scores, k, filters)
        here = slice(start, start + len(some))
        there = np.isfinite(found)
        out.items[here, : items.shape[1]] = np.where(there, items, NONE)
        out.scores[here, : items.shape[1]] = np.where(there, found, np.nan)
        start, size = start + len(some), max(1, _BLOCK // max(scores.shape[1], 1))
    return out


def with_scores(scores: Floats, k: int) -> tuple[NDArray[np.intp], Floats]:
    """(rows, k) `foremost` with the scores; where fewer than k are above -inf, the rest of a row is column 0 with -inf."""
    found = foremost(scores, min(k, scores.shape[1]))
    there, items = found >= 0, np.maximum(found, 0).astype(np.intp)
    return items, np.where(there, np.take_along_axis(scores, items, axis=1), np.float32(-np.inf))


def _within_kinds(scores: Floats, k: int, filters: Filters) -> tuple[NDArray[np.intp], Floats]:
    """As `with_scores`, with at most so many of a kind.

    An item comes in when fewer than `most` of its kind stand before it, which the best items alone can tell: more are
    looked at only for the rows in which too few of them came in.
    """
    if filters.kind is None:
        return with_scores(scores, k)
    columns = scores.shape[1]
    k = min(k, columns)
    items, values = np.zeros((len(scores), k), np.intp), np.full((len(scores), k), -np.inf, scores.dtype)
    rows, depth = np.arange(len(scores)), k
    while len(rows):
        depth = min(_DEEPER * depth, columns)
        found, of = with_scores(scores[rows], depth)
        comes = (_before(filters.kind[found]) < filters.most) & np.isfinite(of)
        at = np.argsort(~comes, axis=1, kind="stable")[:, :k]
        items[rows] = np.take_along_axis(found, at, axis=1)
        values[rows] = np.where(np.take_along_axis(comes, at, axis=1), np.take_along_axis(of, at, axis=1), -np.inf)
        short = comes.sum(axis=1) < k
        rows = rows[short] if depth < columns else rows[:0]
    return items, values


def _before(kinds: NDArray[np.intp]) -> NDArray[np.intp]:
    """(rows, columns) how many entries of the same kind stand before each; 0 for those of unknown kind."""
    order = np.argsort(kinds, axis=1, kind="stable")
    in_order = np.take_along_axis(kinds, order, axis=1)
    place = np.broadcast_to(np.arange(kinds.shape[1]), kinds.shape)
    begins = np.ones(kinds.shape, bool)
    begins[:, 1:] = in_order[:, 1:] != in_order[:, :-1]
    count = place - np.maximum.accumulate(np.where(begins, place, 0), axis=1)
    out = np.empty_like(kinds)
    np.put_along_axis(out, order, count, axis=1)
    out[kinds == OWN] = 0
    return out


def filled_up(
    lists: Lists,
    popularity: NDArray[np.generic],
    users: Codes,
    known: Known | None = None,
    filters: Filters = Filters(),  # noqa: B008
) -> Lists:
    """Lists whose empty places hold the most popular items that the user may be shown; the entries say so.

    Parameters
    ----------
    popularity: (items,) how many users have each item; of equal ones the lower number comes first.
    users, known, filters: as `best` had them; the least score is the model's, and asks nothing of popularity.
    """
    order = np.argsort(-np.asarray(popularity, np.float64), kind="stable")
    if filters.allowed is not None:
        order = order[filters.allowed[order]]
    items, source = lists.items.copy(), lists.source.copy()
    fresh: NDArray[np.int32] | None = None  # the list of all who have nothing to their name
    for row in np.flatnonzero(~lists.filled.all(axis=1)):
        seen = np.empty(0, np.int32) if known is None else known[int(users[row])]
        had = items[row][items[row] != NONE]
        if len(seen) or len(had):
            items[row] = _completed(had, order, set(seen.tolist()), items.shape[1], filters)
        else:
            if fresh is None:
                fresh = _completed(had, order, set(), items.shape[1], filters)
            items[row] = fresh
        source[row, len(had) :] = POPULARITY
    return Lists(items, lists.scores, source)


def _completed(
    had: NDArray[np.int32], order: NDArray[np.intp], seen: set[int], k: int, filters: Filters
) -> NDArray[np.int32]:
    """A list that goes on down the order of popularity."""
    out, used, kind = list(map(int, had)), Counter[int](), filters.kind
    if kind is not None:
        used.update(kind[had].tolist())
    taken = seen | set(out)
    for item in order:
        if len(out) == k:
            break
        one = OWN if kind is None else int(kind[item])
        if int(item) in taken or (one != OWN and used[one] >= filters.most):
            continue
        used[one] += 1
        out.append(int(item))
    return np.array(out + [NONE] * (k - len(out)), np.int32)
