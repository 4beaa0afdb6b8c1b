"""How long customers under contract stay: life tables, Kaplan-Meier, and the shifted-beta-geometric model."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError
from casestudies.models.customers.likelihood import Array, Estimate, Point, fit

_SURE = 1 - 1e-12  # largest chance to leave in a period: nobody's remaining time is 0 / 0
_LONGEST = 10_000  # periods
_TAIL = 0.25  # of the periods seen, the last ones: their common chance to leave holds for all later ones


@dataclass(frozen=True)
class AtRisk:
    """Who could leave and who did, period by period: entry k is period k + 1, which follows k whole ones.

    at_risk, left: (periods,) customers, or sums of their weights.
    """

    at_risk: Array
    left: Array

    @classmethod
    def of_snapshot(cls, tenure: Array, left: Array, weight: Array) -> AtRisk:
        """Customers as they were found at one date: each is at risk in one period, that which follows its tenure.

        Those who had left before the date are not in such a table, so nobody in it was ever at risk of leaving earlier
        (left truncation). The naive Kaplan-Meier estimate takes all of them for survivors of their first periods from the
        very start, and then finds customers far more faithful than they are.

        Parameters
        ----------
        tenure: (customers,) periods completed at the date; fractions are cut off. left: (customers,) 0/1, in the period
            after it. weight: (customers,).
        """
        period = np.floor(_tenures(tenure)).astype(np.intp)
        return cls(_sums(period, weight), _sums(period, weight * left))

    @classmethod
    def of_cohort(cls, tenure: Array, left: Array, weight: Array) -> AtRisk:
        """Customers who have all been watched from their first day: each is at risk until it left or was last seen.

        Parameters
        ----------
        tenure: (customers,) periods from the first day until then: who leaves after 3.4 leaves in period 4, who is still
            there after 3.4 has survived 3. left: (customers,) 0/1.
        """
        tenure = _tenures(tenure)
        last = np.where(left > 0, np.maximum(np.ceil(tenure), 1), np.floor(tenure)).astype(np.intp)
        ended, gone = _sums(last, weight), _sums(last, weight * left)
        return cls(np.cumsum(ended[::-1])[::-1][1:], gone[1:])  # at risk in period k: whose last one is k or later

    def __len__(self) -> int:
        return len(self.at_risk)

    @property
    def seen(self) -> np.ndarray:
        """(periods,) bool: somebody was at risk."""
        return np.asarray(self.at_risk > 0)

    def pooled(self, least: float) -> AtRisk:
        """The same counts with neighbouring periods averaged until each stretch has `least` leavers.

        Every period of a stretch then has the chance to leave of the whole stretch.
        """
        at_risk, left = self.at_risk.copy(), self.left.copy()
        start, stretches = 0, []
        for end in range(1, len(self) + 1):
            if self.left[start:end].sum() >= least or end == len(self):
                stretches.append((start, end))
                start = end
        if len(stretches) > 1 and self.left[slice(*stretches[-1])].sum() < least:
            (first, _), (_, last) = stretches[-2:]
            stretches[-2:] = [(first, last)]
        for first, last in stretches:
            at_risk[first:last] = at_risk[first:last].mean()
            left[first:last] = left[first:last].mean()
        return AtRisk(at_risk, left)

    def hazards(self) -> Array:
        """(periods,) chance to leave in a period, of who is there at its start; nan where nobody was at risk."""
        chance = np.full(len(self), np.nan)
        return np.divide(self.left, self.at_risk, out=chance, where=self.seen)

    def tail(self) -> float:
        """The common chance to leave of the last quarter of the periods; what holds beyond them is not known."""
        last = slice(int(np.floor(len(self) * (1 - _TAIL))), None)
        at_risk = self.at_risk[last].sum()
        return float(self.left[last].sum() / at_risk) if at_risk > 0 else float(self.left.sum() / self.at_risk.sum())


def _sums(period: NDArray[np.intp], weight: Array) -> Array:
    """(longest + 1,) of the weights; two entries at least."""
    return np.bincount(period, weight, minlength=max(int(period.max()), 1) + 1).astype(np.float64)


def _tenures(tenure: Array) -> Array:
    """Raises DataError for tenures that are none."""
    for bad, what in (
        (~np.isfinite(tenure), "are missing"),
        (tenure < 0, "are below 0"),
        (tenure > _LONGEST, f"are above {_LONGEST:,} periods"),
    ):
        if bad.any():
            raise DataError(
                f"{int(bad.sum())} {what}", where=f"tenure, row {np.argmax(bad) + 1}", advice="correct or fill them"
            )
    return tenure


@dataclass(frozen=True)
class Stay:
    """The chance to leave in each period: `hazards` (periods,) of period 1, 2, ..., and `later` of all after them."""

    hazards: Array
    later: float

    @classmethod
    def of_table(cls, table: AtRisk) -> Stay:
        """By counting. Periods in which nobody was at risk take the chance of the last one before them."""
        chance = table.hazards()
        known = np.flatnonzero(table.seen)
        place = np.searchsorted(known, np.arange(len(chance)), side="right") - 1
        return cls(np.minimum(chance[known[np.maximum(place, 0)]], _SURE), min(table.tail(), _SURE))

    @classmethod
    def of_model(cls, alpha: float, beta: float, periods: int) -> Stay:
        """By the shifted-beta-geometric model: alpha / (alpha + beta + k - 1) in period k, which falls for ever."""
        chance = alpha / (alpha + beta + np.arange(periods))
        return cls(np.minimum(chance, _SURE), float(min(chance[-1], _SURE)))

    def survival(self, periods: int) -> Array:
        """(periods + 1,) share of beginners still there after 0, 1, ... periods."""
        return np.exp(self._logs(periods))

    def worth(self, longest: int, horizon: float, rate: float) -> Array:
        """(longest + 1,) what a margin of 1 a period is worth by tenure, of a customer who stays in the coming period.

        The margin of the coming period is certain, since the customer stays; each later one counts by the chance to be
        there for it, and less by `rate`: sum over k from 0 of S(t+1+k) / S(t+1) · (1+rate)^-k.

        Parameters
        ----------
        longest: the longest tenure asked for, in whole periods. horizon: periods that count; the last may be a part of
            one. rate: of interest, a period.

        Source: Fader and Hardie 2010, "Customer-base valuation in a contractual setting", with the customer's own choice
        at the next renewal known, since that is what a campaign changes.
        """
        steps = int(np.ceil(horizon))
        logs = self._logs(longest + steps + 1)
        worth, begin = np.zeros(longest + 1), logs[1 : longest + 2]
        for k in range(steps):
            there = np.exp(logs[1 + k : longest + 2 + k] - begin)
            worth += min(horizon - k, 1.0) * (1 + rate) ** -k * there
        return worth

    def _logs(self, periods: int) -> Array:
        chance = np.full(periods, self.later)
        known = min(periods, len(self.hazards))
        chance[:known] = self.hazards[:known]
        return np.concatenate(([0.0], np.cumsum(np.log1p(-chance))))


def fit_staying(table: AtRisk) -> Estimate:
    """alpha and beta of the shifted-beta-geometric model, by maximum likelihood on who was at risk and who left.

    Every customer has a chance of its own to leave in a period, beta(alpha, beta) over customers; those who are likely to
    leave do so first, so that the chance falls with tenure though nobody's changes. Each period counts by those at risk
    in it, so the fit is right for a snapshot (left truncation) as for a cohort.

    Raises
    ------
    DataError: nobody left, or all did.

    Source: Fader and Hardie 2007, "How to project customer retention", Journal of Interactive Marketing 21:76.
    """
    gone, all_ = float(table.left.sum()), float(table.at_risk.sum())
    if not 0 < gone < all_:
        raise DataError(
            "nobody left" if gone <= 0 else "everybody left", where="contractual value", advice="use value.way: margin"
        )
    found = fit(StayingLikelihood(table), (1.0, max(all_ / gone - 1, 0.1)))
    return replace(found, customers=float(table.at_risk.max()))


class StayingLikelihood:
    """Of the periods in which somebody was at risk."""

    names = ("alpha", "beta")

    def __init__(self, table: AtRisk) -> None:
        self._at_risk, self._left = table.at_risk[table.seen], table.left[table.seen]
        self._before = np.flatnonzero(table.seen).astype(float)  # whole periods before each
        self.weights = np.ones(len(self._before))

    def at(self, theta: Array) -> Point:
        alpha, beta = theta
        n, d, k = self._at_risk, self._left, self._before
        kept, all_ = beta + k, alpha + beta + k
        value = d * np.log(alpha) + (n - d) * np.log(kept) - n * np.log(all_)
        slope = np.stack([d / alpha - n / all_, (n - d) / kept - n / all_], axis=1)
        both = (n / all_**2).sum()
        bend = np.full((2, 2), both)
        bend[0, 0] -= (d / alpha**2).sum()
        bend[1, 1] -= ((n - d) / kept**2).sum()
        return Point(value, slope, bend)
