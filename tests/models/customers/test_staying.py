"""Staying under contract: published retention, life tables by hand, and the trap of those who left before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.errors import DataError
from casestudies.models.customers.contracts import ContractModel, Segment
from casestudies.models.customers.staying import AtRisk, Stay, StayingLikelihood, fit_staying

# Fader and Hardie 2007, table 1: per cent of two cohorts still there after 0 to 12 years; fitted on the first seven
REGULAR = [100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3]
HIGH_END = [100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4]


@pytest.mark.parametrize(
    ("told", "alpha", "beta"), [(REGULAR, 0.704, 1.182), (HIGH_END, 0.668, 3.806)], ids=["regular", "high end"]
)
def test_the_published_parameters_and_what_they_say_of_later_years(told, alpha, beta):
    there = 10 * np.array(told[:8])
    found = fit_staying(AtRisk(there[:-1], -np.diff(there)))
    assert [round(value, 3) for value in found.theta] == [alpha, beta]
    survival = 100 * Stay.of_model(*found.theta, 12).survival(12)
    np.testing.assert_allclose(survival, told, atol=1.9)  # years 8 to 12 were not fitted


def test_the_published_retention_rates():
    # r_t = (beta + t - 1) / (alpha + beta + t - 1): 1.182 / 1.886 = .627 in year 1, then rising
    chance = 1 - Stay.of_model(0.704, 1.182, 7).hazards
    np.testing.assert_allclose(chance, [0.627, 0.756, 0.819, 0.856, 0.880, 0.898, 0.911], atol=1e-3)


def test_a_cohort_s_life_table_is_the_kaplan_meier_table_of_the_textbook():
    # remission in weeks, Freireich et al. 1963 (Cox 1972): + = last seen then
    weeks = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35], dtype=float)
    ended = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], dtype=float)
    survival = Stay.of_table(AtRisk.of_cohort(weeks, ended, np.ones(21))).survival(35)
    told = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    for week, share in told.items():
        assert survival[week] == pytest.approx(share, abs=5e-4)


def test_in_a_cohort_a_part_of_a_period_counts_for_leavers_only():
    table = AtRisk.of_cohort(np.array([3.4, 3.4, 2.0]), np.array([1.0, 0, 1]), np.ones(3))
    np.testing.assert_array_equal(table.at_risk, [3, 3, 2, 1])  # who is still there after 3.4 has survived 3
    np.testing.assert_array_equal(table.left, [0, 1, 0, 1])


def test_a_snapshot_counts_each_customer_in_the_one_period_after_its_tenure():
    table = AtRisk.of_snapshot(np.array([0, 0, 1, 3.7, 3]), np.array([1.0, 0, 0, 1, 0]), np.array([1.0, 1, 1, 1, 2]))
    np.testing.assert_array_equal(table.at_risk, [2, 1, 0, 3])
    np.testing.assert_array_equal(table.left, [1, 0, 0, 1])
    np.testing.assert_allclose(Stay.of_table(table).hazards, [0.5, 0, 0, 1 / 3])  # nobody at risk: as before it


def snapshot(chance, periods=60, joined=400, seed=0):
    """Customers of a date: as many join each period, all leave with one chance a period; those who left are not in it."""
    rng = np.random.default_rng(seed)
    tenure = np.repeat(np.arange(periods), joined)
    tenure = tenure[rng.random(len(tenure)) < (1 - chance) ** tenure].astype(float)
    return tenure, (rng.random(len(tenure)) < chance).astype(float)


def test_only_the_table_that_lets_customers_enter_at_their_tenure_finds_the_true_chance():
    tenure, left = snapshot(0.1)
    ones = np.ones(len(tenure))
    entered = AtRisk.of_snapshot(tenure, left, ones)
    naive = AtRisk.of_cohort(np.maximum(tenure, 1), left, ones)
    assert entered.left.sum() / entered.at_risk.sum() == pytest.approx(0.1, abs=0.01)
    assert naive.left.sum() / naive.at_risk.sum() < 0.02
    assert not Segment(entered, None).too_old


def test_more_old_customers_than_can_have_survived_are_seen():
    rng = np.random.default_rng(0)
    tenure = rng.integers(0, 70, 5000).astype(float)  # as many of every tenure, though four of ten leave in each period
    left = (rng.random(5000) < 0.4).astype(float)
    assert Segment(AtRisk.of_snapshot(tenure, left, np.ones(5000)), None).too_old


def test_a_weight_of_two_is_the_customer_twice():
    tenure, left = snapshot(0.1, joined=50)
    weight = np.random.default_rng(1).integers(1, 4, len(tenure))
    some = fit_staying(AtRisk.of_snapshot(tenure, left, weight.astype(float)))
    copies = [np.repeat(values, weight) for values in (tenure, left)]
    all_ = fit_staying(AtRisk.of_snapshot(*copies, np.ones(weight.sum())))
    np.testing.assert_allclose(some.theta, all_.theta, rtol=1e-6)


@given(
    st.lists(st.floats(0, 0.9), min_size=1, max_size=6),
    st.floats(0, 0.9),
    st.integers(0, 9),
    st.floats(0.3, 20),
    st.floats(0, 0.3),
)
def test_worth_is_the_sum_over_periods(hazards, later, tenure, horizon, rate):
    curve = Stay(np.array(hazards), later)

    def chance(period):  # 1, 2, ...
        return hazards[period - 1] if period <= len(hazards) else later

    total, there = 0.0, 1.0
    for k in range(int(np.ceil(horizon))):
        if k:
            there *= 1 - chance(tenure + 1 + k)
        total += min(horizon - k, 1) * there / (1 + rate) ** k
    assert curve.worth(9, horizon, rate)[tenure] == pytest.approx(total, rel=1e-9)


def test_without_leaving_and_interest_worth_is_the_number_of_periods():
    np.testing.assert_allclose(Stay(np.zeros(3), 0.0).worth(5, 12.0, 0.0), 12.0)


def test_interest_of_a_month_is_that_of_three_over_a_step():
    table = AtRisk(np.array([1e9]), np.array([1.0]))  # nobody leaves, to nine digits
    quarterly = ContractModel({"": Segment(table, None)}, steps=1, window=3)
    worth = quarterly.worth(np.array([0.0]), None, 6.0, 0.01)[0]
    assert worth == pytest.approx(3 * (1 + 1.01**-3), rel=1e-6)


def test_steps_of_three_months_give_the_margin_of_months():
    tenure, left = snapshot(0.1, joined=60)
    quarterly = ContractModel.fitted(3 * tenure, left, np.ones(len(tenure)), window=3, curve="life_table")
    each = ContractModel.fitted(tenure, left, np.ones(len(tenure)), curve="life_table")
    months = quarterly.worth(3 * tenure, None, 12.0, 0.0)
    np.testing.assert_allclose(months, 3 * each.worth(tenure, None, 4.0, 0.0))


@given(st.floats(0.1, 20), st.floats(0.1, 20))
def test_derivatives_are_right(alpha, beta):
    likelihood = StayingLikelihood(AtRisk(np.array([90.0, 50, 0, 20]), np.array([30.0, 10, 0, 1])))
    theta = np.array([alpha, beta])
    here = likelihood.at(theta)
    for k in range(2):
        step = np.zeros(2)
        step[k] = 1e-6 * theta[k]
        up, down = likelihood.at(theta + step), likelihood.at(theta - step)
        np.testing.assert_allclose(here.slope[:, k], (up.value - down.value) / (2 * step[k]), rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(
            here.bend[k], (up.slope - down.slope).sum(axis=0) / (2 * step[k]), rtol=1e-4, atol=1e-4
        )


def test_stretches_hold_enough_leavers_and_lose_none():
    table = AtRisk(np.array([100.0, 80, 60, 50, 45, 40]), np.array([20.0, 3, 4, 5, 1, 2])).pooled(10)
    assert table.left.sum() == pytest.approx(35)
    assert table.at_risk.sum() == pytest.approx(375)
    np.testing.assert_allclose(table.hazards(), [0.2, *[15 / 275] * 5])


def test_segments_have_curves_of_their_own_and_small_ones_that_of_all():
    tenure, left = snapshot(0.1, joined=60)
    loyal, gone = snapshot(0.02, joined=60, seed=1)
    names = np.array(["monthly"] * len(tenure) + ["yearly"] * len(loyal), dtype=object)
    names[:5] = "rare"
    tenures, lefts = np.concatenate([tenure, loyal]), np.concatenate([left, gone])
    model = ContractModel.fitted(tenures, lefts, np.ones(len(names)), names, curve="life_table")
    assert set(model.segments) == {"", "monthly", "yearly"}
    here = np.array(["monthly", "yearly", "rare", "never seen"], dtype=object)
    monthly, yearly, rare, unseen = model.worth(np.full(4, 6.0), here, 24.0, 0.0)
    assert monthly < rare == unseen < yearly
    again = ContractModel.from_dict(model.to_dict())
    np.testing.assert_array_equal(again.worth(np.full(4, 6.0), here, 24.0, 0.0), [monthly, yearly, rare, unseen])


@pytest.mark.parametrize("curve", ["model", "life_table"])
def test_draws_scatter_about_the_worth_as_a_bootstrap_does(curve):
    tenure, left = snapshot(0.1, joined=25)
    ones, at = np.ones(len(tenure)), np.array([3.0])
    model = ContractModel.fitted(tenure, left, ones, curve=curve)
    drawn = model.drawn(np.random.default_rng(0), 300, at, None, 12.0, 0.0)[:, 0]
    rng, again = np.random.default_rng(1), []
    for _ in range(60):
        rows = rng.integers(0, len(tenure), len(tenure))
        again.append(ContractModel.fitted(tenure[rows], left[rows], ones, curve=curve).worth(at, None, 12.0, 0.0)[0])
    assert drawn.mean() == pytest.approx(model.worth(at, None, 12.0, 0.0)[0], rel=0.05)
    assert drawn.std() == pytest.approx(np.std(again), rel=0.5)


@pytest.mark.parametrize(
    ("left", "said"), [(np.zeros(40), "nobody left"), (np.ones(40), "everybody left")], ids=["nobody", "everybody"]
)
def test_without_leavers_or_stayers_there_is_no_curve(left, said):
    with pytest.raises(DataError, match=said):
        ContractModel.fitted(np.arange(40.0), left, np.ones(40))


@pytest.mark.parametrize(
    ("tenure", "said"),
    [(-1.0, "1 are below 0"), (np.nan, "1 are missing"), (20_000.0, "1 are above 10,000 periods")],
)
def test_a_tenure_that_is_none_is_refused_with_its_row(tenure, said):
    with pytest.raises(DataError, match=said) as refused:
        AtRisk.of_snapshot(np.array([3.0, tenure]), np.zeros(2), np.ones(2))
    assert "row 2" in str(refused.value)
