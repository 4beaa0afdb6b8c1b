import numpy as np
import pytest
from scipy.optimize import lsq_linear
from scipy.special import expit

from casestudies.errors import ConfigError, DataError
from casestudies.optim.designs import Dense
from casestudies.optim.losses import ExpectedCost, Focal, Hinge, Logistic, Multinomial, Squared
from casestudies.optim.methods.lbfgs import LBFGS, LBFGSState
from casestudies.optim.methods.newton import NewtonCG
from casestudies.optim.objective import Objective
from casestudies.optim.penalties import L1, L2, Box, NonNegative
from casestudies.optim.reasons import Reason
from casestudies.optim.saving import load, save
from casestudies.optim.solve import minimise
from casestudies.optim.stopping import Steps, Suboptimality

ROWS, COLUMNS = 150, 5
FREE = np.arange(COLUMNS + 1) == COLUMNS
TIGHT = (Suboptimality(1e-13), Steps(100))


def table(seed=0):
    return np.random.default_rng(seed).normal(size=(ROWS, COLUMNS))


def outcomes(X, seed=1):
    return (np.random.default_rng(seed).random(len(X)) < expit(X[:, 0] - X[:, 1] - 0.5)).astype(float)


def problem(loss, X, y, penalty, weights=None):
    return Objective(Dense(X), y, loss, penalty, np.ones(len(y)) if weights is None else weights)


def ridge(*strengths):
    return L2(np.array(strengths), FREE)


def test_it_goes_where_newton_goes():
    X = table()
    it = problem(Logistic(), X, outcomes(X), ridge(0.01, 1.0, 100.0))
    ours, newton = (minimise(it, method, stop=TIGHT) for method in (LBFGS(), NewtonCG(tolerance=1e-13)))
    assert ours.reason is Reason.CONVERGED
    np.testing.assert_allclose(ours.x, newton.x, atol=1e-5)
    np.testing.assert_allclose(ours.state.value, newton.state.value, rtol=1e-12)


def test_units_of_columns_cost_nothing():
    X, unit = table(), 10.0 ** np.arange(COLUMNS)
    y = outcomes(X)
    plain = minimise(problem(Logistic(), X, y, ridge(0.0)), LBFGS(), stop=TIGHT)
    units = minimise(problem(Logistic(), X * unit, y, ridge(0.0)), LBFGS(), stop=TIGHT)
    assert units.state.passes <= 1.5 * plain.state.passes
    np.testing.assert_allclose(units.x[:-1, 0] * unit, plain.x[:-1, 0], atol=1e-5)


def test_bounds_hold_and_bind_as_in_the_bounded_least_squares_of_scipy():
    X = table()
    y = X @ [1.0, -1.0, 0.5, 0.0, 2.0] + np.random.default_rng(2).normal(size=ROWS)
    lower, upper = np.array([-0.5, -0.2, -0.2, -0.2, -0.2, -9]), np.array([0.5, 0.5, 0.5, 0.5, 3.0, 9])
    box = Box(np.zeros(1), FREE, 0.0, lower, upper)
    ours = minimise(problem(Squared(), X, y, box), LBFGS(), stop=TIGHT)
    bounds = np.where(FREE, -np.inf, lower), np.where(FREE, np.inf, upper)
    exact = lsq_linear(np.column_stack([X, np.ones(ROWS)]), y, bounds, tol=1e-14, method="bvls").x
    np.testing.assert_allclose(ours.x[:, 0], exact, atol=1e-7)
    np.testing.assert_array_equal(ours.x[[0, 1], 0], [0.5, -0.2])  # on the bound, not near it
    assert ours.reason is Reason.CONVERGED
    assert ours.state.gradient_norm[0] < 1e-5


def test_no_bound_is_overstepped_by_rounding():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, 40)) * 10.0 ** rng.uniform(-3, 3, 40)
    free, upper = np.arange(41) == 40, np.append(rng.uniform(1e-9, 1e-7, 40), 0)  # all of them bind
    y = X / X.std(axis=0) @ np.ones(40) + rng.normal(size=ROWS)
    ours = minimise(problem(Squared(), X, y, Box(np.zeros(1), free, upper=upper)), LBFGS(), stop=TIGHT)
    np.testing.assert_array_equal(ours.x[:-1, 0], upper[:-1])
    assert np.isfinite(ours.state.value).all()


def test_nonnegative_coefficients_satisfy_the_conditions_of_kuhn_and_tucker():
    X = table()
    y = outcomes(X)
    ours = minimise(problem(Logistic(), X, y, NonNegative(np.array([1.0]), FREE)), LBFGS(), stop=TIGHT)
    w = ours.x[:, 0]
    gradient = np.column_stack([X, np.ones(ROWS)]).T @ (expit(X @ w[:-1] + w[-1]) - y) + np.where(FREE, 0, w)
    assert (w[:-1] >= 0).all()
    assert (w[:-1] == 0).any()
    np.testing.assert_allclose(gradient[w != 0], 0, atol=1e-4)
    assert (gradient[w == 0] > 0).all()


def costs(y):
    """What letting a row be costs, and what acting on it adds: it pays where the event would have come."""
    amounts = np.random.default_rng(3).uniform(1, 5, len(y))
    return ExpectedCost(y * amounts, np.where(y == 1, -0.8 * amounts, 1.0))


@pytest.mark.parametrize("make", [lambda y: Focal(3.0), costs], ids=["Focal", "ExpectedCost"])
def test_losses_that_are_not_convex_end_where_no_direction_is_down(make):
    X = table()
    y = outcomes(X)
    it = problem(make(y), X, y, ridge(0.5))
    start = minimise(problem(Logistic(), X, y, ridge(0.5)), LBFGS()).x
    ours = minimise(it, LBFGS(), start, stop=(Suboptimality(1e-14), Steps(50)))
    assert ours.state.value[0] < it.evaluate(start).value[0]
    for move in 1e-3 * np.random.default_rng(4).normal(size=(50, COLUMNS + 1)):
        assert it.evaluate(ours.x + move[:, None]).value[0] > ours.state.value[0]
    assert ours.state.gradient_norm[0] < 1e-4


def test_classes_have_coefficients_of_their_own():
    X = table()
    y = np.random.default_rng(1).integers(0, 3, ROWS).astype(float)
    it = problem(Multinomial(), X, y, ridge(0.5))
    zeros = np.zeros((COLUMNS + 1, 1, 3))
    ours, newton = (minimise(it, method, zeros, stop=TIGHT) for method in (LBFGS(), NewtonCG(tolerance=1e-13)))
    np.testing.assert_allclose(ours.x[:-1], newton.x[:-1], atol=1e-5)


@pytest.mark.parametrize("penalty", [ridge(0.1, 10.0), NonNegative(np.array([0.1, 10.0]), FREE)])
def test_a_solve_that_goes_on_is_the_solve_that_never_stopped(penalty, tmp_path):
    X = table()
    it = problem(Logistic(), X, outcomes(X), penalty)
    method, stop = LBFGS(iterations=3), (Suboptimality(1e-12), Steps(60))
    whole = minimise(it, method, stop=stop)
    part = minimise(it, method, stop=(Steps(2),))
    assert part.state.step == 2 < whole.state.step
    save(tmp_path / "state.npz", part.state)
    rest = minimise(it, method, load(tmp_path / "state.npz", LBFGSState), stop=stop, trace=part.trace)
    np.testing.assert_array_equal(rest.x, whole.x)
    for name in ("step", "problem", "passes", "value", "suboptimality"):
        np.testing.assert_array_equal(rest.trace.columns()[name], whole.trace.columns()[name])


def test_short_steps_forget_and_still_arrive():
    X = table()
    it = problem(Logistic(), X, outcomes(X), ridge(1.0))
    values = [minimise(it, LBFGS(iterations=n), stop=TIGHT).state.value[0] for n in (2, 5, 20, 500)]
    np.testing.assert_allclose(values, values[-1], rtol=1e-11)


def test_a_problem_alone_gets_what_it_gets_in_a_block():
    X = table()
    y, weights = outcomes(X), np.random.default_rng(3).integers(0, 2, (ROWS, 2)).astype(float)
    block = minimise(problem(Logistic(), X, y, ridge(0.1, 10.0), weights), LBFGS())
    for k, strength in enumerate([0.1, 10.0]):
        alone = minimise(problem(Logistic(), X, y, ridge(strength), weights[:, k]), LBFGS())
        np.testing.assert_array_equal(block.x[:, k], alone.x[:, 0])


@pytest.mark.parametrize("alike", [0.0, 3.0, 10.0])
def test_the_certificate_is_no_smaller_than_the_true_distance(alike):
    """`alike`: how much of every column is the same; the pace of the values alone is up to 900 times too hopeful."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(ROWS, 20)) + alike * rng.normal(size=(ROWS, 1))
        it = problem(Logistic(), X, outcomes(X), L2(np.array([0.1]), np.arange(21) == 20))
        best = minimise(it, NewtonCG(tolerance=1e-14), stop=(Suboptimality(1e-14), Steps(60))).state.value[0]
        for tolerance in (1e-4, 1e-8):
            ours = minimise(it, LBFGS(8, tolerance=tolerance), stop=(Suboptimality(tolerance), Steps(300)))
            assert ours.reason is Reason.CONVERGED
            assert (ours.state.value[0] - best) / best <= 1.1 * ours.certificate.suboptimality[0] <= 1.1 * tolerance


def test_at_the_optimum_it_says_so_and_stays():
    X = table()
    it = problem(Logistic(), X, outcomes(X), ridge(1.0))
    best = minimise(it, NewtonCG(tolerance=1e-14), stop=(Suboptimality(1e-14), Steps(60)))
    ours = minimise(it, LBFGS(), best.x)
    assert ours.reason is Reason.CONVERGED
    np.testing.assert_allclose(ours.x, best.x, atol=1e-6)
    longer = minimise(it, LBFGS(), best.x, stop=(Suboptimality(0.0), Steps(30)))
    assert longer.reason is Reason.STALLED
    assert longer.certificate.suboptimality[0] < 1e-12


def test_a_start_out_of_bounds_is_brought_back():
    X = table()
    it = problem(Logistic(), X, outcomes(X), NonNegative(np.array([1.0]), FREE))
    ours = minimise(it, LBFGS(), np.full((COLUMNS + 1, 1), -5.0), stop=TIGHT)
    zero = minimise(it, LBFGS(), stop=TIGHT)
    np.testing.assert_allclose(ours.x, zero.x, atol=1e-5)


@pytest.mark.parametrize(("loss", "penalty"), [(Hinge(), L2), (Logistic(), L1)])
def test_kinks_are_refused_with_the_reason(loss, penalty):
    X = table()
    with pytest.raises(ConfigError) as caught:
        minimise(problem(loss, X, outcomes(X), penalty(np.ones(1), FREE)), LBFGS())
    assert str(caught.value) == (
        f"LBFGS cannot solve {type(loss).__name__} with {penalty.__name__}; it needs a smooth loss and a penalty "
        "without kinks; bounds are welcome"
    )


def test_a_start_needs_a_value():
    X = table()
    with pytest.raises(DataError) as caught:
        minimise(problem(Logistic(), X, outcomes(X), ridge(1.0)), LBFGS(), np.full((COLUMNS + 1, 1), np.nan))
    assert str(caught.value).startswith("the objective is nan at the start")
