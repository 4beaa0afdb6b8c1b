"""Who had to do with what, when and how much: the one value that readers make and recommenders take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Floats = NDArray[np.float32]
Seconds = NDArray[np.int64]
Rows = NDArray[np.intp] | NDArray[np.bool_]

DAY = 86_400  # seconds


@dataclass(frozen=True, eq=False)
class Interactions:
    """A table of interactions with users and items numbered from 0; their names stay the analyst's own.

    user, item: (rows,) int32 codes into `user_ids` and `item_ids`, which hold each name once.
    rating: (rows,) float32, what users said of items; None where they only acted (implicit feedback).
    weight: (rows,) float32 above 0, how much an implicit interaction counts (quantity, kind of event); None = 1 each.
    time: (rows,) int64, seconds since 1970 in UTC; None = unknown.
    scale: the lowest and the highest rating allowed; None for implicit feedback.
    items: what is known of the items (title, category, price, ...), one row for each of `item_ids`, in that order;
        its index is `item_ids`. users: the same of the users.
    zone: the zone that dates are shown in.
    """

    user: Codes
    item: Codes
    user_ids: pd.Index
    item_ids: pd.Index
    rating: Floats | None = None
    weight: Floats | None = None
    time: Seconds | None = None
    scale: tuple[float, float] | None = None
    items: pd.DataFrame = field(default_factory=pd.DataFrame)
    users: pd.DataFrame = field(default_factory=pd.DataFrame)
    zone: str = "UTC"

    def __len__(self) -> int:
        return len(self.user)

    @property
    def explicit(self) -> bool:
        return self.rating is not None

    @property
    def shape(self) -> tuple[int, int]:
        """Users and items that have a number, with or without interactions."""
        return len(self.user_ids), len(self.item_ids)

    @property
    def value(self) -> Floats:
        """(rows,) the rating, else the weight, else 1."""
        for values in (self.rating, self.weight):
            if values is not None:
                return values
        return np.ones(len(self), np.float32)

    def take(self, rows: Rows) -> Interactions:
        """Some rows, under the same numbers of users and items."""

        def some(values):
            return None if values is None else values[rows]

        return replace(
            self,
            user=self.user[rows],
            item=self.item[rows],
            rating=some(self.rating),
            weight=some(self.weight),
            time=some(self.time),
        )

    @cached_property
    def by_user(self) -> Grouped:
        """The rows of each user, oldest first where times are known, else in the order of the table."""
        order = np.lexsort((self.user,)) if self.time is None else np.lexsort((self.time, self.user))
        return Grouped.of(order, self.user, len(self.user_ids))

    @cached_property
    def by_item(self) -> Grouped:
        """The rows of each item, in the same order."""
        order = np.lexsort((self.item,)) if self.time is None else np.lexsort((self.time, self.item))
        return Grouped.of(order, self.item, len(self.item_ids))

    def codes_of(self, names: Sequence[object], *, items: bool = False) -> Codes:
        """(names,) the number of each user (or item); -1 = unknown."""
        return (self.item_ids if items else self.user_ids).get_indexer(pd.Index(names)).astype(np.int32)


@dataclass(frozen=True, eq=False)
class Grouped:
    """Rows by user or item: those of number n are `order[starts[n] : starts[n + 1]]`."""

    order: NDArray[np.intp]
    starts: NDArray[np.intp]

    @classmethod
    def of(cls, order: NDArray[np.intp], codes: Codes, count: int) -> Grouped:
        return cls(order, np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=count))]))

    def __getitem__(self, number: int) -> NDArray[np.intp]:
        return self.order[self.starts[number] : self.starts[number + 1]]

    @property
    def counts(self) -> NDArray[np.intp]:
        """How many rows each has."""
        return np.diff(self.starts)
