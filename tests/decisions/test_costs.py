"""Costs per row: arithmetic checked against loops over rows and over both possible decisions."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from casestudies.decisions import Costs, constant_baselines
from casestudies.errors import DataError

CELL = st.integers(-5, 20)


def one_row(fn: float, fp: float, tp: float, tn: float) -> Costs:
    return Costs(*(np.array([value], dtype=float) for value in (fn, fp, tp, tn)))


def some(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, Costs]:
    rng = np.random.default_rng(seed)
    p = rng.random(rows)
    y = (rng.random(rows) < p).astype(float)
    fn = rng.lognormal(4, 1, rows)
    return y, p, Costs(fn, 0.1 * fn + 3, np.full(rows, 1.0), np.zeros(rows))


def total_by_loop(y: np.ndarray, act: np.ndarray, costs: Costs, weight: np.ndarray) -> float:
    cost = 0.0
    for i in range(len(y)):
        cell = {(1, 1): costs.tp, (1, 0): costs.fn, (0, 1): costs.fp, (0, 0): costs.tn}[int(y[i]), int(act[i])]
        cost += weight[i] * cell[i]
    return cost


@given(CELL, CELL, CELL, CELL, st.integers(0, 20))
def test_the_decision_is_the_one_of_least_expected_cost(fn: int, fp: int, tp: int, tn: int, twentieths: int) -> None:
    assume(not (fp < tn and fn < tp))  # upside down: no threshold from below describes it
    costs, p = one_row(fn, fp, tp, tn), np.array([twentieths / 20])
    acting = twentieths * tp + (20 - twentieths) * fp  # whole numbers: a tie is exactly a tie
    leaving = twentieths * fn + (20 - twentieths) * tn
    decided = bool(costs.act(p)[0])
    if acting != leaving:
        assert decided == (acting < leaving)
    assert decided == bool((p > costs.threshold())[0])


def test_equal_expected_costs_leave_the_row_alone() -> None:
    assert one_row(fn=3, fp=1, tp=0, tn=0).threshold()[0] == 0.25
    assert one_row(fn=3, fp=1, tp=0, tn=0).act([0.25]).tolist() == [False]
    assert one_row(fn=3, fp=0, tp=0, tn=0).act([0.0]).tolist() == [False]


@pytest.mark.parametrize(
    ("fn", "fp", "tp", "tn", "threshold"),
    [
        (10, 2, 0, 0, 2 / 12),
        (10, 10, 10, 0, np.inf),  # a caught event costs as much as a missed one: never
        (0, 5, 0, 0, np.inf),
        (10, -1, 0, 0, -np.inf),  # a false alarm earns money: always
        (10, 0, 0, 3, -np.inf),
        (-10, -1, 0, 0, np.inf),  # upside down: left alone
        (4, 2, 4, 2, np.inf),  # nothing matters: left alone
    ],
)
def test_thresholds_of_odd_rows(fn: float, fp: float, tp: float, tn: float, threshold: float) -> None:
    assert one_row(fn, fp, tp, tn).threshold()[0] == threshold


def test_acting_and_leaving_cost_the_same_at_the_threshold() -> None:
    _, _, costs = some(50)
    t = costs.threshold()
    inside = np.isfinite(t)
    acting, leaving = costs.expected(t.clip(0, 1), np.ones(50)), costs.expected(t.clip(0, 1), np.zeros(50))
    np.testing.assert_allclose(acting[inside], leaving[inside], rtol=1e-12)
    assert inside.all()


def test_expected_cost_is_the_mean_over_both_outcomes() -> None:
    _, p, costs = some(40)
    act = p > 0.4
    ones, zeros = np.ones(40), np.zeros(40)
    if_event = costs.base(ones) + costs.slope(ones) * act
    if_not = costs.base(zeros) + costs.slope(zeros) * act
    np.testing.assert_allclose(costs.expected(p, act), p * if_event + (1 - p) * if_not, rtol=1e-12)


def test_the_gain_of_acting_is_the_expected_cost_it_avoids() -> None:
    _, p, costs = some(40)
    avoided = costs.expected(p, np.zeros(40)) - costs.expected(p, np.ones(40))
    np.testing.assert_allclose(costs.gain(p), avoided, atol=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_total_adds_up_cell_by_cell(weighted: bool) -> None:
    y, p, costs = some(60)
    weight = np.random.default_rng(1).random(60) if weighted else None
    act = p > 0.3
    expected = total_by_loop(y, act, costs, np.ones(60) if weight is None else weight)
    assert costs.total(y, act, weight) == pytest.approx(expected, rel=1e-12)


def test_weight_two_equals_the_row_twice() -> None:
    y, p, costs = some(30)
    weight = np.random.default_rng(2).integers(0, 3, 30)
    twice = np.repeat(np.arange(30), weight)
    act = p > 0.5
    assert costs.total(y, act, weight) == pytest.approx(costs.take(twice).total(y[twice], act[twice]))
    assert costs.savings(y, act, weight) == pytest.approx(costs.take(twice).savings(y[twice], act[twice]))


def test_the_better_constant_decision_saves_exactly_nothing() -> None:
    for seed in range(20):
        y, _, costs = some(25, seed)
        best = constant_baselines(y, costs).best
        assert costs.savings(y, best.act(25)) == 0.0


def test_perfect_foresight_saves_all_that_can_be_saved() -> None:
    y, _, costs = some(50)
    free = Costs(costs.fn, costs.fp, np.zeros(50), costs.tn)
    assert free.savings(y, y) == 1.0


def test_savings_have_no_meaning_where_a_constant_decision_earns_money() -> None:
    costs = Costs(np.full(4, 10.0), np.full(4, 1.0), np.zeros(4), np.full(4, -20.0))
    assert min(costs.constant([1, 0, 0, 0])) < 0
    assert np.isnan(costs.savings([1, 0, 0, 0], [1, 0, 0, 0]))


@pytest.mark.parametrize("factor", [100.0, 1e-3])
def test_costs_in_cents_give_the_same_decisions(factor: float) -> None:
    y, p, costs = some(400)
    scaled = Costs(costs.fn * factor, costs.fp * factor, costs.tp * factor, costs.tn * factor)
    assert (scaled.act(p) == costs.act(p)).all()
    assert scaled.best_cut(y, p).threshold == costs.best_cut(y, p).threshold
    assert scaled.savings(y, p > 0.4) == pytest.approx(costs.savings(y, p > 0.4), rel=1e-12)


@pytest.mark.parametrize(
    ("p", "said"),
    [
        ([0.2, np.nan], "1 of 2 values are not finite, first in row 2"),
        ([1.5, -1.0], "2 of 2 values are outside 0 to 1"),
    ],
)
def test_scores_that_are_no_probabilities_are_refused(p: list[float], said: str) -> None:
    costs = Costs(*(np.ones(2) for _ in range(4)))
    for ask in (costs.act, costs.gain, lambda p: costs.expected(p, [0, 1])):
        with pytest.raises(DataError) as error:
            ask(p)
        assert said in str(error.value)


def test_outcomes_that_are_not_0_or_1_are_refused_with_the_first_row() -> None:
    costs = Costs(*(np.ones(3) for _ in range(4)))
    with pytest.raises(DataError, match="y: 1 of 3 values are neither 0 nor 1, first in row 3"):
        costs.total([0, 1, 2], [0, 0, 0])
    with pytest.raises(DataError, match="y: holds values that are not numbers"):
        costs.total(["good", "bad", "good"], [0, 0, 0])
    with pytest.raises(DataError, match=r"act: has shape \(2,\); give 3 values"):
        costs.total([0, 1, 1], [0, 0])
    with pytest.raises(DataError, match="weight: 1 of 3 values are negative"):
        costs.total([0, 1, 1], [0, 0, 0], [1, -1, 1])


def test_costs_that_are_not_finite_or_of_unequal_length_are_refused() -> None:
    ones = np.ones(3)
    with pytest.raises(DataError, match=r"cost.fp: is not finite in 2 of 3 rows, first in row 2"):
        Costs(ones, np.array([1, np.nan, np.inf]), ones, ones)
    with pytest.raises(DataError, match=r"cost.tn: has shape \(2,\)"):
        Costs(ones, ones, ones, np.ones(2))
