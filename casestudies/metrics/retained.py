"""What a retention campaign earns at the best cut of a score, with one average customer and one offer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casestudies.errors import ConfigError
from casestudies.metrics.cases import Array
from casestudies.metrics.weighed import Weighed, ratio


@dataclass(frozen=True)
class Offer:
    """An offer to customers who may leave, at average prices; all in one currency.

    Parameters
    ----------
    clv: what a customer who stays is worth, on average. incentive: cost of the offer where it is taken.
    contact: cost of contacting a customer.

    Raises
    ------
    ConfigError: a number that is not finite or below 0, or an offer that costs as much as a customer is worth.
    """

    clv: float
    incentive: float
    contact: float

    def __post_init__(self) -> None:
        for name in ("clv", "incentive", "contact"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0):
                raise ConfigError(f"{value} is not an amount", where=name, advice="write 0 or more")
        if self.incentive >= self.clv:
            what = f"{self.incentive} is no less than the {self.clv} a customer is worth"
            raise ConfigError(what, where="incentive", advice="write a cheaper offer: this one keeps nothing")

    @property
    def kept(self) -> float:
        """What an accepted offer keeps, the contact not counted."""
        return self.clv - self.incentive

    @property
    def wasted(self) -> float:
        """What contacting a customer who would have stayed costs."""
        return self.incentive + self.contact


@dataclass(frozen=True)
class Hull:
    """The pieces of one weighting's ROC hull, steepest first: the cuts that are best at some price; all (pieces,).

    Parameters
    ----------
    events, others: weight of the rows with and without the event that a piece adds.
    """

    events: Array
    others: Array

    @classmethod
    def of(cls, seen: Weighed, place: int) -> Hull:
        """The upper hull of events against others, as pooled event rates: the isotonic regression of the event.

        Source: Fawcett and Niculescu-Mizil 2007, "PAV and the ROC convex hull", Machine Learning 68(1).
        """
        from sklearn.isotonic import isotonic_regression

        ranked = seen.ranked
        mass, events = np.diff(ranked.after[place], prepend=0.0), ranked.events[place]
        held = events > 0  # a block that no resampled event belongs to lies on the way to the next
        if not held.any():
            return cls(np.empty(0), np.empty(0))
        starts = np.concatenate(([0], np.flatnonzero(held)[:-1] + 1))
        mass, events = np.add.reduceat(mass, starts), events[held]
        if len(events) == 1:
            return cls(events, mass - events)
        rate = isotonic_regression(events / mass, sample_weight=mass, increasing=False)
        pieces = np.flatnonzero(np.concatenate(([True], rate[1:] != rate[:-1])))
        caught = np.add.reduceat(events, pieces)
        return cls(caught, np.add.reduceat(mass, pieces) - caught)


def best_profit(seen: Weighed, offer: Offer, accept: float) -> tuple[Array, Array]:
    """(rounds,) each: profit per customer of the best cut at one acceptance, and the share of customers it contacts."""
    ranked, total = seen.ranked, seen.total
    caught = ranked.events_so_far
    gained = accept * offer.kept - offer.contact
    profit = caught * gained - (ranked.after - caught) * offer.wasted
    if not profit.shape[1]:
        return np.where(total > 0, 0.0, np.nan), np.where(total > 0, 0.0, np.nan)
    best = np.argmax(profit, axis=1)[:, None]
    earned, contacted = (np.take_along_axis(values, best, axis=1)[:, 0] for values in (profit, ranked.after))
    pays = earned > 0
    return ratio(np.where(pays, earned, 0.0), total), ratio(np.where(pays, contacted, 0.0), total)


def expected_profit(seen: Weighed, offer: Offer, alpha: float, beta: float) -> tuple[Array, Array]:
    """(rounds,) each: the same, where the cut follows an acceptance distributed as Beta(alpha, beta), on average.

    A piece of the hull is contacted where the acceptance g is above (contact + wasted * others / events) / kept, so it
    adds the integrals from there to 1 of the density of g and of g times it, both incomplete beta functions.
    """
    from scipy.special import betainc

    mean = alpha / (alpha + beta)
    found = []
    for place in range(len(seen.weight)):
        hull = Hull.of(seen, place)
        least = (offer.contact + offer.wasted * hull.others / hull.events) / offer.kept
        events, others, least = (values[least < 1.0] for values in (hull.events, hull.others, least))
        often, accepted = betainc(beta, alpha, 1.0 - least), mean * betainc(beta, alpha + 1.0, 1.0 - least)
        earned = events * (offer.kept * accepted - offer.contact * often) - others * offer.wasted * often
        found.append((earned.sum(), ((events + others) * often).sum()))
    earned, contacted = np.array(found).T
    return ratio(earned, seen.total), ratio(contacted, seen.total)
