"""How often customers buy and whether they still do: the BG/NBD model of purchases without a contract."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import hyp2f1

from casestudies.errors import DataError
from casestudies.models.customers.likelihood import Array, Estimate, Point, fit

_POLE = 1e-5  # a = 1 is a removable pole of the formulas; nearer to it digits are lost
_UNDERFLOW = 600.0  # of an exponent, from where its factors are 0 times infinity
_ALIKE = 1e4  # a, from which the chance to leave is the same for all to one per cent
_NODES, _SHARES = np.polynomial.legendre.leggauss(6)


@dataclass(frozen=True)
class Cells:
    """Customers with equal histories, counted.

    x: (cells,) repeat purchases. last: time of the last one, since the first purchase; 0 without a repeat. age: time
    since the first purchase. count: (cells,) customers; of: (customers,) the cell of each.

    Raises
    ------
    DataError: a history that cannot be; the message names the first customer's place.
    """

    x: Array
    last: Array
    age: Array
    count: Array
    of: NDArray[np.intp]

    @classmethod
    def of_customers(cls, x: Array, last: Array, age: Array) -> Cells:
        for bad, what, advice in (
            (~(np.isfinite(x) & np.isfinite(last) & np.isfinite(age)), "histories are not finite", "fill them"),
            ((x < 0) | (x % 1 != 0), "frequencies are not whole numbers from 0 up", "count repeat purchases"),
            (last > age, "recencies are above the age T", "take both from the first purchase to one date"),
            ((x > 0) & ~(last > 0), "customers bought again at once", "count purchases of one day as one"),
            ((x == 0) & (last != 0), "customers without a repeat purchase have a recency", "write 0"),
        ):
            if bad.any():
                raise DataError(f"{int(bad.sum())} {what}", where=f"customer {np.argmax(bad) + 1}", advice=advice)
        cells, of, count = _distinct(np.column_stack((x, last, age)))
        return cls(cells[:, 0], cells[:, 1], cells[:, 2], count.astype(float), of)

    def __len__(self) -> int:
        return len(self.x)


def _distinct(rows: Array) -> tuple[Array, NDArray[np.intp], NDArray[np.intp]]:
    """Distinct rows, the place of each row among them, and how often each occurs."""
    order = np.lexsort(rows.T[::-1])
    ranked = rows[order]
    new = np.ones(len(rows), dtype=bool)
    new[1:] = (ranked[1:] != ranked[:-1]).any(axis=1)
    place = np.cumsum(new) - 1
    of = np.empty(len(rows), dtype=np.intp)
    of[order] = place
    return ranked[new], of, np.bincount(place)


@dataclass(frozen=True)
class Buying:
    """While a customer is one, purchases come at a steady rate of its own; after each it may leave for good.

    Rates are gamma(r, alpha) over customers, chances to leave beta(a, b).

    Source: Fader, Hardie and Lee 2005, "Counting your customers the easy way", Marketing Science 24:275.
    """

    r: float
    alpha: float
    a: float
    b: float

    @classmethod
    def of(cls, estimate: Estimate, shift: Array | None = None) -> Buying:
        """shift: (4,) added to the logarithms of the parameters."""
        return cls(*(estimate.theta if shift is None else estimate.theta * np.exp(shift)).tolist())

    def alive(self, cells: Cells) -> Array:
        """(cells,) probability that the customer still is one."""
        gone = self.a / (self.b + np.maximum(cells.x, 1) - 1)
        late = np.exp((self.r + cells.x) * np.log((self.alpha + cells.age) / (self.alpha + cells.last)))
        return np.where(cells.x > 0, 1.0 / (1.0 + gone * late), 1.0)

    def expected(self, cells: Cells, time: float) -> Array:
        """(cells,) purchases to come within `time`, of a customer who still is one.

        The paper's equation 10 without the chance to be alive, by Euler's transformation: as printed, its factors overflow
        for customers of some hundred purchases.
        """
        return self._grown(self.alpha + cells.age, cells.x, np.full(len(cells), time))

    def _grown(self, scale: Array, x: Array, time: Array) -> Array:
        """Of customers with x repeat purchases whose rate is gamma(r + x, scale)."""
        a = self.a if abs(self.a - 1) > _POLE else 1 + _POLE
        z = time / (scale + time)
        shrunk = (a - 1) * np.log1p(-z)
        few = (shrunk > -_UNDERFLOW) & (a < _ALIKE)
        series = hyp2f1(a + self.b - 1 - self.r, a - 1, a + self.b - 1 + x, np.where(few, z, 0.0))
        grown = (a + self.b - 1 + x) / (a - 1) * (1 - np.exp(np.where(few, shrunk, 0.0)) * series)
        return np.where(few, grown, self._alike(scale, x, time))

    def _alike(self, scale: Array, x: Array, time: Array) -> Array:
        """The same where the chance to leave is all but known, by the three points that have its mean and its variance.

        The series overflows there; this is right to 1e-5 from a = 200 on, and to 1e-9 from a = 50,000 on.
        """
        total = self.a + self.b + x
        mean = self.a / total
        spread = np.sqrt(3 * mean * (1 - mean) / (total + 1))
        whole = np.zeros(np.broadcast_shapes(np.shape(scale), np.shape(x), np.shape(time)))
        for place, share in ((-1, 1 / 6), (0, 2 / 3), (1, 1 / 6)):
            chance = np.clip(mean + place * spread, 1e-300, 1.0)
            whole = whole - share * np.expm1((self.r + x) * np.log(scale / (scale + chance * time))) / chance
        return whole

    def first(self, time: Array) -> Array:
        """Repeat purchases within `time` (any shape) of a customer of whom nothing but the first purchase is known."""
        return self._grown(np.full_like(time, self.alpha), np.zeros_like(time), time)

    def discounted(self, cells: Cells, horizon: float, rate: float) -> Array:
        """(cells,) purchases to come, each worth exp(-rate · its time), of a customer who still is one.

        By parts, so that only the smooth `expected` is integrated, at six points of Gauss and Legendre.
        """
        total = np.exp(-rate * horizon) * self.expected(cells, horizon)
        if rate == 0:
            return total
        for node, share in zip((_NODES + 1) / 2 * horizon, _SHARES / 2 * horizon, strict=True):
            total += rate * share * np.exp(-rate * node) * self.expected(cells, float(node))
        return total


def fit_buying(cells: Cells) -> Estimate:
    """The four parameters, by maximum likelihood on the cells.

    Raises
    ------
    DataError: nobody bought again, so that there is nothing to learn.
    """
    if not (cells.count * cells.x).sum() > 0:
        raise DataError(
            "no customer bought twice", where="transactions", advice="bring a longer time, or use value.way: margin"
        )
    return fit(BuyingLikelihood(cells), _start(cells))


def _start(cells: Cells) -> tuple[float, float, float, float]:
    """Parameters to begin with, by the mean and the spread of the purchases: half as many steps as from a fixed place."""
    w, x = cells.count, cells.x
    mean = w @ x / w.sum()
    spread = w @ (x - mean) ** 2 / w.sum()
    r = float(np.clip(mean**2 / max(spread - mean, 1e-9), 0.05, 20.0))
    active = np.where(x > 0, (cells.last + cells.age) / 2, cells.age)  # somewhere between the last purchase and today
    again = max((w * (x > 0)).sum(), 1.0)
    return r, float(r * (w @ active) / (w @ x)), 1.0, float(1 + 2 * (w @ x) / again)


class BuyingLikelihood:
    """Of the cells: equation 6 of the paper, with its first and second derivatives.

    The ratios of gamma functions are sums over the purchases: log Γ(r+x)/Γ(r) = sum over j < x of log(r + j). These are
    looked up for each frequency that occurs, exact also where r or b are so large that gamma functions cancel.
    """

    names = ("r", "alpha", "a", "b")

    def __init__(self, cells: Cells) -> None:
        self.cells, self.weights = cells, cells.count
        self._x = cells.x.astype(np.intp)
        self._again = cells.x > 0
        self._j = np.arange(int(cells.x.max()))
        self._most = np.maximum(cells.x, 1.0) - 1.0

    def at(self, theta: Array) -> Point:
        r, alpha, a, b = theta
        x, w = self.cells.x, self.weights
        started, ended = alpha + self.cells.age, alpha + self.cells.last
        stays = -(r + x) * np.log(started)
        leaves = np.where(self._again, np.log(a) - np.log(b + self._most) - (r + x) * np.log(ended), -np.inf)
        high = np.maximum(stays, leaves)
        one, two = np.exp(stays - high), np.exp(leaves - high)
        both = one + two
        p, q = one / both, two / both  # shares of the two ways to the same history
        rate, kept = self._sums(r), self._kept(a, b)
        value = rate[0] + r * np.log(alpha) + kept[0] + high + np.log(both)

        zero = np.zeros_like(x)
        d = np.stack([-np.log(started), -(r + x) / started, zero, zero], axis=1)
        e = np.stack([-np.log(ended), -(r + x) / ended, zero + 1 / a, -1 / (b + self._most)], axis=1)
        slope = p[:, None] * d + q[:, None] * e
        slope[:, 0] += rate[1] + np.log(alpha)
        slope[:, 1] += r / alpha
        slope[:, 2] += kept[1]
        slope[:, 3] += kept[2]

        apart = d - e
        bend = (apart * (w * p * q)[:, None]).T @ apart
        bend[0, 0] += w @ rate[2]
        cross = w.sum() / alpha - w @ (p / started + q / ended)
        bend[0, 1] += cross
        bend[1, 0] += cross
        bend[1, 1] += -w.sum() * r / alpha**2 + w @ ((r + x) * (p / started**2 + q / ended**2))
        bend[2, 2] += w @ (kept[3] - q / a**2)
        bend[2, 3] += w @ kept[3]
        bend[3, 2] += w @ kept[3]
        bend[3, 3] += w @ (kept[4] + q / (b + self._most) ** 2)
        return Point(value, slope, bend)

    def _sums(self, r: float) -> tuple[Array, Array, Array]:
        """(cells,) log Γ(r+x)/Γ(r) and its two derivatives."""
        at = r + self._j
        return self._of(np.log(at)), self._of(1 / at), self._of(-1 / at**2)

    def _kept(self, a: float, b: float) -> tuple[Array, Array, Array, Array, Array]:
        """(cells,) log of B(a, b+x)/B(a, b), its derivatives by a and b, and the second ones by a (and a, b) and by b."""
        inner, outer = b + self._j, a + b + self._j
        by_a, by_aa = self._of(-1 / outer), self._of(1 / outer**2)
        value = self._of(-np.log1p(a / inner))
        return value, by_a, by_a + self._of(1 / inner), by_aa, by_aa - self._of(1 / inner**2)

    def _of(self, terms: Array) -> Array:
        """(cells,) the sum of the first x terms."""
        return np.concatenate(([0.0], np.cumsum(terms)))[self._x]
