"""Effects of several factors at once: against arithmetic by hand, and the same on the scale of odds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from casestudies.recommendation.experiments import demo_experiment, read_experiment
from casestudies.recommendation.experiments.effects import effects
from casestudies.recommendation.experiments.experiment import Experiment, Factor
from casestudies.recommendation.experiments.means import plain_means
from casestudies.recommendation.experiments.odds import odds


def factorial(levels, y):
    """A test of as many factors as `levels` (units, factors) has columns, with values 0, 1, ..."""
    count = levels.max(axis=0) + 1
    factors = tuple(Factor(f"f{place}", tuple(map(str, range(n)))) for place, n in enumerate(count))
    return Experiment(factors, levels, y.astype(float), bool(np.isin(y, (0, 1)).all()))


def lopsided(random, units=3_000):
    """Two factors whose cells are of very unequal size."""
    a = (random.random(units) < 0.2).astype(int)
    b = random.choice(3, units, p=[0.6, 0.3, 0.1])
    return factorial(np.column_stack([a, b]), (random.random(units) < 0.2 + 0.1 * a + 0.05 * b * a).astype(int))


def test_effects_are_averages_over_the_other_factor_whatever_its_shares():
    test = lopsided(np.random.default_rng(0))
    mean = np.array([[test.y[(test.level == [a, b]).all(axis=1)].mean() for b in range(3)] for a in range(2)])
    found = {one.name: one for one in effects(test, plain_means(test))}
    assert found["f0 1"].value == pytest.approx(mean[1].mean() - mean[0].mean())
    assert found["f1 2"].value == pytest.approx(mean[:, 2].mean() - mean[:, 0].mean())
    assert found["f0 1 × f1 1"].value == pytest.approx(mean[1, 1] - mean[1, 0] - mean[0, 1] + mean[0, 0])
    assert found["f0 1, f1 2"].value == pytest.approx(mean[1, 2] - mean[0, 0])
    assert found["f0 1, f1 2"].base == pytest.approx(mean[0, 0])
    assert {one.kind for one in found.values()} == {"factor", "interaction", "combination"}


def test_errors_are_those_of_independent_arms():
    test = lopsided(np.random.default_rng(1))
    spread = {
        (a, b): test.y[rows].var(ddof=1) / rows.sum()
        for a in range(2)
        for b in range(3)
        for rows in [(test.level == [a, b]).all(axis=1)]
    }
    found = {one.name: one for one in effects(test, plain_means(test))}
    main = np.sqrt(sum(spread.values()) / 9)
    assert found["f0 1"].deviation / np.sqrt(len(test)) == pytest.approx(main, rel=1e-9)
    pair = np.sqrt(spread[1, 1] + spread[1, 0] + spread[0, 1] + spread[0, 0])
    assert found["f0 1 × f1 1"].deviation / np.sqrt(len(test)) == pytest.approx(pair, rel=1e-9)


def test_four_factors_at_once_are_as_sure_of_each_as_one_test_with_all_units():
    random = np.random.default_rng(2)
    levels = random.integers(0, 2, (16_000, 4))
    y = (random.random(16_000) < 0.2).astype(int)
    together = next(one for one in effects(factorial(levels, y), plain_means(factorial(levels, y))))
    quarter = factorial(levels[:4_000, :1], y[:4_000])  # one of four tests in turn on the same traffic
    alone = effects(quarter, plain_means(quarter))[0]
    ratio = (alone.deviation / np.sqrt(4_000)) / (together.deviation / np.sqrt(16_000))
    assert ratio == pytest.approx(2.0, rel=0.02)


def test_fewer_comparisons_are_surer():
    test = lopsided(np.random.default_rng(3))
    few = effects(test, plain_means(test), compare=["factors"])
    all_of_them = {one.name: one for one in effects(test, plain_means(test))}
    assert [one.kind for one in few] == ["factor"] * 3
    assert all(one.p_holm <= all_of_them[one.name].p_holm for one in few)


def test_only_what_can_be_shipped_has_to_beat_the_smallest_effect_worth_having():
    test = lopsided(np.random.default_rng(5))
    for one, plain in zip(
        effects(test, plain_means(test), reference=0.04), effects(test, plain_means(test)), strict=True
    ):
        assert one.reference == (0.0 if one.kind == "interaction" else 0.04)
        assert (one.p_value == plain.p_value) == (one.kind == "interaction")


def test_two_arms_without_a_success_are_not_sure_of_anything():
    levels = np.repeat([[0], [1], [2]], 50, axis=0)
    y = np.concatenate([np.zeros(100), np.tile([0, 1], 25)])
    test = factorial(levels, y)
    same = effects(test, plain_means(test))[0]
    assert same.value == 0
    assert same.p_value == 1
    assert same.low < 0 < same.high


def test_the_planted_effects_of_the_demo_are_inside():
    inside = np.zeros(4)
    for seed in range(20):
        test = read_experiment(demo_experiment(seed), "customer", ["list", "reasons"], "bought")
        found = {one.name: one for one in effects(test, plain_means(test))}
        planted = {
            "list on": 0.045,
            "reasons shown": 0.025,
            "list on × reasons shown": 0.05,
            "list off, reasons shown": 0.0,
        }
        inside += [found[name].low <= truth <= found[name].high for name, truth in planted.items()]
    assert inside.sum() >= 0.9 * 80
    assert inside.min() >= 16


def test_odds_of_two_arms_are_those_of_the_table():
    y = np.concatenate([np.repeat([1, 0], [30, 170]), np.repeat([1, 0], [55, 145])])
    test = factorial(np.repeat([[0], [1]], 200, axis=0), y)
    (found,) = odds(test)
    ratio = (55 / 145) / (30 / 170)
    woolf = np.sqrt(1 / 55 + 1 / 145 + 1 / 30 + 1 / 170)
    assert found.ratio == pytest.approx(ratio, rel=1e-6)
    assert found.low == pytest.approx(ratio * np.exp(-1.959964 * woolf), rel=1e-5)
    assert found.high == pytest.approx(ratio * np.exp(1.959964 * woolf), rel=1e-5)
    g_test = chi2_contingency([[30, 170], [55, 145]], correction=False, lambda_="log-likelihood")
    assert found.p_value == pytest.approx(g_test.pvalue, rel=1e-6)


def test_the_odds_of_a_pair_are_the_ratio_of_ratios():
    test = lopsided(np.random.default_rng(4), units=20_000)
    two = test.take(test.level[:, 1] < 2)
    test = factorial(two.level, two.y)
    rate = np.array([[test.y[(test.level == [a, b]).all(axis=1)].mean() for b in range(2)] for a in range(2)])
    odd = rate / (1 - rate)
    found = {one.name: one for one in odds(test)}
    assert found["f0 1 × f1 1"].ratio == pytest.approx(odd[1, 1] * odd[0, 0] / (odd[0, 1] * odd[1, 0]), rel=1e-5)
    assert found["f0 1"].ratio == pytest.approx(np.sqrt(odd[1, 0] / odd[0, 0] * odd[1, 1] / odd[0, 1]), rel=1e-5)
    cells = [(test.level == [a, b]).all(axis=1).sum() * rate[a, b] for a in range(2) for b in range(2)]
    fails = [(test.level == [a, b]).all(axis=1).sum() - cells[2 * a + b] for a in range(2) for b in range(2)]
    woolf = np.sqrt(sum(1 / np.array(cells)) + sum(1 / np.array(fails)))
    assert np.log(found["f0 1 × f1 1"].high / found["f0 1 × f1 1"].ratio) == pytest.approx(1.959964 * woolf, rel=1e-4)


def test_there_are_no_odds_of_amounts_or_of_arms_without_successes():
    levels = np.repeat([[0], [1]], 20, axis=0)
    assert odds(factorial(levels, np.arange(40.0))) == ()
    assert odds(factorial(levels, np.repeat([0, 0, 1], [20, 5, 15]))) == ()
