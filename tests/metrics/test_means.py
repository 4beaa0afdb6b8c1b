"""Means with intervals against the metric they generalise, and against what resampling must give."""

import numpy as np
import pytest

from casestudies.decisions import Costs
from casestudies.errors import DataError
from casestudies.metrics import Answers, bootstrap
from casestudies.metrics.means import mean_intervals


def test_the_mean_cost_has_the_interval_of_expected_cost():
    random = np.random.default_rng(0)
    n = 300
    y, act = (random.random((2, n)) < 0.3).astype(float)
    costs = Costs(*random.normal(10, 5, (4, n)))
    weight = random.uniform(0, 3, n)
    peer = bootstrap(y, {"m": Answers(None, act)}, costs=costs, weight=weight, rounds=200, seed=4)
    cost = costs.base(y) + costs.slope(y) * act
    told = mean_intervals(np.stack((cost, -cost), axis=1), weight, rounds=200, seed=4)
    known = peer.intervals["m"]["expected_cost"]
    assert (told[0].value, told[0].low, told[0].high) == pytest.approx((known.value, known.low, known.high))
    assert (told[1].low, told[1].high) == pytest.approx((-known.high, -known.low))


def test_groups_are_drawn_whole():
    values = np.repeat(np.random.default_rng(1).normal(size=(20, 1)), 30, axis=0)
    apart = mean_intervals(values, rounds=300)[0]
    whole = mean_intervals(values, groups=np.repeat(np.arange(20), 30), rounds=300)[0]
    assert whole.high - whole.low > 3 * (apart.high - apart.low)


def test_without_weight_there_is_no_mean():
    told = mean_intervals(np.ones((3, 1)), np.zeros(3))[0]
    assert np.isnan(told.value)
    assert "no rows" in told.reason


def test_values_that_are_no_table_are_refused():
    with pytest.raises(DataError, match="values"):
        mean_intervals([1.0, 2.0])
    with pytest.raises(DataError, match="values"):
        mean_intervals([[1.0], [np.nan]])
