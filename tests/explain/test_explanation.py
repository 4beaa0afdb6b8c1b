"""The value that all explanations share."""

from __future__ import annotations

import json

import numpy as np
import pytest

from casestudies.explain import Explanation
from casestudies.explain.explanation import top_count


def example(rows: int = 40, seed: int = 0) -> Explanation:
    values = np.random.default_rng(seed).normal(size=(rows, 4)) * [0.1, 3.0, 1.0, 0.0]
    return Explanation(values, -1.5, ("age", "job=a", "job=b", "idle"), "by hand", quality={"additivity": 1e-12})


def test_score_is_base_plus_parts():
    one = example()
    np.testing.assert_array_equal(one.sum(), -1.5 + one.values.sum(axis=1))
    per_row = Explanation(one.values, np.arange(40.0), one.names, one.method)
    np.testing.assert_allclose(per_row.sum() - one.sum(), np.arange(40.0) + 1.5)


def test_encoded_columns_go_back_to_their_source():
    one = example()
    grouped = one.grouped(["age", "job", "job", "idle"])
    assert grouped.names == ("age", "job", "idle")
    np.testing.assert_allclose(grouped.values[:, 1], one.values[:, 1] + one.values[:, 2])
    np.testing.assert_allclose(grouped.sum(), one.sum(), rtol=1e-14)
    assert (grouped.method, grouped.scale, grouped.quality) == (one.method, one.scale, one.quality)


def test_sources_need_not_stand_together():
    grouped = example().grouped(["b", "a", "b", "a"])
    assert grouped.names == ("b", "a")
    np.testing.assert_allclose(grouped.values[:, 0], example().values[:, [0, 2]].sum(axis=1))


def test_top_is_by_size_whatever_the_sign_and_ties_keep_column_order():
    one = Explanation([[1.0, -3.0, 2.0], [0.5, 0.5, -0.5]], 0.0, ("a", "b", "c"), "by hand")
    assert one.top(2).tolist() == [[1, 2], [0, 1]]


def test_importance_is_the_mean_size_in_order():
    one = example()
    importance = one.importance()
    assert importance.names == ("job=a", "job=b", "age", "idle")
    np.testing.assert_allclose(importance.mean, np.sort(np.abs(one.values).mean(axis=0))[::-1])
    assert (np.array(importance.low) <= importance.mean).all()
    assert (np.array(importance.high) >= importance.mean).all()
    assert importance.low[3] == importance.high[3] == 0.0


def test_importance_interval_is_as_wide_as_the_normal_one():
    one = example(rows=4000)
    importance = one.importance(rounds=2000)
    sizes = np.abs(one.values[:, 1])
    half = 1.96 * sizes.std() / np.sqrt(len(sizes))
    assert importance.low[0] == pytest.approx(sizes.mean() - half, abs=0.1 * half)
    assert importance.high[0] == pytest.approx(sizes.mean() + half, abs=0.1 * half)


def test_same_seed_same_interval():
    assert example().importance(seed=3) == example().importance(seed=3)
    assert example().importance(seed=3) != example().importance(seed=4)


@pytest.mark.parametrize("base", [-1.5, np.linspace(0, 1, 40) / 3])
def test_comes_back_from_json_bit_for_bit(base):
    one = Explanation(example().values / 3, base, example().names, "by hand", quality={"k": 2})
    again = Explanation.from_dict(json.loads(json.dumps(one.to_dict())))
    np.testing.assert_array_equal(again.values, one.values)
    np.testing.assert_array_equal(again.base, one.base)
    assert again.to_dict() == one.to_dict()


def test_no_rows_come_back_too():
    none = Explanation(np.empty((0, 4)), 0.0, example().names, "by hand")
    assert Explanation.from_dict(none.to_dict()).values.shape == (0, 4)


@pytest.mark.parametrize(
    ("values", "base", "message"),
    [
        (np.zeros((2, 3)), 0.0, "values (2, 3) want one column for each of the 2 names"),
        (np.zeros((3, 2)), np.zeros(2), "base (2,) wants one number, or one for each of the 3 rows"),
        ([[np.nan, 0.0]], 0.0, "not finite"),
    ],
)
def test_what_does_not_fit_is_refused(values, base, message):
    with pytest.raises(ValueError) as caught:
        Explanation(values, base, ("a", "b"), "by hand")
    assert message in str(caught.value)


def test_grouping_wants_a_source_for_each_column():
    with pytest.raises(ValueError, match="origin names 2 sources; one for each of the 4 columns"):
        example().grouped(["a", "b"])


def test_the_top_is_at_most_half():
    assert [top_count(features, 5) for features in (1, 2, 3, 8, 10, 40)] == [1, 1, 1, 4, 5, 5]
