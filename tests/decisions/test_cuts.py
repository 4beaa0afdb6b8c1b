"""Cuts and profit curves against a loop over every threshold that could make a difference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.decisions import Costs, Cut
from casestudies.errors import DataError

ROW = st.tuples(
    st.integers(0, 1),
    st.sampled_from([0.0, 0.1, 0.1 + 1e-17, 0.25, 0.5, np.nextafter(0.5, 1), 0.9, 1.0]),
    *(st.integers(-3, 12) for _ in range(4)),
    st.integers(0, 3),
)
TABLES = st.lists(ROW, min_size=1, max_size=25)
Table = tuple[np.ndarray, np.ndarray, Costs, np.ndarray]


def table(rows: list[tuple[float, ...]]) -> Table:
    y, p, fn, fp, tp, tn, weight = np.array(rows, dtype=float).T
    return y, p, Costs(fn, fp, tp, tn), weight


def every_threshold(p: np.ndarray) -> list[float]:
    return [np.inf, *sorted(set(p), reverse=True)[1:], -np.inf]


def drawn(rows: int, seed: int = 0) -> Table:
    rng = np.random.default_rng(seed)
    p = np.round(rng.random(rows), 2)
    y = (rng.random(rows) < p).astype(float)
    fn = rng.lognormal(3, 1, rows)
    return y, p, Costs(fn, 0.3 * fn + 2, np.zeros(rows), np.zeros(rows)), rng.random(rows)


@given(TABLES)
def test_no_threshold_costs_less_than_the_best_cut(rows: list[tuple[float, ...]]) -> None:
    y, p, costs, weight = table(rows)
    cut = costs.best_cut(y, p, weight)
    by_loop = [costs.total(y, p > t, weight) for t in every_threshold(p)]
    assert cut.cost == min(by_loop)  # whole numbers: exact
    assert costs.total(y, cut.act(p), weight) == cut.cost


@given(TABLES)
def test_equal_scores_are_never_split_and_fewest_rows_are_acted_on(rows: list[tuple[float, ...]]) -> None:
    y, p, costs, weight = table(rows)
    cut = costs.best_cut(y, p, weight)
    assert cut.acted == cut.act(p).sum()
    acted = {t: (p > t).sum() for t in every_threshold(p)}
    assert cut.acted == min(acted[t] for t in acted if costs.total(y, p > t, weight) == cut.cost)


@given(TABLES)
def test_the_cut_does_not_depend_on_the_order_of_rows(rows: list[tuple[float, ...]]) -> None:
    y, p, costs, weight = table(rows)
    back = np.arange(len(y))[::-1]
    assert costs.take(back).best_cut(y[back], p[back], weight[back]) == costs.best_cut(y, p, weight)


def test_a_threshold_lies_half_way_between_the_scores_it_parts() -> None:
    costs = Costs(np.full(3, 10.0), np.full(3, 1.0), np.zeros(3), np.zeros(3))
    assert costs.best_cut([1, 0, 0], [0.8, 0.4, 0.1]) == Cut(pytest.approx(0.6), 0.0, 1)


@given(st.floats(allow_nan=False, allow_infinity=False, max_value=1e308))
def test_neighbouring_scores_are_parted_exactly(low: float) -> None:
    high = np.nextafter(low, np.inf)
    costs = Costs(np.full(2, 10.0), np.full(2, 1.0), np.zeros(2), np.zeros(2))
    assert costs.best_cut([0, 1], [low, high]).act(np.array([low, high])).tolist() == [False, True]


def test_the_exact_cut_is_never_above_the_best_of_a_grid() -> None:
    for seed in range(10):
        y, p, costs, _ = drawn(500, seed)
        grid = min(costs.total(y, p > t) for t in np.linspace(0, 1, 101))
        assert costs.best_cut(y, p).cost <= grid + 1e-9


def test_weight_two_equals_the_row_twice() -> None:
    y, p, costs, _ = drawn(60)
    weight = np.random.default_rng(5).integers(0, 3, 60)
    twice = np.repeat(np.arange(60), weight)
    weighted, repeated = costs.best_cut(y, p, weight), costs.take(twice).best_cut(y[twice], p[twice])
    assert weighted.cost == pytest.approx(repeated.cost, rel=1e-12)
    assert (weighted.act(p[twice]) == repeated.act(p[twice])).all()


def test_scores_on_any_monotone_scale_give_the_same_decisions() -> None:
    y, p, costs, _ = drawn(200)
    score = 600 + 40 * np.log((p + 0.01) / (1.01 - p))
    assert (costs.best_cut(y, score).act(score) == costs.best_cut(y, p).act(p)).all()


def test_scores_that_are_not_finite_are_refused_with_count_and_first_row() -> None:
    costs = Costs(*(np.ones(3) for _ in range(4)))
    with pytest.raises(DataError, match="p: 2 of 3 values are not finite, first in row 2"):
        costs.best_cut([0, 1, 0], [0.1, np.nan, np.inf])


@pytest.mark.parametrize("weighted", [False, True])
def test_every_point_of_the_curve_is_what_its_threshold_costs(weighted: bool) -> None:
    y, p, costs, w = drawn(120)
    weight = w if weighted else None
    curve = costs.profit_curve(y, p, weight)
    assert len(curve.threshold) == len(set(p)) + 1
    for t, share, cost, savings in zip(curve.threshold, curve.acted_share, curve.cost, curve.savings, strict=True):
        assert cost == pytest.approx(costs.total(y, p > t, weight), rel=1e-9)
        assert share == pytest.approx(np.average(p > t, weights=weight))
        assert savings == pytest.approx(costs.savings(y, p > t, weight), abs=1e-9)
    assert Cut(curve.threshold[curve.best], curve.cost[curve.best], (p > curve.threshold[curve.best]).sum()) == (
        costs.best_cut(y, p, weight)
    )


def test_the_flat_stretch_holds_thresholds_within_one_percent_of_the_best_and_no_more() -> None:
    y, p, costs, _ = drawn(3000)
    curve = costs.profit_curve(y, p)
    low, high = curve.flat
    within = curve.cost <= curve.cost[curve.best] * 1.01
    stretch = (curve.threshold >= low) & (curve.threshold <= high)
    assert within[stretch].all()
    assert stretch[curve.best]
    first, last = np.flatnonzero(stretch)[[0, -1]]
    assert last - first + 1 == stretch.sum()
    assert not within[first - 1]
    assert not within[last + 1]


def test_a_thinned_curve_keeps_both_ends_the_best_and_the_flat_stretch() -> None:
    y, p, costs, _ = drawn(2000)
    p = p + np.random.default_rng(3).random(2000) * 1e-3
    whole, thin = costs.profit_curve(y, p), costs.profit_curve(y, p, points=50)
    assert 45 <= len(thin.cost) <= 52
    assert thin.cost[thin.best] == whole.cost[whole.best]
    assert (thin.threshold[0], thin.threshold[-1]) == (np.inf, -np.inf)
    assert thin.flat == whole.flat
    assert np.diff(thin.acted_share).max() < 0.05
    assert set(thin.cost) <= set(whole.cost)


def test_savings_on_the_curve_are_nan_where_they_mean_nothing() -> None:
    costs = Costs(np.full(4, 10.0), np.full(4, 1.0), np.zeros(4), np.full(4, -20.0))
    curve = costs.profit_curve([1, 0, 0, 0], [0.9, 0.5, 0.2, 0.1])
    assert np.isnan(curve.savings).all()
    assert np.isfinite(curve.cost).all()
