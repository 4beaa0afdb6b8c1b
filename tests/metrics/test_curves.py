"""ROC, precision-recall and calibration curves against scikit-learn, loops and SciPy's Wilson bounds."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn import metrics as peer

from casestudies.errors import DataError
from casestudies.metrics import auc, calibration_curve, ece, precision_recall_curve, roc_curve
from casestudies.metrics.intervals import effective_rows, wilson


def drawn(rows: int = 500, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = np.round(rng.beta(1, 4, rows), 2)
    return (rng.random(rows) < p).astype(float), p, rng.integers(0, 3, rows).astype(float)


@pytest.mark.parametrize("weighted", [False, True])
def test_points_of_both_curves_are_what_acting_above_their_threshold_gives(weighted: bool) -> None:
    y, p, weight = drawn()
    w = weight if weighted else np.ones(len(y))
    roc, pr = roc_curve(y, p, w), precision_recall_curve(y, p, w)
    for x, z, t in zip(roc.false_alarms, roc.sensitivity, roc.threshold, strict=True):
        assert x == pytest.approx((w * (p > t))[y == 0].sum() / w[y == 0].sum())
        assert z == pytest.approx((w * (p > t))[y == 1].sum() / w[y == 1].sum())
    for recall, precision, t in zip(pr.recall, pr.precision, pr.threshold, strict=True):
        assert recall == pytest.approx((w * y * (p > t)).sum() / (w * y).sum())
        assert precision == pytest.approx((w * y * (p > t)).sum() / (w * (p > t)).sum())


def test_the_whole_roc_curve_is_that_of_scikit_learn() -> None:
    y, p, w = drawn()
    w += 0.5  # scikit-learn drops rows of weight 0, and their points with them
    roc = roc_curve(y, p, w, points=10_000)
    x, z, _ = peer.roc_curve(y, p, sample_weight=w, drop_intermediate=False)
    np.testing.assert_allclose(roc.false_alarms, x, atol=1e-12)
    np.testing.assert_allclose(roc.sensitivity, z, atol=1e-12)


def test_the_whole_precision_recall_curve_is_that_of_scikit_learn() -> None:
    y, p, _ = drawn()
    found = precision_recall_curve(y, p, points=10_000)
    precision, recall, _ = peer.precision_recall_curve(y, p)
    np.testing.assert_allclose(found.precision, precision[:-1][::-1])
    np.testing.assert_allclose(found.recall, recall[:-1][::-1])


def test_thinned_curves_keep_their_ends_and_their_area() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(20_000)
    y = (rng.random(20_000) < p**2).astype(float)
    roc, pr = roc_curve(y, p, points=100), precision_recall_curve(y, p, points=100)
    assert 90 <= len(roc.threshold) <= 100
    assert 90 <= len(pr.threshold) <= 100
    assert (roc.false_alarms[0], roc.sensitivity[0], roc.threshold[0]) == (0.0, 0.0, np.inf)
    assert (roc.false_alarms[-1], roc.sensitivity[-1], roc.threshold[-1]) == (1.0, 1.0, -np.inf)
    assert np.trapezoid(roc.sensitivity, roc.false_alarms) == pytest.approx(auc(y, p), abs=1e-3)
    assert pr.recall[-1] == 1.0
    assert pr.precision[-1] == pytest.approx(y.mean())


@pytest.mark.filterwarnings("error")
def test_curves_of_one_class_or_no_rows_do_not_break() -> None:
    assert np.isnan(roc_curve([0, 0, 0], [0.1, 0.2, 0.3]).sensitivity).all()
    assert np.isnan(precision_recall_curve([0, 0, 0], [0.1, 0.2, 0.3]).recall).all()
    assert len(precision_recall_curve([], []).recall) == 0
    assert len(calibration_curve([], []).observed) == 0


def test_bins_of_the_calibration_curve_hold_equal_numbers_and_their_own_means() -> None:
    rng = np.random.default_rng(2)
    p = rng.random(1000)
    y = (rng.random(1000) < p).astype(float)
    curve = calibration_curve(y, p, bins=20)
    parts = np.array_split(np.argsort(p), 20)
    np.testing.assert_allclose(curve.predicted, [p[part].mean() for part in parts])
    np.testing.assert_allclose(curve.observed, [y[part].mean() for part in parts])
    assert curve.rows.tolist() == [50.0] * 20


def test_equal_probabilities_share_a_bin() -> None:
    p = np.repeat([0.1, 0.4, 0.9], [700, 200, 100])
    y = np.random.default_rng(3).random(1000) < p
    curve = calibration_curve(y, p)
    np.testing.assert_allclose(curve.predicted, [0.1, 0.4, 0.9])
    assert curve.rows.tolist() == [700.0, 200.0, 100.0]


@pytest.mark.parametrize("weighted", [False, True])
def test_the_gaps_of_the_curve_add_up_to_the_ece(weighted: bool) -> None:
    y, p, weight = drawn()
    w = weight if weighted else np.ones(len(y))
    curve = calibration_curve(y, p, w)
    ends = np.cumsum(curve.rows.astype(int))
    mass = np.diff(np.concatenate(([0.0], np.cumsum(w[np.argsort(p)])[ends - 1])))
    assert (mass * np.abs(curve.predicted - curve.observed)).sum() / w.sum() == pytest.approx(ece(y, p, w))


def test_bounds_of_the_curve_are_wilson_bounds_of_the_bin() -> None:
    y, p, _ = drawn()
    curve = calibration_curve(y, p)
    for rate, rows, low, high in zip(curve.observed, curve.rows, curve.low, curve.high, strict=True):
        exact = binomtest(round(rate * rows), int(rows)).proportion_ci(0.95, method="wilson")
        assert (low, high) == pytest.approx((exact.low, exact.high))


def test_bounds_of_a_weighted_curve_do_not_depend_on_the_unit_of_the_weights() -> None:
    y, p, weight = drawn()
    weight += 0.5
    some, more = calibration_curve(y, p, weight), calibration_curve(y, p, 8 * weight)
    np.testing.assert_allclose(some.low, more.low)
    plain = calibration_curve(y, p, np.ones(len(y)))
    assert (some.high - some.low).mean() > (plain.high - plain.low).mean()  # unequal weights say less


@pytest.mark.parametrize("level", [0.9, 0.99])
def test_wilson_bounds_are_those_of_scipy_also_at_the_edges(level: float) -> None:
    for hits, rows in ((0, 5), (5, 5), (1, 30), (400, 1000)):
        exact = binomtest(hits, rows).proportion_ci(level, method="wilson")
        low, high = wilson(np.array([hits / rows]), np.array([rows]), level)
        assert (low[0], high[0]) == pytest.approx((exact.low, exact.high), abs=1e-12)
    assert np.isnan(wilson(np.array([0.5]), np.array([0.0]), level)).all()


def test_weights_that_only_scale_leave_the_effective_rows_alone() -> None:
    for w in (np.ones(8), np.full(8, 3.7)):
        assert effective_rows(np.array([w.sum()]), np.array([w @ w]))[0] == pytest.approx(8.0)
    w = np.array([1.0] * 8 + [0.0] * 5)
    assert effective_rows(np.array([w.sum()]), np.array([w @ w]))[0] == 8.0
    assert effective_rows(np.zeros(1), np.zeros(1))[0] == 0.0


def test_calibration_of_a_ranking_score_is_refused() -> None:
    with pytest.raises(DataError, match="outside 0 to 1"):
        calibration_curve([0, 1], [600, 700])
