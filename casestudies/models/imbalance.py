"""Rare events, six ways: the rows as they are, weights, resampling and other losses, side by side on the same folds.

What is resampled are training rows only. A treatment that changes the mix of the rows changes what a probability
means; the shift in log-odds is known, and `Scores` refuses the uncorrected ones wherever a probability is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit

from casestudies.decisions import Costs, Rule
from casestudies.errors import DataError
from casestudies.models.boosting import BoostedTrees
from casestudies.models.objectives import as_lightgbm
from casestudies.models.resampling import Taught, class_weights, smote, undersampled
from casestudies.models.scores import Scores
from casestudies.optim.losses import Focal
from casestudies.tabular.codes import CategoryCodes

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]

PLAIN = "plain"
TREATMENTS: Mapping[str, str] = {
    PLAIN: "the rows as they are",
    "balanced": "both classes given the same weight",
    "smote": "events added between neighbouring events until both classes weigh the same",
    "undersampling": "others left out at random until both classes weigh the same",
    "focal": "focal loss, in which rows that are nearly right hardly count",
    "cost": "each row weighed by the money at stake in it",
}
FEWEST = 10  # of each class in each fold; below that, folds differ more than treatments can
_GAMMA = 2.0  # of the focal loss; Lin et al. 2017
_LEAST_STAKE = 1e-3  # of the mean: a row with nothing at stake keeps a weight, so that its correction is finite


@dataclass(frozen=True)
class Learner:
    """The boosted trees that every treatment shares: few and quick, since it is treatments that are compared.

    Codes of categories are read as numbers by all of them, since trees of another loss know no categories.
    """

    trees: int = 30
    leaves: int = 8
    learning_rate: float = 0.15
    min_rows: int = 20
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Labelled:
    """Rows as trees read them.

    Parameters
    ----------
    X: (rows, features) NaN = missing. categorical: columns of X with whole codes.
    y: (rows,) 0/1. weight: (rows,) row weights. costs: of the same rows; None = no money.
    """

    X: Floats
    categorical: tuple[int, ...]
    y: Floats
    weight: Floats
    costs: Costs | None = None

    @classmethod
    def of(
        cls, frame: pd.DataFrame, kinds: Mapping[str, str], y: Floats, weight: Floats, costs: Costs | None = None
    ) -> Self:
        """From the feature columns of a checked table; rows of weight 0 are left out."""
        kept = np.flatnonzero(weight > 0)
        codes = CategoryCodes({name: kind for name, kind in kinds.items() if name in frame}).fit(frame)
        X = codes.transform(frame).to_numpy()[kept]
        at = tuple(codes.feature_names.index(name) for name in codes.categories)
        return cls(X, at, y[kept], weight[kept], None if costs is None else costs.take(kept))

    def take(self, rows: Index | Mask) -> Self:
        costs = None if self.costs is None else self.costs.take(rows)
        return replace(self, X=self.X[rows], y=self.y[rows], weight=self.weight[rows], costs=costs)

    @property
    def event_share(self) -> float:
        return float(np.average(self.y, weights=self.weight))


Model = Callable[[Labelled], Scores]


def train(treatment: str, rows: Labelled, learner: Learner) -> Model:
    """A model of the rows under one treatment; it gives `Scores` of other rows, whose labels it does not read.

    Raises
    ------
    KeyError: no such treatment. DataError: `cost` where there are no costs, or SMOTE with fewer than two events.
    """
    if treatment == "focal":
        return _focal(rows, learner)
    if treatment == "cost":
        return _cost_weighted(rows, learner)
    taught: Taught = {
        PLAIN: lambda: Taught(rows.X, rows.y, rows.weight),
        "balanced": lambda: Taught(rows.X, rows.y, class_weights(rows.y, rows.weight)),
        "smote": lambda: smote(rows.X, rows.y, rows.weight, rows.categorical, learner.seed),
        "undersampling": lambda: undersampled(rows.X, rows.y, rows.weight, learner.seed),
    }[treatment]()
    estimator = _grow(taught, learner)
    share = float(np.average(taught.y, weights=taught.weight))
    shift = None if treatment == PLAIN else float(logit(rows.event_share) - logit(share))
    words = f"{treatment}: {share:.1%} of the training weight had the event, of the rows {rows.event_share:.1%}"

    def scores(new: Labelled) -> Scores:
        margin = estimator.decision_function(new.X)
        return Scores(margin) if shift is None else Scores(margin, np.full(len(margin), shift), words)

    return scores


def _grow(taught: Taught, learner: Learner) -> BoostedTrees:
    trees = BoostedTrees(learner.trees, learner.leaves, learner.learning_rate, learner.min_rows, seed=learner.seed)
    return trees.fit(taught.X, taught.y, sample_weight=taught.weight)


def _focal(rows: Labelled, learner: Learner) -> Model:
    """Focal loss; what it says of a row is too near to 1/2, and its own transformation sets that right."""
    params = {
        "num_leaves": learner.leaves,
        "learning_rate": learner.learning_rate,
        "min_data_in_leaf": learner.min_rows,
        "seed": learner.seed,
    }
    loss = Focal(_GAMMA)
    trees = as_lightgbm(loss).fit(rows.X, rows.y, rows.weight, trees=learner.trees, params=params)

    def scores(new: Labelled) -> Scores:
        margin = trees.margin(new.X)
        right = logit(np.clip(loss.inverse_link(margin), 1e-12, 1 - 1e-12))
        return Scores(margin, right - margin, f"focal loss, gamma {_GAMMA:g}")

    return scores


def _cost_weighted(rows: Labelled, learner: Learner) -> Model:
    """Each row weighs what is at stake in it: fn - tp for an event, fp - tn for another row.

    Both are known before the outcome, so the log-odds are shifted by the logarithm of their ratio, row by row; cut at
    1/2 as they are, they decide as probabilities do at each row's own threshold.
    """

    def stakes(of: Labelled) -> tuple[Floats, Floats]:
        if of.costs is None:
            raise DataError("there are no costs to weigh rows by", where="cost", advice="write cost.fn and cost.fp")
        return np.maximum(of.costs.caught, least), np.maximum(of.costs.alarm, least)

    least = 0.0
    least = _LEAST_STAKE * float(np.mean(np.where(rows.y > 0, *stakes(rows))))
    caught, alarm = stakes(rows)
    estimator = _grow(Taught(rows.X, rows.y, rows.weight * np.where(rows.y > 0, caught, alarm)), learner)

    def scores(new: Labelled) -> Scores:
        caught, alarm = stakes(new)
        margin = estimator.decision_function(new.X)
        return Scores(margin, np.log(alarm) - np.log(caught), "cost: rows weighed by the money at stake in them")

    return scores


@dataclass(frozen=True, eq=False)
class Line:
    """One treatment on all rows, each judged by a model that never saw it.

    Parameters
    ----------
    treatment: key of TREATMENTS. corrected: whether `p` was set right for the rows as they are.
    p: (rows,) the score taken for a probability.
    own: (rows,) acted on by each row's own threshold; None without costs. For an uncorrected line that is what the
        refusal prevents.
    cut: (rows,) acted on by one cut, tuned on training rows: the one of least cost, or without costs of the best F1.
    """

    treatment: str
    corrected: bool
    p: Floats
    own: Mask | None
    cut: Mask


def bench(rows: Labelled, folds: Index, learner: Learner | None = None) -> tuple[Line, ...]:
    """Every treatment as taught and corrected, on the same folds; the plain model first.

    The cut of a fold is tuned on the other folds, on scores of models that saw neither: leaving out two folds at a time
    serves both of them, so K folds take K + K (K - 1) / 2 fits a treatment.

    Parameters
    ----------
    folds: (rows,) fold labels, three or more.

    Raises
    ------
    DataError: fewer than three folds, or one with fewer than 10 rows of a class.
    """
    learner = learner or Learner()
    refuse_few(rows.y, folds)
    lines = []
    for treatment in TREATMENTS:
        if treatment == "cost" and rows.costs is None:
            continue
        judged, tuning = _out_of_fold(treatment, rows, folds, learner)
        for corrected in (False, True):
            if corrected and judged.correction is None:
                continue
            p = judged.corrected().probability if corrected else judged.raw
            inner = {fold: s.corrected().raw if corrected else s.raw for fold, s in tuning.items()}
            own = None if rows.costs is None else rows.costs.act(p)
            lines.append(Line(treatment, corrected, p, own, _tuned(rows, folds, p, inner)))
    return tuple(lines)


def refuse_few(y: Floats, folds: Index) -> None:
    """Raises DataError where treatments could not be told apart, with the reason."""
    labels = np.unique(folds)
    least = min((int(np.sum((folds == f) & (y == c))) for f in labels for c in (0, 1)), default=0)
    if len(labels) < 3 or least < FEWEST:
        raise DataError(
            f"{len(labels)} folds with at least {least} rows of each class; treatments of rare events are compared on "
            f"three or more folds with at least {FEWEST}",
            advice="bring more rows with the event",
        )


def _out_of_fold(treatment: str, rows: Labelled, folds: Index, learner: Learner) -> tuple[Scores, dict[int, Scores]]:
    """Scores of every row by a model that never saw its fold; and for each fold, scores of the others (nan on itself)
    by models that saw neither."""

    def collect(model: Model, into: tuple[Floats, Floats], held: Mask) -> bool:
        told = model(rows.take(held))
        into[0][held] = told.margin
        into[1][held] = 0.0 if told.correction is None else told.correction
        return told.correction is not None

    def empty() -> tuple[Floats, Floats]:
        return np.full(len(folds), np.nan), np.full(len(folds), np.nan)

    labels = [int(fold) for fold in np.unique(folds)]
    judged, inner = empty(), {fold: empty() for fold in labels}
    shifted = False
    for fold in labels:
        shifted = collect(train(treatment, rows.take(folds != fold), learner), judged, folds == fold)
    for one, two in combinations(labels, 2):
        model = train(treatment, rows.take((folds != one) & (folds != two)), learner)
        collect(model, inner[one], folds == two)
        collect(model, inner[two], folds == one)

    def as_scores(arrays: tuple[Floats, Floats]) -> Scores:
        return Scores(arrays[0], arrays[1] if shifted else None, treatment)

    return as_scores(judged), {fold: as_scores(arrays) for fold, arrays in inner.items()}


def _tuned(rows: Labelled, folds: Index, p: Floats, inner: Mapping[int, Floats]) -> Mask:
    """(rows,) acted on: each fold by the cut that was best on the others."""
    rule = Rule.parse("f1" if rows.costs is None else "cut")
    act = np.zeros(len(p), dtype=bool)
    for fold, tuning in inner.items():
        held, others = folds == fold, folds != fold
        costs = None if rows.costs is None else rows.costs.take(others)
        act[held] = rule.fit(rows.y[others], tuning[others], costs, rows.weight[others]).act(p[held])
    return act
