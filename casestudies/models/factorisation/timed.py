"""How ratings move with time: items that rise and fall, users who grow milder or stricter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import lsqr

from casestudies.models.factorisation.vectors import Codes, Floats, Times
from casestudies.tabular.interactions import DAY, Interactions

Array = NDArray[np.float64]

BINS = 32
# of an item's level: it is a sum of levels of halves of the time, of quarters and so on, so that an item with few ratings
# has a coarse one and an item with many a fine one
SPANS = (2, 4, 8, 16, 32)
RIDGES = (30.0, 300.0)  # ratings of an item in a span that move a level of its half of the way; the choice
_USERS = 30.0  # ratings of a user that move the drift half of the way
_POWER = 0.4  # of the days: a user drifts fast at first, then slowly
_BIAS_RIDGE = 5.0
_SETTLED = 1e-5
_HELD = 0.1
_LEAST_AWAY = 1e-6
_LEAST_HELD = 100  # ratings; fewer say too little
_CLEAR = 2.0  # standard errors by which the squared error has to fall


@dataclass(frozen=True, eq=False)
class Timed:
    """What a rating was in its time beyond what it would be now.

    then(u, i, t) = common[b(t)] + items[i, b(t)] + users[u] · away(u, t)  -  the same, now

    with b(t) the bin of time and away(u, t) = sign(t - c) |t - c|^0.4 in days, c being the mean time of u's ratings. Now is
    the newest bin, and of a user c, also for what comes after the newest rating: a drift carried on from where it ended is
    worse than none (`python -m benchmarks.recommendation --row moving` is the measure; carried on it lost .01 of RMSE there).

    edges: (bins - 1,) seconds since 1970 at which bins end. common: (bins,). items: (items, bins). users: (users,).
    centre, newest: (users,) seconds, of each user's mean and newest rating.

    Source: Koren 2009, "Collaborative filtering with temporal dynamics", section 4.1, here by ridge regression and before
    the factors are learnt.
    """

    edges: Times
    common: Floats
    items: Floats
    users: Floats
    centre: Times
    newest: Times

    @classmethod
    def of(cls, data: Interactions, ridge: float) -> Self:
        """Levels and drifts beside a mean and biases, by one ridge regression on ratings with times; ridge: see `RIDGES`."""
        found = _Regression.of(data, ridge)
        levels = zip(SPANS, found.groups[3:-1], strict=True)
        items = np.sum([np.repeat(level.reshape(-1, spans), BINS // spans, axis=1) for spans, level in levels], axis=0)
        of_users = found.spans.of_users
        return cls(found.spans.edges, _single(found.groups[2]), _single(items), _single(found.groups[-1]), *of_users)

    def then(self, user: Codes, item: Codes, time: Times) -> Floats:
        """(rows,) to be added to what is expected now. Users and items that came after the fit add nothing of their own."""
        bins = np.searchsorted(self.edges, time, side="right")
        out = (self.common[bins] - self.common[-1]).astype(np.float64)
        known = np.flatnonzero(item < len(self.items))
        out[known] += self.items[item[known], bins[known]] - self.items[item[known], -1]
        known = np.flatnonzero(user < len(self.users))
        who = user[known]
        out[known] += self.users[who] * _within(time[known], self.centre[who], self.newest[who])
        return out.astype(np.float32)

    def moved(self, data: Interactions) -> Interactions:
        """With every rating as it would be now."""
        if data.time is None or data.rating is None:
            return data
        return replace(data, rating=data.rating - self.then(data.user, data.item, data.time))


@dataclass(frozen=True, eq=False)
class TimedChoice:
    """Whether ratings move with time.

    ridge: the better. clear: whether it is clearly better than no levels in time. within, without: RMSE of means and biases on `held` ratings set aside, with and without levels in time.
    """

    ridge: float
    clear: bool
    within: float
    without: float
    held: int

    def __str__(self) -> str:
        told = f"RMSE of biases {self.within:.4f} with levels in time, {self.without:.4f} without, on {self.held:,} ratings set aside"
        words = "Ratings move with time" if self.clear else "Ratings do not clearly move with time"
        return f"{words}: {told}."


def choose_timed(data: Interactions, seed: int) -> TimedChoice | str:
    """How much levels in time help to predict ratings set aside; or why none were looked for."""
    if data.time is None:
        return "No levels in time were looked for: no times are known."
    if np.ptp(data.time) < DAY:
        return "No levels in time were looked for: all ratings are of one day."
    held = int(len(data) * _HELD)
    if held < _LEAST_HELD:
        return "No levels in time were looked for: there are too few ratings to judge them by."
    drawn = np.random.default_rng([seed, 4]).permutation(len(data))
    kept, aside = data.take(np.sort(drawn[held:])), data.take(np.sort(drawn[:held]))
    without, *tried = (np.square(_Regression.of(kept, ridge).missed(aside)) for ridge in (None, *RIDGES))
    best = min(range(len(RIDGES)), key=lambda at: float(tried[at].mean()))
    gains = without - tried[best]
    clear = bool(gains.mean() > _CLEAR * gains.std(ddof=1) / held**0.5)
    return TimedChoice(RIDGES[best], clear, float(tried[best].mean() ** 0.5), float(without.mean() ** 0.5), held)


@dataclass(frozen=True, eq=False)
class _Spans:
    """The time axis of a fit. edges: see `Timed`. of_users: their centre and newest, (users,) each."""

    edges: Times
    of_users: tuple[Times, Times]

    @classmethod
    def of(cls, data: Interactions) -> Self:
        time, users = _times(data), data.shape[0]
        first, last = int(time.min()), int(time.max())
        sums = np.bincount(data.user, time - first, minlength=users)
        centre = first + (sums / np.maximum(np.bincount(data.user, minlength=users), 1)).astype(np.int64)
        newest = np.full(users, first)
        np.maximum.at(newest, data.user, time)
        return cls(np.linspace(first, last, BINS + 1)[1:-1].astype(np.int64), (centre, newest))

    def columns(self, data: Interactions) -> list[tuple[NDArray[np.int64], Array]]:
        """Of each group of columns the one that a row has, and its entry: common, items by each of SPANS, users."""
        time, (centre, newest) = _times(data), self.of_users
        bins = np.searchsorted(self.edges, time, side="right")
        ones = np.ones(len(data))
        away = _within(time, centre[data.user], newest[data.user])
        user, item = data.user.astype(np.int64), data.item.astype(np.int64)
        return [(bins, ones), *((item * spans + bins * spans // BINS, ones) for spans in SPANS), (user, away)]


@dataclass(frozen=True, eq=False)
class _Regression:
    """mean: of the ratings. groups: coefficients of users, of items, and in time those of `_Spans.columns`."""

    mean: float
    groups: Sequence[Array]
    spans: _Spans

    @classmethod
    def of(cls, data: Interactions, ridge: float | None) -> Self:
        """ridge: of items' levels in time; None = no levels in time."""
        (users, items), spans = data.shape, _Spans.of(data)
        sizes, ridges = [users, items], [_BIAS_RIDGE, _BIAS_RIDGE]
        groups = _biases(data)
        if ridge is not None:
            groups, sizes = groups + spans.columns(data), [*sizes, BINS, *(items * spans for spans in SPANS), users]
            square = float(np.square(groups[-1][1]).mean())  # of away, as if that were 1
            ridges += [_BIAS_RIDGE, *[ridge] * len(SPANS), _USERS * max(square, _LEAST_AWAY)]
        ends = np.cumsum([0, *sizes])
        scales = np.repeat(np.power(ridges, -0.5), sizes)  # so that one damping is every group's own ridge
        where = np.stack([begin + columns for begin, (columns, _) in zip(ends[:-1], groups, strict=True)], axis=1)
        entries = np.stack([entries for _, entries in groups], axis=1) * scales[where]
        starts = np.arange(len(data) + 1) * len(groups)
        matrix = csr_array((entries.reshape(-1), where.reshape(-1), starts), shape=(len(data), ends[-1]))
        mean = float(data.value.mean(dtype=np.float64))
        found = lsqr(matrix, data.value - mean, damp=1.0, atol=_SETTLED, btol=_SETTLED)[0] * scales
        return cls(mean, [found[begin:end] for begin, end in pairwise(ends)], spans)

    def missed(self, data: Interactions) -> Array:
        """(rows,) ratings less what is expected of them."""
        groups = _biases(data) + (self.spans.columns(data) if len(self.groups) > 2 else [])
        parts = zip(self.groups, groups, strict=True)
        return np.asarray(data.value - self.mean - sum(found[at] * entries for found, (at, entries) in parts))


def _biases(data: Interactions) -> list[tuple[NDArray[np.int64], Array]]:
    ones = np.ones(len(data))
    return [(data.user.astype(np.int64), ones), (data.item.astype(np.int64), ones)]


def _within(time: Times, centre: Times, newest: Times) -> Array:
    """(rows,) how far from the middle of the user's time, and 0 after its end."""
    days = (time - centre) / DAY
    return np.where(time > newest, 0.0, np.sign(days) * np.abs(days) ** _POWER)


def _times(data: Interactions) -> Times:
    if data.time is None:
        raise ValueError("interactions without times")
    return data.time


def _single(array: Array) -> Floats:
    return array.astype(np.float32)
