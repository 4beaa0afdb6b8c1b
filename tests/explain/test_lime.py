"""LIME: right where the truth is known, the same again whatever stands beside the row, honest where it wavers."""

from __future__ import annotations

import numpy as np
import pytest

from casestudies.errors import DataError
from casestudies.explain import agreement, explain_lime
from casestudies.explain.lime import LimeExplanation
from casestudies.models.boosting import BoostedTrees

NAMES = ("income", "debt", "age", "job", "region", "noise")
COEF = np.array([1.0, -2.0, 0.5])
JOB = np.array([0.0, 1.5, -1.0])


def table(rows: int = 800, seed: int = 0):
    """Three numbers, a job of three levels, a region of two, and a number that nothing depends on."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal([0.0, 5.0, 40.0], [1.0, 0.5, 10.0], size=(rows, 3))
    codes = [rng.choice(3, rows, p=[0.5, 0.3, 0.2]), rng.integers(0, 2, rows)]
    return np.column_stack([numbers, *codes, rng.normal(size=rows)])


def linear_score(X):
    return X[:, :3] / [1.0, 0.5, 10.0] @ COEF + JOB[X[:, 3].astype(int)]


def wavy_score(X):
    return np.sin(4 * X[:, 0]) + np.where(X[:, 5] > 0, 1.0, -1.0) * X[:, 1]


def test_recovers_the_effects_of_a_linear_function():
    background = table()
    rows = background[:4]
    for row, told in zip(rows, explain_lime(linear_score, rows, background, NAMES, categorical=(3, 4)), strict=True):
        away = (row[:3] - background[:, :3].mean(axis=0)) / [1.0, 0.5, 10.0]
        np.testing.assert_allclose(told.effects[:3], COEF * away, atol=0.1)
        shares = np.bincount(background[:, 3].astype(int)) / len(background)
        # LIME only asks whether the job is the row's own: the others count as their average by share
        np.testing.assert_allclose(told.effects[3], JOB[int(row[3])] - shares @ JOB, atol=0.1)
        np.testing.assert_allclose(told.effects[4:], 0, atol=0.1)
        assert told.r2 > 0.9
        assert told.stable


def test_order_and_company_of_the_rows_do_not_matter():
    background = table()
    rows = background[:5]
    told = explain_lime(wavy_score, rows, background, NAMES, categorical=(3, 4), samples=300)
    order = np.array([3, 0, 4, 1, 2])
    assert explain_lime(wavy_score, rows[order], background, NAMES, categorical=(3, 4), samples=300) == [
        told[i] for i in order
    ]
    assert explain_lime(wavy_score, rows[2], background, NAMES, categorical=(3, 4), samples=300) == [told[2]]


def test_zero_is_zero_with_either_sign():
    background = table()
    background[0, 0] = 0.0
    signed = background[:1] * 1.0
    signed[0, 0] = -0.0
    plain, negative = (
        explain_lime(wavy_score, row, background, NAMES, samples=200) for row in (background[:1], signed)
    )
    assert plain == negative


def test_numbers_are_drawn_around_the_row_and_each_row_has_draws_of_its_own():
    background = table()
    rows = background[:2] + np.array([[8.0, 0, 0, 0, 0, 0]])  # far away from the average
    drawn = []

    def score(X):
        drawn.append(X[1:, 0])
        return linear_score(X)

    explain_lime(score, rows, background, NAMES, categorical=(3, 4), samples=2000, seeds=2)
    for fit, row in enumerate((0, 0, 1, 1)):
        assert drawn[fit].mean() == pytest.approx(rows[row, 0], abs=0.1)
        assert drawn[fit].std() == pytest.approx(background[:, 0].std(), rel=0.1)
    apart = [np.corrcoef(drawn[0], other)[0, 1] for other in drawn[1:]]
    np.testing.assert_allclose(apart, 0.0, atol=0.1)


def test_a_row_far_from_all_others_is_explained_like_any_other():
    background = table()
    row = background[0].copy()
    row[0] = 20.0  # standard deviations
    told = explain_lime(linear_score, row, background, NAMES, categorical=(3, 4))[0]
    assert told.effects[0] == pytest.approx(COEF[0] * 20.0, rel=0.02)
    assert told.r2 > 0.9


def test_another_seed_is_another_draw():
    background = table()
    one, other = (explain_lime(wavy_score, background[0], background, NAMES, samples=200, seed=s) for s in (0, 1))
    assert one != other


def test_whiskers_are_one_standard_deviation_of_the_seeds_and_shrink_with_samples():
    background = table()
    few, many = (
        explain_lime(wavy_score, background[0], background, NAMES, categorical=(3, 4), samples=n)[0]
        for n in (200, 5000)
    )
    width = [np.subtract(told.high, told.low) for told in (few, many)]
    assert (width[1] <= width[0] + 1e-12).sum() >= 5
    np.testing.assert_allclose(np.add(few.high, few.low) / 2, few.effects, atol=1e-12)


def test_a_number_missing_in_the_row_is_explained_as_missing():
    background = table()
    background[::4, 1] = np.nan

    def score(X):
        return np.where(np.isnan(X[:, 1]), 2.0, 0.0) + X[:, 0]

    row = background[0]
    told = explain_lime(score, row, background, NAMES, categorical=(3, 4))[0]
    assert told.effects[1] == pytest.approx(2.0 * 0.75, abs=0.1)
    assert told.effects[0] == pytest.approx(row[0] - background[:, 0].mean(), abs=0.1)
    present = explain_lime(score, background[1], background, NAMES, categorical=(3, 4))[0]
    assert present.effects[1] == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize("missing", [7.0, np.nan])
def test_a_level_or_gap_never_seen_is_still_measured(missing):
    background = table()
    row = background[0].copy()
    row[3] = missing

    def score(X):
        return np.where(np.isin(X[:, 3], [0, 1, 2]), 0.0, 3.0)

    told = explain_lime(score, row, background, NAMES, categorical=(3, 4))[0]
    assert told.effects[3] == pytest.approx(3.0, abs=0.15)


def test_columns_without_variation_have_no_effect():
    background = table()
    background[:, 2] = 40.0
    background[:, 5] = np.nan
    row = background[0].copy()
    row[5] = 0.3
    told = explain_lime(linear_score, background[:1], background, NAMES, categorical=(3, 4), samples=500)[0]
    assert told.effects[2] == told.effects[5] == 0.0
    assert np.isfinite(
        explain_lime(linear_score, row, background, NAMES, categorical=(3, 4), samples=500)[0].effects
    ).all()


def test_real_applicants_get_a_stable_top_that_agrees_with_the_exact_one(german):
    X, y, categorical = german
    model = BoostedTrees(categorical=categorical).fit(X[:800], y[:800])
    rows = X[800:806]
    told = explain_lime(model.decision_function, rows, X[:800], range(20), categorical=categorical)
    assert np.mean([one.jaccard for one in told]) > 0.8
    exact = model.contributions(rows)[0]
    between = [agreement(shap, one.effects) for shap, one in zip(exact, told, strict=True)]
    assert np.mean([one.overlap for one in between]) > 0.6
    assert np.mean([one.sign for one in between]) > 0.85


def lime_with(jaccard: float, r2: float = 0.8) -> LimeExplanation:
    return LimeExplanation(("a", "b"), (1.0, 0.0), (0.9, 0.0), (1.1, 0.0), r2, jaccard, 5, "log-odds")


def test_unstable_is_said_in_words_below_the_limit():
    assert lime_with(0.85).sentence.startswith(
        "stable: repeated draws share 85% of their top 5 columns; its straight line"
    )
    assert lime_with(0.59).sentence.startswith("unstable: repeated draws share only 59% of their top 5 columns, do not")
    told = lime_with(0.59).to_dict()
    assert (told["stable"], told["sentence"]) == (False, lime_with(0.59).sentence)


def test_noise_is_found_unstable():
    background = np.random.default_rng(0).normal(size=(300, 20))

    def noise(X):
        return np.modf(np.sin(X @ np.linspace(10, 90, 20)) * 43758.5453)[0]

    told = explain_lime(noise, background[0], background, range(20), samples=500)[0]
    assert not told.stable
    assert told.r2 < 0.1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seeds": 1}, "LIME wants two seeds and two background rows at least"),
        ({"background": table(1)}, "LIME wants two seeds and two background rows at least"),
        ({"rows": np.full((1, 6), np.inf)}, "LIME cannot draw around infinite values; mark them as missing"),
    ],
)
def test_what_lime_cannot_do_is_said(change, message):
    asked = {"predict": linear_score, "rows": table(3), "background": table(), "names": NAMES} | change
    with pytest.raises(DataError, match=message):
        explain_lime(**asked)
