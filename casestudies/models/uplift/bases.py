"""What uplift learners stand on: the suite's own models of a chance, and of an amount, each without every fold."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from casestudies.models.boosting import BoostedTrees
from casestudies.models.linear.solving import design_of, penalty_of, said
from casestudies.models.objectives import LossTrees, as_lightgbm
from casestudies.models.recipes import C_GRID
from casestudies.optim import Logistic, Objective, PathSolution, path
from casestudies.optim.losses import Loss, Squared
from casestudies.tabular.codes import CategoryCodes
from casestudies.tabular.encode import Encoder

Floats = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]
Predict = Callable[[Floats], Floats]  # (rows, features) -> (rows,)


@dataclass(frozen=True, eq=False)
class Line:
    """A linear model. coef: (features + 1,), the intercept last. chance: of a chance, by the logistic curve."""

    coef: Floats
    chance: bool

    def __call__(self, X: Floats) -> Floats:
        margin = X @ self.coef[:-1] + self.coef[-1]
        return np.asarray(expit(margin)) if self.chance else margin


@dataclass(frozen=True, eq=False)
class Grown:
    """Boosted trees of a chance, or of an amount."""

    trees: BoostedTrees | LossTrees

    @property
    def chance(self) -> bool:
        return isinstance(self.trees, BoostedTrees)

    def __call__(self, X: Floats) -> Floats:
        return np.asarray(self.trees.predict_proba(X)[:, 1] if self.chance else self.trees.predict(X))


@dataclass(frozen=True, eq=False)
class Folded:
    """One model without each fold, and one on all rows."""

    without: tuple[Predict, ...]
    whole: Predict

    def held_out(self, X: Floats, folds: Index) -> Floats:
        """(rows,) of each row by the model that has not seen its fold; the rows may be others than those fitted on."""
        out = np.empty(len(X))
        for fold, predict in enumerate(self.without):
            held = folds == fold
            out[held] = predict(X[held])
        return out


class Base(Protocol):
    """A way to learn from columns."""

    @property
    def name(self) -> str: ...

    @property
    def encoder(self) -> Encoder | CategoryCodes:
        """How columns are encoded, once they are."""
        ...

    def encoded(self, frame: pd.DataFrame) -> Floats:
        """(rows, features) what the models read. The first frame encoded is what is learnt from; no label is read."""
        ...

    def chances(self, X: Floats, y: Floats, weight: Floats, folds: Index) -> Folded:
        """Models of the chance of y (rows,) 0/1."""
        ...

    def amounts(self, X: Floats, targets: Sequence[Floats], weight: Floats, folds: Index) -> Folded:
        """Models of an amount: targets[k] (rows,) is the amount for the model without fold k, the last for all rows."""
        ...


class Linear:
    """Penalised logistic regression and ridge regression on encoded columns, the strength chosen by held-out rows.

    As in `LogisticRecipe`, one strength is chosen for all folds, and each fold is then scored by a fit without it.
    """

    name = "logistic"

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self.encoder = Encoder(kinds, log=True)

    def encoded(self, frame: pd.DataFrame) -> Floats:
        return _encoded(self.encoder, frame)

    def chances(self, X: Floats, y: Floats, weight: Floats, folds: Index) -> Folded:
        fits = _solved(_objective(X, y, weight, Logistic()), folds)
        margins = fits.out_of_fold()
        losses = np.logaddexp(0.0, np.where(y[:, None] > 0, -margins, margins))
        best = int(np.argmin(weight @ losses))
        return Folded(tuple(Line(one[:, best], True) for one in fits.without), Line(fits.whole[:, best], True))

    def amounts(self, X: Floats, targets: Sequence[Floats], weight: Floats, folds: Index) -> Folded:
        coefs, losses = [], np.zeros(len(C_GRID))
        for fold, target in enumerate(targets):
            seen = folds != fold  # the last target is that of all rows
            coefs.append(_solved(_objective(X[seen], target[seen], weight[seen], Squared())).whole)
            missed = (X[~seen] @ coefs[-1][:-1] + coefs[-1][-1]) - target[~seen, None]
            losses += weight[~seen] @ missed**2
        best = int(np.argmin(losses))
        *without, whole = (Line(one[:, best], False) for one in coefs)
        return Folded(tuple(without), whole)


class Trees:
    """Few and small boosted trees: what a campaign changes is far fainter than who leaves."""

    name = "lightgbm"

    def __init__(self, kinds: Mapping[str, str], trees: int = 60, leaves: int = 6, seed: int = 0) -> None:
        self.encoder = CategoryCodes(kinds)
        self.trees, self.leaves, self.seed = trees, leaves, seed

    def encoded(self, frame: pd.DataFrame) -> Floats:
        return _encoded(self.encoder, frame)

    def chances(self, X: Floats, y: Floats, weight: Floats, folds: Index) -> Folded:
        names = self.encoder.feature_names
        categories = tuple(names.index(name) for name in self.encoder.categories)

        def grown(rows: Mask) -> Predict:
            model = BoostedTrees(
                self.trees, self.leaves, min_rows=_least(rows), categorical=categories, seed=self.seed
            ).fit(X[rows], y[rows], weight[rows])
            return Grown(model)

        with _quiet():
            without = tuple(grown(folds != fold) for fold in range(int(folds.max()) + 1))
            return Folded(without, grown(np.ones(len(y), dtype=bool)))

    def amounts(self, X: Floats, targets: Sequence[Floats], weight: Floats, folds: Index) -> Folded:
        squared, grown = as_lightgbm(Squared()), []
        with _quiet():
            for fold, target in enumerate(targets):
                rows = folds != fold  # the last target is that of all rows
                params = {
                    "num_leaves": self.leaves,
                    "learning_rate": 0.05,
                    "min_data_in_leaf": _least(rows),
                    "seed": self.seed,
                }
                fitted = squared.fit(X[rows], target[rows], weight[rows], trees=self.trees, params=params)
                grown.append(Grown(fitted))
        return Folded(tuple(grown[:-1]), grown[-1])


def _least(rows: Mask) -> int:
    """Rows of a leaf: a hundredth of those there are, and a mean of fewer than 30 outcomes says nothing of an effect."""
    return max(30, int(rows.sum()) // 100)


def _encoded(encoder: Encoder | CategoryCodes, frame: pd.DataFrame) -> Floats:
    fitted = hasattr(encoder, "plans_")
    return np.asarray(encoder.transform(frame) if fitted else encoder.fit(frame).transform(frame), dtype=np.float64)


def _objective(X: Floats, y: Floats, weight: Floats, loss: Loss) -> Objective:
    """Ridge penalties of all strengths; the intercept is free."""
    design = design_of(X, intercept=True)
    free = np.arange(design.shape[1]) == X.shape[1]
    return Objective(design, y, loss, penalty_of("l2", C_GRID, None, free), weight)


def _solved(objective: Objective, folds: Index | None = None) -> PathSolution:
    found = path(objective, folds)
    said(found.solution)
    return found


@contextmanager
def _quiet() -> Iterator[None]:
    """Without LightGBM's word that no split was possible: the base rate is then the right answer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield
