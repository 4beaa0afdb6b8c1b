"""Softmax regression: several classes, one set of log-odds for each."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from casestudies.models.linear.solving import (
    NUMBERS,
    ClassWeight,
    Floats,
    balanced,
    checked,
    design_of,
    penalty_of,
    said,
)
from casestudies.optim import Multinomial, NewtonCG, Objective, Steps, Suboptimality, diagnose, minimise


class SoftmaxRegression(ClassifierMixin, BaseEstimator):
    """The probability of each class as a softmax of weighted sums of the columns, with a pull towards 0 on the weights.

    Minimises C · sum of weight × log loss + |coef|²/2, as scikit-learn does with several classes; intercepts are free
    and given with sum 0, since a common shift changes nothing.

    Parameters
    ----------
    C, fit_intercept, class_weight, tol, max_iter: as in `LogisticRegression`.

    Attributes
    ----------
    classes_: the labels, sorted.
    coef_, intercept_: (classes, features) and (classes,).
    n_features_in_, n_iter_, certificate_, reason_, trace_, diagnosis_: as in `LogisticRegression`.
    """

    def __init__(
        self,
        C: float = 1.0,
        *,
        fit_intercept: bool = True,
        class_weight: ClassWeight = None,
        tol: float = 1e-8,
        max_iter: int = 100,
    ) -> None:
        self.C = C
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Finds the coefficients.

        Parameters
        ----------
        X: (rows, features) numbers; y: (rows,) labels of any kind; sample_weight: (rows,) from 0 up.

        Raises
        ------
        ValueError: what scikit-learn's checks refuse, one class only, or a C that is not above 0.

        Warns
        -----
        ConvergenceWarning: the tolerance was not reached; the message says why.
        """
        matrix, labels, weights = checked(self, X, y, sample_weight)
        check_classification_targets(labels)
        if not weights.all():
            matrix, labels, weights = matrix[weights > 0], labels[weights > 0], weights[weights > 0]
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("y holds one class only; a classifier needs two or more")
        design = design_of(matrix, self.fit_intercept)
        free = np.arange(design.shape[1]) == matrix.shape[1]
        objective = Objective(
            design,
            codes.astype(np.float64),
            Multinomial(),
            penalty_of("l2", [self.C], None, free),
            balanced(self.class_weight, self.classes_, codes, weights),
        )
        start = np.zeros((design.shape[1], 1, len(self.classes_)))
        stop = (Suboptimality(self.tol), Steps(self.max_iter))
        solution = minimise(objective, NewtonCG(tolerance=self.tol), start, stop=stop)
        said(solution)
        x = solution.x[:, 0].T
        features = matrix.shape[1]
        self.coef_ = x[:, :features]
        shift = x[:, features] if self.fit_intercept else np.zeros(len(x))
        self.intercept_ = shift - shift.mean()
        self.n_iter_ = solution.state.step
        self.certificate_, self.reason_, self.trace_ = solution.certificate, solution.reason, solution.trace
        self.diagnosis_ = diagnose(solution.trace, solution)
        return self

    def decision_function(self, X: ArrayLike) -> Floats:
        """(rows, classes), or with two classes (rows,): the log-odds of the second."""
        margins = self._margins(X)
        return margins[:, 1] - margins[:, 0] if len(self.classes_) == 2 else margins

    def predict_proba(self, X: ArrayLike) -> Floats:
        """(rows, classes): the probability of each class, in the order of `classes_`."""
        margins = self._margins(X)
        return np.asarray(Multinomial().inverse_link(margins[:, None, :])[:, 0])

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """(rows,): the most probable label."""
        likeliest = self._margins(X).argmax(axis=1)
        return np.asarray(self.classes_[likeliest])

    def _margins(self, X: ArrayLike) -> Floats:
        check_is_fitted(self)
        matrix = validate_data(self, X, dtype=NUMBERS, accept_sparse="csr", reset=False)
        return np.asarray(matrix @ self.coef_.T + self.intercept_)
