"""Ranked lists and what would have been right: what every ranking metric reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casestudies.errors import DataError
from casestudies.metrics.cases import Array, Index, Mask

Codes = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Sets:
    """A set of items for each user: those of user n are `items[starts[n] : starts[n + 1]]`, rising, each once."""

    starts: Index
    items: Codes

    @classmethod
    def of(cls, user: ArrayLike, item: ArrayLike, users: int) -> Sets:
        """From pairs in any order, repeated or not. user, item: (pairs,) numbers from 0."""
        who, what = np.asarray(user, dtype=np.int64), np.asarray(item, dtype=np.int64)
        width = int(what.max(initial=-1)) + 1
        keys = np.sort(who * width + what)
        keys = keys[np.diff(keys, prepend=-1) > 0]  # a tenth of the time of np.unique, which hashes
        who, what = np.divmod(keys, max(width, 1))
        starts = np.concatenate([[0], np.cumsum(np.bincount(who, minlength=users))])
        return cls(starts.astype(np.intp), what.astype(np.int32))

    @property
    def counts(self) -> Index:
        """(users,) items of each."""
        return np.diff(self.starts)

    def pairs(self, first: int = 0, last: int | None = None) -> tuple[Index, Codes]:
        """Of users from `first` to before `last`: (pairs,) the user, counted from `first`, and the item."""
        ends = self.starts[first : None if last is None else last + 1]
        return np.repeat(np.arange(len(ends) - 1), np.diff(ends)), self.items[ends[0] : ends[-1]]

    def hold(self, lists: Codes) -> Mask:
        """(users, k) whether each item of a list, one for each user, is in the user's set; -1 never is."""
        width = max(int(self.items.max(initial=-1)), int(lists.max(initial=-1))) + 1
        rows, items = self.pairs()
        at = np.arange(len(lists))[:, None] * width + lists.astype(np.int64)
        return (lists >= 0) & np.isin(at, rows * width + items)


@dataclass(frozen=True, eq=False)
class Ranked:
    """One model's lists for some users, beside the items that they then chose.

    Parameters
    ----------
    lists: (users, k) int32 item numbers, the best first; -1 where a list has ended.
    relevant: of the same users.
    first: (users,) place of the foremost relevant item in the whole ranking, from 1; 0 = it is not ranked. None: only
        the lists are known, and an item beyond them counts as not ranked.

    Raises
    ------
    DataError: not one set of relevant items for each list.
    """

    lists: Codes
    relevant: Sets
    first: Index | None = None

    def __post_init__(self) -> None:
        users = len(self.relevant.counts)
        if self.lists.ndim != 2 or len(self.lists) != users:
            advice = f"give (users, k), one list for each of {users} users"
            raise DataError(f"has shape {self.lists.shape}", where="lists", advice=advice)

    @cached_property
    def hit(self) -> Mask:
        """(users, k) whether the item at each place is relevant."""
        return self.relevant.hold(self.lists)

    def hits(self, k: int) -> Array:
        """(users, k) 1.0 where the item at a place is relevant; nan in all places of a user without relevant items.

        Raises
        ------
        DataError: the lists are shorter than k.
        """
        if not 1 <= k <= self.lists.shape[1]:
            advice = f"make lists of {k} items" if k > 0 else "give 1 or more"
            raise DataError(f"{k} places are asked for, the lists have {self.lists.shape[1]}", where="k", advice=advice)
        found = self.hit[:, :k].astype(np.float64)
        found[self.relevant.counts == 0] = np.nan
        return found
