"""The strength of the penalty, chosen by cross-validation: every penalty and every fold in one solve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import get_scorer
from sklearn.model_selection import check_cv
from sklearn.utils.validation import _check_sample_weight, check_array, check_consistent_length

from casestudies.errors import DataError, shown
from casestudies.models.labels import two_classes
from casestudies.models.linear.logistic import LogOdds
from casestudies.models.linear.solving import (
    NUMBERS,
    ClassWeight,
    Floats,
    PenaltyName,
    balanced,
    checked,
    design_of,
    penalty_of,
    said,
)
from casestudies.optim import Logistic, Objective, PathSolution, path

Splits = list[tuple[NDArray[np.intp], NDArray[np.intp]]]


class LogisticRegressionCV(LogOdds):
    """Logistic regression whose C (and share of l1) is the best on held-out rows.

    All values of C on all folds are one solve: rows are read once for all of them, and every fit is certified like a
    single one. Among equals the strongest penalty is taken.

    Parameters
    ----------
    Cs: values of C, or how many between 1e-4 and 1e4.
    cv: folds, a splitter, or (train, test) pairs, as in scikit-learn.
    penalty: "l2", "l1" or "elasticnet".
    l1_ratios: with "elasticnet" the shares of l1 to choose from.
    scoring: any scorer of scikit-learn, larger is better.
    fit_intercept, class_weight, tol, max_iter, n_jobs: as in `LogisticRegression`.

    Attributes
    ----------
    C_, l1_ratio_: chosen (l1_ratio_ None unless "elasticnet").
    Cs_: (Cs,) ascending.
    scores_: (folds, Cs), or (folds, l1_ratios, Cs) with "elasticnet".
    coefs_paths_: (folds, Cs, features + 1), or with l1_ratios before Cs: coefficients without each fold, intercept last.
    coefs_path_: (Cs, features + 1): coefficients on all rows, at the chosen l1_ratio.
    classes_, coef_, intercept_, n_features_in_, n_iter_, certificate_, reason_, trace_, diagnosis_: as in
        `LogisticRegression`; certificate and trace are of all fits.
    """

    def __init__(
        self,
        Cs: int | ArrayLike = 10,
        *,
        cv: Any = 5,
        penalty: PenaltyName = "l2",
        l1_ratios: ArrayLike | None = None,
        scoring: str | Callable[..., float] = "neg_log_loss",
        fit_intercept: bool = True,
        class_weight: ClassWeight = None,
        tol: float = 1e-8,
        max_iter: int = 100,
        n_jobs: int | None = None,
    ) -> None:
        self.Cs = Cs
        self.cv = cv
        self.penalty = penalty
        self.l1_ratios = l1_ratios
        self.scoring = scoring
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.n_jobs = n_jobs

    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None, groups: ArrayLike | None = None
    ) -> Self:
        """Finds the coefficients at every C and chooses.

        Parameters
        ----------
        X, y, sample_weight: as in `LogisticRegression`.
        groups: (rows,) handed to the splitter.

        Raises
        ------
        ValueError: as `LogisticRegression`; a fold that leaves one class only.

        Warns
        -----
        ConvergenceWarning: a fit that did not reach the tolerance; the message says why.
        """
        if self.penalty is None:
            raise ValueError("penalty is None; without a penalty there is no C to choose")
        matrix, labels, weights = checked(self, X, y, sample_weight)
        self.classes_ = two_classes(labels)
        event = (labels == self.classes_[1]).astype(np.intp)
        splits = list(check_cv(self.cv, event, classifier=True).split(matrix, event, groups))
        self.Cs_ = np.logspace(-4, 4, self.Cs) if isinstance(self.Cs, int) else np.sort(np.ravel(self.Cs))
        design = design_of(matrix, self.fit_intercept, self.n_jobs)
        free = np.arange(design.shape[1]) == matrix.shape[1]
        weighed = balanced(self.class_weight, self.classes_, event, weights)
        shares = [None] if self.l1_ratios is None else [float(share) for share in np.ravel(self.l1_ratios)]
        found: list[PathSolution] = []
        for share in shares:
            penalty = penalty_of(self.penalty, self.Cs_, share, free)
            objective = Objective(design, event.astype(np.float64), Logistic(), penalty, weighed)
            found.append(path(objective, **_held_out(splits, event, weights), tolerance=self.tol, steps=self.max_iter))
            said(found[-1].solution)
        paths = np.stack([one.without.transpose(0, 2, 1) for one in found], axis=1)
        scores = np.stack([self._scores(matrix, event, weights, splits, one) for one in found], axis=1)
        share, C = np.unravel_index(scores.mean(axis=0).argmax(), scores.shape[1:])
        several = self.l1_ratios is not None
        self.C_, self.l1_ratio_ = float(self.Cs_[C]), shares[share]
        self.scores_ = scores if several else scores[:, 0]
        self.coefs_paths_ = paths if several else paths[:, 0]
        self.coefs_path_ = found[share].whole.T
        self._adopt(found[share].whole[:, C], found[share].solution, self.fit_intercept)
        return self

    def _scores(self, X: Any, event: NDArray[np.intp], weights: Floats, splits: Splits, fits: PathSolution) -> Floats:
        """(folds, Cs): what the rows held out say of each fit."""
        scorer = _log_likelihood if self.scoring == "neg_log_loss" else get_scorer(self.scoring)
        out = np.empty((len(splits), fits.without.shape[2]))
        left_out = None if fits.folds is None else fits.out_of_fold()
        for fold, (_, test) in enumerate(splits):
            margins = left_out[test] if left_out is not None else self._margins(X[test], fits.without[fold])
            for k, z in enumerate(margins.T):
                out[fold, k] = scorer(_Known(z), np.arange(len(test)), event[test], sample_weight=weights[test])
        return out

    def _margins(self, X: Any, coef: Floats) -> Floats:
        margins = X @ coef[: X.shape[1]]
        return np.asarray(margins + coef[-1] if self.fit_intercept else margins)


def _log_likelihood(known: _Known, rows: NDArray[np.intp], event: NDArray[np.intp], sample_weight: Floats) -> float:
    """scikit-learn's neg_log_loss, from the log-odds, and for folds that hold one class only too."""
    z = known.decision_function(rows)
    return -float(
        np.average(Logistic().value(z[:, None], event[:, None].astype(np.float64))[:, 0], weights=sample_weight)
    )


class _Known(ClassifierMixin, BaseEstimator):
    """A classifier that has already said what it thinks of the rows it will be asked about, by their places."""

    def __init__(self, margins: Floats) -> None:
        self.margins = margins
        self.classes_ = np.array([0, 1])

    def decision_function(self, rows: NDArray[np.intp]) -> Floats:
        return np.asarray(self.margins[rows])

    def predict_proba(self, rows: NDArray[np.intp]) -> Floats:
        event = Logistic().inverse_link(self.margins[rows])
        return np.column_stack([1.0 - event, event])

    def predict(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        return (self.margins[rows] > 0).astype(np.intp)


def _held_out(splits: Splits, event: NDArray[np.intp], weights: Floats) -> dict[str, Any]:
    """The splits as the path takes them: a fold number for each row, or which rows each fit sees."""
    rows = len(event)
    for fold, (train, _) in enumerate(splits):
        if len(np.unique(event[train][weights[train] > 0])) < 2:
            raise ValueError(
                f"the rows that fold {fold + 1} trains on have one class only; use fewer or stratified folds"
            )
    numbers, times = np.full(rows, -1), np.zeros(rows, dtype=int)
    for fold, (_, test) in enumerate(splits):
        numbers[test] = fold
        times[test] += 1
    if (times == 1).all() and all(len(train) + len(test) == rows for train, test in splits):
        return {"folds": numbers}
    seen = np.zeros((rows, len(splits)), dtype=bool)
    for fold, (train, _) in enumerate(splits):
        seen[train, fold] = True
    return {"train": seen}


class PathFit(NamedTuple):
    """The same model at every C, with what a choice among them needs.

    coef: (features, Cs) and intercepts: (Cs,): fitted on all rows.
    margins: (rows, Cs): each row's log-odds by the fit that did not see the row's fold.
    """

    coef: Floats
    intercepts: Floats
    margins: Floats


def cross_validated_path(
    X: ArrayLike,
    y: ArrayLike,
    Cs: ArrayLike,
    folds: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    penalty: PenaltyName = "l2",
    l1_ratio: float | None = None,
) -> PathFit:
    """Every C on all rows and without each fold, solved as one block.

    A problem is a pair (fold held out, C), the fold's rows weighing 0 in it. The rows are read once for all problems,
    and the margins of the rows held out come with the fit.

    Parameters
    ----------
    X: (rows, features) numbers; y: (rows,) 0/1, 1 = the event.
    Cs: (Cs,) inverse penalty strengths, as in `LogisticRegression`.
    folds: (rows,) which fold each row belongs to.
    sample_weight: (rows,) from 0 up.
    penalty, l1_ratio: as in `LogisticRegression`.

    Raises
    ------
    ValueError: what scikit-learn's checks refuse, a C that is not above 0, or a penalty that is none.
    DataError: labels that are not 0 and 1, in all rows or outside a fold, or not both; the message names the fold.

    Warns
    -----
    ConvergenceWarning: a fit that did not reach the tolerance; the message says why.
    """
    matrix = check_array(X, dtype=NUMBERS, accept_sparse="csr")
    labels = np.asarray(y, dtype=np.float64)
    check_consistent_length(matrix, labels, folds)
    weights = _check_sample_weight(sample_weight, matrix, dtype=np.float64, ensure_non_negative=True)
    names, fold = np.unique(np.asarray(folds), return_inverse=True)
    for number, name in enumerate([*names, None]):
        if not {0.0, 1.0} == set(labels[(fold != number) & (weights > 0)]):
            raise DataError(
                "labels are not 0 and 1, both present",
                where="all rows" if name is None else f"rows outside fold {shown(name)}",
                advice="code the event as 1 and make folds that share out both outcomes (StratifiedKFold)",
            )
    design = design_of(matrix, intercept=True)
    free = np.arange(design.shape[1]) == matrix.shape[1]
    objective = Objective(design, labels, Logistic(), penalty_of(penalty, Cs, l1_ratio, free), weights)
    found = path(objective, fold)
    said(found.solution)
    return PathFit(found.whole[:-1], found.whole[-1], found.out_of_fold())
