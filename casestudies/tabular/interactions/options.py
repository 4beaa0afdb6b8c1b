"""What reading interactions is told beside the columns: scale, repeats, returns, weights, filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from casestudies.tabular.read import Limits, ReadOptions

Feedback = Literal["auto", "explicit", "implicit"]
Repeats = Literal["auto", "last", "first", "mean", "sum", "keep"]
LIMITS = Limits(
    bytes=2**30, rows=20_000_000, cells=200_000_000
)  # 10 M rows of five columns take some 2 GB for a minute


@dataclass(frozen=True)
class SideTable:
    """How the table of items or of users is read.

    Parameters
    ----------
    id: its column of ids; None = found. columns: {"title" or another name of the contract: its column}.
    drop: columns that are not used. dates, categories, numbers: as `data.dates` and its like. read: how the file is read.
    """

    id: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    dates: Mapping[str, str] = field(default_factory=dict)
    categories: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    read: ReadOptions = field(default_factory=ReadOptions)


@dataclass(frozen=True)
class Options:
    """The config keys `reading.*`, and those of `data` that say which rows and columns are read.

    Parameters
    ----------
    feedback: whether ratings are used; auto = where there are any that differ.
    scale: the least and the greatest rating; None = found.
    zero_is_missing: whether a rating of 0 means none; None = found.
    liked: of implicit feedback with ratings, the least one that counts as an act; None = all do.
    repeats: what becomes of several rows of one user and item. auto: of ratings the last; of acts all that differ in time,
        the others joined.
    event_weights: {kind of event: what it counts}; 0 leaves the kind out; {} = by what usual names mean.
    logarithm: quantities count by log2(1 + quantity), so that 1 counts 1 and 1,000 counts 10.
    user_core, item_core: users and items with fewer rows are left out, again and again until none is; 0 = none.
    today: dates after it are questioned.
    drop: columns that are not looked at. where: which rows are kept. derive: {column: formula}. dates: {column: its format}.
    beside: a further column whose cells are handed back row by row (`CheckedInteractions.beside`).
    items, users: how their tables are read.
    """

    feedback: Feedback = "auto"
    scale: tuple[float, float] | None = None
    zero_is_missing: bool | None = None
    liked: float | None = None
    repeats: Repeats = "auto"
    event_weights: Mapping[str, float] = field(default_factory=dict)
    logarithm: bool = True
    user_core: int = 0
    item_core: int = 0
    today: str | None = None
    drop: tuple[str, ...] = ()
    where: str | None = None
    derive: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)
    beside: str | None = None
    items: SideTable = SideTable()
    users: SideTable = SideTable()
