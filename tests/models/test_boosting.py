"""Boosted trees against brute force, peers and scikit-learn's own contract."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import lightgbm
import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.base import clone
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from casestudies.errors import DataError
from casestudies.models.boosting import BoostedTrees


def applicants(rows: int = 1500, seed: int = 0):
    """Three numbers (gaps in the second), one category of eight levels of which the odd ones are bad."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.normal(size=(rows, 3)), rng.integers(0, 8, rows)])
    X[rng.random(rows) < 0.15, 1] = np.nan
    odd = np.where(X[:, 3] % 2 == 1, 1.0, -1.0)
    truth = expit(1.5 * X[:, 0] + np.where(np.isnan(X[:, 1]), 1.0, X[:, 1] * X[:, 2]) + odd - 1.0)
    return X, (rng.random(rows) < truth).astype(int), truth


UNEQUAL = "leaves count rows, whatever they weigh, so a weight of 2 is not the row twice (as in HistGradientBoosting)"


@pytest.mark.filterwarnings("ignore:no split was possible")
@parametrize_with_checks(
    [BoostedTrees(trees=30, min_rows=5)],
    expected_failed_checks=lambda _: {"check_sample_weight_equivalence_on_dense_data": UNEQUAL},
)
def test_scikit_learn_contract(estimator, check):
    check(estimator)


def test_learns_interactions_gaps_and_categories():
    X, y, truth = applicants(6000)
    model = BoostedTrees(categorical=(3,)).fit(X[:4000], y[:4000])
    best = roc_auc_score(y[4000:], truth[4000:])
    assert roc_auc_score(y[4000:], model.decision_function(X[4000:])) > best - 0.02


def test_probability_is_the_logistic_curve_of_the_log_odds():
    X, y, _ = applicants()
    model = BoostedTrees(trees=20).fit(X, y)
    p = model.predict_proba(X)
    np.testing.assert_array_equal(p[:, 1], expit(model.decision_function(X)))
    np.testing.assert_array_equal(model.predict(X), p[:, 1] > 0.5)
    np.testing.assert_allclose(p[:, 1], model.booster_.predict(X, num_threads=1), rtol=1e-12)


def test_the_second_label_in_order_is_the_event():
    X, y, _ = applicants(500)
    model = BoostedTrees(trees=10).fit(X, np.where(y == 1, "late", "repaid"))
    assert model.classes_.tolist() == ["late", "repaid"]
    np.testing.assert_allclose(
        model.decision_function(X), -BoostedTrees(trees=10).fit(X, y).decision_function(X), atol=1e-9
    )


def test_without_a_split_the_base_rate_is_predicted_and_said():
    X, y = np.arange(20.0)[:, None], np.arange(20) % 4 == 0
    with pytest.warns(UserWarning, match="no split was possible: 20 rows, min_rows 20; the base rate is predicted"):
        model = BoostedTrees().fit(X, y)
    np.testing.assert_allclose(model.decision_function(X), logit(0.25), rtol=1e-12)
    values, base = model.contributions(X)
    assert (values == 0).all()
    assert base == pytest.approx(logit(0.25), rel=1e-12)


def test_two_fits_are_the_same_bytes_and_threads_do_not_matter():
    X, y, _ = applicants()
    first, second, threaded = (BoostedTrees(trees=20, threads=t, categorical=(3,)).fit(X, y) for t in (1, 1, 2))
    assert first.to_text() == second.to_text()
    np.testing.assert_array_equal(first.decision_function(X), threaded.decision_function(X))


@pytest.mark.parametrize("seed", range(5))
def test_reloaded_model_is_bit_equal(seed):
    X, y, _ = applicants(seed=seed)
    X *= 10.0 ** np.array([seed, -seed, 0, 0])
    weight = np.random.default_rng(seed).uniform(0, 3, len(y))
    model = BoostedTrees(categorical=(3,), monotone={0: 1}, trees=40).fit(X, y, weight)
    again = BoostedTrees.from_text(model.to_text())
    np.testing.assert_array_equal(again.decision_function(X), model.decision_function(X))
    np.testing.assert_array_equal(again.contributions(X)[0], model.contributions(X)[0])
    assert again.to_text() == model.to_text()
    assert again.get_params() == model.get_params()
    assert again.classes_.tolist() == model.classes_.tolist()


def test_reloading_gives_what_training_gave():
    X, y, _ = applicants()
    model = BoostedTrees(trees=25).fit(X, y)
    trained = lightgbm.train(
        model._lightgbm_params(), lightgbm.Dataset(X, y, weight=np.ones(len(y))), num_boost_round=25
    )
    np.testing.assert_array_equal(model.decision_function(X), trained.predict(X, raw_score=True, num_threads=1))


def test_any_lightgbm_reads_the_text():
    X, y, _ = applicants()
    model = BoostedTrees(trees=15, categorical=(3,)).fit(X, y)
    peer = lightgbm.Booster(model_str=model.to_text())
    np.testing.assert_array_equal(peer.predict(X, raw_score=True, num_threads=1), model.decision_function(X))


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text[:3000] + text[-800:],
        lambda text: text.replace("leaf_value=", "leaf_value=9", 1),
        lambda text: text.replace('"seed": 0', '"sead": 0'),
        lambda text: text.replace('"format": 1', '"format": 2'),
        lambda text: "",
        lambda text: "casestudies:[]",
    ],
)
def test_a_damaged_text_is_refused_before_lightgbm_sees_it(damage):
    X, y, _ = applicants(300)
    text = BoostedTrees(trees=5).fit(X, y).to_text()
    with pytest.raises(DataError, match="^model/trees.txt: not a whole BoostedTrees model"):
        BoostedTrees.from_text(damage(text), where="model/trees.txt")


def test_contributions_add_up_to_the_log_odds():
    X, y, _ = applicants()
    model = BoostedTrees(categorical=(3,)).fit(X, y)
    values, base = model.contributions(X)
    assert values.shape == X.shape
    np.testing.assert_allclose(base + values.sum(axis=1), model.decision_function(X), rtol=0, atol=1e-9)


def expectation(node: dict, row, known: frozenset[int]) -> float:
    """What a tree gives when only some columns are known: both branches, by the training rows that took them."""
    if "leaf_value" in node:
        return node["leaf_value"]
    left, right = node["left_child"], node["right_child"]
    if node["split_feature"] in known:
        return expectation(left if row[node["split_feature"]] <= node["threshold"] else right, row, known)
    rows = [child.get("internal_count", child.get("leaf_count")) for child in (left, right)]
    return float(np.average([expectation(left, row, known), expectation(right, row, known)], weights=rows))


def shapley_by_definition(trees: list[dict], row) -> list[float]:
    features = len(row)

    def worth(known):
        return sum(expectation(tree["tree_structure"], row, frozenset(known)) for tree in trees)

    values = []
    for column in range(features):
        rest = [other for other in range(features) if other != column]
        values.append(
            sum(
                factorial(size)
                * factorial(features - size - 1)
                / factorial(features)
                * (worth({*S, column}) - worth(S))
                for size in range(features)
                for S in combinations(rest, size)
            )
        )
    return values


def test_contributions_are_shapley_values_by_their_definition():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4))
    y = (rng.random(300) < expit(X[:, 0] * X[:, 1] + X[:, 2])).astype(int)
    model = BoostedTrees(trees=8, leaves=6, learning_rate=0.3).fit(X, y)
    trees = model.booster_.dump_model()["tree_info"]
    values, base = model.contributions(X[:10])
    np.testing.assert_allclose(values, [shapley_by_definition(trees, row) for row in X[:10]], rtol=0, atol=1e-9)
    assert base == pytest.approx(sum(expectation(tree["tree_structure"], X[0], frozenset()) for tree in trees))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning", "ignore::UserWarning")
def test_contributions_are_those_of_the_shap_library():
    shap = pytest.importorskip("shap")
    X, y, _ = applicants(600)
    model = BoostedTrees(trees=30).fit(X[:, :3], y)
    values, base = model.contributions(X[:100, :3])
    peer = shap.TreeExplainer(model.booster_)
    np.testing.assert_allclose(values, np.asarray(peer.shap_values(X[:100, :3])), rtol=0, atol=1e-9)
    assert base == pytest.approx(float(np.ravel(peer.expected_value)[-1]), abs=1e-9)


@pytest.mark.parametrize("sign", [1, -1])
def test_monotone_columns_never_turn(sign):
    rng = np.random.default_rng(4)
    X = rng.normal(size=(1000, 3))
    y = (rng.random(1000) < expit(np.sin(3 * X[:, 0]) + X[:, 0] * X[:, 1])).astype(int)
    model = BoostedTrees(monotone={0: sign}).fit(X, y)
    free = BoostedTrees().fit(X, y)
    grid = np.linspace(-3, 3, 61)
    lines = np.repeat(X[:100], len(grid), axis=0)
    lines[:, 0] = np.tile(grid, 100)
    steps = [sign * np.diff(m.decision_function(lines).reshape(100, len(grid)), axis=1) for m in (model, free)]
    assert steps[0].min() >= -1e-12
    assert steps[1].min() < -0.1


def test_categories_are_split_by_level_and_not_by_order():
    codes = np.tile(np.arange(8.0), 200)
    y = (codes % 2).astype(int)
    y[::50] = 1 - y[::50]
    model = BoostedTrees(trees=1, leaves=2, categorical=(0,)).fit(codes[:, None], y)
    scores = model.decision_function(np.arange(8.0)[:, None])
    assert len(set(scores[::2])) == len(set(scores[1::2])) == 1
    assert scores[1] > scores[0]
    assert np.isfinite(model.decision_function([[8.0], [999.0], [np.nan]])).all()


def test_a_row_of_weight_zero_is_not_there():
    X, y, _ = applicants(800)
    weight = np.where(np.arange(800) < 300, 0.0, 1.0)
    X[:300] *= 1000.0
    without = BoostedTrees(trees=20).fit(X[300:], y[300:])
    np.testing.assert_array_equal(
        BoostedTrees(trees=20).fit(X, y, weight).decision_function(X), without.decision_function(X)
    )


def test_cents_and_euros_grow_the_same_trees():
    X, y, _ = applicants(800)
    weight = np.random.default_rng(0).uniform(0.5, 5, 800)
    euros, cents = (BoostedTrees(trees=20).fit(X, y, unit * weight).decision_function(X) for unit in (1e-5, 100.0))
    np.testing.assert_allclose(euros, cents, rtol=1e-6)


def test_trace_is_the_log_loss_after_each_tree():
    X, y, _ = applicants()
    model = BoostedTrees(trees=12).fit(X[:1000], y[:1000], eval_set=(X[1000:], y[1000:]))
    assert {name: curve.shape for name, curve in model.trace_.items()} == {"train": (12,), "valid": (12,)}
    for part, rows in (("train", slice(1000)), ("valid", slice(1000, None))):
        by_hand = [
            log_loss(y[rows], model.booster_.predict(X[rows], num_iteration=trees, num_threads=1))
            for trees in (1, 6, 12)
        ]
        np.testing.assert_allclose(model.trace_[part][[0, 5, 11]], by_hand, rtol=1e-6)


def test_the_traced_rows_do_not_influence_the_trees():
    X, y, _ = applicants()
    alone = BoostedTrees(trees=12).fit(X[:1000], y[:1000])
    watched = BoostedTrees(trees=12).fit(X[:1000], y[:1000], eval_set=(X[1000:], 1 - y[1000:]))
    assert alone.to_text() == watched.to_text()
    assert set(alone.trace_) == {"train"}


def test_clone_keeps_every_setting():
    model = BoostedTrees(trees=3, categorical=(1,), monotone={0: -1}, seed=4, threads=2)
    assert clone(model).get_params() == model.get_params()


@pytest.mark.parametrize("code", [-1.0, 1.5, 2.0**31])
def test_what_is_no_code_is_named_by_row_and_column(code):
    X, y, _ = applicants(100)
    X[41, 3] = code
    with pytest.raises(DataError) as caught:
        BoostedTrees(categorical=(3,)).fit(X, y)
    assert str(caught.value).startswith(f"row 42: categorical column 3 holds {code:g}, 1 such rows; give whole codes")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"trees": 0}, "trees is 0; at least 1 is wanted"),
        ({"leaves": 1}, "leaves is 1; at least 2 is wanted"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0; a share above 0 and up to 1 is wanted"),
        ({"categorical": (4,)}, "categorical names column 4; X has columns 0 to 3"),
        ({"monotone": {-1: 1}}, "monotone names column -1; X has columns 0 to 3"),
        ({"monotone": {0: 2}}, "monotone of column 0 is 2; +1 or -1 is wanted"),
        ({"monotone": {3: 1}, "categorical": (3,)}, "column 3 is categorical and cannot be monotone"),
    ],
)
def test_settings_out_of_range_are_refused(setting, message):
    X, y, _ = applicants(100)
    with pytest.raises(ValueError) as caught:
        BoostedTrees(**setting).fit(X, y)
    assert message in str(caught.value)


def test_labels_of_the_traced_rows_must_be_known():
    X, y, _ = applicants(100)
    with pytest.raises(ValueError, match="eval_set holds the label '7', unknown from training"):
        BoostedTrees().fit(X, y, eval_set=(X, np.where(y == 1, 7, 0)))
