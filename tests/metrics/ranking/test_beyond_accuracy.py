"""Coverage, exposure, novelty, diversity, popularity lift and overlap: by hand and from their definitions."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.metrics.mae import mae
from casestudies.metrics.ranking import (
    Sets,
    catalogue_coverage,
    diversity,
    exposure_gini,
    novelty,
    overlap,
    popularity_lift,
)
from casestudies.metrics.rmse import rmse

LISTS = np.array([[0, 1, 2], [0, 1, 3], [0, -1, -1]], dtype=np.int32)


def test_coverage_counts_each_item_once() -> None:
    assert catalogue_coverage(LISTS, 8) == 4 / 8
    assert catalogue_coverage(np.full((2, 3), -1, dtype=np.int32), 8) == 0
    assert np.isnan(catalogue_coverage(LISTS, 0))


def test_gini_is_half_the_mean_difference_over_the_mean() -> None:
    shown = np.array([3, 2, 1, 1, 0])  # places that items 0 to 4 take
    expected = np.abs(shown[:, None] - shown).mean() / (2 * shown.mean())
    assert exposure_gini(LISTS, 5) == pytest.approx(expected)


def test_gini_ends() -> None:
    assert exposure_gini(np.array([[0, 1], [2, 3]], dtype=np.int32), 4) == pytest.approx(0)
    assert exposure_gini(np.zeros((9, 1), dtype=np.int32), 4) == pytest.approx(1 - 1 / 4)
    assert np.isnan(exposure_gini(np.full((1, 1), -1, dtype=np.int32), 4))


def test_novelty_is_in_bits() -> None:
    owners = np.array([8, 4, 1, 0])  # of 8 users: 0, 1 and 3 bits; nobody's counts as one user's
    assert novelty(LISTS, owners, 8) == pytest.approx([(0 + 1 + 3) / 3, (0 + 1 + 3) / 3, 0])
    assert np.isnan(novelty(np.full((1, 2), -1, dtype=np.int32), owners, 8)[0])


def test_diversity_by_category_is_the_share_of_unlike_pairs() -> None:
    kinds = np.eye(3)[[0, 0, 1, 2]]  # book, book, film, toy
    assert diversity(LISTS, kinds)[:2] == pytest.approx([2 / 3, 2 / 3])
    assert np.isnan(diversity(LISTS, kinds)[2])  # one item has no pair
    assert diversity(np.array([[0, 1]], dtype=np.int32), kinds)[0] == pytest.approx(0)


@given(seed=st.integers(0, 10_000))
def test_diversity_is_the_mean_over_all_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(7, 3))
    vectors[3] = 0
    lists = np.array([rng.permutation(7)[:5] for _ in range(3)], dtype=np.int32)
    lists[1, 3:] = -1
    for row, found in zip(lists, diversity(lists, vectors), strict=True):
        apart = []
        for a, b in combinations(row[row >= 0], 2):
            length = np.linalg.norm(vectors[a]) * np.linalg.norm(vectors[b])
            apart.append(1 - (vectors[a] @ vectors[b] / length if length else 0))
        assert found == pytest.approx(np.mean(apart))


def test_popularity_lift_compares_means_of_means() -> None:
    popularity = np.array([10.0, 6.0, 2.0, 1.0])
    profiles = Sets.of([0, 0, 1], [2, 3, 1], 3)  # 1.5 and 6 on average; the third has none of their own
    shown = [(10 + 6 + 2) / 3, (10 + 6 + 1) / 3]
    assert popularity_lift(LISTS, profiles, popularity) == pytest.approx(sum(shown) / (1.5 + 6) - 1)
    assert np.isnan(popularity_lift(LISTS, Sets.of([], [], 3), popularity))


def test_overlap_ignores_the_order() -> None:
    others = np.array([[2, 9, 0], [7, 8, 9], [0, 1, 2]], dtype=np.int32)
    assert overlap(LISTS, others) == pytest.approx([2 / 3, 0, 1])
    assert overlap(LISTS, LISTS) == pytest.approx([1, 1, 1])
    assert np.isnan(overlap(np.full((1, 2), -1, dtype=np.int32), LISTS[:1])[0])


def test_errors_of_ratings() -> None:
    assert rmse([1, 2, 5], [2, 2, 3]) == pytest.approx(np.sqrt(5 / 3))
    assert mae([1, 2, 5], [2, 2, 3]) == pytest.approx(1)
    assert rmse([1, 5], [2, 3], weight=[3, 1]) == pytest.approx(rmse([1, 1, 1, 5], [2, 2, 2, 3]))
    assert mae([1, 5], [2, 3], weight=[3, 1]) == pytest.approx(mae([1, 1, 1, 5], [2, 2, 2, 3]))
    assert np.isnan(rmse([], []))
    assert np.isnan(mae([], []))
