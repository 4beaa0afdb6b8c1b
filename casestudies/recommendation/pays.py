"""What lists are worth: the margin of each item, and how probably each place of a list is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.decisions.margins import by_margin
from casestudies.decisions.takes import TakeRate
from casestudies.formulas import ArrayColumns, Formula
from casestudies.models.factorisation.ranking import Lists

DEPTH = 200  # places of the model's own ranking from which a list by margin is chosen
_USUAL = ("margin", "price")
Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Margins:
    """values: (items,) what a sale earns, where unknown the median. source: the column or formula. missing: items without."""

    values: Array
    source: str
    missing: int

    @classmethod
    def of(cls, items: pd.DataFrame, asked: str | None) -> Self | None:
        """As asked, else the column `margin` or `price`; None where there is neither.

        Raises
        ------
        ConfigError: no such column, or no formula. DataError: values that are not numbers.
        """
        source = asked or next((name for name in _USUAL if name in items), None)
        if source is None:
            return None
        formula = Formula(source, "ranking.margin")
        read = [name for name in formula.names if name in items]
        known = items[read].notna().all(axis=1).to_numpy()
        values = np.full(len(items), np.nan)
        columns = {str(name): column[known].to_numpy() for name, column in items.items()}
        values[known] = formula.numbers(ArrayColumns(columns), int(known.sum()))
        middle = float(np.median(values[known])) if known.any() else 0.0
        return cls(np.where(known, values, middle), source, int((~known).sum()))


@dataclass(frozen=True, eq=False)
class Pays:
    """How lists weigh margin against likelihood.

    keep: share of the expected takes that lists keep. price: expected takes given up for one more unit of margin.
    """

    rate: TakeRate
    margins: Margins
    keep: float
    price: float

    def worth(self, lists: Lists) -> tuple[Array, Array]:
        """(users, places) P(take) of each entry, by its place, and its expected margin; nan where there is none."""
        p = np.tile(self.rate.at(np.arange(1, lists.items.shape[1] + 1)), (len(lists.items), 1))
        p[~lists.filled] = np.nan
        return p, p * self.margins.values[lists.items]

    def chosen(self, deep: Lists, k: int) -> Lists:
        """Lists of k out of longer ones, by likelihood and margin; those that are too short to choose stay as they are."""
        out = Lists(deep.items[:, :k].copy(), deep.scores[:, :k].copy(), deep.source[:, :k].copy())
        enough = np.flatnonzero(deep.filled.sum(axis=1) > k)
        if len(enough):
            some = Lists(deep.items[enough], deep.scores[enough], deep.source[enough])
            at = by_margin(*self.worth(some), self.price, k)
            out.items[enough] = np.take_along_axis(some.items, at, axis=1)
            out.scores[enough] = np.take_along_axis(some.scores, at, axis=1)
        return out

    def to_dict(self) -> dict[str, Any]:
        return {
            "places": self.rate.places.tolist(),
            "rates": self.rate.rates.tolist(),
            "takes": self.rate.takes,
            "keep": self.keep,
            "price": self.price if np.isfinite(self.price) else None,
            "margin": self.margins.source,
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any], items: pd.DataFrame) -> Self | None:
        """items: the table that the margins are read from again."""
        margins = Margins.of(items, told["margin"])
        rate = TakeRate(np.asarray(told["places"], float), np.asarray(told["rates"], float), int(told["takes"]))
        price = np.inf if told["price"] is None else float(told["price"])
        return None if margins is None else cls(rate, margins, float(told["keep"]), price)
