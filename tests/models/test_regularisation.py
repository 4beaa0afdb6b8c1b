"""The path as a reader sees it, against fits one by one."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression as Sklearn
from sklearn.metrics import log_loss

from casestudies.models.linear import cross_validated_path
from casestudies.models.regularisation import RegularisationPath, least

CS = (0.003, 0.1, 1.0)
ORIGIN = ("a", "a", "b", "c", "c")


def table():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(400, 5))
    y = (rng.random(400) < 1 / (1 + np.exp(1 - X[:, 0] + 0.5 * X[:, 2]))).astype(float)
    return X, y, rng.integers(1, 4, 400).astype(float), rng.permutation(np.arange(400) % 4)


@pytest.fixture(scope="module")
def found():
    X, y, weight, folds = table()
    fits = cross_validated_path(X, y, CS, folds, weight, penalty="l1")
    return RegularisationPath.of(CS, fits.margins, fits.coef, ORIGIN, y, weight, folds)


def test_the_loss_of_each_fold_is_that_of_a_fit_without_it(found):
    X, y, weight, folds = table()
    for fold in range(4):
        out = folds == fold
        for place, C in list(enumerate(CS))[1:]:  # at the first, saga stops at a wrong intercept
            other = Sklearn(C=C, l1_ratio=1.0, solver="saga", tol=1e-8, max_iter=20_000, random_state=0)
            other.fit(X[~out], y[~out], sample_weight=weight[~out])
            expected = log_loss(y[out], other.predict_proba(X[out]), sample_weight=weight[out])
            assert found.loss[fold, place] == pytest.approx(expected, rel=1e-4)
    np.testing.assert_allclose(found.mean, np.average(found.loss, axis=0, weights=found.share))


def test_the_band_is_the_standard_error_over_folds(found):
    np.testing.assert_allclose(found.error, np.std(found.loss, axis=0, ddof=1) / 2)


def test_columns_are_kept_and_measured_by_source(found):
    for place in range(3):
        held = found.coef[:, place] != 0
        assert set(found.kept(place)) == {name for name, there in zip(ORIGIN, held, strict=True) if there}
    assert found.to_dict()["kept"][0] < 3
    np.testing.assert_allclose(found.sizes()["a"], np.hypot(found.coef[0], found.coef[1]))
    assert next(iter(found.sizes())) == "a"


def path_with(loss, Cs=(1.0, 2.0, 3.0)):
    loss = np.asarray(loss, dtype=float)
    return RegularisationPath(np.asarray(Cs), loss, np.full(len(loss), 1 / len(loss)), np.zeros((1, len(Cs))), ("a",))


def test_one_standard_error_takes_the_strongest_penalty_within_it():
    path = path_with([[0.50, 0.41, 0.40], [0.70, 0.61, 0.60]])  # errors of 0.1: all are within
    assert (path.best, path.one_se) == (2, 0)
    path = path_with([[0.50, 0.401, 0.40], [0.50, 0.403, 0.402]])  # an error of 0.001
    assert (path.best, path.one_se, path.at("best"), path.at("one_se")) == (2, 1, 2, 1)


def test_among_equals_the_stronger_penalty_and_the_first_kind():
    path = path_with([[0.5, 0.5, 0.5], [0.6, 0.6, 0.6]])
    assert path.best == 0
    assert least({"l2": path, "l1": path}) == "l2"
