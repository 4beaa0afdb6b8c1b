"""Three actions against every assignment of actions that there is."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.decisions import Costs
from casestudies.decisions.refer import Review, refer
from casestudies.errors import ConfigError

SHARES = st.floats(0.6, 1.0)


def table(seed, n):
    random = np.random.default_rng(seed)
    fn, fp = random.uniform(5, 60, n), random.uniform(2, 20, n)
    return random.random(n), Costs(fn, fp, random.uniform(-3, 4, n), random.uniform(-1, 1, n))


def three(p, costs, review):
    """(rows, 3) expected cost of leaving alone, acting, asking; the reviewer's four outcomes written out."""
    s, t = review.sensitivity, review.specificity
    out = []
    for i, q in enumerate(p):
        fn, fp, tp, tn = costs.fn[i], costs.fp[i], costs.tp[i], costs.tn[i]
        leave = q * fn + (1 - q) * tn
        act = q * tp + (1 - q) * fp
        ask = review.cost + q * s * tp + q * (1 - s) * fn + (1 - q) * t * tn + (1 - q) * (1 - t) * fp
        out.append((leave, act, ask))
    return np.array(out)


def chosen(told):
    """(rows,) 0 leave, 1 act, 2 ask."""
    return np.where(told.refer, 2, told.act.astype(int))


@given(st.integers(0, 10_000), st.floats(0, 8), SHARES, SHARES)
def test_each_row_takes_the_cheapest_of_three(seed, cost, sensitivity, specificity):
    p, costs = table(seed, 40)
    review = Review(cost, sensitivity, specificity)
    price = three(p, costs, review)
    told = refer(p, costs, review)
    assert price[np.arange(40), chosen(told)] == pytest.approx(price.min(axis=1))
    assert told.gain == pytest.approx(price[:, :2].min(axis=1) - price[:, 2])


@given(st.integers(0, 10_000), st.integers(0, 6))
def test_with_a_capacity_no_other_choice_of_rows_is_cheaper(seed, capacity):
    p, costs = table(seed, 6)
    review = Review(1.0, 0.95, 0.9, capacity)
    price = three(p, costs, review)
    told = refer(p, costs, review)
    best = min(
        price[np.arange(6), list(actions)].sum()
        for actions in product(range(3), repeat=6)
        if sum(a == 2 for a in actions) <= capacity
    )
    assert told.refer.sum() <= capacity
    assert price[np.arange(6), chosen(told)].sum() == pytest.approx(best)


@given(st.integers(0, 10_000), st.floats(0, 8), SHARES, SHARES)
def test_the_limits_are_where_asking_begins_and_ends(seed, cost, sensitivity, specificity):
    _, costs = table(seed, 30)
    review = Review(cost, sensitivity, specificity)
    low, high = review.limits(costs)
    for p in np.linspace(0, 1, 41):
        told = refer(np.full(30, p), costs, review)
        clear = np.isnan(low) | (np.minimum(np.abs(p - low), np.abs(p - high)) > 1e-9)
        assert np.array_equal(told.refer[clear], ((low < p) & (p < high))[clear])


def test_realised_and_expected_costs_agree_on_many_draws():
    p, costs = table(2, 50)
    told = refer(p, costs, Review(0.5, 0.9, 0.8))
    random = np.random.default_rng(0)
    draws = []
    for _ in range(3000):
        y = (random.random(50) < p).astype(float)
        # the reviewer drawn too, so that the formula is not used twice
        says = np.where(y > 0, random.random(50) < 0.9, random.random(50) > 0.8)
        done = np.where(told.refer, says, told.act)
        draws.append(costs.total(y, done) + 0.5 * told.refer.sum())
    alone = np.where(told.act, three(p, costs, told.review)[:, 1], three(p, costs, told.review)[:, 0]).sum()
    assert np.mean(draws) == pytest.approx(alone - told.gain[told.refer].sum(), abs=4 * np.std(draws) / np.sqrt(3000))
    outcome = (random.random(50) < p).astype(float)
    before, after = told.cost(costs, outcome)
    assert before.sum() == pytest.approx(costs.total(outcome, told.act))
    assert after[~told.refer] == pytest.approx(before[~told.refer])


@given(st.integers(0, 10_000), SHARES, SHARES)
def test_worth_is_the_price_at_which_a_review_breaks_even(seed, sensitivity, specificity):
    p, costs = table(seed, 25)
    worth = refer(p, costs, Review(0.0, sensitivity, specificity)).worth
    top = float(worth.max())
    if top > 0:
        assert refer(p, costs, Review(top * 0.999, sensitivity, specificity)).refer.any()
        assert not refer(p, costs, Review(top * 1.001, sensitivity, specificity)).refer.any()
    again = refer(p, costs, Review(3.0, sensitivity, specificity))
    assert again.worth == pytest.approx(worth)


def test_a_perfect_reviewer_is_worth_what_perfect_information_is():
    p, costs = table(4, 30)
    held = (costs.caught > 0) & (costs.alarm > 0)
    worth = refer(p, costs, Review(0.0)).worth
    assert worth[held] == pytest.approx(np.minimum(p * costs.caught, (1 - p) * costs.alarm)[held])


def test_the_rows_asked_about_have_the_largest_gains():
    p, costs = table(7, 12)
    free = refer(p, costs, Review(0.2))
    some = refer(p, costs, Review(0.2, capacity=4))
    total = max(free.gain[list(rows)].sum() for rows in combinations(range(12), 4))
    assert some.gain[some.refer].sum() == pytest.approx(total)
    assert np.all(some.refer <= free.refer)


def test_costs_times_a_hundred_change_no_action():
    p, costs = table(9, 60)
    dear = Costs(*(100 * getattr(costs, cell) for cell in ("fn", "fp", "tp", "tn")))
    one, other = refer(p, costs, Review(0.5, 0.9)), refer(p, dear, Review(50.0, 0.9))
    assert np.array_equal(chosen(one), chosen(other))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"cost": -1.0}, r"refer\.review_cost: -1.0 is not a cost"),
        ({"cost": float("nan")}, "is not a cost"),
        ({"cost": 1.0, "sensitivity": 1.2}, r"refer\.sensitivity: 1.2 is not a share"),
        ({"cost": 1.0, "sensitivity": 0.5, "specificity": 0.5}, "no better than a coin"),
        ({"cost": 1.0, "capacity": -3}, r"refer\.capacity: -3 is not a number of rows"),
    ],
)
def test_a_review_that_cannot_be_is_refused(given, said):
    with pytest.raises(ConfigError, match=said):
        Review(**given)
