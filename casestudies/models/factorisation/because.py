"""Why an item is recommended: the score as a sum over what the user has had to do with, exact to rounding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casestudies.models.factorisation.vectors import Codes
from casestudies.tabular.interactions import Interactions

Array = NDArray[np.float64]
_LARGE = 0.5  # score under which two digits after the point say too little of its parts


class Linear(Protocol):
    """A fold-in, which is linear in the user's residuals (`folding.FoldIn`).

    items: (items, factors). item_bias: (items,). mean: of all ratings.
    """

    @property
    def items(self) -> NDArray[np.floating]: ...

    @property
    def item_bias(self) -> NDArray[np.floating]: ...

    @property
    def mean(self) -> float: ...

    def residuals(self, items: Codes, values: ArrayLike) -> Array:
        """(n,) of a history: ratings above what is expected of anybody; ones for implicit feedback."""
        ...

    def system(self, items: Codes, values: ArrayLike, weights: ArrayLike | None = None) -> tuple[Array, Array]:
        """A (factors + 1, factors + 1) and B (factors + 1, n): A @ [vector; bias] = B @ residuals."""
        ...


@dataclass(frozen=True, eq=False)
class History:
    """What one user has had to do with: (n,) item numbers, (n,) values, (n,) weights, oldest first; items may recur."""

    items: NDArray[np.int32]
    values: Array
    weights: Array

    @classmethod
    def of(cls, data: Interactions, user: int, weights: ArrayLike | None = None) -> History:
        """weights: (rows,) of all of `data`; None = those of the data, else 1 each."""
        rows, given = data.by_user[user], data.weight if weights is None else weights
        own = np.ones(len(rows)) if given is None else np.asarray(given, np.float64)[rows]
        return cls(data.item[rows], data.value[rows].astype(np.float64), own)

    def without(self, item: int) -> History:
        """As if the user had never met the item."""
        kept = self.items != item
        return History(self.items[kept], self.values[kept], self.weights[kept])

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, eq=False)
class Because:
    """Scores taken apart by what they come from: `base + parts.sum(axis=1)` is the score of the folded-in user.

    base: (wanted,) float64, the score of a user of whom nothing is known. parts: (wanted, met) what each item that the
    user has met adds; of an item met several times, the sum. met: (met,) the numbers of those items, rising.
    """

    base: Array
    parts: Array
    met: NDArray[np.int32]

    @property
    def scores(self) -> Array:
        """(wanted,) what base and parts add up to."""
        return np.asarray(self.base + self.parts.sum(axis=1))

    def order(self, row: int) -> NDArray[np.intp]:
        """(met,) places of the parts of one score, the largest in size first; equal ones by item number."""
        return np.argsort(-np.abs(self.parts[row]), kind="stable")

    def sentence(self, row: int, titles: Sequence[str], most: int, besides: float = 0.0) -> str:
        """'Tea (+0.31), Mug (-0.08), 12 others (+0.05)': `most` parts by name, the rest together, so that all is there.

        titles: of all items by number. besides: what the score has that no part explains: a stored row was learnt along
        with all others, and is not quite what its history alone would give.
        """
        order, digits = self.order(row), 2 if abs(self.scores[row]) >= _LARGE else 3
        told = [f"{titles[self.met[at]]} ({self.parts[row, at]:+.{digits}f})" for at in order[:most]]
        if (rest := len(order) - most) > 0:
            told.append(f"{rest} other{'s' * (rest > 1)} ({self.parts[row, order[most:]].sum():+.{digits}f})")
        if round(abs(besides), digits) > 0:
            told.append(f"learnt besides ({besides:+.{digits}f})")
        return ", ".join(told)


def because(fold: Linear, history: History, wanted: ArrayLike) -> Because:
    """The exact parts of the scores of some items for a user who is folded in.

    The vector and the bias of the user solve A x = B r, with r the residuals of the history. So the score of item i is
    mean + b_i + [q_i; 1]' A^-1 B r: one solution for each wanted item gives its weight on every residual, in float64.

    Parameters
    ----------
    wanted: (wanted,) item numbers.

    Source: Hu, Koren and Volinsky 2008, "Collaborative filtering for implicit feedback datasets", section 5, with
    biases, recency weights and explicit ratings.
    """
    items = np.asarray(wanted)
    base = fold.mean + np.asarray(fold.item_bias, np.float64)[items]
    if not len(history):
        return Because(base, np.zeros((len(items), 0)), np.empty(0, np.int32))
    A, B = fold.system(history.items, history.values, history.weights)
    vectors = np.asarray(fold.items, np.float64)[items]
    towards = np.concatenate([vectors, np.ones((len(items), 1))], axis=1)
    weight = np.linalg.solve(A, towards.T).T @ B  # A is symmetric
    parts = weight * fold.residuals(history.items, history.values)
    met, place = np.unique(history.items, return_inverse=True)
    if len(met) == len(history):
        return Because(base, parts[:, np.argsort(place)], met)
    together = np.zeros((len(items), len(met)))
    np.add.at(together.T, place, parts.T)
    return Because(base, together, met)
