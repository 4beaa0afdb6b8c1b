"""Which recommenders are compared, what is chosen for them, and which is served."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from casestudies.errors import ConfigError
from casestudies.recommendation.comparison import SERVING, compare, serving
from casestudies.recommendation.config import RecommendationSettings
from casestudies.recommendation.demo import demo_truth
from casestudies.recommendation.splits import split
from casestudies.tabular.interactions import Interactions
from casestudies.tabular.interactions.frame import interactions_of


@pytest.fixture(scope="module")
def rated() -> Interactions:
    rows = demo_truth(0, 4_000).rows
    return interactions_of(rows, user="customer", item="product", rating="stars", time="time")


def compared(data: Interactions, **model: object):
    settings = RecommendationSettings.model_validate({"model": {"factors": 8, **model}})
    steps: list[float] = []
    return compare(data, split(data), settings, lambda share, text: steps.append(share)), settings, steps


def test_all_candidates_are_fitted_on_training_and_validation_rows(rated):
    comparison, _, steps = compared(rated)
    assert {"popularity", "bias", "ease", "factorisation", "implicit"} <= set(comparison.fitted)
    assert steps == sorted(steps)
    parts = split(rated)
    counts = np.bincount(rated.item[parts.known], minlength=rated.shape[1])
    np.testing.assert_array_equal(comparison.fitted["popularity"].scores(np.array([0]))[0], counts)


def test_what_is_served_has_the_highest_ndcg_of_those_that_can_serve(rated):
    comparison, _, _ = compared(rated)
    able = {name: value for name, value in comparison.ndcg.items() if name in SERVING}
    assert comparison.champion == max(able, key=able.__getitem__)
    assert comparison.rating == min(comparison.rmse, key=comparison.rmse.__getitem__)


def test_without_ratings_nothing_is_rated_and_choices_are_factorised(rated):
    acts = replace(rated, rating=None, scale=None)
    comparison, _, _ = compared(acts, candidates=["popularity", "bias", "factorisation"])
    assert set(comparison.fitted) - {"implicit_recent"} == {"popularity", "implicit"}
    assert comparison.rating is None
    assert comparison.rmse == {}


def test_a_stated_half_life_is_taken_and_none_is_none(rated):
    stated, settings, _ = compared(rated, half_life=3.0, candidates=["popularity", "implicit"])
    assert stated.fitted["implicit_recent"].half_life_ == 3.0
    if stated.champion == "implicit_recent":
        assert serving(stated, settings).half_life == 3.0
    without, _, _ = compared(rated, half_life=None, candidates=["popularity", "implicit"])
    assert "implicit_recent" not in without.fitted


def test_without_times_there_is_no_half_life_and_the_report_is_told(rated):
    comparison, _, _ = compared(replace(rated, time=None), candidates=["popularity", "implicit"])
    assert comparison.recency is None
    assert any("without times" in note for note in comparison.notes["implicit"])


def test_the_half_life_is_chosen_without_a_look_at_the_test_rows(rated):
    parts = split(rated)
    item = rated.item.copy()
    item[parts.test] = np.random.default_rng(0).permutation(item[parts.test])
    settings = RecommendationSettings.model_validate(
        {"model": {"factors": 8, "candidates": ["popularity", "implicit"]}}
    )
    one, two = (compare(data, parts, settings, lambda *_: None) for data in (rated, replace(rated, item=item)))
    assert one.told == two.told


def test_candidates_that_cannot_serve_are_refused(rated):
    with pytest.raises(ConfigError, match="none of the candidates can serve"):
        compared(rated, candidates=["popularity", "ease"])


def test_too_many_items_leave_ease_out(rated, monkeypatch):
    monkeypatch.setattr("casestudies.recommendation.comparison.MOST_ITEMS", 10)
    comparison, _, _ = compared(rated)
    assert "ease" not in comparison.fitted


def test_the_same_seed_serves_the_same_lists(rated):
    one, two = (compared(rated, candidates=["popularity", "factorisation"])[0] for _ in range(2))
    users = np.arange(10)
    np.testing.assert_array_equal(one.fitted[one.champion].scores(users), two.fitted[two.champion].scores(users))
