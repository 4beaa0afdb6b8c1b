"""Linear classifiers on the optimisation core: scikit-learn's conventions, a certificate beside every fit."""

from casestudies.models.linear.logistic import LogisticRegression
from casestudies.models.linear.selection import LogisticRegressionCV, PathFit, cross_validated_path
from casestudies.models.linear.softmax import SoftmaxRegression

__all__ = ["LogisticRegression", "LogisticRegressionCV", "PathFit", "SoftmaxRegression", "cross_validated_path"]
