"""What somebody brings along, and what is stored of a known user, as a history to fold in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import ConfigError, DataError, shown
from casestudies.models.factorisation.because import History
from casestudies.models.factorisation.fitted import Fitted
from casestudies.models.factorisation.recency import decayed
from casestudies.tabular.interactions import Interactions

# {item: rating}, items alone, or rows of a table; oldest first
Basket = Mapping[Any, float] | Sequence[Any] | Interactions
Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Past:
    """items: (n,) int32. values: (n,) ratings, or ones. weights: (n,). times: (n,) seconds since 1970, or None.

    Oldest first.
    """

    items: NDArray[np.int32]
    values: Array
    weights: Array
    times: NDArray[np.int64] | None = None

    @classmethod
    def none(cls) -> Past:
        return cls(np.empty(0, np.int32), np.empty(0), np.empty(0))

    @classmethod
    def of_user(cls, fitted: Fitted, number: int) -> Past:
        """The stored history of one user, found by a look along the rows, without sorting all of them."""
        data = fitted.history
        rows = np.flatnonzero(data.user == number)
        if data.time is not None:
            rows = rows[np.argsort(data.time[rows], kind="stable")]
        weights = np.ones(len(rows)) if fitted.explicit or data.weight is None else data.weight[rows].astype(np.float64)
        values = data.value[rows].astype(np.float64) if fitted.explicit else np.ones(len(rows))
        return cls(data.item[rows], values, weights, None if data.time is None else data.time[rows])

    @classmethod
    def of_basket(cls, fitted: Fitted, basket: Basket) -> Past:
        """What somebody brings along, under the numbers of the model.

        Raises
        ------
        DataError: an unknown item (the nearest names are given), no ratings for a model of ratings, or values that are
            not finite or off the scale.
        """
        if isinstance(basket, Interactions):
            order = np.arange(len(basket)) if basket.time is None else np.argsort(basket.time, kind="stable")
            names = basket.item_ids[basket.item[order]].tolist()
            given = basket.rating if fitted.explicit else basket.weight
            values = None if given is None else given[order].astype(np.float64)
            times = None if basket.time is None else basket.time[order]
        elif isinstance(basket, str):
            raise DataError(f"the history is one text, {shown(basket)}", where="history", advice=f"give [{basket!r}]")
        else:
            names, times = list(basket), None
            values = np.array(list(basket.values()), np.float64) if isinstance(basket, Mapping) else None
        items = fitted.item_numbers(names)
        if fitted.explicit:
            return cls(items, _ratings(fitted, names, values), np.ones(len(items)), times)
        weights = np.ones(len(items)) if values is None else values
        if not (np.isfinite(weights) & (weights > 0)).all():
            raise DataError("weights are not above 0", where="history", advice="leave these items out")
        return cls(items, np.ones(len(items)), weights, times)

    def and_then(self, new: Past, *, replaces: bool) -> Past:
        """With news at the end. replaces: of ratings of one item the new one holds; purchases add up."""
        kept = ~np.isin(self.items, new.items) if replaces else np.ones(len(self), bool)
        times = None
        if self.times is not None:
            now = self.times.max(initial=0) + 1 + np.arange(len(new)) if new.times is None else new.times
            times = np.concatenate([self.times[kept], now])
        return Past(
            np.concatenate([self.items[kept], new.items]),
            np.concatenate([self.values[kept], new.values]),
            np.concatenate([self.weights[kept], new.weights]),
            times,
        )

    def weighed(self, half_life: float | None) -> History:
        """The newest first in weight: half for every `half_life` newer interactions; those of one second are alike.

        Raises
        ------
        ConfigError: a half-life that is not above 0.
        """
        if half_life is None:
            return History(self.items, self.values, self.weights)
        checked_half_life(half_life)
        ranked = np.arange(len(self)) if self.times is None else self.times
        last = np.searchsorted(ranked, ranked, side="right") - 1
        age = (len(self) - 1 - last).astype(np.float64)
        return History(self.items, self.values, self.weights * decayed(age, half_life))

    def __len__(self) -> int:
        return len(self.items)


def checked_half_life(half_life: object) -> None:
    if isinstance(half_life, bool) or not (isinstance(half_life, int | float) and 0 < half_life < np.inf):
        raise ConfigError(f"half_life is {half_life!r}", advice="give a number of interactions above 0, or none")


def _ratings(fitted: Fitted, names: Sequence[Any], values: Array | None) -> Array:
    if values is None:
        example = f"{{{names[0]!r}: {fitted.vectors.mean:.0f}}}" if len(names) else "{item: rating}"
        raise DataError("the model learnt ratings, and there are none", where="history", advice=f"give {example}")
    low, high = fitted.data.scale or (-np.inf, np.inf)
    wrong = ~((values >= low) & (values <= high))
    if wrong.any():
        first = int(np.argmax(wrong))
        raise DataError(
            f"{shown(names[first])} is rated {values[first]:g}",
            where="history",
            advice=f"give ratings from {low:g} to {high:g}",
        )
    return values
