"""What ranking by margin costs in likelihood: the whole frontier as expected, and some of its lists on the judged rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from casestudies.decisions.margins import MarginFrontier, by_margin, margin_frontier
from casestudies.decisions.takes import TakeRate
from casestudies.errors import ConfigError, DataError
from casestudies.metrics.intervals import Interval
from casestudies.metrics.means import mean_intervals
from casestudies.metrics.ranking import Ranked, Sets, ndcg
from casestudies.recommendation.pays import DEPTH, Margins, Pays
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

    P(take) is that of the place in the model's ranking, learnt on one half of the judged users for the other half, so
    that no user's own choices have a part in the lists that they judge.
    """
    case = _Case.of(work)
    if case is None:
        return None
    told = {
        "margin": case.margins.source,
        "missing": case.margins.missing,
        "k": case.k,
        "depth": case.ranked.lists.shape[1],
        "users": len(case.ranked.lists),
        "takes": int(case.ranked.hit.sum()),
        "currency": work.settings.ranking.currency,
        "keep_takes": work.settings.ranking.keep_takes,
    }
    try:
        p = case.halved(work.settings.seed)
        pays = case.pays(work.settings.ranking.keep_takes)
    except DataError:
        return Answer({**told, "few": True})
    worth = p * case.earned
    frontier = margin_frontier(p, worth, case.k)
    users, thin = len(p), frontier.thinned(_POINTS)
    shares = sorted({*SHARES, work.settings.ranking.keep_takes}, reverse=True)
    at = [*(frontier.keeping(share) for share in shares if share > 0), len(frontier.price) - 1]
    even = np.unique(thin.swapped[np.linspace(0, len(thin.price) - 1, _MEASURED).round().astype(int)]).tolist()
    told |= {
        "few": False,
        "swaps": int(frontier.swapped[-1]),
        "rate": {"places": pays.rate.places.tolist(), "rates": pays.rate.rates.tolist()},
        "curve": {"takes": (thin.takes / users).tolist(), "margin": (thin.margin / users).tolist()},
        "points": _points(
            work, case, (p, worth), frontier, [*zip([*(s for s in shares if s > 0), None], at, strict=True)]
        ),
        "measured": _curve(case, (p, worth), frontier, even),
    }
    return Answer(told, made={FILE: _json(pays)})


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

    @property
    def earned(self) -> Array:
        """(users, places) the margin of each item."""
        return self.margins.values[self.ranked.lists]

    def _rate(self, users: NDArray[np.intp]) -> TakeRate:
        return TakeRate.learnt(self.ranked.hit[users].sum(axis=0), len(users))

    def halved(self, seed: int) -> Array:
        """(users, places) P(take) by the rate of the other half of the users; nan where a ranking has ended."""
        users, width = self.ranked.lists.shape
        mixed = np.random.default_rng(seed).permutation(users)
        p, halves = np.empty((users, width)), (np.sort(mixed[: users // 2]), np.sort(mixed[users // 2 :]))
        for mine, other in (halves, halves[::-1]):
            p[mine] = self._rate(other).at(np.arange(1, width + 1))
        p[self.ranked.lists < 0] = np.nan
        return p

    def pays(self, keep: float) -> Pays:
        """For the lists of tomorrow: the rate of all judged users, and the price at which this share of takes is kept."""
        users, width = self.ranked.lists.shape
        rate = self._rate(np.arange(users))
        p = np.where(self.ranked.lists < 0, np.nan, rate.at(np.arange(1, width + 1)))
        frontier = margin_frontier(p, p * self.earned, self.k)
        return Pays(rate, self.margins, keep, frontier.between(frontier.keeping(keep)))

    def lists(self, tables: tuple[Array, Array], price: float) -> tuple[Array, Array, Array]:
        """(users,) NDCG, takes and realised margin of the lists at a price."""
        at = by_margin(*tables, price, self.k)
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
    work: Work,
    case: _Case,
    tables: tuple[Array, Array],
    frontier: MarginFrontier,
    wanted: list[tuple[float | None, int]],
) -> list[dict[str, Any]]:
    """What is expected and what was measured at some points, and the differences from the likeliest lists."""
    users = len(tables[0])
    measured = [np.column_stack(case.lists(tables, frontier.between(at) if at else 0.0)) for _, at in wanted]
    columns = np.hstack([*measured, *(one - measured[0] for one in measured)])
    interval = work.settings.interval
    found = mean_intervals(columns, rounds=interval.rounds, level=interval.level, seed=work.settings.seed)
    out = []
    for number, (share, at) in enumerate(wanted):
        own, more = found[3 * number :], found[3 * (len(wanted) + number) :]
        out.append(
            {
                "share": share,
                "takes": float(frontier.takes[at] / users),
                "margin": float(frontier.margin[at] / users),
                "changed": float(frontier.swapped[at] / users),
                "measured": dict(zip(("ndcg", "takes", "margin"), map(_ends, own[:3]), strict=True)),
                "difference": dict(zip(("ndcg", "takes", "margin"), map(_ends, more[:3]), strict=True)),
            }
        )
    return out


def _curve(
    case: _Case, tables: tuple[Array, Array], frontier: MarginFrontier, points: list[int]
) -> dict[str, list[float]]:
    """Takes and margin a list that were measured along the frontier."""
    found = [case.lists(tables, frontier.between(at) if at else 0.0) for at in points]
    return {"takes": [float(one[1].mean()) for one in found], "margin": [float(one[2].mean()) for one in found]}


def _ends(found: Interval) -> dict[str, float]:
    return {"value": found.value, "low": found.low, "high": found.high}


def _json(pays: Pays) -> bytes:
    import json

    return (json.dumps(pays.to_dict()) + "\n").encode()
