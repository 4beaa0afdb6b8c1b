"""Who gets which offer, when money or hands are short: the multiple-choice knapsack and its linear-programming bound.

A row's offers are steps: from none to the first, from there to a dearer one that gains more. Steps of all rows, in order
of gain per unit spent, solve the problem in which a last step may be taken in part; what is left of the budget then
decides how far whole offers fall short of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casestudies.decisions.offers import Best, Choice, Offers, Steps
from casestudies.rows import Array, Mask

__all__ = ["NONE", "Campaign", "Choice", "Frontier", "campaign", "frontier"]

NONE = -1  # no offer
_TANGENTS = 200  # prices tried at most; a million rows and two offers take about 20
_MET = 1e-12  # relative distance of a bound from the tangents below it that is only rounding


@dataclass(frozen=True, eq=False)
class Campaign:
    """One offer or none for every row.

    Parameters
    ----------
    offer: (rows,) number of the offer, from 0; -1 = none.
    gain: expected gain of all offers made, currency of the costs.
    spend: expected spending.
    bound: no choice within the same limits can be expected to gain more.
    price: what one more unit of money would gain, at the margin; 0 where the budget does not bind.
    """

    offer: Choice
    gain: float
    spend: float
    bound: float
    price: float

    @property
    def act(self) -> Mask:
        """(rows,) bool: the rows that get an offer."""
        return self.offer > NONE

    @property
    def contacts(self) -> int:
        return int(self.act.sum())

    @property
    def gap(self) -> float:
        """What the choice may fall short of the best there is: below the gain of one row."""
        return max(0.0, self.bound - self.gain)


@dataclass(frozen=True, eq=False)
class Frontier:
    """The most that can be expected for each budget, all (points,) and rising; straight lines between them are reached.

    Parameters
    ----------
    spend: money spent. gain: what it is expected to gain. contacts: rows that get an offer.
    """

    spend: Array
    gain: Array
    contacts: NDArray[np.int64]


def campaign(
    gain: ArrayLike,
    spend: ArrayLike,
    budget: float | None = None,
    most: int | None = None,
    allowed: ArrayLike | None = None,
) -> Campaign:
    """One offer or none per row, for the largest expected gain within a budget and a number of contacts.

    Steps to the next better offer are taken in order of gain per unit spent; one that does not fit is passed over, so
    that a dear row cannot block cheaper ones behind it, until (without a cap) nothing affordable improves any row.

    The result falls short of the bound by less than one row gains. Without a cap on contacts: the linear programme
    takes the same steps up to the first that does not fit, and a part of that one; a step gains no more than its row
    does. With a cap: let `price` be the price of money at which the bound is least. Every choice that is best there
    reaches the bound but for price x (budget - spending). From one that fits to one that does not, one goes by single
    changes of a row's offer and swaps of two rows, and at this price each of them gains price x what it spends: after the
    last that fits, what is left of the budget is worth less than the next one gains.

    Parameters
    ----------
    gain: (rows, offers) expected gain of each offer against none; offers without a gain are never made. A single
        column is the plain question whom to act on.
    spend: (rows, offers) expected spending, not negative.
    budget: money for all rows together; None = no limit.
    most: rows that may get an offer; None = no limit.
    allowed: (rows,) bool, False = no offer may be made (do not disturb, contacted too often); default all.

    Raises
    ------
    DataError: arrays of different shapes, values that are not finite, spending below 0; with the first row.
    ConfigError: a budget or a cap below 0.

    Source: Sinha and Zoltners 1979, "The multiple-choice knapsack problem", Operations Research 27(3); Dantzig 1957,
    "Discrete-variable extremum problems", Operations Research 5(2), for one offer; the cap by Lagrange's multiplier of
    the budget, as in Geoffrion 1974, "Lagrangean relaxation for integer programming", section 3.
    """
    offers = Offers.of(gain, spend, budget, most, allowed)
    free = _stepwise(offers)
    if most is None or free.contacts < most:  # the one row that the bound takes in part fits in as well
        return free
    priced = _priced(offers, free.price)
    inside = _stepwise(offers.only(priced.rows))
    best = free if free.contacts <= most and free.gain > inside.gain else inside
    return Campaign(best.offer, best.gain, best.spend, max(priced.bound, best.gain), priced.price)


def frontier(
    gain: ArrayLike,
    spend: ArrayLike,
    most: int | None = None,
    allowed: ArrayLike | None = None,
    points: int = 100,
) -> Frontier:
    """Expected gain by budget, from nothing to the budget beyond which no money helps.

    Parameters
    ----------
    gain, spend, most, allowed: as for `campaign`.
    points: at most so many, evenly spread in the money spent (without a cap), both ends among them.

    Raises
    ------
    As `campaign`.
    """
    offers = Offers.of(gain, spend, None, most, allowed)
    steps = Steps.of(offers, np.zeros(len(offers.gain)), np.zeros(len(offers.gain)), np.inf)
    spent, gained = (np.concatenate(([0.0], np.cumsum(values))) for values in (steps.spend, steps.gain))
    even = np.searchsorted(spent, np.linspace(0.0, spent[-1], points)).clip(max=len(spent) - 1)
    kept = np.unique(np.concatenate((even, [0, len(spent) - 1]))) if len(spent) > points else np.arange(len(spent))
    reached = np.concatenate(([0], np.cumsum(steps.first)))
    if most is None or reached[-1] <= most:
        return Frontier(spent[kept], gained[kept], reached[kept])
    prices = np.append(steps.price[kept[:-1]], 0.0)
    _, able = offers.within_reach()
    found = [able.at(float(price)) for price in prices[np.isfinite(prices)]]
    table = np.array([(0.0, 0.0, 0.0), *((one.spend, one.gain, len(one.rows)) for one in found)])
    table = np.unique(table, axis=0)
    return Frontier(table[:, 0], table[:, 1], table[:, 2].astype(np.int64))


def _stepwise(offers: Offers) -> Campaign:
    """The greedy choice without a cap: steps in order until one does not fit, again and again with what is left."""
    rows = len(offers.gain)
    offer = np.full(rows, NONE, dtype=np.int64)
    gain, spend = np.zeros(rows), np.zeros(rows)
    left, bound, price = offers.budget, None, 0.0
    while True:
        steps = Steps.of(offers, gain, spend, left)
        spent = np.cumsum(steps.spend)
        fits = int(np.searchsorted(spent, left, side="right"))
        row, to = steps.row[:fits], steps.offer[:fits]
        if bound is None:
            used = float(spent[fits - 1]) if fits else 0.0
            bound = float(steps.gain[:fits].sum())
            if fits < len(steps.row):
                price = float(steps.price[fits])
                bound += price * (left - used)
        if not fits:
            break
        offer[row] = to  # a row's later step stands later, and the last assignment holds
        gain[row], spend[row] = offers.gain[row, to], offers.spend[row, to]
        left -= float(spent[fits - 1])
        if fits == len(steps.row):
            break
    total = float(gain.sum())
    return Campaign(offer, total, float(spend.sum()), max(bound, total), price)


@dataclass(frozen=True, eq=False)
class _Priced:
    """rows: who may get an offer within the cap. bound: of the gain. price: of money, where the bound is least."""

    rows: NDArray[np.intp]
    bound: float
    price: float


def _priced(offers: Offers, highest: float) -> _Priced:
    """The price of money at which the best choice under the cap just meets the budget.

    The bound is convex in the price, with the slope budget - spending: each try is where the tangents of the last too
    low and the last too high price meet, or half-way, where they approach too slowly.

    Parameters
    ----------
    highest: a price at which the spending is within the budget: that of the same offers without the cap.
    """
    places, offers = offers.within_reach()
    low = offers.at(0.0)
    if low.spend <= offers.budget:
        return _Priced(places[low.rows], low.gain, 0.0)
    least, most = 0.0, highest or 1.0
    high = offers.at(most)
    while high.spend > offers.budget:  # at this very price the last step is worth nothing, but for rounding
        least, low, most = most, high, 2.0 * most
        high = offers.at(most)
    bound, price = min((low.bound, least), (high.bound, most))
    for turn in range(_TANGENTS):
        meeting = (low.gain - high.gain) / (low.spend - high.spend)
        under = high.gain + meeting * (offers.budget - high.spend)
        if bound - under <= _MET * abs(bound):
            break
        tried = meeting if turn % 3 < 2 else 0.5 * (least + most)
        if not least < tried < most:
            break
        found = offers.at(tried)
        bound, price = min((bound, price), (found.bound, tried))
        if found.spend > offers.budget:
            least, low = tried, found
        else:
            most, high = tried, found
    return _Priced(places[_between(offers, low, high)], bound, price)


def _between(offers: Offers, low: Best, high: Best) -> NDArray[np.intp]:
    """Rows of the dearer choice in place of rows of the cheaper one, pair by pair, as long as the budget allows."""
    out = np.setdiff1d(high.rows, low.rows, assume_unique=True)
    into = np.setdiff1d(low.rows, high.rows, assume_unique=True)
    pairs = min(len(out), len(into))
    costs_less = offers.spend[out, high.offer[np.isin(high.rows, out)]][:pairs]
    costs_more = offers.spend[into, low.offer[np.isin(low.rows, into)]][:pairs]
    spent = high.spend + np.cumsum(costs_more - costs_less)
    swapped = int(np.argmax(spent > offers.budget)) if (spent > offers.budget).any() else pairs
    kept = np.setdiff1d(high.rows, out[:swapped], assume_unique=True)
    added = np.concatenate((into[:swapped], into[pairs:]))
    return np.sort(np.concatenate((kept, added)))
