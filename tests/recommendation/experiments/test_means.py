"""Means of arms with and without the column from before: against Welch and Lin, unbiased, and surer by what is due."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import gamma, ttest_ind

from casestudies.recommendation.experiments.experiment import Experiment, Factor
from casestudies.recommendation.experiments.means import adjusted_means, apart, best_means, cuped, plain_means

PAIR = np.array([[-1.0, 1.0]])


def trial(y, arm, before=None, arms=2):
    binary = bool(np.isin(y, (0.0, 1.0)).all())
    factor = Factor("arm", tuple("abcdef"[:arms]))
    return Experiment((factor,), np.asarray(arm)[:, None], np.asarray(y, dtype=float), binary, before)


def amounts(random, units=400, share=0.3, effect=1.0, rho=0.7):
    """Skewed amounts whose spread differs between the arms."""
    before = random.gamma(2.0, 2.0, units)
    arm = (random.random(units) < share).astype(int)
    noise = random.normal(0, 1 + arm, units) * before.std() * np.sqrt(1 / rho**2 - 1) / np.sqrt(2.5)
    return trial(before + noise + effect * arm, arm, before)


def test_plain_means_are_those_of_welch():
    test = amounts(np.random.default_rng(0))
    value, deviation = plain_means(test).of(PAIR)
    peer = ttest_ind(test.y[test.cell == 1], test.y[test.cell == 0], equal_var=False)
    error = deviation[0] / np.sqrt(len(test))
    assert value[0] / error == pytest.approx(peer.statistic, rel=1e-12)


def test_adjusted_amounts_are_the_interacted_regression_of_lin():
    made = amounts(np.random.default_rng(1))
    test = trial(made.y + 1.5 * made.cell * made.before, made.cell, made.before)  # the effect differs between units
    x, z = test.before - test.before.mean(), test.cell.astype(float)
    design = np.column_stack([np.ones(len(z)), z, x, z * x])
    coef, *_ = np.linalg.lstsq(design, test.y, rcond=None)
    value, deviation = adjusted_means(test, test.before).of(PAIR)
    assert value[0] == pytest.approx(coef[1], rel=1e-10)
    bread = np.linalg.inv(design.T @ design)
    left = (test.y - design @ coef)[:, None] * design
    robust = np.sqrt((bread @ (left.T @ left) @ bread)[1, 1])
    # theirs takes the mean of x as known; ours adds what it may be off by, as it should be for customers yet to come
    beyond = x.var() * coef[3] ** 2 / len(z)
    assert deviation[0] / np.sqrt(len(z)) == pytest.approx(np.sqrt(robust**2 + beyond), rel=0.02)


def test_adjusted_rates_are_means_of_what_each_logistic_regression_says_of_all():
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(2)
    before = random.normal(size=900)
    arm = random.integers(0, 2, 900)
    y = (random.random(900) < 1 / (1 + np.exp(1 - before - 0.5 * arm))).astype(float)
    found = adjusted_means(trial(y, arm, before), before)
    for one in (0, 1):
        peer = LogisticRegression(C=np.inf, tol=1e-10).fit(before[arm == one, None], y[arm == one])
        assert found.value[one] == pytest.approx(peer.predict_proba(before[:, None])[:, 1].mean(), abs=1e-4)


def bought(random):
    """Rates of customers who differ much, of whom some buy anyway."""
    keen = random.gamma(0.7, 1 / 0.7, 600)
    arm = (random.random(600) < 0.4).astype(int)
    y = (random.random(600) < np.minimum(0.25 * keen + 0.1 * arm, 1)).astype(float)
    return trial(y, arm, random.poisson(3 * keen).astype(float))


def bought_effect():
    """The planted effect after chances are cut at 1, by integration over how keen customers are."""
    keen = gamma(0.7, scale=1 / 0.7).ppf((np.arange(100_000) + 0.5) / 100_000)
    return float(np.mean(np.minimum(0.25 * keen + 0.1, 1) - np.minimum(0.25 * keen, 1)))


@pytest.mark.parametrize(("made", "tests"), [(amounts, 600), (bought, 200)])
def test_adjusted_effects_are_unbiased_and_their_intervals_hold(made, tests):
    random, truth = np.random.default_rng(3), 1.0 if made is amounts else bought_effect()
    values, plain, inside = np.empty(tests), np.empty(tests), 0
    for at in range(tests):
        test = made(random)
        (values[at],), (deviation,) = adjusted_means(test, test.before).of(PAIR)
        plain[at] = plain_means(test).of(PAIR)[0][0]
        inside += abs(values[at] - truth) <= 1.96 * deviation / np.sqrt(len(test))
    assert abs(values.mean() - truth) < 3.5 * values.std() / np.sqrt(tests)
    assert inside / tests == pytest.approx(0.95, abs=0.04)
    assert values.var() < 0.95 * plain.var()


def test_the_gain_is_what_the_correlation_promises():
    random = np.random.default_rng(4)
    before = random.normal(size=20_000)
    y = 0.7 * before + np.sqrt(1 - 0.49) * random.normal(size=20_000)
    test = trial(y, random.integers(0, 2, 20_000), before)
    means, gain = best_means(test)
    assert gain.used
    assert gain.ratio == pytest.approx(1 - 0.49, abs=0.02)
    assert gain.correlation == pytest.approx(0.7, abs=0.01)
    assert gain.theta == pytest.approx(0.7, abs=0.01)
    assert "leaves 52 % of the variance, as 94 % more units would" in gain.said
    assert means.of(PAIR)[1][0] < 0.75 * plain_means(test).of(PAIR)[1][0]


def test_theta_is_covariance_over_variance_inside_arms():
    test = amounts(np.random.default_rng(5), effect=50.0)
    x, y = test.before.copy(), test.y.copy()
    for one in (0, 1):
        rows = test.cell == one
        x[rows] -= x[rows].mean()
        y[rows] -= y[rows].mean()
    correlation, theta = cuped(test, test.before)
    assert theta == pytest.approx((x @ y) / (x @ x))
    assert correlation == pytest.approx(np.corrcoef(x, y)[0, 1])


def test_a_useless_column_is_not_used():
    random = np.random.default_rng(6)
    test = trial(random.normal(size=3_000), random.integers(0, 2, 3_000), random.normal(size=3_000))
    _, gain = best_means(test)
    assert gain.ratio == pytest.approx(1, abs=0.01)
    assert "does not make the effects surer" in gain.said


def test_a_column_that_the_test_changed_is_not_used():
    random = np.random.default_rng(7)
    arm = random.integers(0, 2, 4_000)
    bought = (random.random(4_000) < 0.2 + 0.1 * arm).astype(float)
    clicks = random.poisson(2 + 2 * arm) + bought  # measured after the start
    means, gain = best_means(trial(bought, arm, clicks))
    assert not gain.used
    assert "was it measured after the start?" in gain.said
    np.testing.assert_allclose(means.value, [bought[arm == one].mean() for one in (0, 1)])


def test_equal_arms_are_rarely_called_apart():
    random = np.random.default_rng(8)
    p = [
        apart(trial([0.0, 1.0] * 150, random.integers(0, 3, 300), arms=3), random.gamma(1.0, 1.0, 300))
        for _ in range(400)
    ]
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.035)


def test_an_arm_without_a_single_success_is_fitted():
    random = np.random.default_rng(9)
    before = random.normal(size=200)
    arm = np.repeat([0, 1], 100)
    y = np.where(arm == 0, 0.0, random.random(200) < 0.3).astype(float)
    found = adjusted_means(trial(y, arm, before), before)
    assert found.value[0] == pytest.approx(0.0, abs=1e-12)
    assert np.isfinite(found.influence).all()


def test_arms_in_which_nothing_varies_have_no_correlation():
    arm = np.repeat([0, 1], 50)
    test = trial(arm.astype(float), arm, np.tile([0.0, 1.0], 50))
    assert cuped(test, test.before) == (0.0, 0.0)
    assert cuped(trial(np.tile([0.0, 1.0], 50), arm, arm * 1.0), arm * 1.0) == (0.0, 0.0)
