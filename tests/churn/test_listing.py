"""Lists against brute force, and the control group against what a draw by chance must be like."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.churn.contract import CONTRACT
from casestudies.churn.listing import (
    MOST,
    Limits,
    Money,
    control_share,
    listed,
    lots,
    ranks,
    smallest_shown,
    with_control,
)
from casestudies.decisions import Decider
from casestudies.decisions.control import control_size
from casestudies.tabular import Roles
from casestudies.tabular.checked import check
from casestudies.tabular.read import read_table


def money(rows, offers=1, seed=0, p=0.4, accept=0.5):
    random = np.random.default_rng(seed)
    gain, spend = random.normal(3, 10, (rows, offers)), random.uniform(0.5, 6, (rows, offers))
    left = np.full(rows, p)
    return Money(gain, spend, left, left[:, None] * np.full((1, offers), accept), np.ones(rows))


def test_the_limits_are_those_of_the_decision_rule():
    assert Limits.of(Decider("budget", 100.0, priced=True)) == Limits(100.0, None)
    assert Limits.of(Decider("capacity", 12.0)) == Limits(None, 12)
    assert Limits.of(Decider("bmr", priced=True)) == Limits.of(Decider("cut", threshold=0.3)) == Limits()


@given(st.integers(0, 10_000), st.sampled_from([1, 2, 3]), st.sampled_from([None, 3]))
def test_nobody_on_a_list_beats_it_by_more_than_one_customer(seed, offers, most):
    rows, budget = 6, 8.0
    it = money(rows, offers, seed)
    allowed = np.random.default_rng(seed).random(rows) < 0.8
    made = listed(it.gain, it.spend, Limits(budget, most), allowed, np.zeros(rows, dtype=bool))
    best = 0.0
    for choice in product(range(-1, offers), repeat=rows):
        act = [(row, offer) for row, offer in enumerate(choice) if offer >= 0]
        if all(allowed[row] for row, _ in act) and (most is None or len(act) <= most):
            spent = sum(it.spend[one] for one in act)
            if spent <= budget:
                best = max(best, sum(it.gain[one] for one in act))
    assert not made.control.any()
    assert not made.on[~allowed].any()
    assert made.contacted.spend <= budget + 1e-9
    assert best - max(0.0, it.gain.max()) - 1e-9 <= made.contacted.gain <= best + 1e-9 <= made.contacted.bound + 1e-8


@pytest.mark.parametrize("limits", [Limits(), Limits(budget=400.0), Limits(most=120)])
@pytest.mark.parametrize("offers", [1, 3])
def test_the_control_group_meets_the_same_condition_as_those_contacted(limits, offers):
    rows = 4_000
    it = money(rows, offers, 3)
    allowed, drawn = np.random.default_rng(1).random((2, rows)) < np.array([[0.9], [0.25]])
    made = listed(it.gain, it.spend, limits, allowed, drawn)
    contacted = made.contacted.act
    assert not (contacted & (drawn | ~allowed)).any()
    assert not (made.control & (~drawn | ~allowed)).any()
    # by the price of money, the least worth of the control is that of the contacted, but for the last who just fits
    worth = it.gain[np.arange(rows), made.offer] - made.contacted.price * it.spend[np.arange(rows), made.offer]
    assert worth[made.control].min() >= np.sort(worth[contacted])[2] - 0.35
    share = made.control.sum() / made.on.sum()
    assert share == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / made.on.sum()))


def test_all_of_the_money_goes_to_those_who_are_contacted():
    it = money(4_000)
    drawn = np.random.default_rng(1).random(4_000) < 0.3
    everybody = np.ones(4_000, dtype=bool)
    whole = listed(it.gain, it.spend, Limits(400.0), everybody, ~everybody)
    made = listed(it.gain, it.spend, Limits(400.0), everybody, drawn)
    assert made.contacted.spend == pytest.approx(whole.contacted.spend, abs=1)
    assert made.contacted.gain < whole.contacted.gain
    # whom chance leaves alone does not hang on the budget: the same customers are kept back from a longer list
    longer = listed(it.gain, it.spend, Limits(800.0), everybody, drawn)
    assert set(np.flatnonzero(made.control)) <= set(np.flatnonzero(longer.control))


def test_without_an_offer_that_pays_there_is_no_list_and_no_control():
    it = money(50)
    lost = Money(-np.abs(it.gain), it.spend, it.left, it.kept, it.weight)
    drawn = with_control(lost, Limits(10.0), np.ones(50, dtype=bool), np.zeros(50), 0.5)
    assert not drawn.made.on.any()
    assert not drawn.made.control.any()
    assert drawn.share == 0.0


def test_the_share_asked_for_is_kept_and_none_at_all_contacts_the_whole_list():
    it, lot = money(5_000), np.random.default_rng(2).random(5_000)
    half = with_control(it, Limits(), np.ones(5_000, dtype=bool), lot, 0.5)
    assert half.made.control.sum() / half.made.on.sum() == pytest.approx(0.5, abs=0.03)
    none = with_control(it, Limits(), np.ones(5_000, dtype=bool), lot, 0.0)
    assert none.made is none.everyone


def test_auto_takes_as_many_as_show_the_effect_and_never_more_than_a_fifth():
    assert control_share("auto", 100_000, 0.4, 0.12) == control_size(100_000, 0.4, 0.12).rows / 100_000 < 0.01
    assert control_share("auto", 150, 0.4, 0.05) == MOST
    assert control_share("auto", 0, 0.4, 0.1) == control_share("auto", 100, 0.4, 0.0) == 0.0
    assert control_share(0.37, 10, 0.4, 0.1) == 0.37


def test_what_a_group_shows_is_the_effect_that_asks_for_it():
    size = control_size(5_000, 0.4, 0.08)
    assert smallest_shown(5_000, size.rows, 0.4) == pytest.approx(0.08, abs=0.0015)
    assert smallest_shown(5_000, 4 * size.rows, 0.4) < 0.06
    assert smallest_shown(30, 2, 0.02) is None
    assert smallest_shown(30, 0, 0.4) is None


def test_ranks_count_gain_per_unit_spent_and_what_costs_nothing_comes_first():
    on = np.array([True, True, False, True, True])
    gain, spend = np.array([10.0, 9.0, 99.0, 1.0, 10.0]), np.array([5.0, 2.0, 1.0, 0.0, 5.0])
    assert ranks(on, gain, spend).tolist() == [3, 2, 0, 1, 4]


@pytest.fixture
def checked(tmp_path):
    frame = pd.DataFrame(
        {"name": [f"C{n}" for n in range(600)], "who": [n // 2 for n in range(600)], "x": np.arange(600) % 7}
    )
    frame.to_csv(tmp_path / "new.csv", index=False)
    table = read_table(tmp_path / "new.csv")

    def of(roles, rows=slice(None)):
        part = replace(table, frame=table.frame.iloc[rows], lines=table.lines[rows])
        return check(part, CONTRACT, roles, labelled=False)

    return of


def test_a_lot_follows_the_seed_and_the_name_alone(checked):
    roles = Roles(id="name")
    whole = lots(checked(roles), 0)
    assert np.array_equal(lots(checked(roles, slice(300, 600)), 0), whole[300:])
    assert np.array_equal(lots(checked(roles, slice(None, None, -1)), 0), whole[::-1])
    assert not np.isclose(lots(checked(roles), 1), whole).any()
    assert np.sort(whole) == pytest.approx(
        (np.arange(600) + 0.5) / 600, abs=0.06
    )  # uniform: Kolmogorov-Smirnov at 0.1 %


def test_rows_of_one_customer_share_a_lot_and_nameless_rows_go_by_their_cells(checked):
    of_group = lots(checked(Roles(id="name", group="who")), 0).reshape(-1, 2)
    assert np.array_equal(of_group[:, 0], of_group[:, 1])
    assert len(np.unique(of_group)) == 300
    nameless = lots(checked(Roles()), 0)
    assert len(np.unique(nameless)) == 600
