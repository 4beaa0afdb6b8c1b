"""Sample sizes: against published examples and against simulated tests."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from casestudies.errors import ConfigError
from casestudies.recommendation.experiments import sample_size
from casestudies.recommendation.experiments.peeking import lasting_radius, tuned


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        # Chow, Shao and Wang 2008, example of section 4.2: 0.85 against 0.65, level 5 %, power 80 %
        ({"effect": 0.2, "rate": 0.65}, 70),
        # the same book, section 3.2: a difference of 5 with a deviation of 10
        ({"effect": 5.0, "deviation": 10.0}, 63),
        # from 5 to 6 %, by hand: (1.959964 + 0.841621)^2 (0.0475 + 0.0564) / 0.0001 = 8,154.9
        ({"effect": 0.01, "rate": 0.05}, 8_155),
    ],
)
def test_published_sizes(asked, expected):
    assert sample_size(**asked).per_arm == expected


def test_the_closed_form():
    found = sample_size(0.02, rate=0.1, arms=3, level=0.9, power=0.9, variance_ratio=0.6)
    z = norm.isf(0.1 / 2 / 2) + norm.ppf(0.9)  # two comparisons
    variance = 0.1 * 0.9 + 0.12 * 0.88
    assert found.per_arm == int(np.ceil(0.6 * variance * (z / 0.02) ** 2))
    assert found.total == 3 * found.per_arm


def test_a_size_shows_the_effect_as_often_as_it_says():
    random = np.random.default_rng(0)
    found = sample_size(0.03, rate=0.2)
    n = found.per_arm
    p0, p1 = random.binomial(n, 0.2, 20_000) / n, random.binomial(n, 0.23, 20_000) / n
    error = np.sqrt((p0 * (1 - p0) + p1 * (1 - p1)) / n)
    assert (p1 - p0 > 1.959964 * error).mean() == pytest.approx(0.8, abs=0.015)


def test_sizes_for_looks_at_any_time_hold_and_half_are_done_by_the_median():
    random = np.random.default_rng(1)
    found = sample_size(0.3, deviation=1.0)
    n, tests = found.lasting_per_arm, 4_000
    difference = np.cumsum(random.normal(0.3, np.sqrt(2), (tests, n)), axis=1) / np.arange(1, n + 1)
    radius = lasting_radius(np.sqrt(2), np.arange(1, n + 1), 0.05, tuned(n, 0.05))
    clear = difference > radius
    assert clear[:, -1].mean() == pytest.approx(0.8, abs=0.02)
    first = np.where(clear.any(axis=1), clear.argmax(axis=1) + 1, n + 1)
    assert np.median(first) == pytest.approx(found.median_per_arm, rel=0.05)


def test_looking_costs_units_and_a_column_from_before_saves_them():
    plain = sample_size(0.01, rate=0.05, per_day=1_000)
    assert 1.5 < plain.lasting_per_arm / plain.per_arm < 2.2
    assert plain.days == -(-plain.total // 1_000)
    assert plain.lasting_days == -(-plain.lasting_total // 1_000)
    assert sample_size(0.01, rate=0.05, variance_ratio=0.5).per_arm == pytest.approx(plain.per_arm / 2, abs=1)
    assert "8,155 units in each of 2 arms, 17 days show the effect in 80 % of tests" in plain.sentence


def test_an_effect_that_must_be_worth_having_needs_more():
    one = sample_size(0.02, rate=0.1)
    other = sample_size(0.02, rate=0.1, worth=0.01)
    assert other.per_arm == pytest.approx(4 * one.per_arm, rel=0.001)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"effect": 0.1}, "give the rate of a 0/1 outcome, or the deviation of an amount"),
        ({"effect": 0.1, "rate": 0.2, "deviation": 1.0}, "give the rate"),
        ({"effect": 0.0, "rate": 0.2}, "an effect of 0 cannot be told from 0"),
        ({"effect": 0.9, "rate": 0.2}, "make 1.1; write shares between 0 and 1"),
        ({"effect": 0.1, "deviation": 0.0}, "a deviation of 0.0 is none"),
        ({"effect": 0.1, "rate": 0.2, "arms": 1}, "write 2 arms or more"),
        ({"effect": 0.1, "rate": 0.2, "power": 1.0}, "power 1.0 is not a share"),
        ({"effect": 0.1, "rate": 0.2, "variance_ratio": 1.5}, "variance_ratio 1.5 is not a share"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(asked, said):
    with pytest.raises(ConfigError) as caught:
        sample_size(**asked)
    assert said in str(caught.value)
