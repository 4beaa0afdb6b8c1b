from itertools import combinations

import numpy as np
import pytest

from casestudies.errors import ConfigError
from casestudies.optim import L1, L2, Dense, Objective, Reason, Steps, Suboptimality, minimise
from casestudies.optim.losses import Absolute, Huber, Quantile
from casestudies.optim.methods import LinearProgramme
from casestudies.optim.methods.programme import ProgrammeState
from casestudies.optim.saving import load, save

STOP = (Suboptimality(1e-12), Steps(3))


def table(rows=13, columns=2, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns))
    return X, X @ np.arange(1.0, columns + 1) + rng.standard_t(2, rows)


def problem(loss, X, y, strength=(0.0,), weights=None, penalty=L1):
    free = np.arange(X.shape[1] + 1) == X.shape[1]
    return Objective(
        Dense(X), y, loss, penalty(np.array(strength), free), np.ones(len(y)) if weights is None else weights
    )


def total(loss, X, y, w, weights=1.0):
    z = X @ w[:-1] + w[-1]
    level = getattr(loss, "level", None)
    each = np.abs(z - y) if level is None else np.where(y >= z, level * (y - z), (1 - level) * (z - y))
    return float(np.sum(weights * each))


@pytest.mark.parametrize("loss", [Absolute(), Quantile(0.1), Quantile(0.5), Quantile(0.83)])
def test_no_line_through_three_rows_is_better(loss):
    """An optimum of a linear programme is at a corner, and here all corners can be tried."""
    X, y = table()
    solved = minimise(problem(loss, X, y), LinearProgramme(), stop=STOP)
    D = np.column_stack([X, np.ones(len(y))])
    corners = [np.linalg.solve(D[list(rows)], y[list(rows)]) for rows in combinations(range(len(y)), 3)]
    assert solved.state.value[0] == pytest.approx(min(total(loss, X, y, w) for w in corners), rel=1e-12)
    assert solved.state.value[0] == pytest.approx(total(loss, X, y, solved.x[:, 0]), rel=1e-12)
    assert solved.reason is Reason.CONVERGED
    assert solved.certificate.suboptimality[0] < 1e-13


def test_without_columns_it_is_the_median_and_the_quantile():
    y = np.random.default_rng(1).normal(size=101)
    for loss, level in ((Absolute(), 0.5), (Quantile(0.9), 0.9)):
        solved = minimise(problem(loss, np.empty((101, 0)), y), LinearProgramme(), stop=STOP)
        assert solved.x[0, 0] == np.quantile(y, level, method="inverted_cdf")


def test_columns_and_labels_of_any_size_are_the_same_to_it():
    X, y = table(200, 3)
    units = np.array([1e-6, 1.0, 1e7])
    plain = minimise(problem(Quantile(0.7), X, y), LinearProgramme(), stop=STOP)
    other = minimise(problem(Quantile(0.7), X * units, 1e5 * y), LinearProgramme(), stop=STOP)
    np.testing.assert_allclose(other.x[:-1, 0] * units / 1e5, plain.x[:-1, 0], rtol=1e-9)


def test_weights_are_rows_and_no_rows():
    X, y = table(60)
    weights = np.random.default_rng(2).integers(0, 3, 60).astype(float)
    weighted = minimise(problem(Absolute(), X, y, weights=weights), LinearProgramme(), stop=STOP)
    again = np.repeat(np.arange(60), weights.astype(int))
    repeated = minimise(problem(Absolute(), X[again], y[again]), LinearProgramme(), stop=STOP)
    assert weighted.state.value[0] == pytest.approx(repeated.state.value[0], rel=1e-12)


def test_strengths_are_problems_and_l1_puts_coefficients_to_0():
    from scipy.optimize import linprog

    X, y = table(80, 4, seed=3)
    strengths = (0.0, 5.0, 1e4)
    block = minimise(problem(Absolute(), X, y, strengths), LinearProgramme(), stop=STOP)
    for k, strength in enumerate(strengths):  # the primal, with two numbers for each row and coefficient
        eye, n, p = np.eye(80), 80, 4
        A = np.hstack([X, -X, np.ones((n, 1)), -np.ones((n, 1)), eye, -eye])
        cost = np.concatenate([np.full(2 * p, strength), [0, 0], np.ones(2 * n)])
        primal = linprog(cost, A_eq=A, b_eq=y, method="highs")
        assert block.state.value[k] == pytest.approx(primal.fun, rel=1e-9)
    np.testing.assert_array_equal(block.x[:-1, 2], 0)
    assert block.x[-1, 2] == pytest.approx(np.median(y), abs=np.ptp(np.sort(y)[39:41]))
    assert block.certificate.suboptimality.max() < 1e-12


def test_a_solve_that_goes_on_is_the_solve_that_never_stopped(tmp_path):
    it = problem(Quantile(0.2), *table(50), strength=(0.0, 2.0))
    whole, part = minimise(it, LinearProgramme(), stop=STOP), minimise(it, LinearProgramme(), stop=(Steps(0),))
    save(tmp_path / "state.npz", part.state)
    rest = minimise(it, LinearProgramme(), load(tmp_path / "state.npz", ProgrammeState), stop=STOP)
    np.testing.assert_array_equal(rest.x, whole.x)


@pytest.mark.parametrize(("loss", "penalty", "strength"), [(Huber(1.0), L1, 0.0), (Absolute(), L2, 1.0)])
def test_what_bends_is_refused_with_the_reason(loss, penalty, strength):
    with pytest.raises(ConfigError) as caught:
        minimise(problem(loss, *table(), strength=(strength,), penalty=penalty), LinearProgramme())
    assert str(caught.value) == (
        f"LinearProgramme cannot solve {type(loss).__name__} with {penalty.__name__}; it needs Absolute or Quantile, and "
        "L1 or a strength of 0"
    )
