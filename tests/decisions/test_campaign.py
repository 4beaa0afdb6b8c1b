"""Offers under a budget and a cap: against brute force, against SciPy's linear programmes, and by its laws."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from casestudies.decisions import Campaign, campaign, frontier
from casestudies.errors import ConfigError, DataError

Problem = tuple[np.ndarray, np.ndarray, float, int | None]


def drawn(seed: int, whole: bool) -> Problem:
    """Small: 1 to 11 rows, 1 to 3 offers; whole numbers make ties, zeros and offers on one line."""
    rng = np.random.default_rng(seed)
    shape = rng.integers(1, 12), rng.integers(1, 4)
    gain = rng.integers(-3, 15, shape) if whole else rng.normal(4, 5, shape)
    spend = rng.integers(0, 8, shape) if whole else rng.gamma(2, 2, shape)
    cap = None if rng.random() < 0.4 else int(rng.integers(0, shape[0] + 1))
    return gain.astype(float), spend.astype(float), float(rng.integers(0, 25)), cap


def optimum(gain: np.ndarray, spend: np.ndarray, budget: float, cap: int | None, whole: bool) -> float:
    """SciPy's best gain, in whole offers or in parts; an offer dearer than the budget can never be made."""
    rows, offers = gain.shape
    once = np.kron(np.eye(rows), np.ones(offers))
    limits = [*once, spend.ravel(), np.ones(gain.size)]
    most = [*np.ones(rows), budget, rows if cap is None else cap]
    upper = ((spend <= budget) & (gain > 0)).ravel().astype(float)
    if whole:
        limit = LinearConstraint(np.array(limits), -np.inf, np.array(most))
        return -milp(-gain.ravel(), constraints=limit, bounds=Bounds(0, upper), integrality=np.ones(gain.size)).fun
    return -linprog(-gain.ravel(), np.array(limits), most, bounds=list(zip(0 * upper, upper, strict=True))).fun


def check(made: Campaign, gain: np.ndarray, spend: np.ndarray, budget: float, cap: int | None) -> None:
    rows = np.flatnonzero(made.act)
    assert made.gain == pytest.approx(gain[rows, made.offer[rows]].sum())
    assert made.spend == pytest.approx(spend[rows, made.offer[rows]].sum())
    assert made.spend <= budget * (1 + 1e-12)
    assert cap is None or made.contacts <= cap
    assert (gain[rows, made.offer[rows]] > 0).all()
    assert (made.offer[~made.act] == -1).all()


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("seed", range(60))
def test_the_bound_is_the_linear_programme_and_the_gap_below_one_row(seed: int, whole: bool) -> None:
    gain, spend, budget, cap = drawn(seed, whole)
    made = campaign(gain, spend, budget, cap)
    check(made, gain, spend, budget, cap)
    assert made.bound == pytest.approx(optimum(gain, spend, budget, cap, whole=False), abs=1e-9)
    best = optimum(gain, spend, budget, cap, whole=True)
    assert made.gain <= best + 1e-7
    assert best <= made.bound + 1e-7
    affordable = np.where((spend <= budget) & (gain > 0), gain, 0.0).max()
    assert made.gap < affordable + 1e-9 or affordable == 0 == made.gap


@pytest.mark.parametrize("seed", range(20))
def test_whole_offers_of_scipy_are_those_of_brute_force(seed: int) -> None:
    gain, spend, budget, cap = drawn(seed, whole=True)
    gain, spend = gain[:5], spend[:5]
    rows, offers = gain.shape
    best = 0.0
    for choice in product(range(-1, offers), repeat=rows):
        some = [(row, offer) for row, offer in enumerate(choice) if offer >= 0]
        if sum(spend[one] for one in some) <= budget and len(some) <= (rows if cap is None else cap):
            best = max(best, sum(gain[one] for one in some))
    assert optimum(gain, spend, budget, cap, whole=True) == pytest.approx(best, abs=1e-7)
    assert campaign(gain, spend, budget, cap).gain <= best + 1e-9


def test_a_large_campaign_with_groups_of_equal_customers_stays_within_one_row_of_the_bound() -> None:
    """Few kinds of customers, so that every step, swap and price is shared by hundreds of rows."""
    rng = np.random.default_rng(3)
    kinds = rng.integers(0, 4, 3000)
    gain = np.array([[5.0, 9.0], [4.0, 12.0], [7.0, 8.0], [2.0, 3.0]])[kinds]
    spend = np.array([[1.0, 4.0], [3.0, 9.0], [2.0, 5.0], [1.0, 2.0]])[kinds]
    for budget, cap in product((50.0, 800.0, 3333.0, 9000.0), (None, 7, 400, 1500, 2500)):
        made = campaign(gain, spend, budget, cap)
        check(made, gain, spend, budget, cap)
        assert made.gap < 12.0


@given(
    st.lists(st.tuples(st.integers(-5, 30), st.integers(0, 12)), min_size=1, max_size=9),
    st.integers(0, 40),
)
def test_one_offer_is_the_knapsack_taken_greedily(rows: list[tuple[int, int]], budget: int) -> None:
    gain, spend = np.array(rows, dtype=float).T
    act = campaign(gain[:, None], spend[:, None], budget).act
    assert spend[act].sum() <= budget
    assert (gain[act] > 0).all()
    subsets = np.array(list(product((0, 1), repeat=len(rows))))
    best = (subsets @ gain)[subsets @ spend <= budget].max()
    affordable = gain[(spend <= budget) & (gain > 0)]
    assert gain[act].sum() >= best - affordable.max(initial=0.0)
    assert not ((gain > 0) & ~act & (spend <= budget - spend[act].sum())).any()  # nothing affordable is left


@pytest.mark.parametrize(
    ("gain", "spend", "budget", "act"),
    [
        ([10, 6, 6], [10, 5, 5], 10, [False, True, True]),  # two cheap rows before a dear one of larger gain
        ([1000, 5, 4], [100, 5, 5], 10, [False, True, True]),  # a row dearer than the budget blocks nobody
        ([9, 8, 1], [4, 5, 1], 5, [True, False, True]),  # what does not fit is passed over
        ([1, 2, -1], [0, 5, 0], 0, [True, False, False]),  # free rows with a gain, whatever the budget
        ([3, 3, 3], [2, 2, 2], 4, [True, True, False]),  # equal rows in their order
    ],
)
def test_one_offer_by_hand(gain: list[float], spend: list[float], budget: float, act: list[bool]) -> None:
    assert campaign(np.array([gain]).T, np.array([spend]).T, budget).act.tolist() == act


def test_the_dearer_offer_goes_where_its_extra_money_gains_most() -> None:
    gain = np.array([[4.0, 6.0], [4.0, 9.0]])
    spend = np.array([[2.0, 6.0], [2.0, 6.0]])
    made = campaign(gain, spend, budget=8.0)
    assert made.offer.tolist() == [0, 1]
    assert (made.gain, made.spend, made.gap) == (13.0, 8.0, 0.0)
    made = campaign(gain, spend, budget=10.0)
    assert (made.price, made.bound) == (0.5, 14.0)  # half of the first row's step from 4 to 6


def test_an_offer_under_the_hull_is_passed_by() -> None:
    gain, spend = np.array([[4.0, 5.0, 12.0]]), np.array([[2.0, 3.0, 6.0]])
    assert campaign(gain, spend, budget=6.0).offer.tolist() == [2]
    assert campaign(gain, spend, budget=3.0).offer.tolist() == [1]  # but taken where nothing better is affordable


def test_rounding_does_not_let_a_later_step_overtake() -> None:
    """Both offers gain 2.2 for each unit spent, but in floating point the second step comes out steeper than the first."""
    gain, spend = np.array([[6.38, 11.880000000000003]]), np.array([[2.9, 5.4]])
    assert (gain[0, 1] - gain[0, 0]) / (spend[0, 1] - spend[0, 0]) > gain[0, 0] / spend[0, 0]
    made = campaign(gain, spend, budget=6.0)
    assert made.offer.tolist() == [1]
    assert made.gain == gain[0, 1]


def test_a_cap_alone_takes_the_largest_gains_and_a_mask_is_obeyed() -> None:
    gain = np.array([[1.0, 5.0], [4.0, 2.0], [9.0, 3.0], [8.0, 8.0]])
    spend = np.ones((4, 2))
    made = campaign(gain, spend, most=2)
    assert made.offer.tolist() == [-1, -1, 0, 0]
    assert (made.bound, made.price) == (17.0, 0.0)
    assert campaign(gain, spend, most=2, allowed=[True, True, False, True]).offer.tolist() == [1, -1, -1, 0]
    assert campaign(gain, spend, most=0).contacts == 0
    assert campaign(gain, spend).offer.tolist() == [1, 0, 0, 0]


def test_rows_alike_at_the_price_of_the_bound_still_fill_the_budget() -> None:
    """Every row gains what it spends, so at the price 1 all of them enter at once, and above it none."""
    gain = np.array([[10.0]] * 20 + [[1.0]] * 20)
    made = campaign(gain, gain, budget=15.0, most=5)
    assert made.bound == 15.0
    assert made.gap < 10.0
    assert made.contacts <= 5


def test_a_cap_that_the_plain_list_keeps_costs_nothing() -> None:
    compared = 0
    for seed in range(200):
        gain, spend, budget, _ = drawn(seed, whole=False)
        plain = campaign(gain, spend, budget)
        compared += plain.contacts > 0
        assert campaign(gain, spend, budget, plain.contacts).gain >= plain.gain - 1e-9
    assert compared > 100


def test_money_in_cents_gives_the_same_offers() -> None:
    for seed in range(20):
        gain, spend, budget, cap = drawn(seed, whole=False)
        cents = campaign(100 * gain, 100 * spend, 100 * budget, cap)
        assert (cents.offer == campaign(gain, spend, budget, cap).offer).all()


def test_the_order_of_rows_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    gain, spend = rng.normal(2, 3, (500, 3)), rng.gamma(2, 2, (500, 3))
    order = rng.permutation(500)
    for cap in (None, 60):
        made, again = (campaign(gain[rows], spend[rows], 150.0, cap) for rows in (np.arange(500), order))
        assert (made.offer[order] == again.offer).all()


@pytest.mark.parametrize("cap", [None, 6])
def test_the_frontier_is_the_bound_at_every_budget_it_holds(cap: int | None) -> None:
    rng = np.random.default_rng(5)
    gain, spend = rng.normal(3, 4, (30, 2)), rng.gamma(2, 2, (30, 2))
    line = frontier(gain, spend, cap, points=1000)
    assert line.gain[0] == line.spend[0] == 0
    assert (np.diff(line.gain) >= 0).all()
    assert (np.diff(line.spend) > 0).all()
    assert cap is None or line.contacts.max() == cap
    compared = 0
    for budget, reached, contacts in zip(line.spend, line.gain, line.contacts, strict=True):
        made = campaign(gain, spend, budget * (1 + 1e-12), cap)
        assert reached >= made.gain - 1e-9
        if (spend <= budget).all():  # below, the bound leaves out offers that are dearer than the whole budget
            assert reached == pytest.approx(made.bound) == pytest.approx(made.gain)
            assert contacts == made.contacts
            compared += 1
    assert compared > 1
    assert line.gain[-1] == pytest.approx(campaign(gain, spend, most=cap).gain)
    thin = frontier(gain, spend, cap, points=8)
    assert len(thin.spend) <= 9
    assert thin.gain[-1] == line.gain[-1]
    assert np.interp(thin.spend, line.spend, line.gain) == pytest.approx(thin.gain)


def test_nobody_and_nothing() -> None:
    none = campaign(np.empty((0, 2)), np.empty((0, 2)), 5.0, 3)
    assert (none.contacts, none.gain, none.bound) == (0, 0.0, 0.0)
    lost = campaign([[-1.0], [0.0]], [[1.0], [0.0]], 5.0)
    assert (lost.contacts, lost.gap) == (0, 0.0)
    assert frontier([[-1.0]], [[1.0]]).gain.tolist() == [0.0]


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        (([1.0], [1.0]), DataError, "gain: has shape (1,); give (rows, offers)"),
        (([[1.0]], [[1.0, 2.0]]), DataError, "spend: has shape (1, 2); give (1, 1), as `gain` has"),
        (([[1.0], [np.nan]], [[1.0], [1.0]]), DataError, "gain: is not finite in 1 of 2 rows, first in row 2"),
        (([[1.0], [1.0]], [[1.0], [-1.0]]), DataError, "spend: is below 0 in 1 of 2 rows, first in row 2"),
        (([[1.0]], [[1.0]], -5.0), ConfigError, "budget: -5.0 is not a limit"),
        (([[1.0]], [[1.0]], None, -1), ConfigError, "most: -1 is not a limit"),
        (([[1.0]], [[1.0]], None, None, [2]), DataError, "act: 1 of 1 values are neither 0 nor 1"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: tuple, error: type[Exception], said: str) -> None:
    with pytest.raises(error) as told:
        campaign(*given)
    assert said in str(told.value)
