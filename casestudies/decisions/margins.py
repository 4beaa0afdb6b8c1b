"""Lists ranked by what is likely and by what pays: every trade-off between the two, exactly.

A list of k items may hold the likeliest ones, or those whose expected margin (probability times margin) is largest, or
anything between: the k items with the largest p + price * worth, where the price says how much likelihood one unit of
margin is worth. As the price rises from 0, one item after the other gives its place to one that pays more. These swaps,
of all users and in the order of their prices, are the whole frontier: no other choice of lists has more expected margin
at as many expected takes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casestudies.errors import ConfigError, DataError
from casestudies.rows import Array

_SAME = 1e-12  # relative difference of two prices that is only rounding: no price asks for one swap without the other
_ROWS = 1 << 21  # pairs of items that are compared at once, 16 MB


@dataclass(frozen=True, eq=False)
class MarginFrontier:
    """Expected takes and expected margin of all lists together, from the likeliest lists to the best paying ones.

    price: (points,) rising from 0: takes given up for one more unit of margin; what is reached from this price on.
    takes, margin: (points,) summed over all lists.
    swapped: (points,) items that have given their places to others so far; swaps of one price are one point.
    """

    price: Array
    takes: Array
    margin: Array
    swapped: NDArray[np.int64]

    def thinned(self, points: int) -> MarginFrontier:
        """At most so many points, evenly spread in the margin, both ends among them."""
        if len(self.price) <= points:
            return self
        even = np.searchsorted(self.margin, np.linspace(self.margin[0], self.margin[-1], points))
        at = np.unique(np.concatenate([[0], even.clip(max=len(self.price) - 1), [len(self.price) - 1]]))
        return MarginFrontier(self.price[at], self.takes[at], self.margin[at], self.swapped[at])

    def between(self, point: int) -> float:
        """A price that asks for the lists of a point and no others: half-way to the next swap."""
        if point + 1 == len(self.price):
            return float(np.inf)
        return 0.5 * float(self.price[point] + self.price[point + 1])

    def keeping(self, share: float) -> int:
        """The point of the largest margin that keeps this share of the takes of the likeliest lists."""
        return int(np.flatnonzero(self.takes >= share * self.takes[0] - 1e-12 * abs(self.takes[0]))[-1])


def by_margin(p: ArrayLike, worth: ArrayLike, price: float, k: int) -> NDArray[np.intp]:
    """(users, k) the columns of the lists at a price, best first; of equal ones the better paying, then the lower column.

    Parameters
    ----------
    p: (users, items) probability of a take; nan = may not be shown. worth: (users, items) p times the item's margin.
    price: takes per unit of margin; inf = by the expected margin alone.
    """
    likely, pays = _tables(p, worth, k)
    if np.isinf(price):
        value, then = pays, likely
    else:
        value, then = likely + price * np.where(np.isfinite(pays), pays, 0.0), pays
    order = np.lexsort((-then, -value), axis=1)[:, :k]
    return np.asarray(order)


def margin_frontier(p: ArrayLike, worth: ArrayLike, k: int) -> MarginFrontier:
    """Every list that some price asks for, all users at once.

    Items that k others of a user beat in both figures are left out first: no price asks for them. Then each turn makes
    the next swap of every user who has one: the pair, one inside and one outside the list, whose exchange costs the
    fewest takes per unit of margin.

    Parameters
    ----------
    p, worth: see `by_margin`. k: items of a list.

    Raises
    ------
    DataError: arrays of different shapes, or values that are not finite. ConfigError: fewer than k items.

    Source: the k-level of lines (Edelsbrunner and Welzl 1986, "Constructing belts in two-dimensional arrangements with
    applications", SIAM Journal on Computing 15(1)); the sum over users as in Dantzig 1957, "Discrete-variable extremum
    problems", Operations Research 5(2).
    """
    likely, pays = _tables(p, worth, k)
    likely, pays = _undominated(likely, pays, k)
    size = max(1, _ROWS // (k * likely.shape[1]))
    start_takes, start_margin, parts = 0.0, 0.0, []
    for begin in range(0, len(likely), size):
        ours, theirs = likely[begin : begin + size], pays[begin : begin + size]
        start_takes += float(ours[:, :k].sum())
        start_margin += float(theirs[:, :k].sum())
        parts.append(_swaps(ours, theirs, k))
    price, takes, margin = np.concatenate(parts, axis=1)
    order = np.argsort(price, kind="stable")
    price = np.concatenate([[0.0], price[order]])
    takes = start_takes + np.concatenate([[0.0], np.cumsum(takes[order])])
    margin = start_margin + np.concatenate([[0.0], np.cumsum(margin[order])])
    last = np.flatnonzero(np.append(np.diff(price) > _SAME * price[1:], True))
    return MarginFrontier(price[last], takes[last], margin[last], last)


def _tables(p: ArrayLike, worth: ArrayLike, k: int) -> tuple[Array, Array]:
    """Both (users, items), -inf in both where an item may not be shown."""
    likely, pays = np.asarray(p, dtype=np.float64), np.asarray(worth, dtype=np.float64)
    if likely.ndim != 2 or likely.shape != pays.shape:
        raise DataError(f"has shape {pays.shape}", where="worth", advice=f"give (users, items), as `p`: {likely.shape}")
    out = np.isnan(likely)
    if not (np.isfinite(pays) | out).all() or np.isinf(likely).any():
        row = int(np.argmax(((~np.isfinite(pays) | np.isinf(likely)) & ~out).any(axis=1))) + 1
        advice = "look for a missing margin"
        raise DataError(
            f"is not finite for an item that may be shown, first in row {row}", where="worth", advice=advice
        )
    if not 1 <= k <= int((~out).sum(axis=1).min(initial=likely.shape[1])):
        what = f"lists of {k} are longer than what a user may be shown"
        raise ConfigError(what, where="k", advice="ask for fewer, or show more")
    return np.where(out, -np.inf, likely), np.where(out, -np.inf, pays)


def _undominated(likely: Array, pays: Array, k: int) -> tuple[Array, Array]:
    """The items that k others do not beat in both, likeliest first, packed to the left; -inf behind them.

    Down the items in order of p, an item counts only if it pays more than the kth best payer before it.
    """
    order = np.lexsort((-pays, -likely), axis=1)
    likely, pays = np.take_along_axis(likely, order, axis=1), np.take_along_axis(pays, order, axis=1)
    kept = np.zeros(likely.shape, dtype=bool)
    kept[:, :k] = True
    leading, rows = pays[:, :k].copy(), np.arange(len(pays))
    for column in range(k, pays.shape[1]):
        least = leading.argmin(axis=1)
        better = pays[:, column] > leading[rows, least]
        kept[:, column] = better
        leading[rows[better], least[better]] = pays[better, column]
    packed = np.argsort(~kept, axis=1, kind="stable")[:, : int(kept.sum(axis=1).max(initial=k))]
    kept = np.take_along_axis(kept, packed, axis=1)
    return tuple(  # type: ignore[return-value]
        np.where(kept, np.take_along_axis(values, packed, axis=1), -np.inf) for values in (likely, pays)
    )


def _swaps(likely: Array, pays: Array, k: int) -> Array:
    """(3, swaps): price, change of takes and change of margin of each, from lists of the first k columns on."""
    at = np.broadcast_to(np.arange(likely.shape[1]), likely.shape).copy()  # the first k columns are the list
    rows, paid, parts = np.arange(len(likely)), np.zeros(len(likely)), [np.empty((3, 0))]
    while len(rows):
        takes, margin = (np.take_along_axis(values[rows], at[rows], axis=1) for values in (likely, pays))
        more = margin[:, None, k:] - margin[:, :k, None]  # of the pair (inside, outside)
        less = takes[:, :k, None] - takes[:, None, k:]
        price = np.full(more.shape, np.inf)
        with np.errstate(invalid="ignore"):
            np.divide(less, more, out=price, where=more > 0)
        flat = price.reshape(len(rows), -1)
        pair = flat.argmin(axis=1) if flat.shape[1] else np.zeros(len(rows), np.intp)
        best = flat[np.arange(len(rows)), pair] if flat.shape[1] else np.full(len(rows), np.inf)
        going = np.isfinite(best)
        rows, pair, best, some = rows[going], pair[going], best[going], np.flatnonzero(going)
        inside, outside = np.divmod(pair, max(likely.shape[1] - k, 1))
        paid[rows] = np.maximum(paid[rows], best)  # rounding must not let a later swap come before
        change = -less[some, inside, outside], more[some, inside, outside]
        parts.append(np.stack([paid[rows], *change]))
        at[rows, inside], at[rows, k + outside] = at[rows, k + outside], at[rows, inside]
    return np.concatenate(parts, axis=1)
