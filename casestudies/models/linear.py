"""Logistic regression on the optimisation core: solved to a stated accuracy in any units, traced and diagnosed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import (
    _check_sample_weight,
    check_array,
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from casestudies.errors import DataError, shown
from casestudies.models.labels import two_classes
from casestudies.optim import (
    L2,
    Dense,
    Logistic,
    NewtonCG,
    NewtonState,
    Objective,
    Reason,
    Solution,
    Steps,
    Suboptimality,
    diagnose,
    minimise,
)

if TYPE_CHECKING:
    from sklearn.utils import Tags

Floats = NDArray[np.float64]


class LogisticRegression(ClassifierMixin, BaseEstimator):
    """The log-odds of the event as a weighted sum of the columns, with a pull towards 0 on the weights.

    Minimises C · sum of weight × log loss + |coef|²/2, as scikit-learn does: raw coefficients are penalised, so put a
    scaler in front unless the units are meant to matter; the intercept is free. Units change the answer through the
    penalty only, never how well or how fast it is found.

    Parameters
    ----------
    C: inverse strength of the penalty; inf = none.
    fit_intercept: whether there is an intercept.
    class_weight: label -> weight, or "balanced" (both classes weigh the same in sum); multiplies the row weights.
    tol: estimated distance of the objective from its optimum, relative to the objective, at which to stop.
    max_iter: most Newton steps.

    Attributes
    ----------
    classes_: the two labels, sorted; the second is the event.
    coef_, intercept_: (1, features) and (1,): log-odds per unit of the column, and at 0.
    n_features_in_: columns seen in training.
    n_iter_: Newton steps taken.
    certificate_: how far from the optimum the fit may be (`optim.Certificate`).
    reason_: why it stopped (`optim.Reason`, a sentence).
    trace_: every step (`optim.Trace`).
    diagnosis_: what is wrong with the fit, in words; empty = nothing found (list of `optim.Finding`).

    Examples
    --------
    >>> model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], ["repaid", "late", "repaid", "late"])
    >>> model.classes_.tolist(), str(model.reason_)
    (['late', 'repaid'], 'The estimated distance from the optimum is within the tolerance.')
    """

    def __init__(
        self,
        C: float = 1.0,
        *,
        fit_intercept: bool = True,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        tol: float = 1e-8,
        max_iter: int = 100,
    ) -> None:
        self.C = C
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Finds the coefficients.

        Parameters
        ----------
        X: (rows, features) numbers.
        y: (rows,) two labels of any kind.
        sample_weight: (rows,) from 0 up; 0 = as if the row were not there, 2 = as if it were there twice.

        Raises
        ------
        ValueError: what scikit-learn's checks refuse (missing values, lengths that differ, negative weights), fewer or
            more than two classes, or a C that is not above 0.

        Warns
        -----
        ConvergenceWarning: the tolerance was not reached; the message says why.
        """
        matrix, labels = validate_data(self, X, y, dtype=[np.float64, np.float32])
        weights = _check_sample_weight(sample_weight, matrix, dtype=np.float64, ensure_non_negative=True)
        if not weights.all():
            matrix, labels, weights = matrix[weights > 0], labels[weights > 0], weights[weights > 0]
        self.classes_ = two_classes(labels)
        event = (labels == self.classes_[1]).astype(np.intp)
        balance = compute_class_weight(self.class_weight, classes=self.classes_, y=labels, sample_weight=weights)
        solution = _solve(
            matrix,
            event.astype(np.float64),
            _strengths([self.C]),
            weights * balance[event],
            intercept=self.fit_intercept,
            tolerance=self.tol,
            steps=self.max_iter,
        )
        features = matrix.shape[1]
        self.coef_ = solution.x[:features].T
        self.intercept_ = solution.x[features] if self.fit_intercept else np.zeros(1)
        self.n_iter_ = solution.state.step
        self.certificate_, self.reason_, self.trace_ = solution.certificate, solution.reason, solution.trace
        self.diagnosis_ = diagnose(solution.trace, solution)
        return self

    def decision_function(self, X: ArrayLike) -> Floats:
        """(rows,): the log-odds of `classes_[1]`."""
        check_is_fitted(self)
        matrix = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return np.asarray(matrix @ self.coef_[0] + self.intercept_[0])

    def predict_proba(self, X: ArrayLike) -> Floats:
        """(rows, 2): the probability of each class, in the order of `classes_`."""
        event = Logistic().inverse_link(self.decision_function(X))
        return np.column_stack([1.0 - event, event])

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """(rows,): the more probable label."""
        likelier = self.decision_function(X) > 0
        return np.asarray(self.classes_[likelier.astype(np.intp)])


class PathFit(NamedTuple):
    """The same model at every C, with what a choice among them needs.

    coef: (features, Cs) and intercepts: (Cs,): fitted on all rows.
    margins: (rows, Cs): each row's log-odds by the fit that did not see the row's fold.
    """

    coef: Floats
    intercepts: Floats
    margins: Floats


def cross_validated_path(
    X: ArrayLike, y: ArrayLike, Cs: ArrayLike, folds: ArrayLike, sample_weight: ArrayLike | None = None
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

    Raises
    ------
    ValueError: what scikit-learn's checks refuse, or a C that is not above 0.
    DataError: labels that are not 0 and 1, in all rows or outside a fold, or not both; the message names the fold.

    Warns
    -----
    ConvergenceWarning: a fit that did not reach the tolerance; the message says why.
    """
    matrix = check_array(X, dtype=[np.float64, np.float32])
    labels, strengths = np.asarray(y, dtype=np.float64), _strengths(Cs)
    check_consistent_length(matrix, labels, folds)
    weights = _check_sample_weight(sample_weight, matrix, dtype=np.float64, ensure_non_negative=True)
    names, fold = np.unique(np.asarray(folds), return_inverse=True)
    fits = np.arange(len(names) + 1)  # fit k is without fold k; the last is without none
    seen = np.where(fold[:, None] != fits, weights[:, None], 0.0)
    for name, counts in zip([*names, None], seen.T, strict=True):
        if not {0.0, 1.0} == set(labels[counts > 0]):
            raise DataError(
                "labels are not 0 and 1, both present",
                where="all rows" if name is None else f"rows outside fold {shown(name)}",
                advice="code the event as 1 and make folds that share out both outcomes (StratifiedKFold)",
            )
    block = np.repeat(seen, len(strengths), axis=1)
    solution = _solve(matrix, labels, np.tile(strengths, len(fits)), block)
    margins = solution.state.evaluation.margins.reshape(len(labels), len(fits), -1)
    whole = solution.x[:, -len(strengths) :]
    return PathFit(whole[:-1], whole[-1], margins[np.arange(len(labels)), fold])


def _solve(
    X: Floats,
    y: Floats,
    strengths: Floats,
    weights: Floats,
    *,
    intercept: bool = True,
    tolerance: float = 1e-8,
    steps: int = 100,
) -> Solution[NewtonState]:
    """Logistic loss and L2, one problem per strength; warns where the tolerance was not reached."""
    free = np.arange(X.shape[1] + intercept) == X.shape[1]
    objective = Objective(Dense(X, intercept), y, Logistic(), L2(strengths, free), weights)
    solution = minimise(objective, NewtonCG(tolerance=tolerance), stop=(Suboptimality(tolerance), Steps(steps)))
    if solution.reason is not Reason.CONVERGED:
        warnings.warn(f"{solution.reason} The fit is {solution.certificate}.", ConvergenceWarning, stacklevel=3)
    return solution


def _strengths(Cs: ArrayLike) -> Floats:
    """Penalty strengths: dividing scikit-learn's objective by C leaves the loss with weight 1."""
    Cs = np.asarray(Cs, dtype=np.float64)
    if not (Cs > 0).all():
        raise ValueError(f"C is {Cs[~(Cs > 0)][0]}; it must be above 0 (inf: no penalty)")
    return 1.0 / Cs
