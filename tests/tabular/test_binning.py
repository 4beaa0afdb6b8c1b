"""How bins are found: shares, ties, units, weights, and bins by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.errors import ConfigError
from casestudies.tabular.binning import bins_by_hand, least_weight, level_bins, quantile_bins


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def codes(bins, values):
    return bins.codes(pd.DataFrame({"x": values}))


def found(values, weight=None, most=20, **options):
    values = pd.Series(values)
    return quantile_bins("x", values, np.ones(len(values)) if weight is None else weight, most, **options)


def test_bins_of_distinct_numbers_hold_about_the_same_weight(rng):
    values = rng.normal(size=10_000)
    rows = np.bincount(codes(found(values), values), minlength=21)[:20]
    assert len(found(values).edges) == 19
    assert rows.min() >= 490
    assert rows.max() <= 510


@given(
    st.lists(st.integers(-6, 6), min_size=40, max_size=400),
    st.integers(2, 8),
)
def test_no_bin_is_empty_or_too_light_and_no_value_is_in_two(numbers, most):
    values = pd.Series(numbers, dtype=float)
    bins = found(values, most=most)
    rows = np.bincount(codes(bins, values), minlength=len(bins.labels))[: bins.values]
    assert bins.values <= most
    assert bins.values == 1 or rows.min() >= least_weight(len(values))


def test_a_value_that_fills_a_bin_stands_alone(rng):
    values = np.concatenate([np.zeros(4_000), rng.exponential(size=6_000), -rng.exponential(size=2_000)])
    bins = found(values)
    own = codes(bins, values)[0]
    assert set(values[codes(bins, values) == own]) == {0.0}


def test_another_unit_gives_the_same_bins(rng):
    values = rng.lognormal(size=3_000).round(2)
    np.testing.assert_array_equal(codes(found(values), values), codes(found(1000 * values), 1000 * values))
    np.testing.assert_allclose(np.multiply(found(values).edges, 1000), found(1000 * values).edges, rtol=1e-12)


def test_row_order_changes_nothing_and_weight_two_is_the_row_twice(rng):
    values = rng.normal(size=2_000).round(1)
    weight = rng.integers(1, 4, 2_000).astype(float)
    order = rng.permutation(2_000)
    assert found(values, weight) == found(values[order], weight[order]) == found(np.repeat(values, weight.astype(int)))


def test_edges_are_round_decimals_above_one_value_and_up_to_the_next():
    values = np.repeat([23.0, 24.0, 31.7, 1204.31, 1877.2], 100)
    assert found(values).edges == (24.0, 30.0, 1000.0, 1500.0)


def test_special_values_and_gaps_are_outside_of_the_quantiles(rng):
    values = np.concatenate([rng.normal(50, 5, 1_000), np.full(500, -9.0), np.full(300, np.nan)])
    bins = found(values, special=(-9,))
    assert min(bins.edges) > 30
    assert bins.labels[codes(bins, values)[1_200]] == "-9"


def test_rare_levels_are_other_unless_named_special():
    values = pd.Series(["a"] * 500 + ["b"] * 300 + ["c"] * 3 + ["d"] * 2)
    bins, rare = level_bins("x", values, np.ones(len(values)), ["d"])
    assert (bins.groups, bins.special, rare) == ((("a",), ("b",)), ("d",), 1)
    assert bins.labels[codes(bins, values)[801]] == "other"


def test_a_category_or_its_text_gives_the_same_levels():
    text = pd.Series(["b", "a", "c"] * 100)
    reordered = text.astype(pd.CategoricalDtype(["c", "b", "a", "never"]))
    assert level_bins("x", text, np.ones(300))[0] == level_bins("x", reordered, np.ones(300))[0]


@pytest.mark.parametrize(
    ("asked", "numeric", "words"),
    [
        ([40, 25], True, "not ascending numbers"),
        ([25, 25], True, "not ascending numbers"),
        (["25"], True, "not ascending numbers"),
        ([], True, "not ascending numbers"),
        ([["a"], ["b", "a"]], False, "'a' is named twice"),
        ([["a"], ["bb"]], False, "no level 'bb'"),
        (["a", "b"], False, "not groups of levels"),
    ],
)
def test_bins_by_hand_that_make_no_sense_are_refused_in_one_line(asked, numeric, words):
    with pytest.raises(ConfigError, match=words) as caught:
        bins_by_hand("x", asked, pd.Series(["a", "b"]), numeric, ())
    assert str(caught.value).startswith("bins.x: ")
    assert "\n" not in str(caught.value)
