"""Looking early: the usual interval breaks, the lasting one holds, and its p value says the same."""

from __future__ import annotations

import numpy as np
import pytest

from casestudies.recommendation.experiments import analyse_experiment
from casestudies.recommendation.experiments.experiment import Experiment, Factor
from casestudies.recommendation.experiments.peeking import fixed_p, fixed_radius, lasting_p, lasting_radius, tuned

ALPHA = 0.05


def test_rho_makes_the_interval_narrowest_where_it_is_tuned():
    for alpha in (0.1, 0.05, 0.001):
        best = tuned(5_000, alpha)
        grid = best * np.linspace(0.5, 2.0, 301)
        width = [lasting_radius(1.0, 5_000, alpha, rho) for rho in grid]
        assert grid[np.argmin(width)] == pytest.approx(best, rel=0.01)


def test_the_radius_is_that_of_the_paper():
    # theorem 2.2 of Waudby-Smith et al. 2021, written out for t = 400, sigma = 2, rho = 0.1, alpha = 0.05
    t, sigma, rho = 400, 2.0, 0.1
    expected = sigma * np.sqrt(2 * (t * rho**2 + 1) / (t**2 * rho**2) * np.log(np.sqrt(t * rho**2 + 1) / ALPHA))
    assert lasting_radius(sigma, t, ALPHA, rho) == pytest.approx(expected)


def test_the_p_value_is_the_level_at_which_the_interval_ends_at_the_value():
    rho = tuned(2_000, ALPHA)
    for units, distance in ((500, 0.2), (3_000, 0.1), (40_000, 0.02)):
        p = lasting_p(distance, 1.0, units, rho)
        assert lasting_radius(1.0, units, p, rho) == pytest.approx(distance)
        p = fixed_p(distance, 1.0, units)
        assert fixed_radius(1.0, units, p) == pytest.approx(distance)


@pytest.fixture(scope="module")
def paths():
    """(tests, looks) differences of two equal rates of 10 %, and deviations, looked at 100 times from 200 units on."""
    random = np.random.default_rng(0)
    tests, last = 1_500, 8_000
    looks = np.unique(np.geomspace(200, last, 100).astype(int))
    arm = random.random((tests, last)) < 0.5
    y = random.random((tests, last)) < 0.1
    n1 = np.cumsum(arm, axis=1, dtype=np.int32)[:, looks - 1]
    s1 = np.cumsum(arm & y, axis=1, dtype=np.int32)[:, looks - 1]
    s = np.cumsum(y, axis=1, dtype=np.int32)[:, looks - 1]
    n0, s0 = looks - n1, s - s1
    p1, p0 = s1 / n1, s0 / n0
    deviation = np.sqrt(looks * (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0))
    return looks, p1 - p0, deviation


def test_the_usual_interval_breaks_when_it_is_looked_at_all_the_time(paths):
    looks, value, deviation = paths
    outside = np.abs(value) > fixed_radius(deviation, looks, ALPHA)
    assert outside[:, -1].mean() == pytest.approx(ALPHA, abs=0.02)  # one look is what it is made for
    assert outside.any(axis=1).mean() > 0.25


@pytest.mark.parametrize("planned", [1_000, 8_000, 50_000])
def test_the_lasting_interval_holds_at_all_looks_together(paths, planned):
    looks, value, deviation = paths
    outside = np.abs(value) > lasting_radius(deviation, looks, ALPHA, tuned(planned, ALPHA))
    assert outside.any(axis=1).mean() <= ALPHA + 0.01
    assert (lasting_p(value, deviation, looks, tuned(planned, ALPHA)) <= ALPHA).any(axis=1).mean() <= ALPHA + 0.01


def test_daily_looks_at_the_whole_analysis_of_four_equal_arms_ship_nothing():
    """Through `analyse_experiment`: four arms, a column from before, Holm, and a look after every 500 units."""
    random, alarms, naive, tests = np.random.default_rng(3), 0, 0, 60
    for _ in range(tests):
        keen = random.gamma(1.0, 1.0, 4_000)
        spent = 20.0 * keen * random.random(4_000)
        whole = Experiment(
            (Factor("arm", tuple("abcd")),),
            random.integers(0, 4, (4_000, 1)),
            spent,
            False,
            random.poisson(3 * keen) * 1.0,
        )
        looks = [analyse_experiment(whole.take(np.arange(n)), planned_units=4_000) for n in range(500, 4_001, 500)]
        alarms += any(one.lasting_holm <= ALPHA for look in looks for one in look.effects)
        naive += any(one.p_value <= ALPHA for look in looks for one in look.effects)
    assert alarms <= 5
    assert naive >= 18  # uncorrected for looks and arms: three in ten and more
