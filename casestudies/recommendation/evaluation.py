"""How good the models' lists and ratings are on rows that nothing was chosen on, and which of them can be told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from casestudies.errors import UsageError
from casestudies.metrics.intervals import Interval
from casestudies.metrics.means import mean_intervals
from casestudies.metrics.ranking import (
    Ranked,
    accuracy_at,
    catalogue_coverage,
    diversity,
    exposure_gini,
    novelty,
    overlap,
    popularity_sums,
    ranking_metric,
)
from casestudies.metrics.sums import sum_intervals
from casestudies.models.factorisation.base import Recommender
from casestudies.recommendation.likeness import item_vectors
from casestudies.recommendation.panel import Panel, Rows
from casestudies.tabular.interactions import Interactions

Floats = NDArray[np.float64]
POPULARITY = "popularity"  # the model that every other has to beat
_WIDTH = (
    128  # of the vectors that items are compared in: a cosine of two items is known to about 0.09, a mean to far less
)
_KEPT = ("ndcg_at", "recall_at", "hit_rate_at")  # of each user


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What was found.

    Parameters
    ----------
    metrics: metrics.json's "models": {model: {metric: {value, low, high, unit}}}, and a reason where a figure has no
        interval. told: evaluation.json: who was judged and how, the paired comparisons.
    users: predictions.parquet: each judged user with `user`, `known` and `relevant` (counts), and `<metric>:<model>`.
    panel: who was judged. ranked: {model: its lists for them}.
    """

    metrics: dict[str, dict[str, dict[str, Any]]]
    told: dict[str, Any]
    users: pd.DataFrame
    panel: Panel
    ranked: dict[str, Ranked]

    def per_user(self, metric: str, model: str) -> Floats:
        """(judged,) a model's figure of each user."""
        figure = ranking_metric(metric).per_user
        if figure is None:
            raise UsageError(f"{metric} is not made of one figure a user", advice="ask for one such as ndcg_at_10")
        return figure(self.ranked[model])


@dataclass(frozen=True)
class _Resampling:
    rounds: int
    level: float
    seed: int


def evaluate(
    models: Mapping[str, Recommender],
    data: Interactions,
    known: Rows,
    test: Rows,
    *,
    k: int = 10,
    champion: str | None = None,
    negatives: int | ArrayLike | None = None,
    liked: float | None = None,
    repeats: bool = False,
    most: int | None = None,
    rounds: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Evaluation:
    """Every figure of every model on the same users and the same resamples of them.

    Every item that a user did not have is ranked; users are the unit of all intervals and differences, since the rows
    of one user go together.

    Parameters
    ----------
    models: name -> model fitted on the rows `known`. data: all rows. test: the rows that judge.
    k: items in a list. champion: the model that all others are compared with; None: that of the largest NDCG. All are
        compared with "popularity" too, where it is among them.
    negatives: rank the good items among so many drawn ones, or among given ones, only; to compare with papers.
    liked: rating from which an item counts as good; None: every test row does.
    repeats: whether items that a user had may be shown, and count, again.
    most: users whose lists are judged; of more, so many are drawn. Ratings are judged on all rows.
    rounds, level, seed: of the resampling.

    Raises
    ------
    ConfigError, DataError: nobody or nothing to judge; a model's scores cannot be used. UsageError: unknown champion.
    """
    if champion is not None and champion not in models:
        raise UsageError(f"there is no model {champion!r}", advice=f"there are {', '.join(models)}")
    panel = Panel.of(data, known, test, liked=liked, repeats=repeats, most=most, seed=seed)
    if negatives is not None:
        panel = panel.among(negatives, seed)
    made = {name: panel.rank(model, k) for name, model in models.items()}
    ranked = {name: one for name, (one, _) in made.items()}
    how = _Resampling(rounds, level, seed)
    vectors, likeness = item_vectors(data, known, seed)
    lists, foremost, lists_paired = _lists(ranked, panel, vectors, k, champion, how)
    ratings, rating_paired = _ratings(models, data, test, how)
    metrics = {name: {**lists[name], **ratings.get(name, {})} for name in models}
    told = {
        "k": k,
        "rows": len(test),
        "users": len(panel.users),
        "unjudged": panel.unjudged,
        "drawn_from": panel.drawn_from,
        "new_users": int(np.count_nonzero(panel.rows == 0)),
        "items": panel.items,
        "new_items": int(np.count_nonzero(panel.owners[np.unique(panel.relevant.items)] == 0)),
        "relevant": len(panel.relevant.items),
        "candidates": None if panel.candidates is None else float(panel.candidates.counts.mean()),
        "liked": liked,
        "repeats": repeats,
        "alike": {name: count for name, (_, count) in made.items() if count},
        "likeness": likeness,
        "metric": f"ndcg_at_{k}",
        "against": foremost,
        "paired": [*lists_paired, *rating_paired],
    }
    return Evaluation(metrics, told, _frame(data, panel, ranked, k), panel, ranked)


def _lists(
    ranked: Mapping[str, Ranked], panel: Panel, vectors: Floats, k: int, champion: str | None, how: _Resampling
) -> tuple[dict[str, dict[str, Any]], str, list[dict[str, Any]]]:
    """Figures of the lists by model; the model that others are compared with; the comparisons."""
    figures = {metric.name: metric.per_user for metric in accuracy_at(k)}
    values = {(model, name): of(one) for model, one in ranked.items() for name, of in figures.items() if of is not None}
    foremost = champion or max(ranked, key=lambda model: values[model, f"ndcg_at_{k}"].mean())
    pairs = [
        (name, first, rival)
        for first, rival in _compared(list(ranked), foremost)
        for name in (f"ndcg_at_{k}", f"recall_at_{k}")
    ]
    values |= {
        (model, name): one for model, told in _wide(ranked, panel, vectors).items() for name, one in told.items()
    }
    whole = {key: one for key, one in values.items() if np.isfinite(one).all()}  # a list too short has no diversity
    columns = [*whole.values(), *(values[a, name] - values[b, name] for name, a, b in pairs)]
    found = iter(mean_intervals(np.column_stack(columns), **asdict(how)))
    out: dict[str, dict[str, Any]] = {model: {} for model in ranked}
    for model, name in whole:
        out[model][name] = _entry(next(found), name)
    paired = [_difference(name, a, b, next(found)) for name, a, b in pairs]
    for model, name in (key for key in values if key not in whole):
        out[model][name] = _entry(_mean(values[model, name], how), name)
    for model, one in ranked.items():
        sums = popularity_sums(one.lists, panel.profile, panel.owners.astype(np.float64))
        lift = sum_intervals(
            sums, lambda s: s[:, :1] / s[:, 1:] - 1.0, **asdict(how), undefined="nobody has items of their own"
        )[0]
        out[model]["popularity_lift"] = _entry(lift, "popularity_lift")
        for name, of in (("catalogue_coverage", catalogue_coverage), ("exposure_gini", exposure_gini)):
            value = of(one.lists, panel.items)
            reason = "no interval: a resample of users holds fewer different lists"
            out[model][name] = _entry(Interval(value, float("nan"), float("nan"), reason=reason), name)
    return out, foremost, paired


def _wide(ranked: Mapping[str, Ranked], panel: Panel, vectors: Floats) -> dict[str, dict[str, Floats]]:
    """{model: {figure: (judged,)}} beyond accuracy, nan where a list is too short for it."""
    out = {}
    for model, one in ranked.items():
        out[model] = {
            "novelty": novelty(one.lists, panel.owners, panel.had),
            "diversity": diversity(one.lists, vectors),
        }
        if POPULARITY in ranked and model != POPULARITY:
            out[model]["popularity_overlap"] = overlap(one.lists, ranked[POPULARITY].lists)
    return out


def _compared(models: Iterable[str], foremost: str) -> list[tuple[str, str]]:
    """(model, rival): the foremost beside each other one, and popularity beside each but the foremost."""
    names = list(models)
    pairs = [(foremost, rival) for rival in names if rival != foremost]
    if POPULARITY in names and foremost != POPULARITY:
        pairs += [(POPULARITY, name) for name in names if name not in (foremost, POPULARITY)]
    return pairs


def _ratings(
    models: Mapping[str, Recommender], data: Interactions, test: Rows, how: _Resampling
) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """RMSE and MAE of the models that rate, on all test rows, with whole users resampled; each against the best."""
    rating = [name for name, model in models.items() if model.rates]
    if data.rating is None or not rating:
        return {}, []
    users, who = np.unique(data.user[test], return_inverse=True)
    columns: list[NDArray[Any]] = [np.ones(len(test))]
    when = None if data.time is None else data.time[test]
    for name in rating:
        missed = data.rating[test] - np.asarray(
            models[name].rate(data.user[test], data.item[test], when), dtype=np.float64
        )
        columns += [missed**2, np.abs(missed)]
    sums = np.column_stack([np.bincount(who, weights=column, minlength=len(users)) for column in columns])
    best = int(np.argmin(sums[:, 1::2].sum(axis=0)))

    def figures(drawn: Floats) -> Floats:
        rmse, mae = np.sqrt(drawn[:, 1::2] / drawn[:, :1]), drawn[:, 2::2] / drawn[:, :1]
        return np.hstack([rmse, mae, rmse[:, [best]] - rmse])

    found = sum_intervals(sums, figures, **asdict(how))
    n = len(rating)
    out = {
        name: {"rmse": _entry(found[at], "rmse"), "mae": _entry(found[n + at], "mae")} for at, name in enumerate(rating)
    }
    pairs = [_difference("rmse", rating[best], name, found[2 * n + at]) for at, name in enumerate(rating) if at != best]
    return out, pairs


def _mean(values: Floats, how: _Resampling) -> Interval:
    """Of the users who have the figure."""
    usable = values[np.isfinite(values)]
    return mean_intervals(usable[:, None], **asdict(how))[0]


def _entry(found: Interval, metric: str) -> dict[str, Any]:
    out = {"value": found.value, "low": found.low, "high": found.high, "unit": ranking_metric(metric).unit}
    return out | ({"reason": found.reason} if found.reason else {})


def _difference(metric: str, model: str, rival: str, found: Interval) -> dict[str, Any]:
    return {
        "metric": metric,
        "model": model,
        "rival": rival,
        "difference": found.value,
        "low": found.low,
        "high": found.high,
    }


def _frame(data: Interactions, panel: Panel, ranked: Mapping[str, Ranked], k: int) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "user": data.user_ids[panel.users].astype(str),
        "known": panel.rows.astype(np.int32),
        "relevant": panel.relevant.counts.astype(np.int32),
    }
    for name in (f"{family}_{k}" for family in _KEPT):
        of = ranking_metric(name).per_user
        if of is not None:
            columns |= {f"{name}:{model}": of(one).astype(np.float32) for model, one in ranked.items()}
    return pd.DataFrame(columns)
