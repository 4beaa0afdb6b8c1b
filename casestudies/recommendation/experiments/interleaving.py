"""Two models in one list: each visitor judges both, so fewer visits tell them apart than two arms need."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from casestudies.recommendation.experiments.peeking import fixed_radius, lasting_radius, tuned
from casestudies.recommendation.experiments.policies import Items, Shop
from casestudies.recommendation.experiments.power import units_for

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Preference:
    """Which of two models visitors took more from.

    Parameters
    ----------
    value: share of visits that the second model won less the share that the first won, from -1 to 1.
    low, high: interval for one look; lasting_low, lasting_high: for looks at any time.
    visits: seen; decided: visits that one of the two won. needed: visits that show so clear a preference at one look;
        None where there is none.
    """

    value: float
    low: float
    high: float
    lasting_low: float
    lasting_high: float
    visits: int
    decided: int
    needed: int | None


def team_draft(one: Items, other: Items, random: np.random.Generator) -> tuple[Items, NDArray[np.int8]]:
    """Lists drafted by two teams in turn: who has fewer picks is next, a coin decides where both have as many.

    Each pick is the best item of the team's own list that is not there yet, so neither model gains from where it stands.

    Parameters
    ----------
    one, other: (visits, k) best first, -1 = no item.

    Returns
    -------
    items: (visits, k), -1 where both lists are used up. team: (visits, k) 0 = `one` picked it, 1 = `other`, -1 = nobody.

    Source: Radlinski, Kurup and Joachims 2008, "How does clickthrough data reflect retrieval quality?", CIKM.
    """
    visits, k = one.shape
    lists = np.stack([one, other])
    items = np.full((visits, k), -1, np.int32)
    team = np.full((visits, k), -1, np.int8)
    gone = np.pad(lists < 0, ((0, 0), (0, 0), (0, 1)))  # drafted; behind the last place stands one that never is
    theirs = np.stack([_places(one, other), _places(other, one)])
    at = np.zeros((2, visits), np.intp)  # of each team: the best item that is not drafted
    lead, rows = np.zeros(visits, np.intp), np.arange(visits)
    for place in range(k):
        turn = np.where(lead == 0, random.random(visits) < 0.5, lead < 0).astype(np.intp)  # 1: `other` is next
        for one_of in (0, 1):
            while (stale := np.flatnonzero(gone[one_of, rows, at[one_of]])).size:
                at[one_of, stale] += 1
        turn = np.where(at[turn, rows] < k, turn, 1 - turn)  # a team whose list is used up leaves its turn to the other
        picking = np.flatnonzero(at[turn, rows] < k)
        side, best = turn[picking], at[turn[picking], picking]
        items[picking, place], team[picking, place] = lists[side, picking, best], side
        gone[side, picking, best] = True
        again = theirs[side, picking, best]
        both = again >= 0
        gone[1 - side[both], picking[both], again[both]] = True
        lead[picking] += 2 * side - 1
    return items, team


def _places(ours: Items, theirs: Items) -> NDArray[np.intp]:
    """(visits, k) where each of our items stands in their list; -1 = nowhere."""
    visits, k = ours.shape
    span = int(max(ours.max(initial=0), theirs.max(initial=0))) + 1
    mine, other = (np.arange(visits)[:, None] * span + items for items in (ours, theirs))
    known = np.flatnonzero(theirs >= 0)
    known = known[np.argsort(other.ravel()[known], kind="stable")]
    keys = other.ravel()[known]
    at = np.searchsorted(keys, mine.ravel())
    found = (ours.ravel() >= 0) & (at < len(keys))
    found[found] = keys[at[found]] == mine.ravel()[found]
    out = np.full(visits * k, -1, np.intp)
    out[found] = known[at[found]] % k
    return out.reshape(visits, k)


def interleave(
    shop: Shop, one: str, other: str, visits: int, seed: int, *, level: float = 0.95, power: float = 0.8
) -> Preference:
    """Simulated visits that are shown drafted lists; a visit is won by the model whose picks were taken more often.

    Parameters
    ----------
    one, other: policies of the shop; their lists are drafted from, whatever they explore.
    """
    random = np.random.default_rng([seed, 63])
    place = random.integers(0, len(shop.users), visits)
    items, team = team_draft(shop.lists[one][place], shop.lists[other][place], random)
    taken = random.random(items.shape) < shop.truth.chances(shop.users[place], items)
    lead = (taken & (team == 1)).sum(axis=1) - (taken & (team == 0)).sum(axis=1)
    return preference(np.sign(lead).astype(np.float64), level=level, power=power)


def preference(won: Floats, *, level: float = 0.95, power: float = 0.8) -> Preference:
    """What visits say of two models.

    won: (visits,) 1 = the second won, -1 = the first, 0 = neither.
    """
    alpha, visits, value, deviation = 1.0 - level, len(won), float(won.mean()), float(won.std(ddof=1))
    half = float(fixed_radius(deviation, visits, alpha))
    wide = float(lasting_radius(deviation, visits, alpha, tuned(visits, alpha)))
    needed = None if value == 0 else ceil(units_for(deviation, abs(value), alpha, power, lasting=False))
    return Preference(
        value, value - half, value + half, value - wide, value + wide, visits, int((won != 0).sum()), needed
    )
