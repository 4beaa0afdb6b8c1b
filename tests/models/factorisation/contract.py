"""What every recommender must do; a test class of each inherits `RecommenderContract` and says how it is made."""

from __future__ import annotations

import copy
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import DataError
from casestudies.models.factorisation.base import Recommender
from casestudies.tabular.interactions import DAY, Interactions


def shop(explicit: bool = True, seed: int = 0, users: int = 24, items: int = 15, share: float = 0.4) -> Interactions:
    """Two tastes, ratings 1 to 5 that follow them, times over a year; ids are names, and the last user has no rows."""
    rng = np.random.default_rng(seed)
    user, item = np.nonzero(rng.random((users - 1, items)) < share)
    alike = user % 2 == item % 2
    rating = np.clip(np.round(rng.normal(np.where(alike, 4.2, 2.2), 0.7)), 1, 5).astype(np.float32)
    keep = np.arange(len(user)) if explicit else np.flatnonzero(rating >= 3)
    order = rng.permutation(keep)
    return Interactions(
        user[order].astype(np.int32),
        item[order].astype(np.int32),
        pd.Index([f"user {n}" for n in range(users)]),
        pd.Index([f"item {n}" for n in range(items)]),
        rating=rating[order] if explicit else None,
        time=rng.permutation(len(order)).astype(np.int64) * (365 * DAY // len(order)),
        scale=(1.0, 5.0) if explicit else None,
    )


def ranked(scores: np.ndarray) -> np.ndarray:
    return np.argsort(-scores, axis=1, kind="stable")


class RecommenderContract:
    """Inherit, set `names` and give `make`; `explicit` says which feedback it is tried on."""

    names: ClassVar[tuple[str, ...]]
    explicit: ClassVar[bool] = True
    shuffled: ClassVar[float] = 1e-5  # what the order of the rows may change of a score

    def make(self) -> Recommender:
        raise NotImplementedError

    @pytest.fixture
    def data(self) -> Interactions:
        return shop(self.explicit)

    @pytest.fixture
    def fitted(self, data: Interactions) -> Recommender:
        return self.make().fit(data)

    def test_it_is_a_recommender_with_a_name(self, fitted):
        assert isinstance(fitted, Recommender)
        assert fitted.name in self.names
        assert isinstance(fitted.rates, bool)

    def test_fit_returns_itself(self, data):
        model = self.make()
        assert model.fit(data) is model

    def test_scores_are_users_by_items_in_single_precision(self, fitted, data):
        for users in (np.arange(data.shape[0]), np.array([3]), np.array([], np.int32), np.array([5, 0, 5], np.int32)):
            scores = fitted.scores(users)
            assert scores.shape == (len(users), data.shape[1])
            assert scores.dtype == np.float32
            assert np.isfinite(scores).all()

    def test_users_are_scored_one_by_one_as_together(self, fitted):
        together = fitted.scores(np.array([4, 2, 9]))
        alone = np.vstack([fitted.scores(np.array([user])) for user in (4, 2, 9)])
        np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)

    def test_a_pair_is_rated_as_its_user_scores_the_item(self, fitted, data):
        users, items = np.array([0, 7, 7, 23]), np.array([2, 2, 14, 0])
        ratings = fitted.rate(users, items)
        assert ratings.shape == (4,)
        assert ratings.dtype == np.float32
        scores = fitted.scores(users)[np.arange(4), items]
        if fitted.rates:
            np.testing.assert_allclose(ratings, np.clip(scores, *data.scale), rtol=1e-5)
        else:
            np.testing.assert_allclose(ratings, scores, rtol=1e-5, atol=1e-6)

    def test_ratings_stay_on_the_scale(self, fitted, data):
        if not fitted.rates:
            pytest.skip("it does not rate")
        everyone = np.repeat(np.arange(data.shape[0]), data.shape[1])
        ratings = fitted.rate(everyone, np.tile(np.arange(data.shape[1]), data.shape[0]))
        assert data.scale[0] <= ratings.min() <= ratings.max() <= data.scale[1]

    def test_an_array_that_was_handed_out_is_the_callers_own(self, fitted):
        first = fitted.scores(np.array([1]))
        kept = first.copy()
        first[:] = -np.inf
        np.testing.assert_array_equal(fitted.scores(np.array([1])), kept)

    def test_two_fits_are_the_same(self, data):
        users = np.arange(data.shape[0])
        one, other = self.make().fit(data), self.make().fit(data)
        np.testing.assert_array_equal(one.scores(users), other.scores(users))

    def test_a_second_fit_forgets_the_first(self, data):
        users = np.arange(data.shape[0])
        again = self.make().fit(shop(self.explicit, seed=9)).fit(data)
        np.testing.assert_array_equal(again.scores(users), self.make().fit(data).scores(users))

    def test_the_order_of_the_rows_does_not_change_the_order_of_items(self, data):
        users = np.arange(data.shape[0])
        shuffled = data.take(np.random.default_rng(3).permutation(len(data)))
        one, other = (self.make().fit(rows).scores(users) for rows in (data, shuffled))
        np.testing.assert_allclose(one, other, rtol=self.shuffled, atol=self.shuffled)
        changed = np.take_along_axis(one, ranked(other), axis=1)  # falls as the other does, but for ties
        assert (np.diff(changed, axis=1) <= 2 * self.shuffled).all()

    def test_what_it_was_given_stays_as_it_was(self, data):
        kept = copy.deepcopy(data)
        users = np.array([1, 2])
        model = self.make().fit(data)
        model.scores(users)
        model.rate(users, users)
        for name in ("user", "item", "rating", "weight", "time"):
            before, after = getattr(kept, name), getattr(data, name)
            assert (before is None and after is None) or np.array_equal(before, after)
        np.testing.assert_array_equal(users, [1, 2])

    @pytest.mark.parametrize("number", [-1, 24, 1_000_000])
    def test_an_unknown_user_number_is_refused(self, fitted, number):
        with pytest.raises(DataError, match=f"user number {number} is not one of the 24"):
            fitted.scores(np.array([0, number]))
        with pytest.raises(DataError, match=f"user number {number} is not one of the 24"):
            fitted.rate(np.array([0, number]), np.array([0, 0]))

    @pytest.mark.parametrize("number", [-1, 15])
    def test_an_unknown_item_number_is_refused(self, fitted, number):
        with pytest.raises(DataError, match=f"item number {number} is not one of the 15"):
            fitted.rate(np.array([0, 0]), np.array([number, 0]))
