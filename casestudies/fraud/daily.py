"""Alerts within a day's capacity, as a team works through them: the foremost first, and a card found out is stopped.

An alert is raised for a card on a day (or for one transaction). Whoever looks at a card finds all its fraud of that day;
the card is then stopped, so what it would have done on later days neither needs an alert nor costs anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from casestudies.metrics.card_precision import worked_through

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Units:
    """What can be alerted, one entry each, by day and within it from the foremost on.

    Parameters
    ----------
    row: (units,) the judged row that speaks for it, the foremost of the card's on that day.
    day, card: (units,) codes; a transaction without a card is a card of its own.
    value: (units,) what it is ordered by. event: (units,) whether there is fraud to find.
    money: (units,) what is found there, for one unit of the row's weight.
    """

    row: Index
    day: Index
    card: Index
    value: Floats
    event: Mask
    money: Floats

    @classmethod
    def of(
        cls, value: Floats, y: Floats, loss: Floats, weight: Floats, day: Index, card: Index | None, *, by_card: bool
    ) -> Self:
        """Units of rows; rows without a day (-1) or without weight are left out.

        Parameters
        ----------
        value, y, loss, weight: (rows,) what alerts are ordered by, outcomes, money lost where a fraud is missed, weights.
        day: (rows,) codes. card: (rows,) codes, None without cards. by_card: one alert a card and day.
        """
        kept = np.flatnonzero((day >= 0) & (weight > 0))
        cards = np.arange(len(y)) if card is None else card
        _, cards = np.unique(cards[kept], return_inverse=True)
        order = np.lexsort((-value[kept], day[kept]))  # stable: equal values stay in the order of the rows
        rows, cards = kept[order], cards[order]
        if by_card and card is not None:
            key = day[rows] * (int(cards.max(initial=0)) + 1) + cards
            _, first, unit = np.unique(key, return_index=True, return_inverse=True)
            event = np.bincount(unit, weights=y[rows]) > 0
            found = np.asarray(np.bincount(unit, weights=(weight * loss)[rows]), dtype=np.float64)
            ahead = np.argsort(first, kind="stable")
            rows, cards, event, money = rows[first[ahead]], cards[first[ahead]], event[ahead], found[ahead]
        else:
            event, money = y[rows] > 0, (weight * loss)[rows]
        return cls(rows, day[rows], cards, value[rows], event, money / weight[rows])


@dataclass(frozen=True, eq=False)
class Raised:
    """What the alerts came to, under each weighting.

    Parameters
    ----------
    taken: (rounds, units) how much of each unit was alerted, in weight.
    stopped: (rounds,) money of the frauds found, and of those that stopped cards would have done on later days.
    precision: (rounds,) mean over days of the share of the day's capacity that found a fraud.
    alerts: (rounds,) alerts raised, in weight.
    """

    taken: Floats
    stopped: Floats
    precision: Floats
    alerts: Floats


def raised(units: Units, per_day: float, mass: Floats, least: float = -np.inf) -> Raised:
    """Work through the days.

    Parameters
    ----------
    per_day: alerts a day. mass: (rounds, units) how much each unit weighs; where the last alert of a day falls within a
        unit, a part of it is taken.
    least: units whose value is not above it are never alerted.

    Where alerts are ordered by score and raised for cards, `precision` is the figure of `metrics.card_precision`.

    Source: card precision as in Le Borgne et al. 2022, "Reproducible machine learning for credit card fraud detection",
    chapter 4.3: per day the k foremost cards, without those found out on earlier days.
    """
    begins = np.flatnonzero(np.diff(units.day, prepend=-1))
    edges = np.append(begins, len(units.day))
    taken, there = worked_through(units.card, units.event, edges, mass, per_day, units.value > least)
    found = (
        np.add.reduceat(taken * units.event, begins, axis=1) / per_day
        if len(begins)
        else np.full((len(mass), 1), np.nan)
    )
    return Raised(taken, (taken + mass - there) @ units.money, found.mean(axis=1), taken.sum(axis=1))
