import numpy as np
import pytest
from scipy.sparse import random as sprinkled
from scipy.special import expit

from casestudies.errors import ConfigError
from casestudies.optim import L1, L2, Dense, Logistic, NewtonCG, Objective, ProxNewton, Reason, Sparse, minimise, path
from casestudies.optim.designs import Codes
from casestudies.optim.penalties import Box
from casestudies.optim.stopping import Steps, Suboptimality

STRENGTHS = np.array([100.0, 1.0, 0.01])
KINDS = {"l2": L2, "l1": L1}


def table(rows, columns, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns)) + 0.5 * rng.normal(size=(rows, 1))
    return X, (rng.random(rows) < expit(X @ rng.normal(size=columns) / np.sqrt(columns) - 1)).astype(float)


def objective(X, y, kind=L2, strengths=STRENGTHS, weights=None, design=Dense):
    free = np.arange(X.shape[1] + 1) == X.shape[1]
    return Objective(design(X), y, Logistic(), kind(strengths, free), np.ones(len(y)) if weights is None else weights)


def best(it):
    """The best values, in double precision throughout, without sample or draft."""
    method = NewtonCG(tolerance=1e-13) if it.penalty.smooth else ProxNewton(tolerance=1e-13)
    return minimise(it, method, stop=(Suboptimality(1e-13), Steps(200))).state.value


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
@pytest.mark.parametrize("rows", [400, 12_000], ids=["small", "by sample and draft"])
def test_every_fit_of_a_path_is_as_good_as_certified(kind, rows):
    X, y = table(rows, 20)
    weights = np.random.default_rng(1).integers(1, 3, rows).astype(float)
    folds = np.random.default_rng(2).integers(0, 3, rows)
    it = objective(X, y, kind, weights=weights)
    found = path(it, folds)
    assert found.solution.reason is Reason.CONVERGED
    assert found.solution.certificate.suboptimality.max() <= 1e-8
    assert (it.evaluate(found.whole).value <= best(it) * (1 + 1e-8)).all()
    for fold in range(3):
        part = objective(X[folds != fold], y[folds != fold], kind, weights=weights[folds != fold])
        assert (part.evaluate(found.without[fold]).value <= best(part) * (1 + 1e-8)).all()
        out = folds == fold
        margins = X[out] @ found.without[fold][:-1] + found.without[fold][-1]
        np.testing.assert_allclose(found.out_of_fold()[out], margins, rtol=1e-9, atol=1e-9)


def test_splits_that_overlap_are_given_as_the_rows_each_fit_sees():
    X, y = table(300, 4)
    train = np.stack([np.arange(300) < 100, np.arange(300) < 200], axis=1)  # the calendar
    found = path(objective(X, y), train=train)
    with pytest.raises(ConfigError, match="no row is left out"):
        found.out_of_fold()
    for split in range(2):
        part = objective(X[train[:, split]], y[train[:, split]])
        assert (part.evaluate(found.without[split]).value <= best(part) * (1 + 1e-8)).all()
    assert (objective(X, y).evaluate(found.whole).value <= best(objective(X, y)) * (1 + 1e-8)).all()


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_raw_units_rare_levels_and_constant_columns_are_no_trouble(kind):
    rng = np.random.default_rng(0)
    X, y = table(20_000, 10)
    X = X * 10.0 ** rng.uniform(-4, 5, 10) + 10.0 ** rng.uniform(-3, 6, 10)
    rare = np.zeros((20_000, 3))
    rare[[17, 4711], 0] = 1  # so rare that a sample of the rows misses it
    rare[:, 1] = 5.0
    y[[17, 4711]] = 1
    it = objective(np.hstack([X, rare]), y, kind, np.array([1.0, 0.01]))
    found = path(it, np.arange(20_000) % 2)
    assert found.solution.reason is Reason.CONVERGED
    now = it.evaluate(found.whole)
    slope = now.gradient - now.curvature.quadratic * found.whole
    centred = slope - np.append(it.design.X.mean(axis=0), 0.0)[:, None] * now.gradient[-1]  # the intercept taken out
    left = it.penalty.residual(found.whole, centred)
    spread = np.append(it.design.X.std(axis=0), 1.0)
    bend = 0.15 * np.where(spread > 0, spread, 1.0) ** 2 * len(y) + 1e-9
    assert ((left**2 / bend[:, None]).sum(axis=0) < 1e-6 * now.value).all()


def test_sparse_rows_give_what_dense_rows_give():
    X = sprinkled(2_000, 30, 0.1, "csr", random_state=0)
    total = np.asarray(X.sum(axis=1)).ravel()
    y = (np.random.default_rng(0).random(2_000) < expit(total - 1.5)).astype(float)
    folds = np.arange(2_000) % 4
    sparse, dense = path(objective(X, y, design=Sparse), folds), path(objective(X.toarray(), y), folds)
    np.testing.assert_allclose(sparse.whole, dense.whole, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(sparse.out_of_fold(), dense.out_of_fold(), rtol=1e-4, atol=1e-5)


def test_the_same_call_gives_the_same_bits():
    X, y = table(12_000, 20)
    one, other = (path(objective(X, y, L1), np.arange(12_000) % 3) for _ in range(2))
    np.testing.assert_array_equal(one.whole, other.whole)
    np.testing.assert_array_equal(one.out_of_fold(), other.out_of_fold())


def test_threads_change_the_time_and_not_a_bit():
    X, y = table(40_000, 12)
    one = path(objective(X, y), np.arange(40_000) % 3)
    free = np.arange(13) == 12
    two = path(
        Objective(Dense(X, threads=2), y, Logistic(), L2(STRENGTHS, free), np.ones(len(y))), np.arange(40_000) % 3
    )
    np.testing.assert_array_equal(one.whole, two.whole)
    np.testing.assert_array_equal(one.without, two.without)


def test_a_path_of_signed_steps_and_levels_with_kinks_is_that_of_the_columns_spelled_out():
    rng = np.random.default_rng(5)
    bins, coding = (12, 2, 7), ("steps", "steps", "levels")
    codes = np.column_stack([rng.integers(0, count, 9_000) for count in bins])
    y = (rng.random(9_000) < expit(0.1 * codes[:, 0] - codes[:, 1] + np.sin(codes[:, 2]) - 1)).astype(float)
    spelled = [codes[:, [0]] >= np.arange(1, 12), codes[:, [1]] >= 1, codes[:, [2]] == np.arange(7)]
    X = np.hstack(spelled).astype(float)
    free = np.arange(20) == 19
    lower, upper = np.where(np.arange(20) < 11, 0.0, -np.inf), np.where(np.arange(20) == 11, 0.0, np.inf)
    penalty = Box(STRENGTHS, free, 1.0, lower, upper)
    folds = rng.integers(0, 3, len(y))
    ones = np.ones(len(y))
    ours = path(Objective(Codes(codes, bins, coding), y, Logistic(), penalty, ones), folds)
    plain = path(Objective(Dense(X), y, Logistic(), penalty, ones), folds, tolerance=1e-12)
    np.testing.assert_allclose(ours.out_of_fold(), plain.out_of_fold(), atol=2e-3)
    whole = Objective(Dense(X), y, Logistic(), penalty, ones)
    assert (whole.evaluate(ours.whole).value <= best(whole) * (1 + 1e-8)).all()
    assert ((lower[:, None] <= ours.whole) & (ours.whole <= upper[:, None])).all()
    assert 0 < np.count_nonzero(ours.whole[:11, 0]) < 11
