"""Which rows a recommender learns from, which choose its settings, and which judge it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from casestudies.errors import ConfigError, DataError, shown
from casestudies.tabular.interactions import Interactions

Rows = NDArray[np.intp]
Kind = Literal["auto", "time", "last", "random", "given"]
LEAST = 3  # rows of a user; with fewer no part of them can be left out of training and validation both
FEW = 200  # users; the interval of NDCG@10 is then wider than most differences between models
_WORDS = {"train": 0, "valid": 1, "validation": 1, "test": 2}


@dataclass(frozen=True, eq=False)
class Parts:
    """Rows by what they are for.

    Parameters
    ----------
    kind: "time", "last", "random" or "given". train, valid, test: positions of rows, rising.
    sentence: how it was made, with counts, for the report. warnings: what the figures cannot say because of it.
    """

    kind: str
    train: Rows
    valid: Rows
    test: Rows
    sentence: str
    warnings: tuple[str, ...] = ()

    @property
    def known(self) -> Rows:
        """Training and validation rows: what is known when the test part is judged."""
        return np.sort(np.concatenate([self.train, self.valid]))


def split(
    data: Interactions,
    kind: Kind = "auto",
    *,
    test: float = 0.1,
    valid: float = 0.1,
    given: ArrayLike | None = None,
    seed: int = 0,
) -> Parts:
    """Divide the rows, and the training rows again in the same way.

    time: one instant for all users; rows from it on judge. New users and items are judged too. last: the last row of
    each user judges, the one before it chooses settings; of rows of one instant a random one is last. random: rows drawn
    one by one. given: as the caller says. auto: random without times; else time where enough users come back after the
    instant (200, or half of all), else last where users have rows enough for it.

    Parameters
    ----------
    test: share of all rows that judge. valid: share of the other rows that choose settings. Both for time and random.
    given: (rows,) the words train, test and, if wanted, valid.
    seed: of what is drawn.

    Raises
    ------
    ConfigError: times or words are needed and not there; DataError: a part would be empty, or a word is strange.
    """
    if kind == "auto":
        kind = _chosen(data, test, valid, given)
    if kind == "given":
        return _given(data, given, valid, seed)
    if kind in ("time", "last") and data.time is None:
        advice = "name the column of the time, or write judging.split: random"
        raise ConfigError(f"{kind} needs the time of each row", where="judging.split", advice=advice)
    rng = np.random.default_rng(seed)
    if kind == "time":
        return _by_time(data, test, valid)
    return _last(data, rng) if kind == "last" else _random(data, test, valid, rng)


def _chosen(data: Interactions, test: float, valid: float, given: ArrayLike | None) -> Kind:
    if given is not None:
        return "given"
    if data.time is None:
        return "random"
    enough = min(FEW, _count(data.user) / 2)
    known, late = _cut(data, np.arange(len(data)), test)
    train, chosen = _cut(data, known, valid)
    back = [_count(data.user[b]) - _new(data.user, a, b) for a, b in ((known, late), (train, chosen))]
    if min(back) >= enough:
        return "time"
    return "last" if (np.bincount(data.user) >= LEAST).any() else "time"


def _cut(data: Interactions, rows: Rows, share: float) -> tuple[Rows, Rows]:
    """`rows` before an instant and from it on, the later ones as near as can be to `share`; one instant stays together."""
    time = np.asarray(data.time)[rows]
    instants, counts = np.unique(time, return_counts=True)
    if len(instants) < 2:
        return rows, rows[:0]
    later = counts[::-1].cumsum()[::-1][1:] / len(rows)
    cut = instants[1:][np.argmin(np.abs(later - share))]
    return rows[time < cut], rows[time >= cut]


def _by_time(data: Interactions, test: float, valid: float) -> Parts:
    known, late = _cut(data, np.arange(len(data)), test)
    train, chosen = _cut(data, known, valid)
    _filled("time", train, chosen, late)
    users, items = (_new(codes, known, late) for codes in (data.user, data.item))
    judged = _count(data.user[late])
    dates = [_date(data, part) for part in (chosen, late)]
    sentence = (
        f"One date for all: {len(late):,} rows from {dates[1]} on judge, those from {dates[0]} to then ({len(chosen):,}) choose "
        f"settings, the {len(train):,} before train. Of {judged:,} customers who are judged {users:,} are new, and {items:,} items "
        "are new: no model has seen a row of them."
    )
    return Parts("time", train, chosen, late, sentence, _few(judged))


def _last(data: Interactions, rng: np.random.Generator) -> Parts:
    time = np.asarray(data.time)
    order = np.lexsort((rng.permutation(len(data)), time, data.user))
    counts = np.bincount(data.user, minlength=data.shape[0])
    _long("last", counts, True)
    ends = np.cumsum(counts)[counts >= LEAST] - 1
    late, chosen = np.sort(order[ends]), np.sort(order[ends - 1])
    train = _rest(len(data), late, chosen)
    _filled("last", train, chosen, late)
    tied = np.count_nonzero(time[order[ends]] == time[order[ends - 1]])
    drawn = f"; {tied:,} customers have several rows of the last instant, and one of them was drawn" if tied else ""
    sentence = f"The last row of each of {len(late):,} customers judges, the one before it chooses settings, {len(train):,} rows train{drawn}."
    leak = (
        "The last row of each customer is judged, so models know what other customers did after it, and what became popular "
        "later: figures flatter every model that learns from that. judging.split: time has no such leak."
    )
    return Parts("last", train, chosen, late, sentence, (leak, *_short(counts), *_few(len(late))))


def _random(data: Interactions, test: float, valid: float, rng: np.random.Generator) -> Parts:
    counts = np.bincount(data.user, minlength=data.shape[0])
    _long("random", counts, data.time is not None)
    drawn = rng.permutation(np.flatnonzero(counts[data.user] >= LEAST))
    size = round(test * len(drawn))
    late, rest = np.sort(drawn[:size]), drawn[size:]
    chosen = np.sort(rest[: round(valid * len(rest))])
    train = _rest(len(data), late, chosen)
    _filled("random", train, chosen, late)
    judged = _count(data.user[late])
    sentence = f"Rows were drawn at random: {len(late):,} of {judged:,} customers judge, {len(chosen):,} choose settings, {len(train):,} train."
    leak = (
        "Rows were drawn at random, so models know what each customer, and all others, did later, and what became popular "
        "later: figures are better than they will be on days to come."
    )
    better = "" if data.time is None else " Times are known: judging.split: time has no such leak."
    return Parts("random", train, chosen, late, sentence, (leak + better, *_short(counts), *_few(judged)))


def _given(data: Interactions, given: ArrayLike | None, valid: float, seed: int) -> Parts:
    if given is None:
        advice = "name it in judging.column"
        raise ConfigError("given needs a column that says train or test", where="judging.split", advice=advice)
    if len(words := pd.Series(np.asarray(given, dtype=object)).astype("str").str.strip().str.casefold()) != len(data):
        advice = "give one for each row"
        raise DataError(f"has {len(words)} words for {len(data)} rows", where="judging.column", advice=advice)
    part = words.map(_WORDS)
    if part.isna().any():
        what = f"holds {shown(words[part.isna()].iloc[0])} in {int(part.isna().sum())} rows, first in row {int(part.isna().argmax()) + 1}"
        raise DataError(what, where="judging.column", advice="write train, valid or test in every row")
    train, chosen, late = (np.flatnonzero(part.to_numpy() == code) for code in (0, 1, 2))
    how = "as the file says"
    if not len(chosen) and len(train):
        timely = data.time is not None and len(late) and data.time[train].max() < data.time[late].min()
        if timely:
            train, chosen = _cut(data, train, valid)
        else:
            drawn = np.random.default_rng(seed).permutation(train)
            size = round(valid * len(train))
            chosen, train = np.sort(drawn[:size]), np.sort(drawn[size:])
        how = "the latest of the training rows" if timely else "drawn from the training rows"
    _filled("given", train, chosen, late)
    judged = _count(data.user[late])
    sentence = f"As the file says, {len(late):,} rows of {judged:,} customers judge; {len(chosen):,} choose settings ({how}), {len(train):,} train."
    leaks: tuple[str, ...] = ()
    if data.time is not None and data.time[train].max() > data.time[late].min():
        leaks = ("Some rows that train are later than some that judge, so models know what became popular later.",)
    return Parts("given", train, chosen, late, sentence, (*leaks, *_few(judged)))


def _long(kind: str, counts: NDArray[np.intp], timed: bool) -> None:
    """Raises a DataError when no user has rows enough to be judged."""
    if not (counts >= LEAST).any():
        what = f"no customer has {LEAST} rows or more, so none can be judged"
        advice = "use more rows, or write judging.split: time" if timed else "use more rows"
        raise DataError(what, where=f"judging.split: {kind}", advice=advice)


def _filled(kind: str, train: Rows, chosen: Rows, late: Rows) -> None:
    """Raises a DataError when a part is empty."""
    for name, rows in (("train", train), ("choose settings", chosen), ("judge", late)):
        if not len(rows):
            advice = "write another judging.split, or use more rows"
            raise DataError(f"no row is left to {name}", where=f"judging.split: {kind}", advice=advice)


def _rest(rows: int, *taken: Rows) -> Rows:
    """The rows that are not taken."""
    free = np.ones(rows, dtype=bool)
    for part in taken:
        free[part] = False
    return np.flatnonzero(free)


def _count(codes: NDArray[np.int32]) -> int:
    """How many different numbers."""
    return int(np.count_nonzero(np.bincount(codes)))


def _new(codes: NDArray[np.int32], known: Rows, late: Rows) -> int:
    """How many numbers of the later rows none of the known ones has."""
    size = int(codes.max()) + 1
    before, after = (np.bincount(codes[rows], minlength=size) > 0 for rows in (known, late))
    return int(np.count_nonzero(after & ~before))


def _date(data: Interactions, rows: Rows) -> str:
    """The first instant of these rows, in the zone that the data name; without a time of day where it is midnight."""
    first = int(np.asarray(data.time)[rows].min())
    return str(pd.Timestamp(first, unit="s", tz="UTC").tz_convert(data.zone))[:16].removesuffix(" 00:00")


def _short(counts: NDArray[np.intp]) -> tuple[str, ...]:
    """What is said of users with too few rows to be judged."""
    short = int(np.count_nonzero((counts > 0) & (counts < LEAST)))
    if not short:
        return ()
    return (
        f"{short:,} customers with fewer than {LEAST} rows train and are not judged: the figures speak for the others.",
    )


def _few(judged: int) -> tuple[str, ...]:
    if judged >= FEW:
        return ()
    return (
        f"Only {judged:,} customers are judged (below {FEW}): intervals are wide, and small differences cannot be seen.",
    )
