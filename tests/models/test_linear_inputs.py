"""What analysts hand to a linear model by mistake: an error or a finding in words, never a hang or a silent NaN."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from casestudies.errors import DataError
from casestudies.models.linear import LogisticRegression, LogisticRegressionCV, SoftmaxRegression

MODELS = {
    "l2": LogisticRegression(),
    "l1": LogisticRegression(penalty="l1"),
    "elastic net": LogisticRegression(penalty="elasticnet", l1_ratio=0.5),
    "bounds": LogisticRegression(bounds=(0, np.inf)),
    "no penalty": LogisticRegression(penalty=None),
    "path": LogisticRegressionCV(Cs=3, cv=3),
    "l1 path": LogisticRegressionCV(Cs=3, cv=3, penalty="l1"),
    "softmax": SoftmaxRegression(),
}
models = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())


def sample(rows=60, columns=3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns))
    return X, (X[:, 0] + rng.logistic(size=rows) > 0).astype(int)


def fitted(model, X, y, **more):
    """Fitted without a hang or a NaN; what it warns of is its own business."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = clone(model).fit(X, y, **more)
    p = model.predict_proba(X)
    assert np.isfinite(model.coef_).all()
    assert np.isfinite(p).all()
    assert ((p >= 0) & (p <= 1)).all()
    return model


@models
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda X, y, w: X.__setitem__((3, 1), np.nan), "NaN"),
        (lambda X, y, w: X.__setitem__((3, 1), np.inf), "infinity"),
        (lambda X, y, w: X.__setitem__((3, 1), 1e200), "1 values are missing or beyond 1e+100, first 1e+200"),
        (lambda X, y, w: w.__setitem__(5, -1.0), "Negative"),
        (lambda X, y, w: w.__setitem__(5, np.nan), "NaN"),
        (lambda X, y, w: w.__setitem__(slice(None), 0.0), ""),
        (lambda X, y, w: y.__setitem__(slice(None), 1), "class"),
    ],
    ids=["missing", "infinite", "huge", "negative weight", "missing weight", "no weight", "one class"],
)
def test_what_cannot_be_fitted_is_refused_in_words(model, spoil, words):
    X, y = sample()
    weights = np.ones(len(y))
    spoil(X, y, weights)
    with pytest.raises((ValueError, DataError)) as caught:
        clone(model).fit(X, y, sample_weight=weights)
    assert words.lower() in str(caught.value).lower()
    assert "\n" not in str(caught.value).strip() or "NaN" in str(caught.value)


@models
def test_lists_frames_integers_and_what_may_not_be_written_are_as_good_as_arrays(model):
    X, y = sample()
    X = np.round(4 * X)
    plain = fitted(model, X, y).coef_
    frozen = X.copy(order="F")
    frozen.flags.writeable = y.flags.writeable = False
    for given in (X.tolist(), X.astype(int), X.astype(np.int8), frozen, X[::-1][::-1]):
        np.testing.assert_allclose(fitted(model, given, y).coef_, plain, rtol=1e-6, atol=1e-9)
    frame = pd.DataFrame(X, columns=["age", "income", "debt"])
    named = fitted(model, frame, pd.Series(np.where(y == 1, "bad", "a good one")))
    np.testing.assert_allclose(np.abs(named.coef_), np.abs(plain), rtol=1e-6, atol=1e-9)
    assert list(named.feature_names_in_) == ["age", "income", "debt"]
    single = fitted(model, X.astype(np.float32), y)
    np.testing.assert_allclose(single.coef_, plain, rtol=1e-4, atol=1e-6)


@models
def test_more_columns_than_rows_constant_and_repeated_columns_do_no_harm(model):
    X, y = sample(30, 50)
    fitted(model, X, y)
    X, y = sample()
    odd = np.hstack([X, X[:, :1], np.full((len(X), 1), 3.0), np.zeros((len(X), 1))])
    both = fitted(model, odd, y)
    assert np.abs(both.coef_[..., 4:]).max() < 1e-3 or model.get_params().get("penalty", "l2") is None


@models
def test_perfect_separation_ends_and_is_named(model):
    X, y = sample()
    X[:, 0] = np.where(y == 1, 1.0, -1.0)
    found = fitted(model, X, y)
    if model.get_params().get("penalty", "l2") is None:
        assert "separable" in [finding.code for finding in found.diagnosis_]


def test_everything_of_one_value_gives_the_base_rate():
    y = (np.arange(40) % 4 == 0).astype(int)
    for model in MODELS.values():
        p = fitted(model, np.ones((40, 2)), y).predict_proba(np.ones((1, 2)))
        np.testing.assert_allclose(p, [[0.75, 0.25]], atol=1e-3)
