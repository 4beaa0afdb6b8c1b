"""The tests of explanations can tell a good explanation from a bad one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

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
)


def lime_with(jaccard: float, r2: float = 0.8) -> LimeExplanation:
    return LimeExplanation(("a", "b"), (1.0, 0.0), (0.9, 0.0), (1.1, 0.0), r2, jaccard, 5, "log-odds")


def planted(rows: int = 3000, features: int = 60, k: int = 5):
    """A linear score in which five columns of sixty count, with the exact explanation."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, features))
    coef = np.where(np.arange(features) < k, 2.0, 0.05)
    names = [f"f{i}" for i in range(features)]
    return X, lambda Z: Z @ coef, explain_linear(coef, 0.0, X, np.zeros(features), names)


def test_additivity_error_is_the_largest_gap():
    one = Explanation([[1.0, 2.0], [0.0, -1.0]], 0.5, ("a", "b"), "by hand")
    assert additivity_error(one, [3.5, -0.5]) == 0.0
    assert additivity_error(one, [3.5, -0.25]) == 0.25


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
        ({"additivity": 2e-9}, "do not trust the amounts: the parts miss the score by up to 2e-09"),
        (
            {"deletion": DeletionTest(5, 1.0, 1.0, 4.0, 1.0, 1.0, "log-odds")},
            "do not trust the ranking: not faithful by the mark of 3: ",
        ),
        ({"lime": lime_with(0.84)}, "do not trust LIME here: unstable: "),
        ({"lime": lime_with(0.9, r2=0.2)}, "do not trust LIME's amounts here: a straight line explains only 20%"),
        ({"between": Agreement(5, 0.2, 1.0, 0.1)}, "do not rely on either order alone: they disagree: "),
    ],
)
def test_each_failed_test_is_one_doubt(found, words):
    (doubt,) = doubts(**found)
    assert doubt.startswith(words)
