"""Which rows judge the model: held out by time, by group, as given or at random, or every row out of fold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import binom
from sklearn.model_selection import StratifiedShuffleSplit

from casestudies.errors import ConfigError, DataError, shown
from casestudies.tabular.folds import BALANCED, Fold, Rows, group_codes

Kind = Literal["auto", "stratified", "group", "time", "given", "cv"]
SMALL = (
    5_000  # rows below which a held-out fifth says too little (German credit: its AUC has a standard deviation of .032)
)
FEW_EVENTS = 50  # events in the latest part below which small data are judged out of fold: intervals are wide there
_DAY = 86_400_000_000  # microseconds
_CHANCE = 0.001


@dataclass(frozen=True)
class Split:
    """Rows for training, rows for the figures, and folds.

    Parameters
    ----------
    kind: how it was made: "time", "group", "given", "stratified". reason: why, with counts; a sentence for the report.
    train, test: positions of rows, rising; `test` is empty when `out_of_fold`.
    folds: (train, valid) positions of each fold: within `train`, which is every row when `out_of_fold`.
    out_of_fold: the figures come from the folds' valid rows, which hold every row once.
    """

    kind: str
    reason: str
    train: np.ndarray
    test: np.ndarray
    folds: tuple[Fold, ...]
    out_of_fold: bool


def make(
    kind: Kind,
    y: np.ndarray,
    *,
    time: pd.Series | None = None,
    group: pd.Series | None = None,
    given: pd.Series | None = None,
    test: float = 0.2,
    folds: int = 5,
    seed: int = 0,
    delay: int | None = None,
    window: int | None = None,
    order: np.ndarray | None = None,
    across: bool = False,
) -> Split:
    """Split rows as the data ask for it.

    auto goes by a given column, else by time, else by group, else at random with the label's rate kept; with a time
    column a random split must be asked for by its name. Below 5,000 rows auto, stratified and group give figures out of
    fold instead of holding a part out (with a time column only where the latest part would hold fewer than 50 events,
    or 50 other rows); so does cv at any size. Rows of one group are never split apart, rows of one instant are never
    split between training and test.

    Parameters
    ----------
    y: (rows,) 0/1.
    time: (rows,) instants or numbers that order the rows. group: (rows,) names of what must not be split apart.
    given: (rows,) the words train and test.
    test: share of rows held out; the nearest possible share is taken, and stands in `reason`.
    folds: folds within the training part. They are balanced by label even when time decides the test part, so that
        calibration and cuts see every period; time is kept where it matters, between training and figures.
    delay: days until a label is known; training rows less than so long before the test part are left out. Rows of
        the last so many days cannot have their label yet when the table was taken on its last day: where the
        younger half of them holds fewer than half of the earlier events, by more than chance, the split is refused.
    window: days of the test part, in place of `test`.
    across: whether a group may stand on both sides of a split by time, as cards and customers do in use: what was known
        of them earlier is known then. Folds keep groups whole all the same.
    order: (rows,) `folds.drawing_order`, so that the draw does not depend on the order of rows; None = as they come.

    Raises
    ------
    ConfigError: the kind needs a column that is not named; `delay` or `window` without dates.
    DataError: rows without a time, rows whose label is not known yet, or too few events or groups; with the numbers.
    """
    rows = Rows(y, group_codes(group), folds, seed, order)
    dated = bool(delay) or window is not None
    chosen = _chosen(kind, {"given": given, "time": time, "group": group}, y, test, dated)
    if dated and chosen != "time":
        raise ConfigError(
            "needs a split by time", where="split.delay, split.window", advice="name data.time, or leave them out"
        )
    if chosen == "given" and given is not None:
        return _by_word(rows, given)
    if chosen == "time" and time is not None:
        return _by_time(rows, time, test, delay or 0, window, across)
    if chosen == "cv" or len(y) < SMALL:
        timed = time is not None
        return _out_of_fold(rows, asked=chosen == "cv", timed=timed, late=timed and kind == "auto")
    return _at_random(rows, test)


def _chosen(kind: Kind, columns: dict[str, pd.Series | None], y: np.ndarray, test: float, dated: bool) -> str:
    if kind == "auto":
        usable = [name for name, column in columns.items() if column is not None]
        if (time := columns["time"]) is not None and len(y) < SMALL and not dated and not _enough_late(y, time, test):
            usable.remove("time")
        return usable[0] if usable else "stratified"
    if kind in columns and columns[kind] is None:
        key = "split.column" if kind == "given" else f"data.{kind}"
        raise ConfigError(f"split.kind: {kind} needs a column", where=key, advice="name it, or write split.kind: auto")
    return kind


def _enough_late(y: np.ndarray, time: pd.Series, share: float) -> bool:
    """Whether the latest `share` of the rows holds enough events, and enough others, to judge by."""
    late = y[np.argsort(time.to_numpy(), kind="stable")][-round(share * len(y)) :]
    return min(late.sum(), len(late) - late.sum()) >= FEW_EVENTS


def _whole_groups(rows: Rows) -> str:
    return "" if rows.group is None else f"; the {len(np.unique(rows.group)):,} groups stay whole"


def _out_of_fold(rows: Rows, *, asked: bool, timed: bool, late: bool) -> Split:
    every = np.arange(len(rows.y))
    why = "as asked" if asked else f"{len(every):,} rows are too few to hold a part out (below {SMALL:,})"
    reason = f"out of fold, {why}: each row is judged by models that never saw it; {rows.count} {BALANCED}"
    hint = "; the time column is not used (write split.kind: time to hold out the latest rows)" if timed else ""
    hint = f"; the latest rows hold fewer than {FEW_EVENTS} events or others{hint}" if late else hint
    kind = "stratified" if rows.group is None else "group"
    return Split(kind, reason + _whole_groups(rows) + hint, every, every[:0], rows.folds(every), out_of_fold=True)


def _at_random(rows: Rows, share: float) -> Split:
    every = np.arange(len(rows.y))
    if rows.group is None:
        drawn = StratifiedShuffleSplit(1, test_size=share, random_state=rows.seed)
        rows.enough(every, "the table", 2)
        ordered = rows.ordered(every)
        test = np.sort(ordered[next(drawn.split(ordered, rows.y[ordered]))[1]])
    else:
        part = next(rows.parts(every, max(2, round(1 / min(share, 1 - share)))))
        test = part if share <= 0.5 else np.setdiff1d(every, part)
    kind = "stratified" if rows.group is None else "group"
    return _held_out(
        rows, kind, np.setdiff1d(every, test), test, "drawn at random with the label's rate kept" + _whole_groups(rows)
    )


def _held_out(rows: Rows, kind: str, train: np.ndarray, test: np.ndarray, how: str) -> Split:
    rows.enough(test, "the test part", 1)
    left = len(rows.y) - len(train) - len(test)
    reason = f"{rows.told(test)} are held out, {how}; {rows.told(train)} train, whose {BALANCED}"
    if left:
        reason += f"; {left:,} rows are left out"
    return Split(kind, reason, train, test, rows.folds(train), out_of_fold=False)


def _by_word(rows: Rows, given: pd.Series) -> Split:
    words = given.astype("str").str.strip().str.casefold().where(given.notna(), "")
    strange = words[~words.isin(["train", "test"])]
    if len(strange):
        what = f"holds {shown(strange.iloc[0])} in {len(strange)} rows"
        raise DataError(what, where="split.column", advice="write train or test in every row")
    train, test = (np.flatnonzero(words == word) for word in ("train", "test"))
    how = "as the file says"
    if rows.group is not None:
        both = len(np.intersect1d(rows.group[train], rows.group[test]))
        how += f" ({both:,} groups stand on both sides)" if both else ""
    return _held_out(rows, "given", train, test, how)


def _by_time(rows: Rows, time: pd.Series, share: float, delay: int, window: int | None, across: bool) -> Split:
    """The latest rows as test part. A group that is to stay whole belongs where it begins; its later rows train nobody."""
    dated = pd.api.types.is_datetime64_any_dtype(time)
    if not dated and (delay or window):
        raise ConfigError(
            "counts days, and the time column holds numbers", where="split.delay, split.window", advice="leave them out"
        )
    if time.isna().any():
        raise DataError(
            f"{int(time.isna().sum())} rows have no time", where="data.time", advice="leave them out with data.where"
        )
    when = time.to_numpy(dtype="datetime64[us]").astype(np.int64) if dated else time.to_numpy(dtype=np.float64)
    if delay:
        _refuse_open(rows.y, when, delay)
    begins = when
    whole = rows.group is not None and not across
    if rows.group is not None and not across:
        begins = pd.Series(when).groupby(rows.group).transform("min").to_numpy()
    cut = _cut(begins, share) if window is None else begins.max() - window * _DAY + 1
    test = np.flatnonzero(begins >= cut)
    if whole:
        _refuse_torn(begins, when, cut)
    train = np.flatnonzero(when < cut - delay * _DAY + (delay > 0))  # a group that begins later has no such row
    if delay and not len(train):
        what = f"no row is {delay} days older than the first one that is judged"
        raise DataError(what, where="split.delay", advice="write fewer days, or a smaller split.test")
    first = str(pd.Timestamp(int(cut), unit="us"))[:19].removesuffix(" 00:00:00") if dated else f"{cut:g}"
    how = (
        f"the latest, from {first} on"
        + (f", {delay} days after the last training row" if delay else "")
        + (_whole_groups(rows) if whole else "")
    )
    return _held_out(rows, "time", train, test, how)


def _refuse_open(y: np.ndarray, when: np.ndarray, delay: int) -> None:
    """Raises a DataError when the rows of the last `delay` days look as if their label were still to come.

    The younger half of them tells: with hazards even in time a quarter of its events have happened. Below half of the
    earlier rate, and by more than chance, it is no better year.
    """
    end = when.max()
    open_, half = when > end - delay * _DAY, when > end - delay * _DAY / 2
    rows, events = int(half.sum()), int(y[half].sum())
    rate = 0.0 if open_.all() else float(y[~open_].mean())
    if events < rate * rows / 2 and binom.cdf(events, rows, rate) < _CHANCE:
        last = str(pd.Timestamp(int(end) - delay * _DAY, unit="us"))[:10]
        what = (
            f"the outcome of the last {delay} days ({open_.sum():,} rows) is not known yet: the younger half of them has "
            f"{events:,} events in {rows:,} rows, earlier rows would have {rate * rows:,.0f}"
        )
        advice = f"leave out rows after {last}, or leave split.delay out if every outcome is known"
        raise DataError(what, where="data.time, split.delay", advice=advice)


def _refuse_torn(begins: np.ndarray, when: np.ndarray, cut: float) -> None:
    """Raises a DataError when most rows that could train belong to groups that go on past the cut."""
    torn, early = int(((begins < cut) & (when >= cut)).sum()), int((begins < cut).sum())
    if torn > early / 2:
        what = f"groups last too long to hold the latest out: {torn} of {early} rows would train nobody"
        advice = "write split.across: true to let groups stand on both sides, or split.kind: group"
        raise DataError(what, where="data.time, data.group", advice=advice)


def _cut(begins: np.ndarray, share: float) -> float:
    """The instant from which on the rows are nearest to `share` of all; equal instants stay together."""
    instants, counts = np.unique(begins, return_counts=True)
    if len(instants) < 2:
        raise DataError("all rows have one time", where="data.time", advice="write another split.kind")
    after = counts[::-1].cumsum()[::-1][1:] / len(begins)
    return float(instants[1:][int(np.argmin(np.abs(after - share)))])
