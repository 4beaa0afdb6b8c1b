"""Offers to rows: what can be offered, what is best at a price of money, and the steps from each offer to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casestudies.decisions.allocate import foremost
from casestudies.errors import ConfigError, DataError
from casestudies.rows import Array, Mask, chosen

Choice = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Best:
    """The best choice at a price of money: `rows` that get an offer, ascending, `offer` of each, and what they sum to.

    bound: of the gain within the budget; spend, gain: of these offers.
    """

    rows: NDArray[np.intp]
    offer: Choice
    spend: float
    gain: float
    bound: float


@dataclass(frozen=True, eq=False)
class Offers:
    """The offers that can be made at all, both (rows, offers); those that cannot have a gain of -inf."""

    gain: Array
    spend: Array
    budget: float
    most: int | None

    @classmethod
    def of(
        cls, gain: ArrayLike, spend: ArrayLike, budget: float | None, most: int | None, allowed: ArrayLike | None
    ) -> Offers:
        gains, spends = _table(gain, "gain"), _table(spend, "spend")
        if gains.shape != spends.shape:
            raise DataError(f"has shape {spends.shape}", where="spend", advice=f"give {gains.shape}, as `gain` has")
        if (negative := (spends < 0).any(axis=1)).any():
            what = f"is below 0 in {negative.sum()} of {len(spends)} rows, first in row {np.argmax(negative) + 1}"
            raise DataError(what, where="spend", advice="what an offer earns belongs into its gain")
        for key, limit in (("budget", budget), ("most", most)):
            if limit is not None and not limit >= 0:
                raise ConfigError(f"{limit} is not a limit", where=key, advice="write 0 or more, or leave it out")
        most_spent = np.inf if budget is None else float(budget)
        usable = (gains > 0) & (spends <= most_spent)
        if allowed is not None:
            usable &= chosen(allowed, len(gains))[:, None]
        return cls(np.where(usable, gains, -np.inf), spends, most_spent, most)

    def only(self, rows: NDArray[np.intp]) -> Offers:
        """The same with no offer to any other row."""
        gain = np.full_like(self.gain, -np.inf)
        gain[rows] = self.gain[rows]
        return Offers(gain, self.spend, self.budget, self.most)

    def within_reach(self) -> tuple[NDArray[np.intp], Offers]:
        """The rows with an offer that can be made, and the offers of these rows alone."""
        rows = np.flatnonzero(np.isfinite(self.gain).any(axis=1))
        return rows, Offers(self.gain[rows], self.spend[rows], self.budget, self.most)

    def at(self, price: float) -> Best:
        """The best choice where every unit spent costs `price` units of gain, by the cap on contacts alone."""
        worth = self.gain - price * self.spend
        offer = np.argmax(worth, axis=1)
        most_worth = np.take_along_axis(worth, offer[:, None], axis=1)[:, 0]
        act = most_worth > 0
        if self.most is not None:
            act &= foremost(most_worth, self.most)
        rows = np.flatnonzero(act)
        spend, gain = (float(values[rows, offer[rows]].sum()) for values in (self.spend, self.gain))
        bound = float(most_worth[rows].sum()) + (price * self.budget if price else 0.0)
        return Best(rows, offer[rows], spend, gain, bound)


@dataclass(frozen=True, eq=False)
class Steps:
    """From what rows have to their next better offers, all (steps,), best gain per unit spent first.

    Parameters
    ----------
    row, offer: which row comes to have which offer.
    gain, spend: what the step adds. price: its gain per unit spent, never rising within a row.
    first: whether the row had nothing before.
    """

    row: NDArray[np.intp]
    offer: Choice
    gain: Array
    spend: Array
    price: Array
    first: Mask

    @classmethod
    def of(cls, offers: Offers, gain: Array, spend: Array, left: float) -> Steps:
        """Along the upper hull of each row's offers, from the `gain` and `spend` (rows,) it stands at.

        Each turn walks every row that still can to the offer of steepest rise, of equally steep ones the nearest; offers
        dearer than `left` are out of reach.
        """
        rows = np.flatnonzero(((offers.gain > gain[:, None]) & (offers.spend - spend[:, None] <= left)).any(axis=1))
        had = spend[rows] > 0
        at_gain, at_spend, steepest = gain[rows], spend[rows], np.full(len(rows), np.inf)
        most = spend[rows] + left
        parts: list[tuple[np.ndarray, ...]] = []
        while rows.size:
            options, prices = offers.gain[rows], offers.spend[rows]
            rise, run = options - at_gain[:, None], prices - at_spend[:, None]
            open_ = (rise > 0) & (run >= 0) & (prices <= most[:, None])
            slope = np.full_like(rise, -np.inf)
            with np.errstate(divide="ignore", over="ignore"):
                np.divide(rise, run, out=slope, where=open_)
            best = slope.max(axis=1)
            offer = np.argmin(
                np.where(slope == best[:, None], run, np.inf), axis=1
            )  # of equally steep ones the nearest
            going = best > 0
            rows, offer, most, had = rows[going], offer[going], most[going], had[going]
            taken = np.flatnonzero(going), offer
            steepest = np.minimum(best[going], steepest[going])  # rounding must not let a later step overtake
            parts.append((rows, offer, rise[taken], run[taken], steepest, ~had))
            at_gain, at_spend, had = options[taken], prices[taken], np.ones(len(rows), dtype=bool)
        if not parts:
            empty = np.array([])
            return cls(empty.astype(np.intp), empty.astype(np.int64), empty, empty, empty, empty.astype(bool))
        row, chosen_, gains, spends, price, first = (np.concatenate(part) for part in zip(*parts, strict=True))
        order = np.argsort(-price, kind="stable")
        return cls(row[order], chosen_[order], gains[order], spends[order], price[order], first[order])


def _table(values: ArrayLike, name: str) -> Array:
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2:
        raise DataError(f"has shape {table.shape}", where=name, advice="give (rows, offers)")
    bad = ~np.isfinite(table).all(axis=1)
    if bad.any():
        what = f"is not finite in {bad.sum()} of {len(table)} rows, first in row {np.argmax(bad) + 1}"
        raise DataError(what, where=name, advice="look for a missing value or a division by zero")
    return table
