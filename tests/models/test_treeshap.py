import pickle
from itertools import combinations
from math import factorial

import numpy as np
import pytest

from casestudies.models import boosting
from casestudies.models.boosting import BoostedTrees
from casestudies.models.treeshap import shap_values, tabulated

ROWS = 3000


def rows(kind):
    """Columns with gaps, zeros, levels and ties, and an outcome that uses them together."""
    random = np.random.default_rng(4)
    X = random.normal(size=(ROWS, 6)).round(1)
    X[:, 1] = random.integers(0, 7, ROWS)
    X[random.random(ROWS) < 0.2, 2] = np.nan
    X[random.random(ROWS) < 0.4, 3] = 0.0
    z = X[:, 0] * X[:, 4] + np.nan_to_num(X[:, 2], nan=2.0) + 2 * (X[:, 1] == 3) - X[:, 3]
    y = (random.random(ROWS) < 1 / (1 + np.exp(-z))).astype(int)
    categorical = (1,) if kind == "levels" else ()
    return X, y, BoostedTrees(trees=25, leaves=12, categorical=categorical).fit(X, y)


@pytest.fixture(scope="module", params=["levels", "numbers"])
def grown(request):
    return rows(request.param)


def test_they_are_lightgbms(grown):
    X, _, model = grown
    X = np.vstack([X, [np.nan] * 6, [0.0] * 6, [1e300] * 6, [-1e300, 99, -5, 1e-36, 0, 0]])
    trees = tabulated(model.booster_.dump_model()["tree_info"])
    theirs = np.asarray(model.booster_.predict(X, pred_contrib=True, num_threads=1))
    np.testing.assert_allclose(shap_values(trees, X), theirs[:, :-1], rtol=0, atol=1e-12)


def test_they_are_the_definition():
    """Shapley's sum over all subsets of columns, with what the tree expects when only some are known."""
    X, y, _ = rows("numbers")
    model = BoostedTrees(trees=1, leaves=7).fit(X, y)
    (tree,) = model.booster_.dump_model()["tree_info"]

    def expected(node, x, known):
        if "split_index" not in node:
            return node["leaf_value"]
        left, right = node["left_child"], node["right_child"]
        if node["split_feature"] in known:
            gap = np.isnan(x[node["split_feature"]])
            below = node["default_left"] if gap and node["missing_type"] == "NaN" else (
                np.nan_to_num(x[node["split_feature"]]) <= node["threshold"]
            )  # fmt: skip
            return expected(left if below else right, x, known)
        counts = [child.get("internal_count", child.get("leaf_count")) for child in (left, right)]
        return np.average([expected(left, x, known), expected(right, x, known)], weights=counts)

    def phi(x, column):
        others = [other for other in range(6) if other != column]
        return sum(
            factorial(size) * factorial(5 - size) / factorial(6)
            * (expected(tree["tree_structure"], x, {*some, column}) - expected(tree["tree_structure"], x, set(some)))
            for size in range(6)
            for some in combinations(others, size)
        )  # fmt: skip

    found = shap_values(tabulated([tree]), X[:5])
    np.testing.assert_allclose(found, [[phi(x, column) for column in range(6)] for x in X[:5]], rtol=0, atol=1e-12)


def test_many_rows_and_few_have_the_same_values(grown, monkeypatch):
    X, _, model = grown
    many, base = model.contributions(X)
    monkeypatch.setattr(boosting, "MANY", 10**9)
    few, same = model.contributions(X)
    np.testing.assert_allclose(many, few, rtol=0, atol=1e-12)
    assert base == same
    np.testing.assert_allclose(base + many.sum(axis=1), model.decision_function(X), rtol=0, atol=1e-10)


def test_tables_are_made_anew_for_other_trees_and_do_not_travel(grown):
    X, y, model = grown
    other = pickle.loads(pickle.dumps(model))
    assert not hasattr(other, "_tables")
    before = other.contributions(X)[0]
    after = other.fit(X, 1 - y).contributions(X)[0]
    assert np.corrcoef(before.ravel(), after.ravel())[0, 1] < -0.5


def test_trees_too_large_for_tables_are_left_to_lightgbm():
    X, y, _ = rows("numbers")
    model = BoostedTrees(trees=3, leaves=60, min_rows=5).fit(X, y)
    assert tabulated(model.booster_.dump_model()["tree_info"]) is None
    values, base = model.contributions(X)
    np.testing.assert_allclose(base + values.sum(axis=1), model.decision_function(X), atol=1e-10)


def test_a_tree_without_a_split_says_nothing():
    X, y, _ = rows("numbers")
    with pytest.warns(UserWarning, match="no split"):
        model = BoostedTrees(trees=2, min_rows=ROWS).fit(X, y)
    values, base = model.contributions(X)
    assert not values.any()
    assert base == pytest.approx(model.decision_function(X)[0])
