"""Customers without a contract: from their purchases so far to what those to come are worth, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from casestudies.models.customers.buying import Buying, Cells, fit_buying
from casestudies.models.customers.likelihood import Array, Estimate
from casestudies.models.customers.spending import Spending, fit_spending
from casestudies.tabular.events import Events
from casestudies.tabular.histories import Histories, histories

WEEK = 7.0  # days; the unit of time of the parameters, as in the papers
YEAR = 365.25
_STEP = 1e-3  # of the logarithm of a parameter, for the slopes
_CLASSES = 7  # frequencies of the holdout table; the last holds all from there on


@dataclass(frozen=True)
class Terms:
    """What is counted of the purchases to come.

    horizon: days that count. discount: interest a year. share: of an amount that is margin.
    alive: the value of a customer who still is one, which is what losing it costs; else of the customer as it stands
        today, who may have left already.
    """

    horizon: float
    discount: float = 0.0
    share: float = 1.0
    alive: bool = True


@dataclass(frozen=True)
class PurchaseModel:
    """Buying and spending, each learnt from the customers' histories.

    correlation: of frequency and mean amount among those who bought again; the two models take it for none.
    typical: mean amount over customers who bought again, for customers of whom no amount is known and where the
        gamma-gamma model has no mean.
    left_out: customers who bought again for nothing, of whom the amounts say nothing.
    """

    buying: Estimate
    spending: Estimate
    correlation: float
    typical: float
    left_out: int

    @classmethod
    def fitted(cls, known: Histories) -> PurchaseModel:
        """Raises DataError where there is too little to learn from (see `fit_buying`, `fit_spending`)."""
        again = (known.frequency > 0) & (known.mean > 0)
        x, mean = known.frequency[again], known.mean[again]
        spending = fit_spending(known.frequency, np.nan_to_num(known.mean))
        correlation = float(np.corrcoef(x, mean)[0, 1]) if np.ptp(x) > 0 else 0.0
        left_out = int(((known.frequency > 0) & ~again).sum())
        return cls(fit_buying(_cells(known)), spending, correlation, float(mean.mean()), left_out)

    def alive(self, known: Histories) -> Array:
        """(customers,) probability that the customer still is one."""
        cells = _cells(known)
        return Buying.of(self.buying).alive(cells)[cells.of]

    def amount(self, known: Histories, shift: Array | None = None) -> Array:
        """(customers,) expected amount of a purchase."""
        expected = Spending.of(self.spending, shift).expected(known.frequency, np.nan_to_num(known.mean))
        return np.where(np.isfinite(expected), expected, self.typical)

    def value(self, known: Histories, terms: Terms) -> Array:
        """(customers,) expected margin of the purchases within the horizon, discounted."""
        cells = _cells(known)
        return self._count(cells, terms)[cells.of] * self.amount(known) * terms.share

    def slopes(self, known: Histories, terms: Terms) -> Array:
        """(customers, 7) derivatives of the logarithm of the value by the logarithms of the parameters.

        With them a draw of the parameters costs a product: what a change of parameters does to the value of each customer.
        """
        cells = _cells(known)
        columns = []
        for place in range(4):
            up, down = (np.log(self._count(cells, terms, sign * _unit(4, place))) for sign in (1, -1))
            columns.append(((up - down) / (2 * _STEP))[cells.of])
        for place in range(3):
            up, down = (np.log(self.amount(known, sign * _unit(3, place))) for sign in (1, -1))
            columns.append((up - down) / (2 * _STEP))
        return np.stack(columns, axis=1)

    def draws(self, rng: np.random.Generator, count: int) -> Array:
        """(count, 7) logarithms of parameters, less those of the estimate."""
        return np.hstack([self.buying.draws(rng, count), self.spending.draws(rng, count)])

    def _count(self, cells: Cells, terms: Terms, shift: Array | None = None) -> Array:
        model = Buying.of(self.buying, shift)
        rate = np.log1p(terms.discount) / YEAR * WEEK
        count = np.maximum(model.discounted(cells, terms.horizon / WEEK, rate), 1e-12)
        return count if terms.alive else count * model.alive(cells)

    def to_dict(self) -> dict[str, Any]:
        """Plain values; `from_dict` gives an equal model back."""
        return {
            "buying": self.buying.to_dict(),
            "spending": self.spending.to_dict(),
            "correlation": self.correlation,
            "typical": self.typical,
            "left_out": self.left_out,
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> PurchaseModel:
        return cls(
            Estimate.from_dict(told["buying"]),
            Estimate.from_dict(told["spending"]),
            float(told["correlation"]),
            float(told["typical"]),
            int(told["left_out"]),
        )


def _cells(known: Histories) -> Cells:
    return Cells.of_customers(known.frequency, known.recency / WEEK, known.age / WEEK)


def _unit(size: int, place: int) -> Array:
    unit = np.zeros(size)
    unit[place] = _STEP
    return unit


@dataclass(frozen=True)
class Holdout:
    """What a model of the first weeks said of the weeks after, and what came.

    classes: (classes,) repeat purchases until the date of the model, the last for all from there on; customers, actual,
    predicted: (classes,) customers, and their mean purchases afterwards. weeks: (weeks,) since the first purchase of all;
    seen, told: (weeks,) repeat purchases up to then, of customers who had begun by the date; at: the week of the date.
    """

    classes: Array
    customers: Array
    actual: Array
    predicted: Array
    weeks: Array
    seen: Array
    told: Array
    at: float
    estimate: Estimate

    @property
    def totals(self) -> tuple[float, float]:
        """Purchases after the date: those that came, and those that were predicted."""
        return float(self.customers @ self.actual), float(self.customers @ self.predicted)

    def to_dict(self) -> dict[str, Any]:
        arrays = ("classes", "customers", "actual", "predicted", "weeks", "seen", "told")
        told = {name: getattr(self, name).tolist() for name in arrays}
        return {**told, "at": self.at, "totals": list(self.totals), "parameters": self.estimate.parameters}


def holdout(events: Events, split: int, until: int) -> Holdout:
    """Fit on the days up to `split`, predict up to `until`; both days since 1970.

    Raises
    ------
    DataError: as `fit_buying`.
    """
    known, later = histories(events, split), histories(events, until)
    there = np.searchsorted(later.customer, known.customer)
    actual = later.frequency[there] - known.frequency
    cells = _cells(known)
    estimate = fit_buying(cells)
    model = Buying.of(estimate)
    predicted = (model.expected(cells, (until - split) / WEEK) * model.alive(cells))[cells.of]
    place = np.minimum(known.frequency, _CLASSES).astype(np.intp)
    customers = np.bincount(place)
    some = np.flatnonzero(customers)
    counts = customers[some].astype(float)
    first = split - known.age  # day of the first purchase
    start = first.min()
    weeks = np.arange(1.0, np.floor((until - start) / WEEK) + 1)
    begun, many = np.unique((first - start) / WEEK, return_counts=True)
    elapsed = np.maximum(weeks[:, None] - begun, 0.0)
    told = (model.first(elapsed) * (elapsed > 0)) @ many
    return Holdout(
        some.astype(float),
        counts,
        np.bincount(place, actual)[some] / counts,
        np.bincount(place, predicted)[some] / counts,
        weeks,
        _repeats(events, known, until, start, weeks),
        told,
        float((split - start) / WEEK),
        estimate,
    )


def _repeats(events: Events, known: Histories, until: int, start: float, weeks: Array) -> Array:
    """(weeks,) repeat purchase days so far, of the customers that `known` knows."""
    kept = (events.day <= until) & np.isin(events.customer, known.customer)
    customer, day = events.customer[kept], events.day[kept]
    new = np.ones(len(day), dtype=bool)
    new[1:] = (customer[1:] != customer[:-1]) | (day[1:] != day[:-1])
    first = np.ones(len(day), dtype=bool)
    first[1:] = customer[1:] != customer[:-1]
    when = np.sort((day[new & ~first] - start) / WEEK)
    return np.searchsorted(when, weeks, side="right").astype(float)
