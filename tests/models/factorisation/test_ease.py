"""EASE against its own optimality conditions, and under weights of recency."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import ConfigError, DataError
from casestudies.models.factorisation.ease import MOST_ITEMS, Ease
from casestudies.models.factorisation.recency import Recency
from casestudies.tabular.interactions import Interactions
from tests.models.factorisation.contract import RecommenderContract, shop


class TestEase(RecommenderContract):
    names = ("ease",)

    def make(self):
        return Ease(ridge=3.0)


class TestRecentEase(RecommenderContract):
    names = ("ease",)
    explicit = False

    def make(self):
        return Ease(ridge=3.0, half_life=5)


def histories(data):
    X = np.zeros(data.shape)
    X[data.user, data.item] = 1.0
    return X


@pytest.mark.parametrize("block", [4, 512])
def test_each_item_is_the_ridge_regression_on_all_others(monkeypatch, block):
    monkeypatch.setattr("casestudies.models.factorisation.ease._BLOCK", block)
    data, ridge = shop(), 3.0
    X, B = histories(data), Ease(ridge).fit(data).weights_
    for item in range(data.shape[1]):
        others = np.delete(np.arange(data.shape[1]), item)
        rest = X[:, others]
        exact = np.linalg.solve(rest.T @ rest + ridge * np.eye(len(others)), rest.T @ X[:, item])
        np.testing.assert_allclose(B[others, item], exact, atol=1e-5)
    assert not np.diag(B).any()


def test_scores_are_histories_times_the_map():
    data = shop()
    model = Ease(3.0).fit(data)
    np.testing.assert_allclose(model.scores(np.arange(24)), histories(data) @ model.weights_, atol=1e-5)


def test_an_item_met_twice_counts_once():
    data = shop(explicit=False)
    twice = data.take(np.concatenate([np.arange(len(data)), np.arange(30)]))
    np.testing.assert_array_equal(Ease().fit(data).scores([2, 3]), Ease().fit(twice).scores([2, 3]))


def test_recency_weighs_the_history_and_not_the_map():
    data = shop()
    plain, recent = Ease(3.0).fit(data), Ease(3.0, half_life=4).fit(data)
    np.testing.assert_array_equal(plain.weights_, recent.weights_)
    X = np.zeros(data.shape)
    X[data.user, data.item] = Recency(4).weights(data)
    np.testing.assert_allclose(recent.scores(np.arange(24)), X @ plain.weights_, atol=1e-5)
    np.testing.assert_array_equal(plain.weighted(data, Recency(4).weights(data)).scores([5]), recent.scores([5]))


def test_days_are_a_unit_too_and_times_are_needed():
    data = shop()
    by_days = Ease(half_life=30, unit="days").fit(data)
    X = np.zeros(data.shape)
    X[data.user, data.item] = Recency(30, "days").weights(data)
    np.testing.assert_allclose(by_days.scores([1, 2]), X[[1, 2]] @ by_days.weights_, atol=1e-6)
    with pytest.raises(DataError, match="the interactions have no times"):
        Ease(half_life=30).fit(dataclasses.replace(data, time=None))


def test_too_many_items_are_refused_before_any_work():
    names = pd.RangeIndex(1), pd.RangeIndex(MOST_ITEMS + 1)
    data = Interactions(np.zeros(1, np.int32), np.zeros(1, np.int32), *names)
    with pytest.raises(DataError, match="20,001 items are too many for ease, which is quadratic in them; leave it out"):
        Ease().fit(data)


def test_settings_are_checked():
    with pytest.raises(ConfigError, match="ridge is 0; give a number above 0"):
        Ease(ridge=0)
    with pytest.raises(ConfigError, match="half_life is -1"):
        Ease(half_life=-1)


def test_items_without_interactions_have_no_weights_and_change_none():
    random = np.random.default_rng(3)
    user, item = random.integers(0, 30, 200).astype(np.int32), random.integers(0, 12, 200).astype(np.int32)
    data = Interactions(user, item, pd.RangeIndex(30), pd.RangeIndex(12))
    wider = dataclasses.replace(data, item=(item * 2).astype(np.int32), item_ids=pd.RangeIndex(40))
    own, among = Ease(5.0).fit(data).weights_, Ease(5.0).fit(wider).weights_
    np.testing.assert_array_equal(among[:24:2, :24:2], own)
    assert not among[1::2].any()
    assert not among[:, 1::2].any()
