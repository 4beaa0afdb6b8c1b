"""The sample ratio: against peers, its false alarms, and where it points."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare, multinomial

from casestudies.recommendation.experiments import analyse_experiment, demo_experiment, read_experiment
from casestudies.recommendation.experiments.ratio import sample_ratio, wrong_slices

DEMO = {"before": "orders_before", "time": "entered", "look": ["device"]}


def test_large_arms_are_tested_by_chi_square():
    counts, shares = np.array([5_120, 4_890, 1_010]), np.array([0.46, 0.45, 0.09])
    found = sample_ratio(counts, shares)
    assert found.method == "chi-square"
    assert found.p_value == pytest.approx(chisquare(counts, counts.sum() * shares).pvalue)


@pytest.mark.parametrize("counts", [(1, 7), (4, 4), (0, 5), (2, 300)])
def test_small_arms_are_tested_exactly(counts):
    shares = np.array([0.5, 0.5]) if sum(counts) < 10 else np.array([0.01, 0.99])
    found = sample_ratio(np.array(counts), shares)
    assert found.method == "exact"
    assert found.p_value == pytest.approx(binomtest(counts[0], sum(counts), shares[0]).pvalue)


def test_the_exact_test_of_three_arms_adds_all_counts_that_are_no_likelier():
    shares, seen = np.array([0.2, 0.3, 0.5]), (5, 1, 2)
    law = multinomial(8, shares)
    every = [(a, b, 8 - a - b) for a in range(9) for b in range(9 - a)]
    expected = sum(law.pmf(one) for one in every if law.pmf(one) <= law.pmf(seen) * (1 + 1e-9))
    assert sample_ratio(np.array(seen), shares).p_value == pytest.approx(expected)


def test_with_too_many_counts_to_go_through_they_are_drawn():
    shares = np.array([0.001, 0.3, 0.3, 0.399])
    found = sample_ratio(np.array([3, 590, 610, 797]), shares)
    assert found.method == "drawn"
    assert found.p_value == pytest.approx(chisquare([3, 590, 610, 797], 2_000 * shares).pvalue, abs=0.15)
    assert sample_ratio(np.array([60, 560, 600, 780]), shares).wrong


def test_a_right_ratio_is_hardly_ever_called_wrong():
    random = np.random.default_rng(1)
    shares = np.full(4, 0.25)
    p = np.array([sample_ratio(random.multinomial(4_000, shares), shares).p_value for _ in range(2_000)])
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.015)
    assert (p < 0.001).mean() <= 0.004


def bent(frame):
    """The demo in which a tracker lost a third of the phones that saw the list, in one week."""
    random = np.random.default_rng(5)
    week = (frame["entered"] >= "2026-03-09") & (frame["entered"] < "2026-03-12")
    lost = week & (frame["device"] == "phone") & (frame["list"] == "on") & (random.random(len(frame)) < 0.6)
    return frame[~lost]


def test_a_wrong_ratio_has_no_winner_and_says_where_to_look():
    frame = bent(demo_experiment(0))
    test = read_experiment(frame, "customer", ["list", "reasons"], "bought", **DEMO)
    found = analyse_experiment(test)
    assert found.ratio.wrong
    assert found.verdict.answer == "none"
    assert found.effects == ()
    assert found.means is None
    assert {one.where for one in wrong_slices(test)} == {
        "day 2026-03-09",
        "day 2026-03-10",
        "day 2026-03-11",
        "device phone",
    }
    assert "there is no winner" in found.ratio_said
    assert "Look first at d" in found.ratio_said
    whole = read_experiment(demo_experiment(0), "customer", ["list", "reasons"], "bought", **DEMO)
    assert not analyse_experiment(whole).ratio.wrong
    assert wrong_slices(whole) == []


def test_without_days_and_columns_it_says_what_to_bring():
    frame = bent(demo_experiment(0))
    test = read_experiment(frame, "customer", ["list", "reasons"], "bought")
    assert "give experiments.time and experiments.look" in analyse_experiment(test).ratio_said


def test_planned_shares_are_no_alarm():
    frame = demo_experiment(0)
    kept = frame[(frame["list"] == "on") | (np.arange(len(frame)) % 9 == 0)]
    test = read_experiment(kept, "customer", ["list", "reasons"], "bought")
    assert analyse_experiment(test).ratio.wrong
    planned = {"list": {"on": 0.9, "off": 0.1}}
    right = read_experiment(kept, "customer", ["list", "reasons"], "bought", planned=planned)
    assert not analyse_experiment(right).ratio.wrong
