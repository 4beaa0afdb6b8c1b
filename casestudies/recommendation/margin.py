"""What ranking by margin costs in likelihood: the whole frontier as expected, and some of its lists on the judged rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from casestudies.decisions.margins import MarginFrontier, by_margin, margin_frontier
from casestudies.errors import ConfigError, DataError
from casestudies.metrics.intervals import Interval
from casestudies.metrics.means import mean_intervals
from casestudies.metrics.ranking import Ranked, Sets, ndcg
from casestudies.recommendation.pays import DEPTH, Chances, Margins, Pays
from casestudies.workflow.answers import Answer

if TYPE_CHECKING:
    from casestudies.recommendation.conduct import Work

Array = NDArray[np.float64]
FILE = "pays.json"  # under made/: how lists weigh margin against likelihood
SHARES = (1.0, 0.99, 0.95, 0.9, 0.8)  # of the expected takes that are kept, in the table
_POINTS = 60  # of the drawn frontier
_MEASURED = 12  # of them whose lists are judged


def margin_told(work: Work) -> Answer | None:
    """analysis/margin.json; None where no item has a margin or a price.

    P(take) follows from the place in the model's ranking and from the item's margin, and is learnt on one half of the judged
    users for the other half, so that no user's own choices have a part in the lists that they judge.
    """
    case = _Case.of(work)
    if case is None:
        return None
    asked = work.settings.ranking
    told = {
        "margin": case.margins.source,
        "missing": case.margins.missing,
        "k": case.k,
        "depth": case.ranked.lists.shape[1],
        "users": len(case.ranked.lists),
        "takes": int(case.ranked.hit.sum()),
        "keep_takes": asked.keep_takes,
    }
    try:
        p, pays = case.halved(work.settings.seed), case.pays(asked.keep_takes)
    except DataError:
        return Answer({**told, "few": True})
    tables = p, p * case.margins.values[case.ranked.lists]
    frontier = margin_frontier(*tables, case.k)
    users, thin = len(p), frontier.thinned(_POINTS)
    asked_for = sorted({*SHARES, asked.keep_takes} - {0.0}, reverse=True)
    end = len(frontier.price) - 1  # where a smaller share would be no other list
    shares: list[float | None] = [*(share for share in asked_for if frontier.keeping(share) < end), None]
    drawn = np.linspace(0, len(thin.price) - 1, _MEASURED).round().astype(int)
    even = np.unique(np.searchsorted(frontier.swapped, thin.swapped[drawn])).tolist()
    measured = [case.lists(tables, frontier.between(at) if at else 0.0) for at in even]
    told |= {
        "few": False,
        "swaps": int(frontier.swapped[-1]),
        "rate": {"places": pays.chances.rate.places.tolist(), "rates": pays.chances.rate.rates.tolist()},
        "factors": pays.chances.factors.tolist(),
        "curve": {"takes": (thin.takes / users).tolist(), "margin": (thin.margin / users).tolist()},
        "points": _points(work, case, tables, frontier, shares),
        "measured": {name: [float(one[at].mean()) for one in measured] for name, at in (("takes", 1), ("margin", 2))},
    }
    return Answer(told, made={FILE: (json.dumps(pays.to_dict()) + "\n").encode()})


def pays_of(work: Work) -> Pays | None:
    """How the lists of the run weigh margin; None where they go by likelihood alone.

    Raises
    ------
    ConfigError: `ranking.keep_takes` is below 1, and no item has a margin, or nothing that was ranked was taken.
    """
    keep = work.settings.ranking.keep_takes
    if keep == 1:
        return None
    case = _Case.of(work)
    if case is None:
        raise _cannot("no item has a margin or a price", "name a column in ranking.margin, or write 1")
    try:
        return case.pays(keep)
    except DataError:
        raise _cannot("none of the ranked items was then chosen, so no chance is known", "write 1") from None


def _cannot(what: str, advice: str) -> ConfigError:
    return ConfigError(what, where="ranking.keep_takes", advice=advice)


@dataclass(frozen=True, eq=False)
class _Case:
    """ranked: the champion's long rankings of the judged users, with what they then chose. k: items of a list."""

    ranked: Ranked
    margins: Margins
    k: int

    @classmethod
    def of(cls, work: Work) -> _Case | None:
        asked = work.settings.ranking
        margins = Margins.of(work.data.items, asked.margin)
        if margins is None:
            return None
        panel, k = work.judged.panel, asked.k
        ranked, _ = panel.rank(work.comparison.fitted[work.comparison.champion], min(max(DEPTH, k), panel.items))
        long = np.flatnonzero((ranked.lists >= 0).sum(axis=1) > k)
        return None if not len(long) else cls(_only(ranked, long), margins, k)

    def halved(self, seed: int) -> Array:
        """(users, places) P(take) as learnt on the other half of the users; nan where a ranking has ended."""
        users, width = self.ranked.lists.shape
        mixed = np.random.default_rng(seed).permutation(users)
        p, halves = np.empty((users, width)), (np.sort(mixed[: users // 2]), np.sort(mixed[users // 2 :]))
        for mine, other in (halves, halves[::-1]):
            chances = Chances.learnt(_only(self.ranked, other), self.margins)
            p[mine] = chances.of(self.ranked.lists[mine], self.margins)
        return p

    def pays(self, keep: float) -> Pays:
        """For the lists of tomorrow: learnt on all judged users, at the price at which this share of takes is kept."""
        chances = Chances.learnt(self.ranked, self.margins)
        p = chances.of(self.ranked.lists, self.margins)
        frontier = margin_frontier(p, p * self.margins.values[self.ranked.lists], self.k)
        return Pays(chances, self.margins, keep, frontier.between(frontier.keeping(keep)))

    def lists(self, tables: tuple[Array, Array], price: float) -> tuple[Array, Array, Array]:
        """(users,) NDCG, takes and realised margin of the lists at a price."""
        return self.judged(by_margin(*tables, price, self.k))

    def judged(self, at: NDArray[np.intp]) -> tuple[Array, Array, Array]:
        """The same of the lists made of some places of the rankings. at: (users, k)."""
        lists = np.take_along_axis(self.ranked.lists, at, axis=1)
        hit = np.take_along_axis(self.ranked.hit, at, axis=1)
        earned = (hit * self.margins.values[lists]).sum(axis=1)
        return ndcg(Ranked(lists, self.ranked.relevant), self.k), hit.sum(axis=1).astype(np.float64), earned


def _only(ranked: Ranked, users: NDArray[np.intp]) -> Ranked:
    who, what = ranked.relevant.pairs()
    place = np.full(len(ranked.lists), -1)
    place[users] = np.arange(len(users))
    kept = place[who] >= 0
    return Ranked(ranked.lists[users], Sets.of(place[who[kept]], what[kept], len(users)))


def _points(
    work: Work, case: _Case, tables: tuple[Array, Array], frontier: MarginFrontier, shares: list[float | None]
) -> list[dict[str, Any]]:
    """The model's own lists, then those that keep a share of the takes (None: the largest expected margin).

    What is expected and what was measured of each, and the difference from the model's own.
    """
    p, worth = tables
    own = np.broadcast_to(np.arange(case.k), (len(p), case.k))
    ends = [len(frontier.price) - 1 if share is None else frontier.keeping(share) for share in shares]
    lists = [own, *(by_margin(p, worth, frontier.between(at) if at else 0.0, case.k) for at in ends)]
    measured = [np.column_stack(case.judged(at)) for at in lists]
    interval = work.settings.interval
    columns = np.hstack([*measured, *(one - measured[0] for one in measured)])
    found = mean_intervals(columns, rounds=interval.rounds, level=interval.level, seed=work.settings.seed)
    out = []
    for number, (name, at) in enumerate(zip(["own", *shares], lists, strict=True)):
        mine, more = found[3 * number :], found[3 * (len(lists) + number) :]
        out.append(
            {
                "share": name,
                "takes": float(np.take_along_axis(p, at, axis=1).sum(axis=1).mean()),
                "margin": float(np.take_along_axis(worth, at, axis=1).sum(axis=1).mean()),
                "changed": float((at >= case.k).sum(axis=1).mean()),
                "measured": dict(zip(("ndcg", "takes", "margin"), map(_ends, mine[:3]), strict=True)),
                "difference": dict(zip(("ndcg", "takes", "margin"), map(_ends, more[:3]), strict=True)),
            }
        )
    return out


def _ends(found: Interval) -> dict[str, float]:
    return {"value": found.value, "low": found.low, "high": found.high}
