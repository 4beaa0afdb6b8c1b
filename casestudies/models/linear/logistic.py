"""Logistic regression: solved to a stated accuracy in any units, traced and diagnosed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from casestudies.models.labels import two_classes
from casestudies.models.linear.solving import (
    NUMBERS,
    Bounds,
    ClassWeight,
    Floats,
    PenaltyName,
    balanced,
    checked,
    design_of,
    penalty_of,
    said,
)
from casestudies.optim import Logistic, Objective, Solution, diagnose, path

if TYPE_CHECKING:
    from sklearn.utils import Tags


class LogOdds(ClassifierMixin, BaseEstimator):
    """What a fitted `coef_` and `intercept_` say of new rows."""

    coef_: Floats
    intercept_: Floats
    classes_: NDArray[Any]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.sparse = True
        return tags

    def decision_function(self, X: ArrayLike) -> Floats:
        """(rows,): the log-odds of `classes_[1]`."""
        check_is_fitted(self)
        matrix = validate_data(self, X, dtype=NUMBERS, accept_sparse="csr", reset=False)
        return np.asarray(matrix @ self.coef_[0] + self.intercept_[0])

    def predict_proba(self, X: ArrayLike) -> Floats:
        """(rows, 2): the probability of each class, in the order of `classes_`."""
        event = Logistic().inverse_link(self.decision_function(X))
        return np.column_stack([1.0 - event, event])

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """(rows,): the more probable label."""
        likelier = self.decision_function(X) > 0
        return np.asarray(self.classes_[likelier.astype(np.intp)])

    def _adopt(self, x: Floats, solution: Solution[Any], intercept: bool) -> None:
        """Takes over coefficients (columns,) and what is known of them."""
        self.coef_ = x[None, : self.n_features_in_]
        self.intercept_ = x[self.n_features_in_ :] if intercept else np.zeros(1)
        self.n_iter_ = solution.state.step
        self.certificate_, self.reason_, self.trace_ = solution.certificate, solution.reason, solution.trace
        self.diagnosis_ = diagnose(solution.trace, solution)


class LogisticRegression(LogOdds):
    """The log-odds of the event as a weighted sum of the columns, with a pull towards 0 on the weights.

    Minimises C · sum of weight × log loss + |coef|²/2 (l2), + |coef| (l1) or a mixture of both (elasticnet), as
    scikit-learn does: raw coefficients are penalised, so put a scaler in front unless the units are meant to matter; the
    intercept is free. Units change the answer through the penalty only, never how well or how fast it is found.

    Parameters
    ----------
    C: inverse strength of the penalty; inf = none.
    penalty: "l2", "l1", "elasticnet" or None.
    l1_ratio: with "elasticnet" the share of l1, from 0 to 1.
    bounds: (lower, upper) for the coefficients, each a number or (features,); (0, inf): columns can only speak for the
        event.
    fit_intercept: whether there is an intercept.
    class_weight: label -> weight, or "balanced" (both classes weigh the same in sum); multiplies the row weights.
    tol: estimated distance of the objective from its optimum, relative to the objective, at which to stop.
    max_iter: most Newton steps.
    n_jobs: threads that read the rows (None: one, -1: all cores); the fit is the same to the last bit.

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
        penalty: PenaltyName = "l2",
        l1_ratio: float | None = None,
        bounds: Bounds = None,
        fit_intercept: bool = True,
        class_weight: ClassWeight = None,
        tol: float = 1e-8,
        max_iter: int = 100,
        n_jobs: int | None = None,
    ) -> None:
        self.C = C
        self.penalty = penalty
        self.l1_ratio = l1_ratio
        self.bounds = bounds
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.n_jobs = n_jobs

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Finds the coefficients.

        Parameters
        ----------
        X: (rows, features) numbers, an array, a frame or a sparse matrix.
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
        matrix, labels, weights = checked(self, X, y, sample_weight)
        if not weights.all():
            matrix, labels, weights = matrix[weights > 0], labels[weights > 0], weights[weights > 0]
        self.classes_ = two_classes(labels)
        event = (labels == self.classes_[1]).astype(np.intp)
        design = design_of(matrix, self.fit_intercept, self.n_jobs)
        free = np.arange(design.shape[1]) == matrix.shape[1]
        objective = Objective(
            design,
            event.astype(np.float64),
            Logistic(),
            penalty_of(self.penalty, [self.C], self.l1_ratio, free, self.bounds),
            balanced(self.class_weight, self.classes_, event, weights),
        )
        found = path(objective, tolerance=self.tol, steps=self.max_iter)
        said(found.solution)
        self._adopt(found.whole[:, 0], found.solution, self.fit_intercept)
        return self
