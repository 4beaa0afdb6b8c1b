"""Shuffled labels change an explanation of what was learnt, and planted columns are looked for by their sums."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import spearmanr

from casestudies.explain import Explanation, LabelTest, doubts, label_test, recovery

RANDOM = np.random.default_rng(2)
REAL = Explanation(RANDOM.normal(size=(50, 6)) * [9, 5, 3, 2, 1, 0.1], 0.0, tuple("abcdef"), "by hand")


def test_size_likeness_and_floor_by_hand():
    chance = Explanation(RANDOM.normal(size=(50, 6)), 0.0, REAL.names, "by hand")
    told = label_test(REAL, chance, 50)
    assert told.size == pytest.approx(np.abs(chance.values).mean() / np.abs(REAL.values).mean())
    each = [spearmanr(a, b).statistic for a, b in zip(REAL.values, chance.values, strict=True)]
    assert told.alike == pytest.approx(np.mean(each))
    assert told.floor == np.abs(chance.values).mean(axis=0).max()
    assert set(told.under) == {
        n for n, v in zip(REAL.names, np.abs(REAL.values).mean(axis=0), strict=True) if v <= told.floor
    }
    assert "f" in told.under
    assert told.sound
    assert told.sentence.startswith("sound: fitted on 50 rows with shuffled labels")


def test_a_recipe_that_looks_at_its_columns_alone_is_found_out():
    """Effects that do not change when the labels mean nothing."""
    told = label_test(REAL, Explanation(REAL.values * 0.2, 0.0, REAL.names, "the same, smaller"), 50)
    assert told.alike == pytest.approx(1.0)
    assert not told.sound
    assert "the order shows the columns more than what was learnt" in told.sentence


def test_effects_as_large_by_chance_are_found_out():
    told = label_test(REAL, Explanation(REAL.values[::-1].copy(), 0.0, REAL.names, "other rows"), 50)
    assert told.size == pytest.approx(1.0)
    (doubt,) = doubts(labels=told)
    assert doubt.startswith("do not trust the order of small effects: not sound: ")


def test_a_model_that_found_nothing_has_no_size():
    told = label_test(REAL, Explanation(np.zeros((50, 0)), 0.0, (), "nothing"), 50)
    assert (told.size, told.alike, told.floor, told.under, told.sound) == (0.0, 0.0, 0.0, (), True)


def test_columns_of_one_model_alone_count_as_nothing_in_the_other():
    told = label_test(REAL, Explanation(REAL.values[:, :2], 0.0, ("a", "new"), "by hand"), 50)
    assert told.floor == pytest.approx(np.abs(REAL.values[:, :2]).mean(axis=0).max())
    assert "new" in told.under


def test_what_was_planted_is_ranked_by_the_sum_of_its_columns():
    told = recovery(REAL, {"the two": ("a", "b"), "third": ("c",), "last": ("f",), "not there": ("z",)})
    assert told.place == (1, 2, 5, None)
    assert told.others == 2
    assert told.found == 2
    assert told.order is None
    assert told.sentence == (
        "2 of the 4 things planted in the demo are the first of the ranking, which has 2 other columns; "
        "later: last (place 5), not there (not read by the model)"
    )


def test_columns_that_take_each_other_back_are_small_together():
    one = Explanation(
        np.column_stack([REAL.values[:, 0], -REAL.values[:, 0], REAL.values[:, 2]]), 0.0, "abc", "by hand"
    )
    assert recovery(one, {"both": ("a", "b"), "c": ("c",)}).place == (2, 1)


def test_the_order_of_five_things_is_judged():
    planted = {name: (name,) for name in "abced"}
    assert recovery(REAL, planted).order == pytest.approx(spearmanr(range(5), [1, 2, 3, 5, 4]).statistic)


def test_both_are_plain_values():
    labels = LabelTest(0.1, 0.0, 10, 0.2, ("a",))
    assert json.loads(json.dumps(labels.to_dict(), allow_nan=False))["sound"] is True
    assert json.loads(json.dumps(recovery(REAL, {"a": ("a",)}).to_dict(), allow_nan=False))["found"] == 1
