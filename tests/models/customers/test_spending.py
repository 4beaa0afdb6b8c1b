"""Gamma-gamma: the published parameters, its formulas by brute force, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import gamma

from casestudies.errors import DataError
from casestudies.models.customers.spending import Spending, SpendingLikelihood, fit_spending
from casestudies.tabular.events import days, read_events
from casestudies.tabular.histories import histories
from casestudies.tabular.read import ReadOptions, read_table


@pytest.fixture(scope="module")
def cdnow(real_data):
    names = ("master", "id", "date", "cds", "amount")
    table = read_table(real_data / "cdnow" / "CDNOW_sample.txt", ReadOptions(header=False, names=names))
    known = histories(read_events(table, "id", "date", "amount"), days("1997-09-30", "until"))
    return known.frequency, np.nan_to_num(known.mean)


def test_the_published_parameters_of_cdnow(cdnow):
    found = fit_spending(*cdnow)
    assert found.customers == 946
    assert [round(value, 2) for value in found.theta] == [6.25, 3.74, 15.44]


def test_cents_and_dollars_are_the_same_customers(cdnow):
    dollars, cents = fit_spending(*cdnow), fit_spending(cdnow[0], 100 * cdnow[1])
    np.testing.assert_allclose(cents.theta, dollars.theta * [1, 1, 100], rtol=1e-6)


def test_a_weight_is_that_many_customers(cdnow):
    x, mean = (values[:400] for values in cdnow)
    twice = fit_spending(np.tile(x, 2), np.tile(mean, 2))
    np.testing.assert_allclose(fit_spending(x, mean, np.full(400, 2.0)).theta, twice.theta, rtol=1e-7)


def test_the_parameters_of_simulated_customers_are_found_within_the_stated_error():
    rng = np.random.default_rng(0)
    x = rng.integers(1, 8, 20_000).astype(float)
    nu = rng.gamma(4.0, 1 / 15.0, len(x))
    mean = rng.gamma(6.0 * x, 1 / nu) / x
    found = fit_spending(x, mean)
    off = np.log(found.theta / [6.0, 4.0, 15.0])
    assert 0.05 < off @ np.linalg.solve(found.covariance, off) < 14  # chi-square of three: as far off as stated
    np.testing.assert_allclose(off, 0, atol=0.12)


@given(
    st.tuples(*[st.floats(0.3, 20)] * 3),
    st.lists(st.tuples(st.integers(1, 9), st.floats(0.1, 300)), min_size=1, max_size=5),
)
def test_the_likelihood_is_the_integral_over_customers_and_its_derivatives_are_right(theta, rows):
    x, mean = np.array(rows, dtype=float).T
    p, q, v = theta
    likelihood = SpendingLikelihood(x, mean, np.arange(1.0, len(x) + 1))
    here = likelihood.at(np.array(theta))
    # over nu, on a grid about where the product of both densities is largest
    nu = (p * x[0] + q) / (v + x[0] * mean[0]) * np.exp(np.linspace(-40, 6, 3001))
    density = gamma.pdf(mean[0], p * x[0], scale=1 / (nu * x[0])) * gamma.pdf(nu, q, scale=1 / v)
    whole = np.trapezoid(density, nu)
    if whole > 1e-200:
        assert here.value[0] == pytest.approx(np.log(whole), abs=1e-3)
    for k in range(3):
        step = np.zeros(3)
        step[k] = 1e-5 * theta[k]
        up, down = likelihood.at(theta + step), likelihood.at(theta - step)
        np.testing.assert_allclose(here.slope[:, k], (up.value - down.value) / (2 * step[k]), rtol=1e-4, atol=1e-4)
        slopes = likelihood.weights @ (up.slope - down.slope) / (2 * step[k])
        np.testing.assert_allclose(here.bend[k], slopes, rtol=1e-4, atol=1e-4 * np.abs(here.bend).max())


def test_the_expected_amount_lies_between_all_customers_mean_and_the_customer_s_own():
    model = Spending(6.25, 3.74, 15.44)
    few, many = model.expected(np.array([1.0, 500.0]), np.array([100.0, 100.0]))
    assert model.mean < few < many < 100
    assert many == pytest.approx(100, rel=0.01)
    assert model.expected(np.array([0.0]), np.array([np.nan]))[0] == pytest.approx(model.mean)


def test_the_expected_amount_is_that_of_simulated_customers_with_such_a_history():
    model, rng = Spending(6.0, 4.0, 15.0), np.random.default_rng(1)
    nu = rng.gamma(model.q, 1 / model.v, 2_000_000)
    seen = rng.gamma(model.p * 2, 1 / nu) / 2
    like = np.abs(seen - 40) < 0.5
    assert (model.p / nu[like]).mean() == pytest.approx(model.expected(np.array([2.0]), np.array([40.0]))[0], rel=0.01)


def test_a_model_without_a_mean_says_so():
    assert Spending(6.0, 0.9, 15.0).mean == np.inf


@pytest.mark.parametrize(
    ("x", "mean", "said"),
    [
        (np.ones(9), np.arange(1.0, 10), "9 customers bought again for an amount above 0, and 10 are needed"),
        (np.ones(30), np.full(30, -5.0), "0 customers bought again"),
        (np.ones(30), np.full(30, 12.0), "all repeat purchases have the same mean amount"),
    ],
)
def test_amounts_that_say_nothing_are_refused(x, mean, said):
    with pytest.raises(DataError, match=said):
        fit_spending(x, mean)
