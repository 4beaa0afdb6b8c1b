"""Interactions: what the formula says of products, nothing of sums, and the pair that was planted first."""

from __future__ import annotations

import numpy as np
import pytest

from casestudies.explain import interactions

NAMES = ("a", "b", "c", "d")
X = np.random.default_rng(1).normal(size=(20_000, 4)) * [1.0, 2.0, 1.0, 1.0]


def test_a_product_has_the_strength_of_its_standard_deviation():
    """Independent columns around 0: x·y has the variance of the one times that of the other, all of it joint."""
    told = interactions(lambda rows: 0.5 * rows[:, 0] * rows[:, 1] + rows[:, 2], X, NAMES, range(4), calls=200_000)
    assert (told.first[0], told.second[0]) == ("a", "b")
    assert told.strength[0] == pytest.approx(1.0, abs=4 * told.error[0])
    assert told.share[0] == pytest.approx(0.5, abs=0.03)
    assert told.strength[1:] == (0.0,) * 5
    assert told.any


def test_the_standard_error_is_that_of_repetitions():
    def score(rows):
        return rows[:, 0] * rows[:, 1]

    drawn = [interactions(score, X, NAMES, (0, 1), calls=4 * 300, seed=seed) for seed in range(60)]
    found = np.std([one.strength[0] for one in drawn], ddof=1)
    assert np.mean([one.error[0] for one in drawn]) == pytest.approx(found, rel=0.35)


def test_sums_of_any_curves_have_none():
    told = interactions(lambda rows: np.sin(rows[:, 0]) + np.exp(rows[:, 1] / 4) + rows[:, 3] ** 2, X, NAMES, range(4))
    assert told.strength == (0.0,) * 6
    assert not told.any


def test_what_three_columns_do_together_counts_for_each_pair_of_them():
    told = interactions(lambda rows: rows[:, 0] * rows[:, 2] * rows[:, 3], X, NAMES, range(4), calls=300_000)
    found = {(a, b): s for a, b, s in zip(told.first, told.second, told.strength, strict=True)}
    for pair in (("a", "c"), ("a", "d"), ("c", "d")):
        assert found[pair] == pytest.approx(1.0, abs=0.1)
    assert found["a", "b"] == 0.0


def test_the_budget_is_kept():
    asked = []
    told = interactions(lambda rows: asked.append(len(rows)) or rows[:, 0], X, NAMES, range(4), calls=1000)
    assert sum(asked) == told.calls <= 1000
    assert told.rows == 1000 // 11


@pytest.mark.parametrize(("columns", "calls"), [((0,), 1000), ((0, 1), 7)])
def test_one_column_or_no_budget_has_no_pairs(columns, calls):
    assert interactions(lambda rows: rows[:, 0], X, NAMES, columns, calls=calls).first == ()
