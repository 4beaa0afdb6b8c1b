"""Permutation SHAP against Shapley's formula, against exact values, and within its own standard errors."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import DataError
from casestudies.explain import additivity_error, explain_any, explain_linear

RANDOM = np.random.default_rng(5)
Z, X = RANDOM.normal(size=(40, 5)), RANDOM.normal(size=(4, 5))


def pairs(rows):
    """A score of single columns and of pairs."""
    return rows[:, 0] * rows[:, 1] + 2 * rows[:, 2] - rows[:, 3] * rows[:, 4] + np.abs(rows[:, 0])


def three(rows):
    """A score that needs three columns at once."""
    return rows[:, 0] * rows[:, 1] * rows[:, 2] + np.maximum(rows[:, 3], rows[:, 4])


def shapley(score, row, background):
    """(features,) by definition: every subset of the columns, unknown ones drawn from all background rows."""

    def value(known):
        mixed = background.copy()
        mixed[:, list(known)] = row[list(known)]
        return score(mixed).mean()

    n = len(row)
    out = np.zeros(n)
    for column in range(n):
        others = [other for other in range(n) if other != column]
        for size in range(n):
            share = factorial(size) * factorial(n - size - 1) / factorial(n)
            out[column] += sum(share * (value([*some, column]) - value(some)) for some in combinations(others, size))
    return out


def test_scores_of_pairs_are_exact_once_every_background_row_is_used():
    told = explain_any(pairs, X, Z, calls=40 * 8)
    assert told.background == 40
    for row, values in zip(X, told.explanation.values, strict=True):
        np.testing.assert_allclose(values, shapley(pairs, row, Z), atol=1e-12)


def test_beyond_pairs_the_values_lie_within_their_standard_errors():
    told = explain_any(three, X, Z, calls=40 * 8 * 50)
    true = np.array([shapley(three, row, Z) for row in X])
    away = np.abs(told.explanation.values - true) / told.errors
    assert away.max() < 3.5
    assert told.errors.max() < 0.06


def test_the_errors_fall_with_the_square_root_of_the_budget():
    small, large = (explain_any(three, X, Z, calls=calls).errors.mean() for calls in (40 * 8, 40 * 8 * 25))
    assert small / large == pytest.approx(5, rel=0.15)


@pytest.mark.parametrize("calls", [16, 100, 1000])
def test_the_parts_add_up_whatever_the_budget(calls):
    told = explain_any(three, X, Z, calls=calls)
    assert additivity_error(told.explanation, three(X)) < 1e-12


def test_the_budget_is_kept_and_said():
    asked = []
    told = explain_any(lambda rows: asked.append(len(rows)) or three(rows), X, Z, calls=100)
    assert sum(asked) == told.background + len(X) * told.calls
    assert told.calls <= 101  # the row itself comes on top
    assert told.sentence.startswith(f"estimated by {told.calls} calls of the model for each row")
    assert told.explanation.method == f"permutation SHAP, {told.calls} calls a row"


def test_neither_order_nor_company_of_the_rows_matters():
    whole, alone = explain_any(three, X, Z, calls=200), explain_any(three, X[2:3], Z, calls=200)
    assert np.array_equal(whole.explanation.values[2], alone.explanation.values[0])
    assert not np.array_equal(whole.explanation.values, explain_any(three, X, Z, calls=200, seed=1).explanation.values)


def test_a_linear_score_has_the_values_of_the_formula():
    coef = RANDOM.normal(size=5)
    told = explain_any(lambda rows: rows @ coef, X, Z, calls=40 * 8)
    exact = explain_linear(coef, 0.0, X, Z.mean(axis=0), "abcde")
    np.testing.assert_allclose(told.explanation.values, exact.values, atol=1e-12)
    assert told.explanation.base == pytest.approx(exact.base)


def test_one_column_has_it_all():
    told = explain_any(lambda rows: rows[:, 0] ** 2, X[:, :1], Z[:, :1])
    np.testing.assert_allclose(told.explanation.values[:, 0], X[:, 0] ** 2 - np.mean(Z[:, 0] ** 2))


def test_a_model_of_another_library_is_explained_on_the_columns_of_its_table():
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    frame = pd.DataFrame(
        {"a": RANDOM.normal(size=300), "b": RANDOM.choice(["u", "v"], 300), "c": RANDOM.normal(size=300)}
    )
    y = (frame["a"] + (frame["b"] == "u") + 0.3 * RANDOM.normal(size=300)) > 0.5
    encode = make_column_transformer((OneHotEncoder(), ["b"]), remainder="passthrough")
    model = make_pipeline(encode, RandomForestClassifier(20, max_depth=4, random_state=0)).fit(frame, y)
    told = explain_any(lambda rows: model.predict_proba(rows)[:, 1], frame[:5], frame, calls=400, scale="probability")
    assert told.explanation.names == ("a", "b", "c")
    assert additivity_error(told.explanation, model.predict_proba(frame[:5])[:, 1]) < 1e-12
    assert np.abs(told.explanation.values).mean(axis=0).argmin() == 2  # c has nothing to do with y


@pytest.mark.parametrize(
    ("rows", "background", "calls", "words"),
    [
        (X, Z[:0], 100, "and a row at least"),
        (X, Z[:, :3], 100, "wants the 5 columns"),
        (X, Z, 15, "15 calls are too few for 5 columns"),
        (pd.DataFrame(X), pd.DataFrame(Z[:, ::-1], columns=[4, 3, 2, 1, 0]), 100, "the same columns in the same order"),
    ],
)
def test_what_cannot_be_explained_is_refused(rows, background, calls, words):
    with pytest.raises(DataError, match=words):
        explain_any(three, rows, background, calls=calls)
