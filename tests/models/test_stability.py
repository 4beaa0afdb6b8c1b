"""Selection on halves: against fits one by one, published formulas, and columns whose worth is known."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from casestudies.errors import DataError
from casestudies.models.stability import (
    complementary_halves,
    draw,
    false_selections,
    fit_halves,
    sources_of,
    stability_frequencies,
    stability_index,
)

CS = (0.003, 0.01, 0.03, 0.1)


@pytest.fixture(scope="module")
def planted():
    """(X, y, weight): three columns that matter and seven that do not."""
    random = np.random.default_rng(2)
    X = random.normal(size=(1200, 10))
    y = (random.random(1200) < 1 / (1 + np.exp(1.0 - 1.0 * X[:, 0] - 0.8 * X[:, 1] + 0.9 * X[:, 2]))).astype(float)
    return X, y, random.uniform(0.5, 1.5, 1200)


def test_halves_share_no_row_and_halve_both_outcomes():
    y = np.r_[np.ones(21), np.zeros(80)]
    seen = complementary_halves(y, 7, 0)
    assert seen.shape == (101, 14)
    assert not (seen[:, ::2] & seen[:, 1::2]).any()
    assert (seen[:21].sum(axis=0) == 10).all()
    assert (seen[21:].sum(axis=0) == 40).all()
    assert len({column.tobytes() for column in seen.T}) == 14
    assert np.array_equal(seen, complementary_halves(y, 7, 0))
    with pytest.raises(DataError, match="there are 1 events, and each half"):
        complementary_halves(np.r_[1, np.zeros(9)], 2, 0)


def test_every_half_is_fitted_as_scikit_learn_fits_it_with_the_weight_of_all_rows(planted):
    X, y, weight = planted
    fits = fit_halves(X, y, CS, weight, pairs=2, seed=3)
    for half in (0, 3):
        rows = fits.seen[:, half]
        for place, C in enumerate(CS):
            peer = LogisticRegression(l1_ratio=1, C=C, solver="saga", tol=1e-9, max_iter=20_000)
            peer.fit(X[rows], y[rows], 2.0 * weight[rows])
            np.testing.assert_allclose(fits.coef[half, :, place], peer.coef_[0], atol=3e-4)


def test_frequencies_are_the_shares_of_halves_and_find_what_was_planted(planted):
    X, y, weight = planted
    told = stability_frequencies(X, y, CS, weight, pairs=10, seed=1)
    fits = fit_halves(X, y, CS, weight, pairs=10, seed=1)
    by_hand = np.array([[np.mean([fits.coef[h, j, c] != 0 for h in range(20)]) for c in range(4)] for j in range(10)])
    assert np.array_equal(told, by_hand)
    assert (told[:3, 1] > 0.9).all()
    assert (told[3:, 1] < 0.4).all()


def test_a_source_is_kept_when_any_of_its_columns_is(planted):
    X, y, weight = planted
    origin = ["a", "b", "b", "c", "d", *["e"] * 5]
    told = stability_frequencies(X, y, CS, weight, pairs=3, origin=origin)
    kept = fit_halves(X, y, CS, weight, pairs=3).coef != 0
    expected = [kept[:, [0]], kept[:, [1, 2]], kept[:, [3]], kept[:, [4]], kept[:, 5:]]
    assert np.array_equal(told, np.array([part.any(axis=1).mean(axis=0) for part in expected]))
    assert sources_of(origin)[1] == ("a", "b", "c", "d", "e")


def test_a_draw_holds_more_of_the_rare_outcome_and_weighs_it_back():
    y = np.r_[np.ones(300), np.zeros(20_000)]
    weight = np.random.default_rng(0).uniform(0, 2, len(y))
    weight[:10] = 0
    rows, weights = draw(y, weight, 1000, np.random.default_rng(1))
    assert len(rows) == 1000 == len(set(rows))
    assert y[rows].sum() == 250
    assert rows.min() >= 10
    for kind in (0, 1):
        assert weights[y[rows] == kind].sum() == pytest.approx(weight[y == kind].sum())
    few, same = draw(y[:200], weight[:200], 1000, np.random.default_rng(1))
    assert np.array_equal(few, np.arange(10, 200))
    assert np.array_equal(same, weight[10:200])


def test_frequencies_mean_the_same_on_a_draw_of_the_rows(planted):
    X, y, _ = planted
    many, less = (fit_halves(np.tile(X, (4, 1)), np.tile(y, 4), CS, pairs=6, most=most) for most in (4800, 2400))
    assert len(less.rows) == 2400
    np.testing.assert_allclose(less.coef.mean(axis=0), many.coef.mean(axis=0), atol=0.08)


def test_the_bound_is_that_of_the_paper():
    assert false_selections(5, 100, 0.9) == pytest.approx(25 / 80)
    assert np.allclose(false_selections([1, 2], 10, 0.75), [0.2, 0.8])
    with pytest.raises(ValueError, match="above 0.5"):
        false_selections(5, 100, 0.5)


def test_the_bound_holds_where_no_column_matters():
    """Of 30 columns of chance, those with a frequency of 0.9 are fewer on average than the bound."""
    found, allowed = [], []
    for seed in range(8):
        random = np.random.default_rng(seed)
        X, y = random.normal(size=(300, 30)), (random.random(300) < 0.4).astype(float)
        fits = fit_halves(X, y, (0.1,), pairs=15, seed=seed)
        kept = (fits.coef != 0)[:, :, 0]
        found.append((kept.mean(axis=0) >= 0.9).sum())
        allowed.append(float(false_selections(kept.sum(axis=1).mean(), 30)))
    assert np.mean(allowed) > 0.3
    assert np.mean(found) <= np.mean(allowed)


def test_the_index_is_one_for_equal_selections_and_kunchevas_for_equal_sizes():
    same = np.tile([True, True, False, False, False], (6, 1))
    assert stability_index(same).value == pytest.approx(1)
    random = np.random.default_rng(5)
    kept = np.array([random.permutation([True] * 3 + [False] * 7) for _ in range(12)])
    pairs = [(kept[i] & kept[j]).sum() for i in range(12) for j in range(i)]
    kuncheva = np.mean([(shared - 0.9) / (3 - 0.9) for shared in pairs])
    assert stability_index(kept).value == pytest.approx(kuncheva)
    assert stability_index(np.ones((5, 4), dtype=bool)) is None
    assert stability_index(np.zeros((5, 4), dtype=bool)) is None


def test_the_interval_covers_the_index_of_many_runs():
    """Runs of one random chooser of any size: its index over 20,000 runs lies in 95 % of the intervals over 60."""
    share = np.array([0.95, 0.9, 0.7, 0.5, 0.2, 0.1, 0.05, 0.02])
    random = np.random.default_rng(6)
    truth = stability_index(random.random((20_000, 8)) < share).value
    told = [stability_index(random.random((60, 8)) < share) for _ in range(300)]
    covered = np.mean([index.low <= truth <= index.high for index in told])
    assert 0.9 <= covered <= 0.99
