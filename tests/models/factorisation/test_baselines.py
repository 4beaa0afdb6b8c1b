"""Popularity and bias: against counts by hand, and the normal equations."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import ConfigError, DataError
from casestudies.models.factorisation.bias import Bias
from casestudies.models.factorisation.popularity import Popularity
from casestudies.tabular.interactions import DAY, Interactions
from tests.models.factorisation.contract import RecommenderContract, shop


class TestPopularity(RecommenderContract):
    names = ("popularity",)

    def make(self):
        return Popularity()


class TestRecentPopularity(RecommenderContract):
    names = ("popularity",)
    explicit = False

    def make(self):
        return Popularity(half_life=90)


class TestBias(RecommenderContract):
    names = ("bias",)

    def make(self):
        return Bias(ridge=2.0)


def small(**more):
    """Two users, three items; the third item is the newest by 10 days."""
    columns = {
        "user": np.array([0, 1, 1, 0], np.int32),
        "item": np.array([0, 0, 1, 2], np.int32),
        "time": np.array([0, 0, 0, 10 * DAY]),
    }
    return Interactions(
        **columns, **({"user_ids": pd.Index(["a", "b"]), "item_ids": pd.Index(["x", "y", "z", "w"])} | more)
    )


def test_popularity_is_the_number_of_interactions():
    np.testing.assert_array_equal(Popularity().fit(small()).scores([0, 1]), [[2, 1, 1, 0]] * 2)


def test_quantities_count_and_ratings_do_not():
    weighted = small(weight=np.array([1, 3, 5, 0.5], np.float32))
    np.testing.assert_array_equal(Popularity().fit(weighted).scores([0]), [[4, 5, 0.5, 0]])
    rated = small(rating=np.array([1, 2, 5, 4], np.float32), scale=(1.0, 5.0))
    np.testing.assert_array_equal(Popularity().fit(rated).scores([0]), [[2, 1, 1, 0]])


def test_after_a_half_life_an_interaction_counts_half():
    np.testing.assert_allclose(Popularity(half_life=10).fit(small()).scores([0]), [[1, 0.5, 1, 0]])
    np.testing.assert_allclose(Popularity(half_life=5).fit(small()).scores([0]), [[0.5, 0.25, 1, 0]])


def test_a_half_life_needs_times_and_must_be_above_0():
    with pytest.raises(DataError, match="the interactions have no times"):
        Popularity(half_life=10).fit(dataclasses.replace(small(), time=None))
    with pytest.raises(ConfigError, match="half_life is 0; give days above 0"):
        Popularity(half_life=0)


@pytest.mark.parametrize("ridge", [0.1, 5.0])
def test_biases_solve_the_normal_equations(ridge):
    data = shop()
    users, items = data.shape
    X = np.zeros((len(data), users + items))
    X[np.arange(len(data)), data.user] = X[np.arange(len(data)), users + data.item] = 1.0
    mean = data.rating.mean(dtype=np.float64)
    exact = np.linalg.solve(X.T @ X + ridge * np.eye(users + items), X.T @ (data.rating - mean))
    model = Bias(ridge).fit(data)
    np.testing.assert_allclose(model.user_bias_, exact[:users], atol=2e-5)
    np.testing.assert_allclose(model.item_bias_, exact[users:], atol=2e-5)
    assert model.mean_ == pytest.approx(mean)


def test_biases_settle_when_hardly_any_ridge_holds_them():
    data = shop(share=0.15)
    model = Bias(1e-3).fit(data)
    errors = data.rating - model.mean_ - model.user_bias_[data.user] - model.item_bias_[data.item]
    for numbers, biases in ((data.user, model.user_bias_), (data.item, model.item_bias_)):
        slope = np.bincount(numbers, errors, minlength=len(biases)) - 1e-3 * biases
        assert np.abs(slope).max() < 1e-3


def test_a_user_without_ratings_is_expected_to_rate_as_the_average_user_does():
    model = Bias().fit(shop())
    assert model.user_bias_[23] == 0
    expected = np.clip(model.mean_ + model.item_bias_[[2, 3]], 1, 5)
    np.testing.assert_allclose(model.rate(np.array([23, 23]), np.array([2, 3])), expected, rtol=1e-6)


def test_a_generous_user_and_a_good_item_stay_on_the_scale():
    # where user 0 gives 5 user 1 gives 1; user 1 alone has rated item 0, with 5, and user 0 alone item 3, with 1
    user, item = np.array([0, 0, 1, 1, 1, 0], np.int32), np.array([1, 2, 1, 2, 0, 3], np.int32)
    rating = np.array([5, 5, 1, 1, 5, 1], np.float32)
    model = Bias(0.01).fit(Interactions(user, item, pd.RangeIndex(2), pd.RangeIndex(4), rating, scale=(1.0, 5.0)))
    assert model.scores([0])[0, 0] > 8
    assert model.scores([1])[0, 3] < -2
    np.testing.assert_array_equal(model.rate(np.array([0, 1]), np.array([0, 3])), [5, 1])


def test_biases_need_ratings_and_a_ridge():
    with pytest.raises(DataError, match="there are no ratings to learn biases from; use popularity"):
        Bias().fit(shop(explicit=False))
    with pytest.raises(ConfigError, match="ridge is 0; give a number above 0"):
        Bias(ridge=0)


def test_one_constant_rating_has_no_biases():
    data = dataclasses.replace(shop(), rating=np.full(len(shop()), 4.0, np.float32))
    assert not np.abs(Bias().fit(data).scores([0, 1]) - 4.0).any()
