"""What lists are worth: the margin of each item, and how probably each item of a ranking is taken."""

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
from casestudies.metrics.ranking import Ranked
from casestudies.models.factorisation.ranking import Lists

DEPTH = 200  # places of the model's own ranking from which a list by margin is chosen
_USUAL = ("margin", "price")
_GROUPS = 5  # of items by margin
_PRIOR = 20.0  # takes by which the factor of a group is drawn towards 1
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
class Chances:
    """P(take) by the place in the ranking, times a factor for items of about this margin: dear ones often sell less.

    rate: by place. edges: (groups - 1,) margins that part the groups of items. factors: (groups,) takes there were for each
    that the places alone expect.
    """

    rate: TakeRate
    edges: Array
    factors: Array

    @classmethod
    def learnt(cls, ranked: Ranked, margins: Margins) -> Self:
        """From long rankings whose users have since chosen.

        The factor of a group is drawn towards 1 as if 20 more takes had been as expected.

        Raises
        ------
        DataError: nobody took any of the items ranked.
        """
        width = ranked.lists.shape[1]
        rate = TakeRate.learnt(ranked.hit.sum(axis=0), len(ranked.lists))
        edges = np.unique(np.quantile(margins.values, np.arange(1, _GROUPS) / _GROUPS))
        there = ranked.lists >= 0
        group = np.searchsorted(edges, margins.values[ranked.lists[there]], side="right")
        expected = np.broadcast_to(rate.at(np.arange(1, width + 1)), there.shape)[there]
        groups = len(edges) + 1
        due, taken = (np.bincount(group, weights=of, minlength=groups) for of in (expected, ranked.hit[there]))
        return cls(rate, edges, (taken + _PRIOR) / (due + _PRIOR))

    def of(self, items: NDArray[np.int32], margins: Margins) -> Array:
        """(users, places) P(take) of ranked items; nan where there is none."""
        p = (
            self.rate.at(np.arange(1, items.shape[1] + 1))
            * self.factors[np.searchsorted(self.edges, margins.values[items], side="right")]
        )
        return np.where(items < 0, np.nan, np.minimum(p, 1.0))


@dataclass(frozen=True, eq=False)
class Pays:
    """How lists weigh margin against likelihood.

    keep: share of the expected takes that lists keep. price: expected takes given up for one more unit of margin.
    """

    chances: Chances
    margins: Margins
    keep: float
    price: float

    def chosen(self, deep: Lists, k: int) -> Lists:
        """Lists of k out of longer ones, by likelihood and margin; those that are too short to choose stay as they are."""
        out = Lists(deep.items[:, :k].copy(), deep.scores[:, :k].copy(), deep.source[:, :k].copy())
        enough = np.flatnonzero(deep.filled.sum(axis=1) > k)
        if len(enough):
            items = deep.items[enough]
            p = self.chances.of(items, self.margins)
            at = by_margin(p, p * self.margins.values[items], self.price, k)
            out.items[enough] = np.take_along_axis(items, at, axis=1)
            out.scores[enough] = np.take_along_axis(deep.scores[enough], at, axis=1)
        return out

    def to_dict(self) -> dict[str, Any]:
        chances = self.chances
        return {
            "places": chances.rate.places.tolist(),
            "rates": chances.rate.rates.tolist(),
            "takes": chances.rate.takes,
            "edges": chances.edges.tolist(),
            "factors": chances.factors.tolist(),
            "keep": self.keep,
            "price": self.price if np.isfinite(self.price) else None,
            "margin": self.margins.source,
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any], items: pd.DataFrame) -> Self | None:
        """items: the table that the margins are read from again; None where it has them no more."""
        margins = Margins.of(items, told["margin"])
        places, rates, edges, factors = (
            np.asarray(told[name], float) for name in ("places", "rates", "edges", "factors")
        )
        chances = Chances(TakeRate(places, rates, int(told["takes"])), edges, factors)
        price = np.inf if told["price"] is None else float(told["price"])
        return None if margins is None else cls(chances, margins, float(told["keep"]), price)
