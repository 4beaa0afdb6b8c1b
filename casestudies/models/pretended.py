"""What SMOTE before the split pretends: a demonstration, never a result."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casestudies.metrics import ap, auc, f1
from casestudies.models.imbalance import PLAIN, Labelled, Learner, refuse_few, train
from casestudies.models.resampling import smote

Floats = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True)
class Figures:
    """Of scores out of fold; F1 at the cut 1/2, as tutorials take it."""

    auc: float
    ap: float
    f1: float

    @classmethod
    def of(cls, y: Floats, p: Floats, weight: Floats) -> Figures:
        return cls(auc(y, p, weight), ap(y, p, weight), f1(y, p > 0.5, weight))


def smote_before_split(rows: Labelled, folds: Index, learner: Learner | None = None) -> Figures:
    """How good a model looks when rows are resampled first and split afterwards.

    New rows then stand between rows of both sides of the split, and half of the judged rows are events. What the same
    SMOTE is worth inside the training folds is the line of `bench`: `Figures.of(rows.y, line.p, rows.weight)`.

    Parameters
    ----------
    folds: (rows,) fold labels, three or more; all rows are dealt to them anew, at random.

    Raises
    ------
    DataError: too few events, as for `bench`.

    Source: Blagus and Lusa 2015, "Joint use of over- and under-sampling techniques and cross-validation for the
    development and assessment of prediction models", BMC Bioinformatics 16.
    """
    learner = learner or Learner()
    refuse_few(rows.y, folds)
    made = smote(rows.X, rows.y, rows.weight, rows.categorical, learner.seed)
    resampled = Labelled(made.X, rows.categorical, made.y, made.weight)
    dealt = np.random.default_rng(learner.seed).choice(np.unique(folds), len(made.y))
    p = np.empty(len(dealt))
    for fold in np.unique(dealt):
        model = train(PLAIN, resampled.take(dealt != fold), learner)
        p[dealt == fold] = model(resampled.take(dealt == fold)).probability
    return Figures.of(made.y, p, made.weight)
