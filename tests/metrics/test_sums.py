"""Figures of sums: the mean and the ratio against what is known of them, and what cannot be said."""

import numpy as np
import pytest

from casestudies.errors import DataError
from casestudies.metrics.means import mean_intervals
from casestudies.metrics.sums import sum_intervals


def test_the_mean_is_that_of_mean_intervals_on_the_same_resamples():
    random = np.random.default_rng(0)
    values, weight, groups = random.normal(size=(300, 2)), random.choice([0.5, 2.0], 300), np.arange(300) // 3
    how = {"groups": groups, "rounds": 200, "seed": 4}
    ones = np.ones(300)
    told = sum_intervals(np.column_stack([values, ones]), lambda s: s[:, :2] / s[:, 2:], weight, **how)
    for one, other in zip(told, mean_intervals(values, weight, **how), strict=True):
        assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))


def test_a_ratio_of_means_has_the_width_that_the_delta_method_gives():
    random = np.random.default_rng(1)
    x = random.normal(4.0, 1.0, 4000)
    y = 0.5 * x + random.normal(0, 1.0, 4000)
    told = sum_intervals(np.column_stack([y, x]), lambda s: s[:, :1] / s[:, 1:], rounds=2000)[0]
    error = np.std(y - told.value * x) / x.mean() / np.sqrt(4000)
    assert told.value == pytest.approx(y.sum() / x.sum())
    assert told.high - told.low == pytest.approx(2 * 1.96 * error, rel=0.08)


def test_a_figure_that_divides_by_nothing_has_no_value_and_says_why():
    told = sum_intervals(np.zeros((5, 2)), lambda s: s[:, :1] / s[:, 1:], rounds=100, undefined="nobody was asked")[0]
    assert np.isnan(told.value)
    assert "nobody was asked" in told.reason


def test_values_that_are_no_numbers_are_refused():
    with pytest.raises(DataError, match="not finite numbers"):
        sum_intervals(np.array([[1.0], [np.nan]]), lambda s: s)
