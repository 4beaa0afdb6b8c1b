"""Recent interactions count more: where that is worth something, and where it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmarks.optim.comparison import Table, seconds
from benchmarks.recommendation import data
from benchmarks.recommendation.goals import Goal, asked
from benchmarks.rows import Measurement
from benchmarks.timing import measured
from casestudies.metrics.ranking.foremost import foremost
from casestudies.metrics.ranking.ndcg import ndcg
from casestudies.metrics.ranking.ranked import Ranked, Sets
from casestudies.models.factorisation.ease import Ease
from casestudies.models.factorisation.folding import FoldIn
from casestudies.models.factorisation.popularity import Popularity
from casestudies.models.factorisation.recency import HalfLife, Recency, choose_half_life
from casestudies.optim import minimise
from casestudies.optim.factors.alternating import AlternatingSquares, WholeObjective
from casestudies.tabular.interactions import Interactions

TEXT = (
    "The first 2,999 users of ML-1M, whose times are known; full ranking of what a user has not rated yet. Ridges and half-lives are "
    "chosen on the same kind of split inside the training part (in events; none where the gain is below two standard errors), then "
    "models are fitted to all of it. Leave-last-out foretells each user's very last rating: most MovieLens users rate whole "
    "pages of films in one sitting, in the order in which they are shown, so that most of this gain is that order; by the clock, "
    "where the ratings after a moment are to be foretold, there is none, and choosing says so. With the order "
    "inside sittings (gaps of an hour) taken away the last line of the first table is left. "
)
_RIDGES = ((0.005, 0.3), (0.005, 0.1), (0.003, 1.0), (0.01, 0.1))  # and the weight of the unobserved
_EASE = (50.0, 200.0, 500.0, 1000.0)
_HALF_LIVES = (1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0)
_SITTING = 3_600  # seconds
_AGAIN = Recency(2.0)  # for the split on which none is chosen: what it would have done
Cut = Callable[[Interactions], tuple[Interactions, Interactions]]
Scores = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Line:
    """ndcg, hit: (users,) of the test part. cpu: seconds of the fit."""

    name: str
    ndcg: np.ndarray
    hit: np.ndarray
    cpu: float = np.nan
    chosen: str = ""

    @property
    def mean(self) -> float:
        return float(self.ndcg.mean())


def last_out(rows: Interactions) -> tuple[Interactions, Interactions]:
    """Each user's last one held out."""
    grouped = rows.by_user
    last = grouped.order[grouped.starts[1:][grouped.counts > 0] - 1]
    kept = np.ones(len(rows), bool)
    kept[last] = False
    return rows.take(kept), rows.take(last)


def by_clock(rows: Interactions, share: float = 0.1) -> tuple[Interactions, Interactions]:
    """The newest share of all held out, of users who have a past."""
    times = np.asarray(rows.time)
    before = times <= np.quantile(times, 1 - share)
    past, later = rows.take(before), rows.take(~before)
    known = np.bincount(past.user, minlength=rows.shape[0]) > 0
    return past, later.take(known[later.user])


def measure(rows: Interactions | None = None, factors: int = 64) -> Measurement:
    rows = data.timed() if rows is None else rows
    last, clock = _lines(rows, last_out, factors, sittings=True), _lines(rows, by_clock, factors)
    found = {line.name: line for line in last}
    gain, ease = (found[f"{name}, half-life"].mean / found[name].mean for name in ("ours", "EASE"))
    goals = [
        Goal("leave-last-out: NDCG@10 with the half-life chosen over without", gain, 2.0, lower=False, form="{:.2f}x",
             note=f"({found['ours'].mean:.4f} to {found['ours, half-life'].mean:.4f}; EASE {ease:.2f}x)"),
    ]  # fmt: skip
    shown = [
        _table("Leave-last-out: each user's last rating", last),
        _table("By the clock: the newest tenth of all ratings", clock),
    ]
    return [*shown, asked("Recency", goals)], {}


def quick() -> Measurement:
    """The first 300 users."""
    rows = data.timed()
    return measure(rows.take(rows.user < 300), 8)


def _lines(rows: Interactions, cut: Cut, factors: int, sittings: bool = False) -> list[Line]:
    past, later = cut(rows)
    inner, held = cut(past)
    judge = partial(_judged, past, later)
    lines = [Line("popularity", *judge(Popularity().fit(past).scores))]
    ridge, unobserved = max(_RIDGES, key=lambda one: _ndcg_of(inner, held, _stored(inner, factors, *one)[0]))
    told = choose_half_life(inner, held, _folding(inner, factors, ridge, unobserved), grid=_HALF_LIVES)
    (stored, scored), cpu, _ = measured(lambda: _stored(past, factors, ridge, unobserved))
    settings = f"{factors} factors, ridge {ridge:g}, {unobserved:g} unobserved"
    lines.append(Line("ours, as fitted", *judge(stored), cpu, settings))
    lines += _pair("ours", past, judge, scored, told)
    (best, made) = max(
        ((one, Ease(one).fit(inner)) for one in _EASE), key=lambda one: _ndcg_of(inner, held, one[1].scores)
    )
    told = choose_half_life(inner, held, lambda weights: made.weighted(inner, weights).scores, grid=_HALF_LIVES)
    ease, cpu, _ = measured(lambda: Ease(best).fit(past))
    lines += _pair(
        "EASE", past, judge, lambda weights: ease.weighted(past, weights).scores, told, f"ridge {best:g}", cpu
    )
    if sittings:
        weights = _without_order(past, told.chosen or _AGAIN)
        lines.append(Line("ours, half-life, the order inside sittings taken away", *judge(scored(weights))))
    return lines


def _pair(
    name: str,
    past: Interactions,
    judge: Callable[[Scores], tuple[np.ndarray, np.ndarray]],
    scored: Callable[[np.ndarray], Scores],
    told: HalfLife,
    settings: str = "users folded in",
    cpu: float = np.nan,
) -> list[Line]:
    """Without a half-life, with the one chosen, and, where none is, what one of 2 events would have done."""
    without = judge(scored(np.ones(len(past), np.float32)))
    lines = [Line(name, *without, cpu, settings)]
    if told.chosen:
        said = f"{told.chosen.half_life:g} events"
        return [*lines, Line(f"{name}, half-life", *judge(scored(told.chosen.weights(past))), np.nan, said)]
    forced = judge(scored(_AGAIN.weights(past)))
    return [
        *lines,
        Line(f"{name}, half-life", *without, np.nan, "none: no gain inside"),
        Line(f"{name}, a half-life of 2 events against the choice", *forced),
    ]


def _stored(past: Interactions, factors: int, ridge: float, unobserved: float) -> tuple[Scores, Callable[..., Scores]]:
    """The scores of users as fitted, and of users folded in under the weights of their interactions."""
    objective = WholeObjective(
        past.user, past.item, None, past.shape, factors=factors, ridge=ridge, unobserved=unobserved
    )
    state = minimise(objective, AlternatingSquares(sweeps=12), stop=()).state
    fold = FoldIn(state.items, np.zeros(past.shape[1], np.float32), 0.0, ridge, 0.0, unobserved=unobserved)

    def scored(weights: np.ndarray) -> Scores:
        users, _ = fold.users(past, weights)
        return lambda some: users[some] @ state.items.T

    return lambda some: state.users[some] @ state.items.T, scored


def _folding(past: Interactions, factors: int, ridge: float, unobserved: float) -> Callable[[np.ndarray], Scores]:
    return _stored(past, factors, ridge, unobserved)[1]


def _without_order(past: Interactions, recency: Recency) -> np.ndarray:
    """Weights by the mean age of each sitting, 1 in each user's last."""
    from casestudies.models.factorisation.recency import ages

    grouped, times = past.by_user, np.asarray(past.time)
    user, time, age = past.user[grouped.order], times[grouped.order], ages(past, "events")[grouped.order]
    new = np.append(True, (user[1:] != user[:-1]) | (time[1:] - time[:-1] > _SITTING))
    sitting = np.cumsum(new) - 1
    mean = np.bincount(sitting, age) / np.bincount(sitting)
    newest = np.full(past.shape[0], np.inf)
    np.minimum.at(newest, user[new], mean)
    weights = np.empty(len(past), np.float32)
    weights[grouped.order] = np.exp2((newest[user] - mean[sitting]) / recency.half_life)
    return weights


def _ndcg_of(past: Interactions, later: Interactions, scores: Scores) -> float:
    return float(_judged(past, later, scores)[0].mean())


def _judged(past: Interactions, later: Interactions, scores: Scores) -> tuple[np.ndarray, np.ndarray]:
    """(users,) NDCG@10 and HR@10 of the full ranking, of those who have something in `later`."""
    users = np.unique(later.user)
    seen = Sets.of(past.user, past.item, past.shape[0])
    lists = []
    for first in range(0, len(users), 512):
        some = users[first : first + 512]
        of_some = np.array(scores(some), np.float32)
        for row, user in enumerate(some):
            of_some[row, seen.items[seen.starts[user] : seen.starts[user + 1]]] = -np.inf
        lists.append(foremost(of_some, 10))
    ranked = Ranked(np.concatenate(lists), Sets.of(np.searchsorted(users, later.user), later.item, len(users)))
    return ndcg(ranked, 10), ranked.hits(10).max(axis=1)


def _table(caption: str, lines: list[Line]) -> Table:
    rows = []
    for line in lines:
        error = line.ndcg.std(ddof=1) / np.sqrt(len(line.ndcg))
        name = f"**{line.name}**" if line.name.startswith("ours") else line.name
        rows.append([name, f"{line.mean:.4f} ± {error:.4f}", f"{line.hit.mean():.4f}", seconds(line.cpu), line.chosen])
    head = ["", "NDCG@10 (± standard error)", "HR@10", "fit, CPU s", "chosen inside"]
    return {"caption": f"{caption} ({len(lines[0].ndcg):,} users)", "head": head, "rows": rows}
