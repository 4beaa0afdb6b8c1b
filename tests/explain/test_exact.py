"""Linear models and trees are explained exactly, and without heavy libraries."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from casestudies.explain import additivity_error, explain_linear, explain_trees
from casestudies.models.boosting import BoostedTrees


def linear_case(rows: int = 500, features: int = 6):
    rng = np.random.default_rng(0)
    X = rng.normal(3.0, 2.0, size=(rows, features))
    return X, rng.normal(size=features), 0.7, [f"column {i}" for i in range(features)]


def test_linear_parts_add_up_to_the_score():
    X, coef, intercept, names = linear_case()
    explanation = explain_linear(coef, intercept, X, X.mean(axis=0), names)
    assert additivity_error(explanation, X @ coef + intercept) < 1e-12
    assert explanation.base == pytest.approx(np.mean(X @ coef + intercept), rel=1e-12)
    np.testing.assert_allclose(explanation.values.mean(axis=0), 0, atol=1e-12)


def test_linear_parts_are_the_answers_to_replacing_one_column_by_its_mean():
    X, coef, intercept, names = linear_case(20)
    explanation = explain_linear(coef, intercept, X, X.mean(axis=0), names)
    for column in range(X.shape[1]):
        replaced = X.copy()
        replaced[:, column] = X[:, column].mean()
        np.testing.assert_allclose(explanation.values[:, column], (X - replaced) @ coef, atol=1e-12)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning", "ignore::FutureWarning")
def test_linear_parts_are_those_of_the_shap_library_with_every_background_row():
    shap = pytest.importorskip("shap")
    X, coef, intercept, names = linear_case()
    masker = shap.maskers.Independent(X, max_samples=len(X))
    peer = shap.LinearExplainer((coef, intercept), masker).shap_values(X)
    explanation = explain_linear(coef, intercept, X, X.mean(axis=0), names)
    np.testing.assert_allclose(explanation.values, peer, atol=1e-12)


def test_trees_on_real_applicants_add_up(german):
    X, y, categorical = german
    model = BoostedTrees(categorical=categorical).fit(X[:800], y[:800])
    explanation = explain_trees(model, X[800:], [f"attribute {i + 1}" for i in range(20)])
    assert additivity_error(explanation, model.decision_function(X[800:])) < 1e-9
    assert (
        explanation.importance().names[0] == "attribute 1"
    )  # status of the checking account: published as the strongest


def test_explaining_needs_neither_shap_nor_torch_nor_numba():
    """In a process of its own, since this one may have imported them for other tests."""
    program = """
import sys
import numpy as np
from casestudies.explain import explain_lime, explain_linear, explain_trees
assert "lime" not in sys.modules and "lightgbm" not in sys.modules, "imported before anything was explained"
from casestudies.models.boosting import BoostedTrees
X = np.random.default_rng(0).normal(size=(200, 3))
model = BoostedTrees(trees=5).fit(X, X[:, 0] > 0)
explain_trees(model, X, "abc")
explain_linear(np.ones(3), 0.0, X, X.mean(axis=0), "abc")
explain_lime(model.decision_function, X[:1], X, "abc", samples=100)
print(sorted({"shap", "torch", "numba"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
