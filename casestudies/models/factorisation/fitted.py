"""What a fit leaves behind: all that serving, growing and saving a factorisation need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import DataError, nearest, shown
from casestudies.models.factorisation.folding import FoldIn
from casestudies.models.factorisation.sidefeatures import Side, SideFeatures
from casestudies.models.factorisation.timed import Timed
from casestudies.models.factorisation.vectors import Codes, Floats, Vectors
from casestudies.tabular.interactions import Interactions

Feedback = Literal["explicit", "implicit"]
_TITLES = ("title", "name", "item_name", "product", "titel", "bezeichnung")


@dataclass(frozen=True, eq=False)
class Embedded:
    """Side features with what was learnt of them. table: (columns, factors). bias: (columns,)."""

    features: SideFeatures
    table: Floats
    bias: Floats

    def cold(self, rows: pd.DataFrame) -> tuple[Floats, Floats]:
        """(rows, factors) and (rows,): vectors and biases of newcomers of whom nothing else is known."""
        matrix = self.features.matrix(rows)
        return np.asarray(matrix @ self.table, np.float32), np.asarray(matrix @ self.bias, np.float32)


@dataclass(frozen=True)
class Penalties:
    """As the fit had them, for folding in. ridge, bias_ridge: L2 for a rating, or a unit of weight, of a usual row.

    unobserved: the weight of what a user has not acted on, of implicit feedback; None = explicit.
    scale: of the penalty with the weight, see `FoldIn`. usual: weight of a usual user and a usual item.
    """

    ridge: float
    bias_ridge: float
    unobserved: float | None = None
    scale: float = 1.0
    usual: tuple[float, float] = (1.0, 1.0)

    def of(self, side: Side) -> Penalties:
        """Those of one side's rows, a row of weight 1 being the usual one."""
        times = self.usual[side == "item"] ** (1 - self.scale)
        return replace(self, ridge=self.ridge * times, bias_ridge=self.bias_ridge * times, usual=(1.0, 1.0))

    def fold_in(self, vectors: Floats, bias: Floats, mean: float) -> FoldIn:
        """Solves users on the vectors and biases of items; with `of("item")`, items on those of users."""
        mine = self.of("user")
        return FoldIn(vectors, bias, mean, mine.ridge, mine.bias_ridge, mine.unobserved, mine.scale)


@dataclass(frozen=True, eq=False)
class Fitted:
    """vectors: what serves. data: the whole history, in which later interactions join.

    feedback: what the history was taken for. penalties: see there. embedded: the side features, of items before users.
    half_life: in interactions, of the weights of a history that is folded in; None = all weigh the same.
    recent: with a half-life, the users (users, factors) and their biases (users,), folded in under these weights.
    settings: what the fit used, by name. notes, findings: what was chosen and what was found, a sentence each.
    trace: {column: (steps,)}. steps: epochs or sweeps taken. certificate: how far from the optimum it may be.
    timed: how ratings move with time; the vectors are those of now.
    """

    vectors: Vectors
    data: Interactions
    feedback: Feedback
    penalties: Penalties
    embedded: tuple[Embedded, ...] = ()
    half_life: float | None = None
    recent: tuple[Floats, Floats] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    trace: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    steps: int = 0
    certificate: str = ""
    timed: Timed | None = None

    @property
    def explicit(self) -> bool:
        return self.feedback == "explicit"

    @cached_property
    def history(self) -> Interactions:
        """What users are folded in from: the data, every rating as it would be now."""
        return self.data if self.timed is None else self.timed.moved(self.data)

    def then(self, users: Codes, items: Codes, time: NDArray[np.int64] | None) -> Floats | float:
        """(pairs,) what a rating at that time is above one of now; 0 without times."""
        return 0.0 if self.timed is None or time is None else self.timed.then(users, items, time)

    @cached_property
    def served(self) -> Vectors:
        """What lists are made of: the users as they are of late, where there is a half-life."""
        if self.recent is None:
            return self.vectors
        return replace(self.vectors, users=self.recent[0], user_bias=self.recent[1])

    @cached_property
    def titles(self) -> list[str]:
        """(items,) what to call each item: its title or name where the table has one, else its id."""
        items = self.data.items
        column = next((name for name in items if str(name).lower() in _TITLES), None)
        if column is None:
            return [str(name) for name in self.data.item_ids]
        pairs = zip(items[column], self.data.item_ids, strict=True)
        return [str(name) if pd.isna(title) else str(title) for title, name in pairs]

    @cached_property
    def fold(self) -> FoldIn:
        """Users from histories, on the items as they are."""
        return self.penalties.fold_in(self.vectors.items, self.vectors.item_bias, self.vectors.mean)

    @cached_property
    def newest(self) -> int:
        """Seconds since 1970 of the newest interaction; 0 without times."""
        return 0 if self.data.time is None else int(self.data.time.max(initial=0))

    @cached_property
    def user_counts(self) -> NDArray[np.intp]:
        """(users,) interactions in the history."""
        return np.bincount(self.data.user, minlength=self.data.shape[0])

    @cached_property
    def item_counts(self) -> NDArray[np.intp]:
        """(items,)"""
        return np.bincount(self.data.item, minlength=self.data.shape[1])

    def within(self, scores: Floats) -> Floats:
        """Scores as ratings on the scale."""
        if self.data.scale is None:
            return scores
        low, high = self.data.scale
        return np.clip(scores, np.float32(low), np.float32(high))

    def user_number(self, user: object) -> int:
        """The number of a user by name.

        Raises
        ------
        DataError: nobody has this name; the nearest are given.
        """
        number = int(self.data.codes_of([user])[0])
        if number < 0:
            advice = nearest(str(user), map(str, self.data.user_ids))
            raise DataError(f"{shown(user)} is no user of the model", where="user", advice=advice)
        return number

    def item_numbers(self, names: Sequence[Any]) -> NDArray[np.int32]:
        """(names,) the numbers of items by name.

        Raises
        ------
        DataError: an item that the model does not know; the nearest names are given.
        """
        numbers = self.data.codes_of(names, items=True)
        if (numbers < 0).any():
            unknown, count = names[int(np.argmin(numbers))], int((numbers < 0).sum())
            more = f", nor are {count - 1} others" if count > 1 else ""
            advice = nearest(str(unknown), map(str, self.data.item_ids))
            raise DataError(f"{shown(unknown)} is no item of the model{more}", where="item", advice=advice)
        return numbers

    def of_side(self, side: Side) -> Embedded | None:
        return next((one for one in self.embedded if one.features.side == side), None)
