"""The tests of explanations can tell a good explanation from a bad one."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from casestudies.explain import (
    Agreement,
    DeletionTest,
    Explanation,
    LimeExplanation,
    additivity_error,
    agreement,
    deletion_test,
    doubts,
    explain_linear,
    explain_trees,
)
from casestudies.models.boosting import BoostedTrees


def lime_with(jaccard: float, r2: float = 0.8) -> LimeExplanation:
    return LimeExplanation(("a", "b"), (1.0, 0.0), (0.9, 0.0), (1.1, 0.0), r2, jaccard, 5, "log-odds")


def planted(rows: int = 3000, features: int = 60, k: int = 5):
    """A linear score in which five columns of sixty count, with the exact explanation."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, features))
    coef = np.where(np.arange(features) < k, 2.0, 0.05)
    names = [f"f{i}" for i in range(features)]
    return X, lambda Z: Z @ coef, explain_linear(coef, 0.0, X, np.zeros(features), names)


def shuffled(explanation: Explanation, seed: int = 1) -> Explanation:
    values = np.random.default_rng(seed).normal(size=explanation.values.shape)
    return Explanation(values, explanation.base, explanation.names, "noise")


def test_additivity_error_is_the_largest_gap():
    one = Explanation([[1.0, 2.0], [0.0, -1.0]], 0.5, ("a", "b"), "by hand")
    assert additivity_error(one, [3.5, -0.5]) == 0.0
    assert additivity_error(one, [3.5, -0.25]) == 0.25


def test_deletion_finds_planted_columns_and_is_not_fooled_by_noise():
    X, predict, exact = planted()
    background = np.zeros(X.shape[1])
    good, bad = (deletion_test(predict, X, one, background) for one in (exact, shuffled(exact)))
    assert good.ratio > 3
    assert good.share == pytest.approx(1.0)
    assert good.faithful
    assert good.sentence.startswith(
        "faithful: replacing the top 5 columns of this explanation moves the log-odds of the event"
    )
    assert bad.ratio == pytest.approx(1.0, abs=0.15)
    assert bad.share == pytest.approx(0.0, abs=0.1)
    assert not bad.faithful
    assert bad.sentence.startswith("not faithful: ")


def test_deletion_of_one_column_by_hand():
    X = np.array([[1.0, 10.0], [2.0, 20.0]])
    one = Explanation([[0.0, 5.0], [9.0, 0.0]], 0.0, ("a", "b"), "by hand")
    told = deletion_test(lambda Z: Z.sum(axis=1), X, one, np.zeros(2))
    assert told.k == 1
    assert told.top_drop == pytest.approx((10 + 2) / 2)
    assert told.best_drop == pytest.approx((10 + 20) / 2)


def test_deletion_is_the_same_again_and_differs_by_seed():
    X, predict, exact = planted()
    first, again, other = (deletion_test(predict, X, exact, np.zeros(60), seed=s) for s in (0, 0, 1))
    assert first == again
    assert first.random_drop != other.random_drop


def test_an_exact_linear_explanation_of_real_data_is_faithful_though_its_ratio_is_below_three(german):
    """Why the verdict is the share and not the ratio."""
    X, y, _ = german
    Z = StandardScaler().fit(X[:800]).transform(X)
    model = LogisticRegression(max_iter=2000).fit(Z[:800], y[:800])
    exact = explain_linear(model.coef_[0], model.intercept_[0], Z[800:], np.zeros(20), range(20))
    told = deletion_test(model.decision_function, Z[800:], exact, np.zeros(20))
    assert told.share == pytest.approx(1.0)
    assert told.faithful
    assert 1.5 < told.ratio < 3


def test_tree_explanations_of_real_data_are_faithful_and_noise_is_not(german):
    X, y, categorical = german
    model = BoostedTrees(categorical=categorical).fit(X[:800], y[:800])
    usual = np.median(X[:800], axis=0)
    for column in categorical:
        usual[column] = np.bincount(X[:800, column].astype(int)).argmax()
    exact = explain_trees(model, X[800:], range(20))
    good, bad = (deletion_test(model.decision_function, X[800:], one, usual) for one in (exact, shuffled(exact)))
    assert good.share > 0.9
    assert not bad.faithful


def test_a_score_that_reacts_to_nothing_has_nothing_unfaithful():
    told = DeletionTest(k=2, top_drop=0.0, random_drop=0.0, best_drop=0.0, scale="log-odds")
    assert (told.ratio, told.share, told.faithful) == (1.0, 1.0, True)


def test_an_infinite_ratio_is_written_as_null():
    told = DeletionTest(k=1, top_drop=1.0, random_drop=0.0, best_drop=1.0, scale="log-odds")
    assert told.ratio == np.inf
    assert json.loads(json.dumps(told.to_dict(), allow_nan=False))["ratio"] is None


def test_deletion_wants_the_explained_columns():
    X, predict, exact = planted()
    with pytest.raises(ValueError, match="want the shape of"):
        deletion_test(predict, X[:, :4], exact, np.zeros(4))


def test_agreement_by_hand():
    told = agreement([3.0, -2.0, 1.0, 0.1], [3.0, 2.0, 0.0, 5.0], k=2)
    assert told == Agreement(k=2, overlap=0.5, sign=pytest.approx(2 / 3), spearman=told.spearman)
    assert told.spearman == pytest.approx(spearmanr([3, 2, 1, 0.1], [3, 2, 0, 5]).statistic)
    assert told.sentence.startswith("they disagree: SHAP and LIME share 1 of their top 2 columns, give 67% of these")


def test_an_explanation_agrees_with_itself_at_any_scale():
    row = np.random.default_rng(0).normal(size=12)
    told = agreement(row, 0.2 * row)
    assert (told.overlap, told.sign, told.spearman) == (1.0, 1.0, pytest.approx(1.0))
    assert told.agree
    assert agreement(row, -row).sign == 0.0
    assert not agreement(row, -row).agree


def test_no_order_has_no_rank_correlation():
    assert agreement([1.0, 2.0, 3.0], [0.0, 0.0, 0.0]).spearman == 0.0


def test_different_columns_cannot_agree():
    with pytest.raises(ValueError, match="one row over the same columns"):
        agreement([1.0, 2.0], [1.0, 2.0, 3.0])


def test_doubts_are_empty_when_every_test_is_passed():
    X, predict, exact = planted()
    passed = deletion_test(predict, X, exact, np.zeros(60))
    same = agreement(exact.values[0], exact.values[0])
    assert doubts(additivity=1e-12, deletion=passed, lime=lime_with(0.9), between=same) == ()
    assert doubts() == ()


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"additivity": 0.2}, "do not trust the amounts: the parts miss the score by up to 0.2"),
        ({"deletion": DeletionTest(5, 1.0, 1.0, 4.0, "log-odds")}, "do not trust the ranking: not faithful: "),
        ({"lime": lime_with(0.4)}, "do not trust LIME here: unstable: "),
        ({"lime": lime_with(0.9, r2=0.2)}, "do not trust LIME's amounts here: a straight line explains only 20%"),
        ({"between": Agreement(5, 0.2, 1.0, 0.1)}, "do not rely on either order alone: they disagree: "),
    ],
)
def test_each_failed_test_is_one_doubt(found, words):
    (doubt,) = doubts(**found)
    assert doubt.startswith(words)
