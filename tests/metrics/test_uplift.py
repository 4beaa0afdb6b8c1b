"""Uplift figures against scikit-uplift's stored curves, by hand, and by their laws."""

import numpy as np
import pytest

from casestudies.errors import DataError
from casestudies.metrics.uplift import auuc, qini, uplift_curve, uplift_intervals

# scikit-uplift 0.5.1 of the rows that `drawn()` makes: qini_curve and uplift_curve of sklift.metrics (y, effect, treated), which
# count outcomes of all treated rows and of all rows; areas by sklearn.metrics.auc
ROWS = [0, 1, 3, 4, 5, 6, 10, 12, 13, 14, 16, 18, 19, 21, 22, 24, 26, 27, 28, 29, 31, 33, 34, 35, 36, 37, 38, 39, 40]
QINI = (
    "0 0 .5 0 .5 0 1.666667 2 1.75 1.888889 2.444444 2.6 3.3 3.75 3.923077 3.6 3.5 3.25 3.411765 3.176471 3.473684 3.052632 \
3.842105 3.631579 3.8 3.6 3.761905 3.909091 4.043478"
)
GAIN = (
    "0 -1 1.5 0 .833333 0 4.166667 6 4.55 5.288889 5.587302 5.85 6.966667 8.75 9.589744 9.6 9.1 7.977273 8.684492 7.676471 \
8.973684 7.195489 8.708772 7.944079 8.55 7.835294 8.408964 8.967914 9.514066"
)
QINI_AREA, GAIN_AREA = 99.05104299650336, 238.41501358473863

Trial = tuple[np.ndarray, np.ndarray, np.ndarray]


def drawn(rows: int = 40, seed: int = 3, effect: float = 0.3) -> Trial:
    """(y, expected effect with ties, treated)."""
    rng = np.random.default_rng(seed)
    treated = rng.random(rows) < 0.4
    score = np.round(rng.normal(size=rows), 1)
    y = (rng.random(rows) < 0.3 + effect * treated * (score > 0)).astype(int)
    return y, score, treated


def test_curves_are_those_of_scikit_uplift() -> None:
    y, effect, treated = drawn()
    found = uplift_curve(y, effect, treated)
    assert found.share * 40 == pytest.approx(ROWS)
    assert found.qini * treated.sum() == pytest.approx(np.array(QINI.split(), dtype=float), abs=1e-6)
    assert found.gain * 40 == pytest.approx(np.array(GAIN.split(), dtype=float), abs=1e-6)


def test_areas_are_those_of_scikit_uplift_in_our_units() -> None:
    y, effect, treated = drawn()
    last = float(QINI.split()[-1])
    assert qini(y, effect, treated) * treated.sum() * 40 == pytest.approx(QINI_AREA - 0.5 * 40 * last, abs=2e-5)
    assert auuc(y, effect, treated) * 40 * 40 == pytest.approx(GAIN_AREA)


def test_by_hand() -> None:
    """Four pairs; treating changes the first two customers and nobody else."""
    y = np.array([1, 0, 1, 0, 1, 1, 0, 0])
    treated = np.array([1, 0, 1, 0, 1, 0, 1, 0], dtype=bool)
    effect = np.array([4, 4, 3, 3, 2, 2, 1, 1])
    found = uplift_curve(y, effect, treated)
    assert found.share.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert found.qini.tolist() == [0, 0.25, 0.5, 0.5, 0.5]
    assert found.gain.tolist() == [0, 0.25, 0.5, 0.5, 0.5]
    area = 0.25 * (0.125 + 0.375 + 0.5 + 0.5)
    assert qini(y, effect, treated) == pytest.approx(area - 0.25)
    assert auuc(y, effect, treated) == pytest.approx(area)
    assert qini(y, -effect, treated) == pytest.approx(-(area - 0.25))


def test_a_blind_order_has_no_qini_and_half_the_effect() -> None:
    y, _, treated = drawn(4000)
    assert qini(y, np.zeros(4000), treated) == pytest.approx(0.0, abs=1e-15)
    rate = y[treated].mean() - y[~treated].mean()
    assert auuc(y, np.zeros(4000), treated) == pytest.approx(rate / 2)


def test_the_order_of_the_planted_effect_is_found_and_another_is_not() -> None:
    y, effect, treated = drawn(6000)
    blind = np.random.default_rng(1).normal(size=6000)
    found = uplift_intervals(y, effect, treated, rounds=300)
    assert found.qini.low > 0
    assert found.qini.value == qini(y, effect, treated)
    assert found.auuc.value == auuc(y, effect, treated)
    by_chance = uplift_intervals(y, blind, treated, rounds=300).qini
    assert by_chance.low < 0 < by_chance.high


@pytest.mark.parametrize("ties", [False, True])
def test_weight_two_equals_the_row_twice(ties: bool) -> None:
    y, effect, treated = drawn(200)
    effect = effect if ties else effect + np.arange(200) * 1e-6
    weight = np.random.default_rng(2).integers(0, 4, 200)
    twice = np.repeat(np.arange(200), weight)
    for figure in (qini, auuc):
        assert figure(y, effect, treated, weight) == pytest.approx(figure(y[twice], effect[twice], treated[twice]))


def test_the_interval_is_that_of_resampled_rows_and_whole_groups() -> None:
    y, effect, treated = drawn(300)
    rng = np.random.default_rng(9)
    by_loop = [qini(y[rows], effect[rows], treated[rows]) for rows in (rng.integers(0, 300, 300) for _ in range(2000))]
    found = uplift_intervals(y, effect, treated, rounds=2000, seed=4).qini
    assert (found.low, found.high) == pytest.approx(np.quantile(by_loop, [0.025, 0.975]), abs=0.006)
    copies = np.repeat(np.arange(300), 10)
    apart = uplift_intervals(y[copies], effect[copies], treated[copies], rounds=200).qini
    whole = uplift_intervals(y[copies], effect[copies], treated[copies], groups=copies, rounds=200).qini
    assert whole.high - whole.low > 2 * (apart.high - apart.low)


def test_thinned_curves_keep_both_ends() -> None:
    y, effect, treated = drawn(3000)
    whole = uplift_curve(y, effect + np.arange(3000) * 1e-9, treated, points=10**6)
    thin = uplift_curve(y, effect + np.arange(3000) * 1e-9, treated, points=20)
    assert len(thin.share) <= 20
    assert (thin.share[0], thin.share[-1], thin.qini[-1]) == (0.0, 1.0, whole.qini[-1])


def test_without_a_comparison_there_is_no_figure() -> None:
    assert np.isnan(qini([1, 0], [0.1, 0.2], [1, 1]))
    assert np.isnan(auuc([1, 0], [0.1, 0.2], [0, 0]))
    assert np.isnan(qini([], [], []))
    told = uplift_intervals([1, 0, 1], [0.1, 0.2, 0.3], [1, 1, 1], rounds=10).qini
    assert told.reason == "not defined, because everybody or nobody was treated"
    with pytest.raises(DataError, match="act: 1 of 2 values are neither 0 nor 1"):
        qini([1, 0], [0.1, 0.2], [2, 0])
