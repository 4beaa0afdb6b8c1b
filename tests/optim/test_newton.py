from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from casestudies.errors import ConfigError
from casestudies.optim import L2, Dense, Logistic, NewtonCG, Objective, Reason, Steps, Suboptimality, minimise
from casestudies.optim.linear import Diagonal, Whitening, conjugate_gradient

METHODS = {
    "factorised": NewtonCG(),
    "fresh": NewtonCG(fresh=True),
    "diagonal": NewtonCG(dense_columns=0, products=2000),
}
methods = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())


def table(rows, columns, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, columns))


def labels(X, seed=1):
    rng = np.random.default_rng(seed)
    return (rng.random(len(X)) < expit(X @ rng.normal(size=X.shape[1]) / np.sqrt(X.shape[1]) - 1)).astype(float)


def problem(X, y, strengths, weights=None, tile=2048):
    free = np.arange(X.shape[1] + 1) == X.shape[1]
    return Objective(
        Dense(X, tile=tile),
        y,
        Logistic(),
        L2(np.array(strengths), free),
        np.ones(len(y)) if weights is None else weights,
    )


def built(rows, columns, strength, seed=0):
    """A problem and its optimum: labels are the optimum's own probabilities, moved just as far as the penalty pulls.

    With coefficients Xᵀa, sum(a) = 0, labels p + strength · a make every entry of the gradient vanish.
    """
    X, a = table(rows, columns, seed), np.random.default_rng(seed + 1).normal(size=rows)
    a = (a - a.mean()) / np.sqrt(rows * columns)
    best = np.append(X.T @ a, -0.5)
    y = expit(X @ best[:-1] + best[-1]) + strength * a
    assert y.min() > 0
    assert y.max() < 1
    return problem(X, y, [strength]), best


SHAPES = {"long": (500, 6, 2.0), "square": (40, 39, 0.2), "wide": (30, 80, 0.05), "unpenalised": (300, 5, 0.0)}


@methods
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_an_optimum_known_by_construction_is_found(method, shape):
    objective, best = built(*shape)
    solution = minimise(objective, method, stop=(Suboptimality(1e-10), Steps(50)))
    assert solution.reason is Reason.CONVERGED
    assert solution.state.value[0] <= objective.evaluate(best[:, None]).value[0] * (1 + 1e-10)
    np.testing.assert_allclose(solution.x[:, 0], best, atol=1e-5)


def longdouble_optimum(X, y, strength, scale):
    """The best value, by plain Newton in extended precision on columns brought to one scale."""
    wide = np.hstack([X / scale, np.ones((len(X), 1))]).astype(np.longdouble)
    ridge = np.append(strength / scale.astype(np.longdouble) ** 2, 0.0)

    def value(w):
        z = wide @ w
        return (np.maximum(z, 0) - y * z + np.log1p(np.exp(-abs(z)))).sum() + (ridge * w * w).sum() / 2

    w = np.zeros(wide.shape[1], dtype=np.longdouble)
    for _ in range(60):
        p = 1 / (1 + np.exp(-(wide @ w)))
        gradient = wide.T @ (p - y) + ridge * w
        hessian = (wide.T * (p * (1 - p))) @ wide + np.diag(ridge)
        step = np.linalg.solve(hessian.astype(float), gradient.astype(float))
        size = 1.0
        while value(w - size * step) > value(w) and size > 1e-9:
            size /= 2
        w = w - size * step
    return float(value(w))


def test_columns_from_units_to_millions_cost_no_steps():
    scale = 10.0 ** np.arange(7)
    X = table(2000, 7)
    y = labels(X)
    offset = np.array([0, 1, 0, 30, 0, 3, 10.0])
    raw = (X + offset) * scale
    solution = minimise(problem(raw, y, [1.0]), NewtonCG())
    assert solution.reason is Reason.CONVERGED
    assert solution.state.step <= 10
    assert solution.state.value[0] == pytest.approx(longdouble_optimum(raw, y, 1.0, scale), rel=1e-12)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10_000),
    rows=st.integers(15, 80),
    columns=st.integers(1, 12),
    decades=st.floats(0, 4),
    log_strength=st.floats(-3, 3),
)
def test_the_certificate_is_no_smaller_than_the_true_distance(seed, rows, columns, decades, log_strength):
    scale = 10 ** np.random.default_rng(seed).uniform(0, decades, columns)
    X, strength = table(rows, columns, seed) * scale, 10.0**log_strength
    y = (np.arange(rows) % 3 == 0).astype(float)
    for tolerance in (1e-4, 1e-8):
        objective = problem(X, y, [strength])
        solution = minimise(objective, NewtonCG(tolerance=tolerance), stop=(Suboptimality(tolerance), Steps(200)))
        best = longdouble_optimum(X, y, strength, scale)
        assert solution.certificate.suboptimality[0] <= tolerance
        value = objective.evaluate(solution.x).value[0]
        assert value <= best * (1 + solution.certificate.suboptimality[0]) + 1e-12 * best


@methods
def test_a_block_gives_each_problem_what_it_gets_alone(method):
    X = table(300, 8)
    y = labels(X)
    weights = np.random.default_rng(3).integers(0, 2, (300, 4)).astype(float)
    strengths = [0.01, 1.0, 1.0, 100.0]
    block = minimise(problem(X, y, strengths, weights), method)
    assert block.reason is Reason.CONVERGED
    for k, strength in enumerate(strengths):
        alone = minimise(problem(X, y, [strength], weights[:, k]), method)
        np.testing.assert_allclose(block.x[:, k], alone.x[:, 0], rtol=1e-7, atol=1e-9)
        assert len(alone.trace.of(0)["step"]) == len(block.trace.of(k)["step"])


@pytest.mark.parametrize("tile", [1, 50, 10_000])
def test_the_size_of_the_tiles_does_not_matter(tile):
    X = table(120, 5)
    y = labels(X)
    one, other = (minimise(problem(X, y, [1.0], tile=t), NewtonCG()) for t in (tile, 32))
    np.testing.assert_allclose(one.x, other.x, rtol=1e-10)


@methods
def test_weight_zero_is_no_row_and_weight_two_is_the_row_twice(method):
    X = table(90, 4)
    y = labels(X)
    weights = np.arange(90) % 3
    weighted = minimise(problem(X, y, [1.0], weights.astype(float)), method)
    repeated = minimise(problem(np.repeat(X, weights, 0), np.repeat(y, weights), [1.0]), method)
    np.testing.assert_allclose(weighted.x, repeated.x, rtol=1e-9, atol=1e-12)


def test_a_far_start_is_brought_back_by_shorter_steps():
    X = table(200, 3)
    objective = problem(X, labels(X), [0.1])
    far = minimise(objective, NewtonCG(), np.array([[40.0], [-40.0], [40.0], [-40.0]]))
    trace = far.trace.of(0)
    assert trace["step_size"][1:].min() < 1
    assert (np.diff(trace["value"]) <= 0).all()
    np.testing.assert_allclose(far.x, minimise(objective, NewtonCG()).x, rtol=1e-7)


def test_where_values_can_no_longer_tell_the_gradient_does():
    X = table(400, 5)
    objective = problem(X, labels(X), np.geomspace(0.1, 10, 20))
    best = minimise(objective, NewtonCG(), stop=(Suboptimality(1e-14), Steps(50))).x
    near = best * (1 + 1e-9 * np.random.default_rng(0).choice([-1, 1], best.shape))
    solution = minimise(objective, NewtonCG(), near, stop=(Steps(1),))
    before, after = (objective.evaluate(x) for x in (near, solution.x))
    assert (np.abs(after.value - before.value) <= 1e-14 * before.value).all()
    np.testing.assert_array_equal(solution.state.step_size, 1)
    assert (np.abs(after.gradient).max(0) < 0.01 * np.abs(before.gradient).max(0)).all()


def test_at_machine_precision_the_solve_ends_by_itself_where_it_was():
    X = table(400, 5)
    objective = problem(X, labels(X), [1.0])
    best = minimise(objective, NewtonCG())
    longer = minimise(objective, NewtonCG(), best.x, stop=(Suboptimality(1e-30), Steps(30)))
    assert longer.state.value[0] == pytest.approx(best.state.value[0], rel=1e-14)
    assert longer.certificate.suboptimality[0] < 1e-20


@methods
@pytest.mark.parametrize("repeats", [2, 60])
@pytest.mark.parametrize("strength", [0.0, 1e-3])
def test_columns_that_repeat_one_another_share_the_weight(method, repeats, strength):
    X = table(100, 1) * 1e3
    y = labels(X / 1e3)
    objective = problem(np.repeat(X, repeats, axis=1), y, [strength])
    solution = minimise(objective, method)
    alone = minimise(problem(X, y, [strength / repeats]), method)  # the price of one column that does the work of all
    assert solution.reason is Reason.CONVERGED
    assert solution.state.value[0] == pytest.approx(alone.state.value[0], rel=1e-9)
    np.testing.assert_allclose(solution.x[:-1].sum(), alone.x[0, 0], rtol=1e-5)


@methods
def test_constant_and_empty_columns_do_no_harm(method):
    X = np.hstack([table(100, 2), np.full((100, 1), 7.0), np.zeros((100, 1))])
    y = labels(X[:, :2])
    solution = minimise(problem(X, y, [1.0]), method)
    plain = minimise(problem(X[:, :2], y, [1.0]), method)
    assert solution.state.value[0] == pytest.approx(plain.state.value[0], rel=1e-8)
    np.testing.assert_allclose(solution.x[2:4], 0, atol=1e-6)


def test_perfect_separation_without_a_penalty_ends_finite_however_long_it_runs():
    X = np.linspace(-1, 1, 20)[:, None]
    solution = minimise(problem(X, (X[:, 0] > 0).astype(float), [0.0]), NewtonCG(), stop=(Suboptimality(), Steps(2000)))
    assert np.isfinite(solution.x).all()
    assert solution.state.value[0] < 1e-9


@pytest.mark.parametrize("kind", [Diagonal, Whitening])
def test_conjugate_gradient_solves_the_newton_equations(kind):
    X = table(80, 6) * 10.0 ** np.arange(6)
    objective = problem(X, labels(X), [1.0, 10.0])
    now = objective.evaluate(np.full((7, 2), 1e-7))
    found = conjugate_gradient(
        objective, now.curvature, now.gradient, kind.at(objective, now.curvature), np.full(2, 1e-20), 100
    )
    step, products = found.step, found.products
    hessian = objective.gram(now.curvature) + np.stack([np.diag(q) for q in now.curvature.quadratic.T])
    exact = -np.linalg.solve(hessian, now.gradient.T[:, :, None])[:, :, 0].T
    np.testing.assert_allclose(step, exact, rtol=1e-6)
    assert products.max() <= (2 if kind is Whitening else 30)


def test_conjugate_gradient_gives_each_problem_the_accuracy_it_asks_for():
    X = table(80, 6)
    objective = problem(X, labels(X), [1.0, 1.0, 1.0])
    now = objective.evaluate(np.zeros((7, 3)))
    inverse = Diagonal.at(objective, now.curvature)
    found = conjugate_gradient(objective, now.curvature, now.gradient, inverse, np.array([1.0, 1e-20, 1e-2]), 100)
    step, products = found.step, found.products
    hessian = objective.gram(now.curvature)[0] + np.diag(now.curvature.quadratic[:, 0])
    exact = -np.linalg.solve(hessian, now.gradient[:, 0])
    assert products[0] == 0 < products[2] < products[1]
    np.testing.assert_array_equal(step[:, 0], 0)
    np.testing.assert_allclose(step[:, 1], exact, rtol=1e-8)
    assert 0 < np.abs(step[:, 2] - exact).max() < 0.1


def test_a_factorisation_is_renewed_when_it_has_worn_out():
    X = table(600, 24)
    y = (X[:, 0] > 1.5).astype(float)  # rare and nearly separated: the curvature at 0 soon says little
    products = minimise(problem(X, y, [1e-2]), NewtonCG()).trace.of(0)["products"][1:]
    worn = np.flatnonzero(products[:-1] > 24 // 8)
    assert worn.size
    assert (products[worn + 1] <= 2).all()


def test_a_loss_it_cannot_handle_is_refused_with_the_reason():
    @dataclass(frozen=True)
    class Wavy(Logistic):
        convex = False

    X = table(10, 2)
    wavy = Objective(Dense(X), labels(X), Wavy(), L2(np.ones(1), np.array([False, False, True])), np.ones(10))
    with pytest.raises(ConfigError) as caught:
        minimise(wavy, NewtonCG())
    assert str(caught.value) == "NewtonCG cannot solve Wavy with L2; it needs a smooth convex loss and a smooth penalty"


def test_fresh_hessians_ask_for_no_product():
    X = table(2_000, 20)
    objective = problem(X, labels(X), [0.1, 10.0])
    solution = minimise(objective, NewtonCG(fresh=True))
    assert solution.reason is Reason.CONVERGED
    assert np.nanmax(solution.trace.columns()["products"]) == 0
    assert solution.state.passes <= 2 * solution.state.step + 5
