import subprocess
import sys

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from casestudies.errors import ConfigError, DataError
from casestudies.optim.damped import Factor, conjugate, dual, primal
from casestudies.optim.designs import Dense
from casestudies.optim.gauss_newton import LinearModel
from casestudies.optim.losses import Focal, Hinge, Logistic, Multinomial, Squared
from casestudies.optim.methods.levenberg import LevenbergMarquardt, LevenbergState
from casestudies.optim.objective import Objective
from casestudies.optim.penalties import L1, L2, NonNegative
from casestudies.optim.reasons import Reason
from casestudies.optim.removal import without_groups
from casestudies.optim.saving import load, save
from casestudies.optim.solve import minimise
from casestudies.optim.stopping import Steps, Suboptimality

ROWS, COLUMNS, CLASSES = 120, 6, 3
TIGHT = (Suboptimality(1e-20), Steps(200))
ROUTES = {"by the matrix": LevenbergMarquardt(), "by products": LevenbergMarquardt(direct=0)}
routes = pytest.mark.parametrize("method", ROUTES.values(), ids=ROUTES.keys())
LOSSES = pytest.mark.parametrize("loss", [Logistic(), Multinomial(), Squared()], ids=lambda loss: type(loss).__name__)


def table(rows=ROWS, columns=COLUMNS, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, columns))


def labels(loss, X, seed=1):
    rng = np.random.default_rng(seed)
    if loss.classes:
        return (X[:, :CLASSES] + rng.normal(size=(len(X), CLASSES))).argmax(axis=1).astype(float)
    margins = X[:, 0] - X[:, 1] + 0.5
    return margins + rng.normal(size=len(X)) if loss.attained else (rng.random(len(X)) < expit(margins)).astype(float)


def problem(loss, X, y, strengths=(1.0,), weights=None, penalty=L2, tile=2048):
    free = np.arange(X.shape[1] + 1) == X.shape[1]
    weights = np.ones(len(y)) if weights is None else weights
    return Objective(Dense(X, tile=tile), y, loss, penalty(np.array(strengths), free), weights)


def zeros(loss, X, problems=1):
    shape = (X.shape[1] + 1, problems)
    return np.zeros((*shape, CLASSES) if loss.classes else shape)


def solve(loss, X, y, method=ROUTES["by the matrix"], strengths=(1.0,), stop=TIGHT, **more):
    return minimise(problem(loss, X, y, strengths, **more), method, zeros(loss, X, len(strengths)), stop=stop)


@routes
@pytest.mark.parametrize("loss", [Logistic(), Multinomial()], ids=lambda loss: type(loss).__name__)
def test_a_linear_head_is_the_one_of_scikit_learn(loss, method):
    X = table()
    y = labels(loss, X)
    peer = LogisticRegression(C=1 / 0.3, tol=1e-12, max_iter=5000).fit(X, y)
    ours = solve(loss, X, y, method, strengths=[0.3])
    assert ours.reason is Reason.CONVERGED
    theirs = np.vstack([peer.coef_.T, peer.intercept_])
    x = ours.x[:, 0].reshape(theirs.shape)
    if loss.classes:  # a softmax does not feel a shift of all intercepts
        x[-1] -= x[-1].mean()
        theirs[-1] -= theirs[-1].mean()
    np.testing.assert_allclose(x, theirs, atol=1e-5)
    assert ours.state.gradient_norm[0] < 1e-7


def test_a_squared_loss_takes_one_undamped_step_to_the_normal_equations():
    X = table()
    y = labels(Squared(), X)
    ours = solve(Squared(), X, y, LevenbergMarquardt(damping=1e-12), strengths=[2.0], stop=(Steps(1),))
    wide = np.column_stack([X, np.ones(ROWS)])
    exact = np.linalg.solve(wide.T @ wide + 2.0 * np.diag([1.0] * COLUMNS + [0]), wide.T @ y)
    np.testing.assert_allclose(ours.x[:, 0], exact, rtol=1e-9)


def test_a_head_on_2000_rows_is_optimal_to_1e_9_in_ten_steps():
    X = table(2000, 200)
    y = labels(Logistic(), X)
    ours = solve(Logistic(), X, y, stop=(Suboptimality(1e-23), Steps(10)))
    assert ours.reason is Reason.CONVERGED
    wide = np.column_stack([X, np.ones(2000)])
    w = ours.x[:, 0]
    assert np.abs(wide.T @ (expit(wide @ w) - y) + np.append(w[:-1], 0)).max() < 1e-9


@LOSSES
@pytest.mark.parametrize("tile", [16, 2048])
def test_matrix_and_products_are_the_slope_of_the_gradient(loss, tile):
    X = table()
    it = problem(loss, X, labels(loss, X), weights=np.arange(ROWS) % 3 / 1.0, tile=tile)
    rng = np.random.default_rng(3)
    x = rng.normal(size=zeros(loss, X)[:, 0].shape)
    model, step = LinearModel(it, x), 1e-6
    v = rng.normal(size=x.size)
    ahead, back = (LinearModel(it, x + sign * step * v.reshape(x.shape)) for sign in (1, -1))
    assert model.gradient() @ v == pytest.approx((ahead.value - back.value) / (2 * step), rel=1e-6)
    slope = (ahead.gradient() - back.gradient()) / (2 * step)
    np.testing.assert_allclose(model.product(v), slope, rtol=1e-5, atol=1e-5)
    matrix, B = model.matrix(), model.root()
    np.testing.assert_allclose(matrix @ v, model.product(v), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(B.T @ B + np.diag(model.quadratic), matrix, atol=1e-10)
    assert B.shape == (model.sides, x.size)
    np.testing.assert_allclose(model.metric(), np.diagonal(matrix), rtol=1e-10)


@LOSSES
def test_the_three_solves_agree(loss):
    X = table(30, 12)
    it = problem(loss, X, labels(loss, X))
    x = np.random.default_rng(3).normal(size=zeros(loss, X)[:, 0].shape)
    model = LinearModel(it, x)
    gradient, metric = model.gradient(), model.metric()
    added = 0.1 * metric
    exact = -np.linalg.solve(model.matrix() + np.diag(added), gradient)
    trials = (
        primal(Factor.of(model.matrix()), gradient, added),
        dual(model, gradient, added),
        conjugate(model, gradient, added, metric, 1e-24, 500),
    )
    for trial in trials:
        np.testing.assert_allclose(trial.step, exact, rtol=1e-8, atol=1e-12)
        promised = -(gradient @ exact + 0.5 * exact @ model.matrix() @ exact)
        assert trial.promised == pytest.approx(promised, rel=1e-8)


def test_an_inexact_step_promises_what_the_parabola_says():
    X = table()
    model = LinearModel(problem(Logistic(), X, labels(Logistic(), X)), np.ones(COLUMNS + 1))
    gradient, metric = model.gradient(), model.metric()
    trial = conjugate(model, gradient, 0.1 * metric, metric, 0.0, 2)
    assert trial.products == 2
    s = trial.step
    assert trial.promised == pytest.approx(-(gradient @ s + 0.5 * s @ model.matrix() @ s), rel=1e-10)


@LOSSES
def test_more_columns_than_rows_are_solved_in_the_space_of_the_rows(loss):
    X = table(25, 90)
    y = labels(loss, X)
    dual_route = LevenbergMarquardt(direct=60)
    ours, matrix = (
        solve(loss, X, y, method, stop=(Suboptimality(1e-18), Steps(60)))
        for method in (dual_route, LevenbergMarquardt())
    )
    assert ours.state.points[0].factor is None
    assert np.nanmax(ours.trace.columns()["products"]) == 0
    np.testing.assert_allclose(
        ours.x - ours.x.mean(axis=2, keepdims=True) if loss.classes else ours.x,
        matrix.x - matrix.x.mean(axis=2, keepdims=True) if loss.classes else matrix.x,
        atol=1e-6,
    )


def test_a_factor_is_as_exact_in_cents_as_in_millions():
    rng = np.random.default_rng(0)
    A = rng.normal(size=(40, 8))
    unit = 10.0 ** np.arange(-8, 8, 2)
    plain, scaled = Factor.of(A.T @ A), Factor.of((A * unit).T @ (A * unit))
    assert scaled.condition == pytest.approx(plain.condition, rel=1e-6)
    v = rng.normal(size=8)
    np.testing.assert_allclose(scaled.solve(v * unit, 0 * unit) * unit, np.linalg.solve(A.T @ A, v), rtol=1e-9)
    assert scaled.decrement(v * unit) == pytest.approx(v @ np.linalg.solve(A.T @ A, v), rel=1e-9)


def test_a_factor_knows_when_there_is_none_and_is_none_the_worse():
    rng = np.random.default_rng(0)
    H = rng.normal(size=(6, 6))
    H += H.T
    factor = Factor.of(H.copy())
    assert not factor.definite
    assert factor.decrement(np.ones(6)) == np.inf
    assert factor.solve(np.ones(6), np.zeros(6)) is None
    lift = np.full(6, 50.0)
    np.testing.assert_allclose(
        factor.solve(np.ones(6), lift), np.linalg.solve(H + np.diag(lift), np.ones(6)), rtol=1e-9
    )


@routes
def test_a_block_gives_each_problem_what_it_gets_alone(method):
    X = table()
    y, weights = labels(Logistic(), X), np.random.default_rng(3).integers(0, 2, (ROWS, 3)).astype(float)
    block = solve(Logistic(), X, y, method, strengths=[0.01, 1.0, 100.0], weights=weights)
    for k, strength in enumerate([0.01, 1.0, 100.0]):
        alone = solve(Logistic(), X, y, method, strengths=[strength], weights=weights[:, k])
        np.testing.assert_array_equal(block.x[:, k], alone.x[:, 0])


@routes
def test_weight_zero_is_no_row_and_weight_two_is_the_row_twice(method):
    X = table()
    y, weights = labels(Multinomial(), X), np.arange(ROWS) % 3
    weighted = solve(Multinomial(), X, y, method, weights=weights.astype(float))
    repeated = solve(Multinomial(), np.repeat(X, weights, 0), np.repeat(y, weights), method)
    np.testing.assert_allclose(weighted.x[:-1], repeated.x[:-1], atol=1e-8)


@routes
@pytest.mark.parametrize("loss", [Logistic(), Multinomial()], ids=lambda loss: type(loss).__name__)
def test_a_solve_that_goes_on_is_the_solve_that_never_stopped(loss, method, tmp_path):
    X = table()
    it = problem(loss, X, labels(loss, X), [1e-3, 1.0])
    start = zeros(loss, X, 2)
    whole = minimise(it, method, start, stop=TIGHT)
    part = minimise(it, method, start, stop=(Steps(3),))
    save(tmp_path / "state.npz", part.state)
    rest = minimise(it, method, load(tmp_path / "state.npz", LevenbergState), stop=TIGHT, trace=part.trace)
    np.testing.assert_array_equal(rest.x, whole.x)
    for name in ("step", "passes", "value", "damping", "decrement", "suboptimality", "products"):
        np.testing.assert_array_equal(rest.trace.columns()[name], whole.trace.columns()[name])


@routes
def test_the_certificate_is_no_smaller_than_a_fifth_of_the_true_distance(method):
    X = table() * 10.0 ** np.arange(COLUMNS)
    y = labels(Logistic(), X / 10.0 ** np.arange(COLUMNS))
    best = solve(Logistic(), X, y).state.value[0]
    for tolerance in (1e-2, 1e-4, 1e-8):
        ours = solve(Logistic(), X, y, method, stop=(Suboptimality(tolerance), Steps(100)))
        assert ours.certificate.suboptimality[0] <= tolerance
        assert (ours.state.value[0] - best) / best <= 5 * ours.certificate.suboptimality[0] + 1e-14


def test_steps_that_fail_are_turns_with_more_damping():
    X = table(200, 3)
    y = labels(Focal(4.0), X)  # not convex
    start = np.full((4, 1), 8.0) * [[1], [-1], [1], [-1]]
    ours = minimise(problem(Focal(4.0), X, y, [0.1]), LevenbergMarquardt(damping=1e-9), start, stop=TIGHT)
    told = ours.trace.of(0)
    failed = np.flatnonzero(told["step_size"] == 0)
    assert failed.size
    np.testing.assert_array_equal(told["value"][failed], told["value"][failed - 1])
    assert (told["damping"][failed] > told["damping"][failed - 1]).all()
    assert (np.diff(told["value"]) <= 1e-12).all()
    assert ours.state.gradient_norm[0] < 1e-6


def test_at_machine_precision_it_ends_by_itself_where_it_was():
    X = table()
    ours = solve(Logistic(), X, labels(Logistic(), X), stop=(Suboptimality(0.0), Steps(200)))
    assert ours.reason is Reason.STALLED
    assert ours.state.step < 40
    assert ours.state.gradient_norm[0] < 1e-12


@routes
def test_repeated_constant_and_empty_columns_do_no_harm(method):
    X = table()
    y = labels(Logistic(), X)
    odd = np.column_stack([X, X[:, 0], np.full(ROWS, 7.0), np.zeros(ROWS)])
    ours = solve(Logistic(), odd, y, method, strengths=[1e-3], stop=(Suboptimality(1e-10), Steps(300)))
    plain = solve(Logistic(), X, y, strengths=[1e-3])
    assert ours.reason is Reason.CONVERGED
    assert ours.state.value[0] == pytest.approx(plain.state.value[0], rel=1e-3)
    assert ours.state.value[0] <= plain.state.value[0] * (1 + 1e-9)
    assert ours.x[COLUMNS + 2, 0] == 0


def test_perfect_separation_without_a_penalty_ends_finite():
    X = np.linspace(-1, 1, 20)[:, None]
    ours = solve(Logistic(), X, (X[:, 0] > 0).astype(float), strengths=[0.0], stop=(Suboptimality(), Steps(500)))
    assert np.isfinite(ours.x).all()
    assert ours.state.value[0] < 1e-6
    assert ours.trace.of(0)["misfits"][-1] == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"loss": Hinge()}, "LevenbergMarquardt cannot solve Hinge with L2; it needs a smooth loss"),
        ({"penalty": L1}, "LevenbergMarquardt cannot solve Logistic with L1"),
        ({"penalty": NonNegative}, "LevenbergMarquardt cannot solve Logistic with NonNegative"),
    ],
)
def test_what_it_cannot_solve_is_refused_with_the_reason(changes, words):
    parts = {"loss": Logistic(), "penalty": L2} | changes
    X = table()
    with pytest.raises(ConfigError) as caught:
        minimise(problem(parts["loss"], X, labels(Logistic(), X), penalty=parts["penalty"]), LevenbergMarquardt())
    assert words in str(caught.value)


def test_classes_need_a_start_and_a_start_needs_a_value():
    X = table()
    with pytest.raises(ConfigError) as no_start:
        minimise(problem(Multinomial(), X, labels(Multinomial(), X)), LevenbergMarquardt())
    assert str(no_start.value).startswith("no start; give (columns, problems[, classes])")
    with pytest.raises(DataError) as no_value:
        minimise(problem(Logistic(), X, labels(Logistic(), X)), LevenbergMarquardt(), np.full((COLUMNS + 1, 1), np.nan))
    assert str(no_value.value).startswith("the objective is nan at the start")


def test_a_linear_head_needs_no_torch():
    code = "import sys, casestudies.optim.methods.levenberg, casestudies.optim.removal; print('torch' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


GROUPS = np.random.default_rng(5).integers(0, 40, ROWS)


def test_a_group_taken_out_of_a_parabola_is_the_refit_itself():
    """With a squared loss the objective is its parabola, so the answer is exact."""
    X = table()
    y, weights = labels(Squared(), X), 1.0 + np.arange(ROWS) % 2
    ours = solve(Squared(), X, y, strengths=[1.0, 30.0], weights=weights)
    told = without_groups(problem(Squared(), X, y, [1.0, 30.0], weights), ours.state, GROUPS)
    assert told.shape == (ROWS, 2)
    wide = np.column_stack([X, np.ones(ROWS)])
    for group in np.unique(GROUPS):
        rest = group != GROUPS
        for k, strength in enumerate([1.0, 30.0]):
            gram = (wide[rest].T * weights[rest]) @ wide[rest] + strength * np.diag([1.0] * COLUMNS + [0])
            refit = np.linalg.solve(gram, wide[rest].T @ (weights[rest] * y[rest]))
            np.testing.assert_allclose(told[~rest, k], wide[~rest] @ refit, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("loss", [Logistic(), Multinomial()], ids=lambda loss: type(loss).__name__)
def test_groups_left_out_are_close_to_refits(loss):
    X = table()
    y = labels(loss, X)
    ours = solve(loss, X, y)
    told = without_groups(problem(loss, X, y), ours.state, GROUPS.astype(str))
    wide = np.column_stack([X, np.ones(ROWS)])
    fitted = np.einsum("rc,c...->r...", wide, ours.x[:, 0])
    moves, errors = [], []
    for group in np.unique(GROUPS)[:15]:
        held = group == GROUPS
        refit = solve(loss, X, y, weights=(~held).astype(float)).x[:, 0]
        exact = np.einsum("rc,c...->r...", wide[held], refit)
        moves.append(np.abs(exact - fitted[held]).max())
        errors.append(np.abs(told[held, 0] - exact).max())
    assert max(errors) < 0.15 * max(moves)
    assert np.median(errors) < 0.05 * np.median(moves)


def test_groups_that_cannot_be_left_out_are_refused():
    X = np.column_stack([table(), GROUPS[0] == GROUPS])  # only one group knows the last column
    y = labels(Squared(), X)
    ours = solve(Squared(), X, y, strengths=[0.0])
    with pytest.raises(DataError) as caught:
        without_groups(problem(Squared(), X, y, [0.0]), ours.state, GROUPS)
    assert str(caught.value) == f"group '{GROUPS[0]}': the other rows do not determine all unknowns; add a penalty"
    with pytest.raises(DataError) as short:
        without_groups(problem(Squared(), X, y, [0.0]), ours.state, GROUPS[1:])
    assert str(short.value) == "119 groups for 120 rows; give one group per row"
    products = solve(Squared(), X, y, ROUTES["by products"])
    with pytest.raises(ConfigError) as caught:
        without_groups(problem(Squared(), X, y), products.state, GROUPS)
    assert str(caught.value).startswith("no factor of 8 unknowns was kept")


@pytest.mark.parametrize("rows", [1, 7, ROWS])
def test_groups_are_left_out_a_few_at_a_time_where_many_would_not_fit(rows, monkeypatch):
    X = table()
    y = labels(Multinomial(), X)
    ours, it = solve(Multinomial(), X, y), problem(Multinomial(), X, y)
    whole = without_groups(it, ours.state, GROUPS)
    monkeypatch.setattr("casestudies.optim.removal._CHUNK", rows * CLASSES * ours.x[:, 0].size)
    np.testing.assert_allclose(without_groups(it, ours.state, GROUPS), whole, rtol=1e-12)
