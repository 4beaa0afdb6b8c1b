"""Lists for everybody, a visitor's vector, and new ratings without a refit."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmarks.optim.comparison import Table, seconds
from benchmarks.recommendation import data
from benchmarks.recommendation.data import Split
from benchmarks.recommendation.goals import Goal, asked
from benchmarks.rows import Measurement
from benchmarks.timing import measured
from casestudies.models.factorisation.estimator import MatrixFactorization
from casestudies.models.factorisation.ranking import Known, best
from casestudies.tabular.interactions import Interactions

TEXT = (
    "`MatrixFactorization` as it comes, one core, warm. Lists: the ten best of all items for each user, seen ones left out. "
    "Fold-in: the vector and bias of one user from a history of the named length, without touching the model (`FoldIn.user`), and as a "
    "visitor with names and checks (`fold_in`). New ratings: the last 1 % of the training rows of the 90/10 split, which are in "
    "random order, come after a fit of the other 99 %; the loss is against a fit of all of them. "
)
_NEW = 0.01


def measure() -> Measurement:
    return _measured(Split.random("ML-1M", data.large()), "none", goals=True)


def quick() -> Measurement:
    return _measured(Split.random("ML-100K", data.small()), "none")


def _measured(split: Split, histories: str, goals: bool = False) -> Measurement:
    rows = split.train.interactions
    MatrixFactorization().fit(rows.take(np.arange(len(rows) // 10)))  # compiled, or read from the disk
    model = MatrixFactorization().fit(rows)
    lists = _lists(split, model)
    folded = [_folded(split, model, length) for length in (10, 50, 200)]
    grown = [_grown(split, name) for name in ("none", "both")]
    tables: list[Table] = [
        {
            "caption": f"Lists of ten for {rows.shape[0]:,} users of {rows.shape[1]:,} items ({split.name})",
            "head": ["", "CPU s", "wall s"],
            "rows": [[name, seconds(spent), seconds(took)] for name, spent, took in lists],
        },
        {
            "caption": f"One user folded in, {model.settings_['factors']} factors",
            "head": ["ratings in the history", "vector and bias, CPU ms", "with names and checks, CPU ms"],
            "rows": [[length, f"{bare:.3f}", f"{whole:.3f}"] for length, bare, whole in folded],
        },
        {
            "caption": f"{split.name}: 1 % of new ratings",
            "head": [
                "model",
                "ratings",
                "fit, CPU s",
                "partial_fit, CPU s",
                "ratio",
                "RMSE before",
                "after",
                "of a fit of all",
            ],
            "rows": [one.line for one in grown],
        },
    ]
    plain = grown[0]
    judged = [
        Goal("top-10 lists for all users, CPU s", lists[0][1], 0.2, form="{:.2f}"),
        Goal("fold-in of one user, 50 ratings, CPU ms", folded[1][1], 0.2, form="{:.3f}"),
        Goal("partial_fit of 1 %: times cheaper than a fit", plain.ratio, 20.0, lower=False, form="{:.1f}x"),
        Goal("partial_fit of 1 %: RMSE loss against a fit of all", plain.loss, 0.002, form="{:+.4f}"),
    ]
    return [*tables, asked("Serving", judged)] if goals else tables, {}


def _lists(split: Split, model: MatrixFactorization) -> list[tuple[str, float, float]]:
    rows, everybody = split.train.interactions, np.arange(split.train.shape[0], dtype=np.int32)
    known = Known.of(rows)
    _, cpu, wall = measured(lambda: best(model.vectors_, everybody, 10, known), 5)
    _, more_cpu, more = measured(lambda: best(model.vectors_, everybody, 10, Known.of(rows)), 5)
    return [
        ("lists", cpu, wall),
        ("who knows what, from the ratings, and lists", more_cpu, more),
    ]


def _folded(split: Split, model: MatrixFactorization, length: int, times: int = 200) -> tuple[int, float, float]:
    """length of the history, CPU milliseconds of the bare vector, and of a visitor."""
    rows, rng = split.train.interactions, np.random.default_rng(0)
    items = [rng.choice(rows.shape[1], length, replace=False) for _ in range(times)]
    values = [rng.integers(1, 6, length).astype(np.float32) for _ in range(times)]
    fold = model.fold_
    fold.user(items[0], values[0])

    def each(do: Callable[[int], object]) -> float:
        used = time.process_time()
        for number in range(times):
            do(number)
        return 1e3 * (time.process_time() - used) / times

    bare = min(each(lambda number: fold.user(items[number], values[number])) for _ in range(5))
    baskets = [
        dict(zip(rows.item_ids[i].tolist(), v.tolist(), strict=True)) for i, v in zip(items, values, strict=True)
    ]
    whole = min(each(lambda number: model.fold_in(baskets[number])) for _ in range(3))
    return length, bare, whole


@dataclass(frozen=True)
class Grown:
    """New ratings taken in. fit, partial: CPU seconds. before, after, whole: RMSE before, after, and of a fit of all."""

    name: str
    rows: int
    fit: float
    partial: float
    before: float
    after: float
    whole: float

    @property
    def ratio(self) -> float:
        return self.fit / self.partial

    @property
    def loss(self) -> float:
        return self.after - self.whole

    @property
    def line(self) -> list[str]:
        errors = [f"{value:.4f}" for value in (self.before, self.after, self.whole)]
        return [self.name, f"{self.rows:,}", seconds(self.fit), seconds(self.partial), f"{self.ratio:.1f}x", *errors]


def _grown(split: Split, histories: str) -> Grown:
    rows = split.train.interactions
    cut = round((1 - _NEW) * len(rows))
    old, new = rows.take(np.arange(cut)), rows.take(np.arange(cut, len(rows)))
    whole, cpu, _ = measured(partial(_fresh, histories, rows), 3 if histories == "none" else 1)
    begun, runs = _fresh(histories, old), []
    for _ in range(5):
        model = copy.copy(begun)  # what is learnt is replaced, never changed
        grown, spent, _ = measured(partial(model.partial_fit, new))
        runs.append(spent)
    error = [split.rmse(one.rate(split.test.user, split.test.item)) for one in (begun, grown, whole)]
    name = "as it comes" if histories == "none" else f"histories of {histories}"
    return Grown(name, len(new), cpu, min(runs), *error)


def _fresh(histories: str, rows: Interactions) -> MatrixFactorization:
    return MatrixFactorization(histories=histories).fit(rows)  # type: ignore[arg-type]
