"""What customers would do with whatever they are shown: known in a simulation, and only there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from casestudies.models.factorisation.vectors import Codes

Floats = NDArray[np.float64]


class Truth(Protocol):
    """The chance that a user takes an item that is shown."""

    def chances(self, users: Codes, items: Codes) -> Floats:
        """(n, k) of users (n,) and what each is shown (n, k), by number; 0 where there is no item (-1)."""
        ...

    def total(self, users: Codes) -> Floats:
        """(n,) the sum over all items."""
        ...


@dataclass(frozen=True, eq=False)
class Planted:
    """A truth that is written down. table: (users, items) chances, 0 for what a user knows already."""

    table: Floats

    def chances(self, users: Codes, items: Codes) -> Floats:
        return np.where(items >= 0, self.table[np.asarray(users)[:, None], items], 0.0)

    def total(self, users: Codes) -> Floats:
        return np.asarray(self.table[users].sum(axis=1))


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What customers really took later, as if they took it because it was shown.

    A shown item is taken with chance `taken` where the user took it in rows that no model has seen, else never. It
    favours no model, and is an optimist about none: what was not taken was perhaps only not seen.

    user, item: (pairs,) who took what in rows that no model has seen, of items that the user may be shown.
    shape: users and items. taken: above 0 to 1.
    """

    user: Codes
    item: Codes
    shape: tuple[int, int]
    taken: float

    @cached_property
    def _pairs(self) -> NDArray[np.int64]:
        """Sorted, each once: user x items + item."""
        return np.unique(np.asarray(self.user, np.int64) * self.shape[1] + self.item)

    def chances(self, users: Codes, items: Codes) -> Floats:
        wanted = np.asarray(users, np.int64)[:, None] * self.shape[1] + items
        place = np.minimum(np.searchsorted(self._pairs, wanted), len(self._pairs) - 1)
        return np.where((items >= 0) & (self._pairs[place] == wanted), self.taken, 0.0)

    def total(self, users: Codes) -> Floats:
        counts = np.bincount(self._pairs // self.shape[1], minlength=self.shape[0])
        return np.asarray(self.taken * counts[users], dtype=np.float64)
