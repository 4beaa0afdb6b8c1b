"""Every exact explanation of tables and lists against shap's own explainers, all background rows known to them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from casestudies.explain import explain_any, explain_trees
from casestudies.explain.coded import CodedTable
from casestudies.explain.table import explain_table
from casestudies.models.boosting import BoostedTrees
from casestudies.models.calibration import Calibrator
from casestudies.models.factorisation.because import History, because
from casestudies.models.factorisation.folding import FoldIn
from casestudies.models.mean import MeanModel
from casestudies.models.recipes import LogisticRecipe, ScorecardRecipe
from casestudies.tabular.wanted import Wanted

shap = pytest.importorskip("shap")
pytestmark = pytest.mark.filterwarnings("ignore")

KINDS = {"a": "number", "b": "number", "c": "category", "d": "number"}
CLOSE = 1e-6


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "a": np.where(rng.random(200) < 0.1, np.nan, rng.normal(size=200)),
            "b": rng.exponential(size=200),
            "c": pd.Categorical(rng.choice(["u", "v", "w"], 200)),
            "d": rng.normal(size=200),
        }
    )
    z = np.nan_to_num(frame["a"]) * 1.5 + (frame["c"] == "u") - frame["b"]
    return frame, (rng.random(200) < 1 / (1 + np.exp(-z))).to_numpy(dtype=float)


def model_of(name, frame, y):
    wanted = Wanted((("a", "b"), ("a", "c")), {"b": 2}, bins={"d": 3}, pca=2)
    encoded = Wanted(target_encode=("c",), polynomials={"a": 3})
    recipes = {
        "scorecard": ScorecardRecipe(KINDS),
        "logistic": LogisticRecipe(KINDS, C=1.0),
        "products, bins, components": LogisticRecipe(KINDS, C=1.0, wanted=wanted),
        "target encoding, powers": LogisticRecipe(KINDS, C=1.0, wanted=encoded),
    }
    if name == "mean":
        parts = tuple(model_of(part, frame, y) for part in ("logistic", "products, bins, components"))
        return MeanModel(parts, Calibrator("none"))
    return recipes[name].fit(frame, y, np.ones(len(y)), np.arange(len(y)) % 3).model


def exact(model, frame):
    """The exact explainer's values of the first three rows, every row of the table as background."""
    coded = CodedTable.of(frame[model.columns])
    matrix = coded.matrix(frame[model.columns])
    masker = shap.maskers.Independent(matrix, max_samples=len(matrix))
    return shap.ExactExplainer(lambda rows: model.margin(coded.frame(rows)), masker)(matrix[:3], silent=True)


@pytest.mark.parametrize("name", ["scorecard", "logistic", "products, bins, components", "mean"])
def test_models_of_tables_have_the_values_of_the_exact_explainer(table, name):
    frame, y = table
    model = model_of(name, frame, y)
    ours, theirs = explain_table(model, frame.iloc[:3]), exact(model, frame)
    assert ours.names == tuple(model.columns)
    np.testing.assert_allclose(ours.values, theirs.values, atol=CLOSE)
    assert ours.base == pytest.approx(theirs.base_values[0], abs=CLOSE)


def test_target_encoding_differs_by_one_amount_for_all_rows_alone(table):
    """The training rows, our background, were encoded without their own fold; the peer sees them encoded with it."""
    frame, y = table
    model = model_of("target encoding, powers", frame, y)
    apart = explain_table(model, frame.iloc[:3]).values - exact(model, frame).values
    np.testing.assert_allclose(apart, np.tile(apart[0], (3, 1)), atol=CLOSE)
    np.testing.assert_allclose(np.delete(apart[0], model.columns.index("c")), 0, atol=CLOSE)


def test_trees_have_the_values_of_the_tree_explainer():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(500, 6))
    X[rng.random(X.shape) < 0.05] = np.nan
    y = np.nan_to_num(X[:, 0] * X[:, 1]) + np.nan_to_num(X[:, 2]) + rng.normal(size=500) > 0
    model = BoostedTrees(trees=40, min_rows=5).fit(X, y)
    ours = explain_trees(model, X[:20], "abcdef")
    theirs = shap.TreeExplainer(model.booster_)(X[:20])
    np.testing.assert_allclose(ours.values, theirs.values, atol=CLOSE)
    np.testing.assert_allclose(ours.base, theirs.base_values, atol=CLOSE)


def test_terms_of_a_factorisation_have_the_values_of_the_exact_explainer():
    """A list's score as a game of the customer's ratings: one that is not known leaves no residual behind."""
    rng = np.random.default_rng(2)
    fold = FoldIn(
        rng.normal(size=(30, 4)).astype(np.float32),
        rng.normal(size=30).astype(np.float32),
        3.2,
        ridge=0.5,
        bias_ridge=1.0,
    )
    items = np.array([3, 8, 11, 20, 27], np.int32)
    history = History(items, rng.uniform(1, 5, 5), rng.uniform(0.5, 1, 5))
    wanted = 14
    ours = because(fold, history, [wanted])
    A, B = fold.system(items, history.values, history.weights)
    towards = np.append(fold.items[wanted].astype(float), 1.0)

    def score(residuals):
        return fold.mean + fold.item_bias[wanted] + np.array([towards @ np.linalg.solve(A, B @ r) for r in residuals])

    known = fold.residuals(items, history.values)[None]
    theirs = shap.ExactExplainer(score, shap.maskers.Independent(np.zeros((1, 5))))(known, silent=True)
    np.testing.assert_allclose(ours.parts[0], theirs.values[0], atol=CLOSE)
    assert ours.base[0] == pytest.approx(theirs.base_values[0], abs=CLOSE)


def test_any_other_model_has_the_values_of_the_exact_explainer_within_its_errors():
    rng = np.random.default_rng(3)
    Z, X = rng.normal(size=(50, 5)), rng.normal(size=(3, 5))

    def score(rows):
        return np.tanh(rows[:, 0] * rows[:, 1] + rows[:, 2]) + rows[:, 3] * rows[:, 4]

    ours = explain_any(score, X, Z, calls=50 * 8 * 40)
    theirs = shap.ExactExplainer(score, shap.maskers.Independent(Z, max_samples=50))(X, silent=True)
    assert np.abs((ours.explanation.values - theirs.values) / np.maximum(ours.errors, 1e-12)).max() < 3.5
    assert ours.explanation.base == pytest.approx(theirs.base_values[0], abs=CLOSE)
