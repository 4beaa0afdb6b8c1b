"""BG/NBD: the paper's own figures, its formulas by brute force, and data on which other fits break down."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import gammaln
from scipy.stats import beta

from casestudies.errors import DataError
from casestudies.models.customers.buying import Buying, BuyingLikelihood, Cells, fit_buying
from casestudies.tabular.events import days, read_events
from casestudies.tabular.histories import histories
from casestudies.tabular.read import ReadOptions, read_table

PUBLISHED = Buying(0.2426, 4.4136, 0.7929, 2.4259)


def cells(*rows):
    return Cells.of_customers(*np.array(rows, dtype=float).T)


def drawn(r, alpha, a, b, weeks, customers, seed=1):
    """Histories as the model has them, purchase by purchase."""
    rng = np.random.default_rng(seed)
    rate, leaves = rng.gamma(r, 1 / alpha, customers), rng.beta(a, b, customers)
    age = rng.uniform(0.5, 1, customers) * weeks
    x, last, time = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    here = np.arange(customers)
    while len(here):
        time[here] += rng.exponential(1 / rate[here])
        here = here[time[here] <= age[here]]
        x[here] += 1
        last[here] = time[here]
        here = here[rng.random(len(here)) >= leaves[here]]
    return x, last, age


@pytest.fixture(scope="module")
def cdnow(real_data):
    names = ("master", "id", "date", "cds", "amount")
    table = read_table(real_data / "cdnow" / "CDNOW_sample.txt", ReadOptions(header=False, names=names))
    known = histories(read_events(table, "id", "date", "amount"), days("1997-09-30", "until"))
    return known.frequency, known.recency / 7, known.age / 7


def test_the_published_parameters_of_cdnow(cdnow):
    found = fit_buying(Cells.of_customers(*cdnow))
    assert found.customers == 2357
    np.testing.assert_allclose(found.theta, [0.2426, 4.4136, 0.7929, 2.4259], atol=1e-4)
    assert found.value == pytest.approx(-9582.4, abs=0.05)  # the paper's log likelihood
    assert not found.unclear


def test_the_published_expectation_of_a_customer():
    one = cells((2, 30.43, 38.86))
    assert (PUBLISHED.expected(one, 39.0) * PUBLISHED.alive(one))[0] == pytest.approx(1.226, abs=5e-4)


def test_fifty_copies_change_nothing_but_how_sure_it_is(cdnow):
    one = fit_buying(Cells.of_customers(*cdnow))
    many = fit_buying(Cells.of_customers(*(np.tile(values, 50) for values in cdnow)))
    np.testing.assert_allclose(many.theta, one.theta, rtol=1e-7)
    np.testing.assert_allclose(many.bend, 50 * one.bend, rtol=1e-5)


def test_the_unit_of_time_scales_alpha_alone(cdnow):
    x, last, age = cdnow
    weeks, by_day = fit_buying(Cells.of_customers(x, last, age)), fit_buying(Cells.of_customers(x, 7 * last, 7 * age))
    np.testing.assert_allclose(by_day.theta, weeks.theta * [1, 7, 1, 1], rtol=1e-6)


@pytest.mark.parametrize(
    ("truth", "weeks"),
    [((3.0, 1.5, 0.3, 15.0), 100.0), ((10.0, 0.5, 0.4, 100.0), 50.0), ((2.0, 4.0, 0.001, 10.0), 100.0)],
    ids=["frequent", "very frequent: lifetimes raises", "nobody leaves"],
)
def test_it_converges_where_purchases_are_many_or_nobody_leaves(truth, weeks):
    x, last, age = drawn(*truth, weeks, 1500)
    found = fit_buying(Cells.of_customers(x, last, age))
    likelihood = BuyingLikelihood(Cells.of_customers(x, last, age))
    np.testing.assert_allclose(found.theta[0] / found.theta[1], truth[0] / truth[1], rtol=0.1)  # purchases a week
    best = likelihood.at(np.array(truth)).value @ likelihood.weights
    assert found.value >= best  # no worse than the truth


def test_parameters_of_which_nothing_is_known_are_named():
    found = fit_buying(Cells.of_customers(*drawn(2.0, 4.0, 1e-9, 10.0, 60.0, 400)))
    assert "b" in found.unclear
    assert np.isfinite(found.draws(np.random.default_rng(0), 50)).all()


def paper(theta, x, last, age):
    """Equation 6 as printed."""
    r, alpha, a, b = theta
    first = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    second = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    stays = (alpha + age) ** -(r + x)
    leaves = a / (b + x - 1) * (alpha + last) ** -(r + x) if x > 0 else 0.0
    return first + second + np.log(stays + leaves)


_above = st.floats(0.05, 8.0)


@given(st.tuples(_above, _above, _above, _above), st.integers(0, 12), st.floats(0.1, 30), st.floats(0, 30))
def test_the_likelihood_is_the_paper_s_and_its_derivatives_are_right(theta, x, last, more):
    last = last if x else 0.0
    likelihood = BuyingLikelihood(cells((x, last, last + more), (3, 2.0, 5.0)))
    theta = np.array(theta)
    place = int(np.flatnonzero(likelihood.cells.x == x)[0]) if x != 3 else None
    here = likelihood.at(theta)
    if place is not None:
        assert here.value[place] == pytest.approx(paper(theta, x, last, last + more), rel=1e-9, abs=1e-9)
    for k in range(4):
        step = np.zeros(4)
        step[k] = 1e-5 * theta[k]
        up, down = likelihood.at(theta + step), likelihood.at(theta - step)
        np.testing.assert_allclose(here.slope[:, k], (up.value - down.value) / (2 * step[k]), rtol=1e-4, atol=1e-5)
        slopes = likelihood.weights @ (up.slope - down.slope) / (2 * step[k])
        np.testing.assert_allclose(here.bend[k], slopes, rtol=1e-4, atol=1e-4 * np.abs(here.bend).max())


def test_expected_purchases_are_the_integral_over_what_is_believed_of_the_customer():
    model, one = Buying(0.8, 3.0, 1.7, 4.0), cells((4, 12.0, 15.0))
    leaves, scale = beta(model.a, model.b + 4), model.alpha + 15.0

    def come(p):  # (1 - exp(-rate p t)) / p of a living customer, over its gamma rate
        return -np.expm1((model.r + 4) * np.log(scale / (scale + p * 10.0))) / p * leaves.pdf(p)

    whole, _ = quad(come, 0, 1)
    assert model.expected(one, 10.0)[0] == pytest.approx(whole, rel=1e-6)


@pytest.mark.parametrize("sure", [1.0, 50.0, 4e3, 1e5, 1e10])
def test_expected_purchases_hold_where_all_are_as_likely_to_leave(sure):
    model = Buying(0.8, 1.0, 1.7 * sure, 4.0 * sure)
    for row in ((4, 12.0, 15.0), (400, 12.0, 15.0), (0, 0.0, 15.0)):
        places, shares = np.polynomial.legendre.leggauss(300)  # over the quantiles of the chance to leave
        chance = beta.ppf((places + 1) / 2, model.a, model.b + row[0])
        come = -np.expm1((model.r + row[0]) * np.log(16.0 / (16.0 + chance * 900.0))) / chance
        assert model.expected(cells(row), 900.0)[0] == pytest.approx(shares / 2 @ come, rel=2e-4)


@pytest.mark.parametrize("a", [0.4, 0.999999, 1.0, 1.000001, 3.0])
def test_expected_purchases_are_smooth_through_the_pole_at_a_1(a):
    one = cells((4, 12.0, 15.0))
    near = Buying(0.8, 3.0, a + 1e-3, 4.0).expected(one, 10.0)
    assert Buying(0.8, 3.0, a, 4.0).expected(one, 10.0) == pytest.approx(near, rel=2e-3)


def test_discounting_adds_up_purchases_by_when_they_come():
    one, rate = cells((4, 12.0, 15.0), (0, 0.0, 30.0)), 0.01
    slices = np.linspace(0, 52, 5201)
    for place in range(2):
        so_far = np.array([PUBLISHED.expected(one, t)[place] if t else 0.0 for t in slices])
        by_hand = (np.diff(so_far) * np.exp(-rate * (slices[1:] + slices[:-1]) / 2)).sum()
        assert PUBLISHED.discounted(one, 52.0, rate)[place] == pytest.approx(by_hand, rel=1e-6)
    np.testing.assert_array_equal(PUBLISHED.discounted(one, 52.0, 0.0), PUBLISHED.expected(one, 52.0))


def test_a_new_customer_s_purchases_are_the_integral_over_all_customers():
    model = Buying(0.5, 2.0, 1.5, 3.0)

    def rate_at(u):  # E[rate exp(-rate p u)] over gamma rates and beta chances
        def inner(p):
            return model.r * model.alpha**model.r / (model.alpha + p * u) ** (model.r + 1) * beta.pdf(p, 1.5, 3.0)

        return quad(inner, 0, 1)[0]

    assert model.first(np.array([8.0]))[0] == pytest.approx(quad(rate_at, 0, 8.0)[0], rel=1e-7)


def test_the_chance_to_be_alive_is_found_again_in_simulated_customers():
    model = Buying(1.0, 4.0, 1.0, 4.0)
    rng = np.random.default_rng(3)
    count, age = 200_000, 20.0
    rate, leaves = rng.gamma(model.r, 1 / model.alpha, count), rng.beta(model.a, model.b, count)
    time, x, last, alive = np.zeros(count), np.zeros(count), np.zeros(count), np.ones(count, dtype=bool)
    here = np.arange(count)
    while len(here):
        time[here] += rng.exponential(1 / rate[here])
        here = here[time[here] <= age]
        x[here] += 1
        last[here] = time[here]
        gone = rng.random(len(here)) < leaves[here]
        alive[here[gone]] = False
        here = here[~gone]
    like = (x == 3) & (np.abs(last - 9) < 1)
    told = model.alive(Cells.of_customers(x[like], np.full(like.sum(), 9.0), np.full(like.sum(), age)))
    error = np.sqrt(0.25 / like.sum())
    assert alive[like].mean() == pytest.approx(told[0], abs=4 * error)


def test_hundreds_of_purchases_do_not_overflow():
    one = cells((5000, 98.0, 100.0))
    told = Buying(0.5, 0.5, 0.3, 50.0)
    assert np.isfinite([told.expected(one, 50.0)[0], told.alive(one)[0]]).all()
    assert told.expected(one, 1e-3)[0] == pytest.approx(5000.5 / 100.5 * 1e-3, rel=0.02)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ((2, 5.0, 4.0), "1 recencies are above the age T"),
        ((1.5, 2.0, 4.0), "1 frequencies are not whole numbers"),
        ((-1, 0.0, 4.0), "1 frequencies are not whole numbers"),
        ((0, 2.0, 4.0), "1 customers without a repeat purchase have a recency"),
        ((2, 0.0, 4.0), "1 customers bought again at once"),
        ((0, 0.0, -1.0), "1 recencies are above the age T"),
        ((0, 0.0, np.nan), "1 histories are not finite"),
    ],
)
def test_a_history_that_cannot_be_is_refused_with_its_place(row, said):
    with pytest.raises(DataError, match=said) as refused:
        cells((1, 2.0, 4.0), row)
    assert "customer 2" in str(refused.value)


def test_nothing_is_learnt_where_nobody_came_back():
    with pytest.raises(DataError, match="no customer bought twice"):
        fit_buying(cells((0, 0.0, 4.0), (0, 0.0, 9.0)))
