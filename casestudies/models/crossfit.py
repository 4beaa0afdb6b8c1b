"""Paths of penalties judged on rows held out, also where the encoder itself has read the label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold

from casestudies.models.costsensitive.lesson import Lesson
from casestudies.models.costsensitive.line import descended
from casestudies.models.linear import PathFit, cross_validated_path
from casestudies.models.linear.solving import Floats, PenaltyName, design_of, penalty_of, said
from casestudies.optim import Logistic, Objective, Solution, path
from casestudies.tabular.engineer import FeatureEncoder


@dataclass(frozen=True, eq=False)
class CrossFitted:
    """Training rows encoded once, and where the encoder reads the label once more without each fold.

    Parameters
    ----------
    X: (rows, features) the matrix to fit the final model on; y, weight, folds: (rows,).
    without: by fold, the matrix of the rows outside it and that of its own rows, by an encoder that has not seen it;
        empty where the encoder reads no label.
    """

    X: Floats
    y: Floats
    weight: Floats
    folds: NDArray[np.intp]
    without: Mapping[Any, tuple[Floats, Floats]]

    @classmethod
    def of(
        cls, encoder: FeatureEncoder, frame: pd.DataFrame, y: Floats, weight: Floats, folds: NDArray[np.intp]
    ) -> Self:
        """Fit the encoder on all rows; raises as `FeatureEncoder.fit_transform`.

        A target encoding is learnt anew without each fold (and inside, cross-fitted over the others), or its values on
        the other rows would hold the labels of the rows that judge.
        """
        X = encoder.fit_transform(frame, y, folds, weight)
        without = {}
        for fold in np.unique(folds) if encoder.supervised else ():
            held, inner = folds == fold, clone(encoder)
            train = inner.fit_transform(frame[~held], y[~held], _inner(folds[~held], y[~held]), weight[~held])
            without[fold] = train, inner.transform(frame[held])
        return cls(X, y, weight, folds, without)

    def path(self, Cs: ArrayLike, penalty: PenaltyName = "l2", l1_ratio: float | None = None) -> PathFit:
        """Every C on all rows, and what the fits without a row's fold make of it; as `cross_validated_path`."""
        fits = cross_validated_path(self.X, self.y, Cs, self.folds, self.weight, penalty=penalty, l1_ratio=l1_ratio)
        if not self.without:
            return fits
        margins = np.empty_like(fits.margins)
        for fold, (train, test) in self.without.items():
            held = self.folds == fold
            design = design_of(train, intercept=True)
            free = np.arange(design.shape[1]) == train.shape[1]
            strengths = penalty_of(penalty, Cs, l1_ratio, free)
            found = path(Objective(design, self.y[~held], Logistic(), strengths, self.weight[~held]))
            said(found.solution)
            margins[held] = test @ found.whole[:-1] + found.whole[-1]
        return fits._replace(margins=margins)

    def beyond(self, lesson: Lesson, C: float) -> tuple[Solution[Any], Floats]:
        """The lesson's own loss under an L2 penalty, from the convex fit on: on all rows, and without each fold.

        Returns
        -------
        The solution, whose last problem is that of all rows, and (rows,) margins of fits that have not seen the row.
        """
        fold = np.unique(self.folds, return_inverse=True)[1]
        found = _beyond(self.X, lesson, C, fold)
        said(found)
        margins = (self.X @ found.x[:-1] + found.x[-1])[np.arange(len(fold)), fold]
        for name, (train, test) in self.without.items():
            held = self.folds == name
            alone = _beyond(train, lesson.take(~held), C).x[:, -1]
            margins[held] = test @ alone[:-1] + alone[-1]
        return found, margins


def _beyond(X: Floats, lesson: Lesson, C: float, fold: NDArray[np.intp] | None = None) -> Solution[Any]:
    """(columns, folds + 1) or, without folds, (columns, 1)."""
    design = design_of(X, intercept=True)
    free = np.arange(design.shape[1]) == X.shape[1]
    convex = path(Objective(design, lesson.y, Logistic(), penalty_of("l2", [C], None, free), lesson.weight), fold)
    start = np.concatenate([convex.without[:, :, 0], convex.whole[None, :, 0]]).T
    return descended(design, lesson, C, np.ascontiguousarray(start), fold)


def _inner(folds: NDArray[np.intp], y: Floats) -> NDArray[np.intp]:
    """The folds that are left; of a single one, five new ones."""
    if len(np.unique(folds)) > 1:
        return folds
    out = np.empty(len(y), dtype=np.intp)
    for number, (_, held) in enumerate(StratifiedKFold(5).split(np.zeros(len(y)), y)):
        out[held] = number
    return out
