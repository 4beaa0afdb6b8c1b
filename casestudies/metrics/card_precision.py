"""Card precision at k: of the k cards a team looks at each day, how many turn out to be compromised."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from casestudies.errors import ConfigError, DataError
from casestudies.metrics.bootstrap import resamples
from casestudies.metrics.cases import Array, Case, Index, Mask, coded, weights
from casestudies.metrics.intervals import Interval, percentile


@dataclass(frozen=True, eq=False)
class CardPrecision:
    """Precision of a team's daily looks.

    Parameters
    ----------
    value: mean over days, with its interval from resampled cards.
    days: (days,) their labels, ascending. precision: (days,) of each. compromised: (days,) cards with fraud on that day
        that were not found out on an earlier one: no more than these could be found.
    """

    value: Interval
    days: np.ndarray
    precision: Array
    compromised: Array


def card_precision(
    y: ArrayLike,
    p: ArrayLike,
    day: ArrayLike,
    card: ArrayLike,
    k: int,
    weight: ArrayLike | None = None,
    *,
    rounds: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> CardPrecision:
    """`card_precision_at_<k>`: per day the k cards with the largest scores, the share of them compromised; mean over days.

    A card's score of a day is its largest, and it is compromised when one of its transactions of that day is fraud. A
    card found out is stopped: it is gone on later days. On a day with fewer cards the share is still one of k.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = fraud.
    p: (rows,) score, larger = earlier; of equal ones the first row.
    day: (rows,) labels that sort in time (numbers, dates).
    card: (rows,) labels.
    k: cards a day.
    weight: (rows,) row weights, default ones; a card counts as the row of its largest score does, and k is counted in
        these weights.
    rounds, level, seed: of the interval; whole cards are resampled.

    Raises
    ------
    ConfigError: k below 1.
    DataError: arrays of unequal length, missing labels, no rows.

    Source: Le Borgne, Siblini, Lebichot and Bontempi 2022, "Reproducible machine learning for credit card fraud
    detection - practical handbook", chapter 4.4, card precision top-k.
    """
    if k < 1:
        raise ConfigError(f"{k} is not a number of cards", where="k", advice="write 1 or more")
    case = Case.of(y, p)
    if not case.rows:
        raise DataError("there are no rows to evaluate", advice="use more rows")
    own = weights(weight, case.rows)
    day_codes, days = coded(day, case.rows, "day", sort=True)
    card_codes, cards = coded(card, case.rows, "card")
    looks = _Looks.of(case, day_codes, card_codes)
    found, there = looks.found(own[looks.row][np.newaxis, :], k)
    draws = [
        looks.found(own[looks.row] * chunk[:, looks.card], k)[0].mean(axis=1)
        for chunk in resamples(len(cards), rounds, seed)
    ]
    value = percentile(float(found.mean()), np.concatenate(draws), level, "there are no days")
    return CardPrecision(value, days, found[0], there[0])


@dataclass(frozen=True, eq=False)
class _Looks:
    """Every card of every day, one entry each, by day and within it from the largest score on; all (looks,).

    Parameters
    ----------
    row: its transaction of the largest score. card: code. hit: whether any of its transactions of the day is fraud.
    edges: (days + 1,) where each day begins, and the end.
    """

    row: Index
    card: Index
    hit: Mask
    edges: Index

    @classmethod
    def of(cls, case: Case, day: Index, card: Index) -> _Looks:
        order = np.lexsort((-case.score, day))  # stable: equal scores in row order
        key = day[order] * (int(card.max()) + 1) + card[order]
        _, first, of = np.unique(key, return_index=True, return_inverse=True)
        hit = np.bincount(of, weights=case.event[order]) > 0
        ahead = np.argsort(first)
        row = order[first[ahead]]
        edges = np.searchsorted(day[row], np.arange(int(day.max()) + 2))
        return cls(row, card[row], hit[ahead], edges)

    def found(self, mass: Array, k: int) -> tuple[Array, Array]:
        """(rounds, days) each: share of k found compromised, and weight of the compromised cards that were there.

        Parameters
        ----------
        mass: (rounds, looks).
        """
        looked, present = worked_through(self.card, self.hit, self.edges, mass, k)
        days = self.edges[:-1]  # every day has a look
        found, there = (np.add.reduceat(taken * self.hit, days, axis=1) for taken in (looked, present))
        return found / k, there


def worked_through(
    card: Index, hit: Mask, edges: Index, mass: Array, k: float, wanted: Mask | None = None
) -> tuple[Array, Array]:
    """Work through the days, on each the foremost first, where a card that is found out is gone on later days.

    Parameters
    ----------
    card, hit: (looks,) code of the card, and whether there is fraud to find; by day and within it from the foremost on.
    edges: (days + 1,) where each day begins, and the end. mass: (rounds, looks) how much each weighs. k: a day at most;
        where the last falls within a look, a part of it is taken, and finds the card out like any other.
    wanted: (looks,) those that are looked at at all; None: all.

    Returns
    -------
    (rounds, looks) each: how much of it was looked at, and how much was there to be looked at.
    """
    alive = np.ones((len(mass), int(card.max(initial=-1)) + 1))
    looked, present = np.zeros_like(mass), np.zeros_like(mass)
    for begin, end in pairwise(edges.tolist()):
        day = slice(begin, end)
        there = mass[:, day] * alive[:, card[day]]
        before = np.cumsum(there, axis=1) - there
        taken = np.clip(k - before, 0.0, there)
        if wanted is not None:
            taken *= wanted[day]
        looked[:, day], present[:, day] = taken, there
        cards, of = np.unique(card[day][hit[day]], return_inverse=True)
        left = np.ones((len(cards), len(mass)))
        np.minimum.at(left, of, (taken[:, hit[day]] == 0).T)
        alive[:, cards] *= left.T
    return looked, present
