"""Slope and level against scikit-learn's unpenalised logistic regression, and against how probabilities were bent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from casestudies.errors import DataError
from casestudies.metrics.calibration_line import calibration_line


def draw(seed, rows=400, slope=1.0, level=0.0):
    random = np.random.default_rng(seed)
    truth = random.normal(-1, 1.5, rows)
    y = (random.random(rows) < expit(level + slope * truth)).astype(float)
    return y, expit(truth), random.choice([0.5, 1.0, 4.0], rows)


@given(st.integers(0, 10_000), st.floats(0.4, 2.0), st.floats(-1, 1))
def test_slope_and_level_are_those_of_an_unpenalised_regression(seed, slope, level):
    y, p, w = draw(seed, slope=slope, level=level)
    peer = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000).fit(logit(p)[:, None], y, sample_weight=w)
    told = calibration_line(y, p, w)
    assert told.slope.value == pytest.approx(peer.coef_[0, 0], abs=1e-4)
    shifted = expit(logit(p) + told.level.value)  # with the slope left at 1, the mean is then right
    assert w @ shifted == pytest.approx(w @ y, rel=1e-6)


def test_bent_probabilities_are_seen_for_what_they_are():
    y, p, _ = draw(0, rows=20_000)
    right, extreme, low = (calibration_line(y, q) for q in (p, expit(2 * logit(p)), expit(logit(p) - 0.7)))
    assert right.slope.low < 1 < right.slope.high
    assert right.level.low < 0 < right.level.high
    assert extreme.slope.value == pytest.approx(right.slope.value / 2, abs=1e-6)
    assert extreme.slope.high < 1
    assert low.level.value == pytest.approx(right.level.value + 0.7, abs=1e-6)


def test_the_interval_covers_as_often_as_it_says():
    hits = [calibration_line(*draw(seed, rows=300)[:2]).slope for seed in range(300)]
    assert 0.91 <= np.mean([i.low < 1 < i.high for i in hits]) <= 0.985


def test_the_scale_of_the_weights_changes_nothing():
    y, p, w = draw(5)
    one, other = calibration_line(y, p, w), calibration_line(y, p, 50 * w)
    assert (one.slope.low, one.level.high) == pytest.approx((other.slope.low, other.level.high))


@pytest.mark.parametrize("y", [[0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 1, 1]], ids=["none", "all", "apart"])
def test_no_line_where_none_can_be_told(y):
    told = calibration_line(y, [0.1, 0.2, 0.7, 0.8])
    assert np.isnan(told.slope.value)
    assert "not defined" in told.slope.reason


def test_a_constant_probability_has_a_level_and_no_slope():
    told = calibration_line([0, 1, 0, 0], [0.5] * 4)
    assert np.isnan(told.slope.value)
    assert told.level.value == pytest.approx(logit(0.25))


def test_scores_are_refused():
    with pytest.raises(DataError, match="outside 0 to 1"):
        calibration_line([0, 1], [0.2, 7.0])
