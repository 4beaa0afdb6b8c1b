"""The two ways to fit a card against the same models spelled out, and against brute force."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, xlogy
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from casestudies.models.scorecard.blend import Common, mean_of
from casestudies.models.scorecard.fitted import Fitted
from casestudies.models.scorecard.merging import best_groups, merged, pooled, turning
from casestudies.models.scorecard.scorecard import Scorecard
from casestudies.models.scorecard.told import by_chance
from casestudies.models.scorecard.woe import information_value, weight_of_evidence
from casestudies.tabular.binning import level_bins, quantile_bins
from casestudies.tabular.bins import Bins


@pytest.fixture(scope="module")
def made():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 1_200))
    home = rng.choice(["own", "rent", "free"], 1_200)
    y = (rng.random(1_200) < expit(np.where(a > 0.4, 1, -0.5) + 0.3 * b + (home == "rent"))).astype(int)
    X = pd.DataFrame({"a": a, "b": b, "home": home})
    X.loc[rng.random(1_200) < 0.1, "a"] = np.nan
    return X, y


def spelled_out(X, most):
    """The step matrix that a card never forms, and the column each of its own columns came from."""
    one, columns, owner = np.ones(len(X)), [], []
    for place, name in enumerate(X):
        if X[name].dtype == float:
            bins = quantile_bins(name, X[name], one, most)
            code = bins.codes(X)
            gap = code == len(bins.labels) - 1
            value = np.where(gap, bins.values // 2, code)
            parts = [value >= step for step in range(1, bins.values)] + ([gap] if gap.any() else [])
        else:
            code = level_bins(name, X[name], one)[0].codes(X)
            parts = [code == level for level in np.unique(code)]
        columns += parts
        owner += [place] * len(parts)
    return np.stack(columns, axis=1).astype(float), np.array(owner)


def test_l1_steps_are_the_penalised_fit_of_the_spelled_out_matrix(made):
    X, y = made
    steps, _ = spelled_out(X, 8)
    card = Scorecard(penalty="l1", C=0.3, max_bins=8, cv=0, whole=False).fit(X, y)
    peer = LogisticRegression(C=0.3, l1_ratio=1, solver="saga", tol=1e-8, max_iter=50_000).fit(steps, y)
    np.testing.assert_allclose(card.decision_function(X), peer.decision_function(steps), atol=2e-3)


def test_l2_steps_are_the_reweighted_fit_of_the_spelled_out_matrix(made):
    X, y = made
    steps, owner = spelled_out(X, 8)
    first = LogisticRegression(C=0.1, tol=1e-10, max_iter=5_000).fit(steps, y).coef_[0]
    size = np.array([np.mean(first[owner == place] ** 2) for place in range(3)])
    size += 0.002 * size.max()
    price = (size / np.exp(np.log(size).mean())) ** -0.5
    scaled = steps / np.sqrt(price[owner])
    peer = LogisticRegression(C=0.1, tol=1e-10, max_iter=5_000).fit(scaled, y)
    card = Scorecard(C=0.1, max_bins=8, cv=0, whole=False).fit(X, y)
    np.testing.assert_allclose(card.decision_function(X), peer.decision_function(scaled), atol=1e-4)


@pytest.mark.parametrize("options", [{}, {"method": "woe"}, {"penalty": "l1"}])
def test_margins_of_a_fold_know_nothing_of_its_labels(made, options):
    X, y = made
    folds = np.arange(len(y)) % 4
    other = np.where(folds == 0, 1 - y, y)
    one, turned = (Scorecard(C=0.1, **options).fit(X, labels, folds=folds) for labels in (y, other))
    np.testing.assert_allclose(one.margins_[folds == 0], turned.margins_[folds == 0], atol=2e-2)
    assert np.abs(one.margins_ - turned.margins_)[folds != 0].max() > 0.3


def test_margins_are_those_of_a_fit_without_the_fold(made):
    X, y = made
    X = X.assign(a=X["a"].clip(-1, 1).round(), b=X["b"].clip(-1, 1).round())  # the same fine bins in any rows
    folds = np.arange(len(y)) % 4
    card = Scorecard("woe", C=1.0, whole=False).fit(X, y, folds=folds)
    without = Scorecard("woe", C=1.0, whole=False, cv=0).fit(X[folds != 2], y[folds != 2])
    np.testing.assert_allclose(card.margins_[folds == 2], without.decision_function(X[folds == 2]), atol=1e-2)


@pytest.mark.parametrize("seed", range(20))
def test_groups_are_the_best_of_all_groups(seed):
    rng = np.random.default_rng(seed)
    rows = rng.integers(1, 40, 8).astype(float)
    events = rng.binomial(rows.astype(int), rng.random(8)).astype(float)
    least, price = 25.0, 1.0

    def cost(ends):
        total = 0.0
        for first, last in zip([0, *ends], [*ends, 8], strict=True):
            n, e = rows[first:last].sum(), events[first:last].sum()
            if n < min(least, rows.sum()):
                return np.inf
            parts = [k * np.log(k / n) for k in (e, n - e) if k > 0]
            total += price - sum(parts)
        return total

    every = {ends: cost(ends) for count in range(8) for ends in combinations(range(1, 8), count)}
    found = tuple(np.flatnonzero(np.diff(best_groups(rows, events, least, price))) + 1)
    assert every[found] == pytest.approx(min(every.values()))


@pytest.mark.parametrize("sign", [1, -1])
def test_pools_are_those_of_isotonic_regression(sign):
    rng = np.random.default_rng(4)
    rows = rng.integers(5, 50, 30).astype(float)
    events = rng.binomial(rows.astype(int), np.clip(0.5 + sign * np.linspace(-0.2, 0.2, 30), 0, 1)).astype(float)
    pool = pooled(rows, events, sign)
    rate = (np.bincount(pool, events) / np.bincount(pool, rows))[pool]
    peer = IsotonicRegression(increasing=sign > 0).fit_transform(np.arange(30), events / rows, sample_weight=rows)
    np.testing.assert_allclose(rate, peer, atol=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_rates_turn_at_most_once_and_there_is_no_likelier_way(seed):
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 40, 9).astype(float)
    events = rng.binomial(rows.astype(int), rng.random(9)).astype(float)

    def likelihood(pool):
        n, e = np.bincount(pool, rows), np.bincount(pool, events)
        return sum((xlogy(k, k) - xlogy(k, n)).sum() for k in (e, n - e))

    found = turning(rows, events)
    each = np.bincount(found, rows)
    way = np.sign(np.diff((np.bincount(found, events) / np.maximum(each, 1))[each > 0]))
    assert np.count_nonzero(np.diff(way[way != 0])) <= 1
    best = -np.inf
    for ends in (ends for count in range(9) for ends in combinations(range(1, 9), count)):
        pool = np.searchsorted(ends, np.arange(9), side="right")
        n = np.bincount(pool, rows)
        way = np.sign(np.diff((np.bincount(pool, events) / np.maximum(n, 1))[n > 0]))
        if np.count_nonzero(np.diff(way[way != 0])) <= 1:
            best = max(best, likelihood(pool))
    assert likelihood(found) == pytest.approx(best)


def test_rates_turn_more_often_only_where_many_rows_say_so():
    rate = np.array([0.1, 0.3, 0.1, 0.3, 0.1, 0.2])  # the last are those that miss

    def rates(rows):
        bins, new = merged(Bins("x", (1.0, 2.0, 3.0, 4.0)), rows, rows * rate, 0, np.zeros(6))
        return np.bincount(new, rows * rate)[: bins.values] / np.bincount(new, rows)[: bins.values]

    np.testing.assert_allclose(rates(np.full(6, 1_000.0)), rate[:5])
    way = np.sign(np.diff(rates(np.full(6, 20.0))))
    assert np.count_nonzero(np.diff(way)) <= 1


def test_common_bins_are_as_fine_as_both_and_find_every_cell():
    numbers = pd.DataFrame({"x": [-50.0, 0, 1, 1.5, 2, 3, 7, 99, -9, np.nan]})
    levels = pd.DataFrame({"x": ["a", "b", "c", "d", "new", "none", None]})
    pairs = [
        (numbers, Bins("x", (1.0, 3.0), special=(-9.0,)), Bins("x", (2.0, 3.0, 8.0), special=(-9.0,))),
        (
            levels,
            Bins("x", None, (("a", "b"), ("c", "d")), ("none",)),
            Bins("x", None, (("d",), ("b", "c", "a")), ("none",)),
        ),
    ]
    for frame, one, other in pairs:
        common, first, second = Common.of(one, other), one.codes(frame), other.codes(frame)
        code = common.bins.codes(frame)
        np.testing.assert_array_equal(common.codes(first, second), code)
        np.testing.assert_array_equal(common.first[code], first)
        np.testing.assert_array_equal(common.second[code], second)
        assert len(common.first) == len(common.bins.labels)
    assert common.bins.groups == (("a", "b"), ("c",), ("d",))


def test_a_column_that_one_card_keeps_counts_half_in_the_mean():
    frame = pd.DataFrame({"a": [0.0, 1, 2, 3], "b": [0.0, 1, 0, 1], "c": [1.0, 1, 0, 0]})

    def card(intercept, **columns):
        bins = [Bins(name, edges) for name, (edges, _) in columns.items()]
        margin = [np.array([*values, np.nan]) for _, values in columns.values()]
        codes = np.stack([one.codes(frame) for one in bins], axis=1)
        z = intercept + sum(m[code] for m, code in zip(margin, codes.T, strict=True))
        return Fitted(tuple(bins), tuple(margin), codes, intercept, z, 1.0, None, None, ())

    one = card(1.0, a=((2.0,), (0.0, 1.0)), b=((1.0,), (-4.0, 2.0)))
    other = card(2.0, c=((1.0,), (3.0, -3.0)), a=((1.0, 3.0), (0.5, 2.0, 8.0)))
    mean = mean_of(one, other)
    total = mean.intercept + sum(m[code] for m, code in zip(mean.margin, mean.codes.T, strict=True))
    np.testing.assert_allclose(total, (one.margins + other.margins) / 2)
    np.testing.assert_allclose(mean.margins, total)
    assert [bins.edges for bins in mean.bins] == [(1.0, 2.0, 3.0), (1.0,), (1.0,)]


def test_weight_of_evidence_is_the_log_ratio_and_finite_in_pure_bins():
    rows, events = np.array([4000.0, 6000.0]) * 1e4, np.array([400.0, 1800.0]) * 1e4
    share, others = events / events.sum(), (rows - events) / (rows - events).sum()
    np.testing.assert_allclose(weight_of_evidence(rows, events), np.log(share / others), atol=1e-5)
    assert information_value(rows, events).sum() == pytest.approx(
        ((share - others) * np.log(share / others)).sum(), rel=1e-4
    )
    assert np.isfinite(weight_of_evidence(np.array([50.0, 50, 0]), np.array([0.0, 50, 0]))).all()


def test_chance_keeps_its_word():
    rng = np.random.default_rng(0)
    code, y = rng.integers(0, 6, 3_000), rng.random(3_000) < 0.2
    rows, events = np.bincount(code).astype(float), np.bincount(code, y)
    bar = by_chance(rows, events, np.random.default_rng(1))
    above = [information_value(rows, np.bincount(code, rng.permutation(y))).sum() > bar for _ in range(400)]
    assert 0.02 < np.mean(above) < 0.09


def test_a_second_fit_gives_the_same_bits_and_two_threads_the_same_points(made):
    one, other = (Scorecard().fit(*made) for _ in range(2))
    assert one.to_json() == other.to_json()
    np.testing.assert_array_equal(one.margins_, other.margins_)
    with threadpool_limits(2):
        np.testing.assert_array_equal(Scorecard().fit(*made).score(made[0]), one.score(made[0]))
