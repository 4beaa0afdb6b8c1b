import warnings

import numpy as np
import pytest
import sklearn.linear_model
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from casestudies.errors import ConfigError
from casestudies.optim import L1, L2, Dense, ElasticNet, Logistic, Objective, ProxNewton, Reason, minimise
from casestudies.optim.losses import Hinge, Squared
from casestudies.optim.penalties import Box, NonNegative
from casestudies.optim.proximal import Metric, Prices, proximal_step
from casestudies.optim.stopping import Steps, Suboptimality


def table(rows, columns, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns)) @ (np.eye(columns) + 0.4 * rng.normal(size=(columns, columns)))
    truth = rng.normal(size=columns) * (rng.random(columns) < 0.5)
    return X, (rng.random(rows) < expit(X @ truth / np.sqrt(columns) - 0.5)).astype(float)


def objective(X, y, kind, strengths, loss=None, **more):
    free = np.arange(X.shape[1] + 1) == X.shape[1]
    return Objective(Dense(X), y, loss or Logistic(), kind(np.array(strengths), free, **more), np.ones(len(y)))


def distance(it, x):
    """How far from optimal, by the penalty's own measure: 0 = optimal."""
    now = it.evaluate(x)
    return it.penalty.residual(x, now.gradient - now.curvature.quadratic * x).max(axis=0)


SHAPES = {"long": (400, 8), "wide": (30, 60)}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("strength", [20.0, 1.0, 0.05])
def test_the_optimum_is_scikit_learns(shape, strength):
    X, y = table(*shape)
    it = objective(X, y, L1, [strength])
    solution = minimise(it, ProxNewton())
    assert solution.reason is Reason.CONVERGED
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = sklearn.linear_model.LogisticRegression(
            C=1 / strength, l1_ratio=1.0, solver="saga", tol=1e-10, max_iter=20_000
        ).fit(X, y)
    theirs = np.append(peer.coef_[0], peer.intercept_)[:, None]
    assert it.evaluate(solution.x).value[0] <= it.evaluate(theirs).value[0] * (1 + 1e-8)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (L1, {}),
        (ElasticNet, {"l1_ratio": 0.4}),
        (NonNegative, {}),
        (Box, {"lower": np.full(9, -0.1), "upper": np.full(9, 0.2)}),
        (L2, {}),
    ],
)
@pytest.mark.parametrize("loss", [Logistic(), Squared()])
def test_at_the_end_nothing_pulls_at_any_coefficient(kind, more, loss):
    X, y = table(300, 8)
    it = objective(X, y, kind, [30.0, 3.0, 0.1], loss, **more)
    solution = minimise(it, ProxNewton(tolerance=1e-12), stop=(Suboptimality(1e-12), Steps()))
    assert solution.reason is Reason.CONVERGED
    start = np.abs(it.evaluate(np.zeros_like(solution.x)).gradient).max()
    assert distance(it, solution.x).max() < 1e-7 * start


@pytest.mark.parametrize("bounds", [(-0.05, 0.1), (0.0, np.inf), (-np.inf, 0.0)])
def test_bounds_hold_and_the_optimum_is_scipys(bounds):
    X, y = table(200, 5)
    lower, upper = (np.full(6, end) for end in bounds)
    it = objective(X, y, Box, [0.0], lower=lower, upper=upper)
    x = minimise(it, ProxNewton(tolerance=1e-12), stop=(Suboptimality(1e-12), Steps())).x[:, 0]
    assert (x[:-1] >= bounds[0]).all()
    assert (x[:-1] <= bounds[1]).all()

    def both(w):
        z = X @ w[:-1] + w[-1]
        slope = expit(z) - y
        return (np.logaddexp(0, z) - y * z).sum(), np.append(X.T @ slope, slope.sum())

    limits = [(None if np.isinf(a) else a, None if np.isinf(b) else b) for a, b in [bounds] * 5] + [(None, None)]
    peer = minimize(
        both, np.zeros(6), jac=True, method="L-BFGS-B", bounds=limits, options={"ftol": 1e-15, "gtol": 1e-9}
    )
    np.testing.assert_allclose(x, peer.x, atol=1e-5)


def test_the_strongest_penalty_leaves_the_intercept_alone_and_a_hair_less_lets_one_column_in():
    X, y = table(300, 6)
    alone = objective(X, y, L1, [1e9])
    x = minimise(alone, ProxNewton()).x
    np.testing.assert_array_equal(x[:-1], 0)
    assert x[-1, 0] == pytest.approx(np.log(y.mean() / (1 - y.mean())), abs=1e-6)
    edge = alone.penalty.strongest(alone.evaluate(x).gradient)[0]
    for share, count in ((1.001, 0), (0.999, 1)):
        assert np.count_nonzero(minimise(objective(X, y, L1, [share * edge]), ProxNewton()).x[:-1]) == count


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10_000),
    rows=st.integers(5, 60),
    columns=st.integers(1, 15),
    decades=st.floats(0, 4),
    log_strength=st.floats(-3, 2),
)
def test_the_certificate_is_no_smaller_than_the_true_distance(seed, rows, columns, decades, log_strength):
    X, y = table(rows, columns, seed)
    X = X * 10 ** np.random.default_rng(seed).uniform(0, decades, columns)
    y[:2] = 0, 1
    it = objective(X, y, L1, [10.0**log_strength])
    solution = minimise(it, ProxNewton(), stop=(Suboptimality(), Steps(300)))
    best = minimise(it, ProxNewton(tolerance=1e-14), solution.x, stop=(Suboptimality(1e-14), Steps(300)))
    reached, lowest = it.evaluate(solution.x).value[0], min(best.state.value[0], solution.state.value[0])
    assert solution.reason is Reason.CONVERGED
    assert reached <= lowest * (1 + 1e-8) + 1e-13


def test_a_block_gives_each_problem_what_it_gets_alone_and_goes_on_where_it_stopped():
    X, y = table(200, 6)
    strengths = [30.0, 3.0, 0.3]
    block = minimise(objective(X, y, L1, strengths), ProxNewton())
    for k, strength in enumerate(strengths):
        alone = minimise(objective(X, y, L1, [strength]), ProxNewton())
        np.testing.assert_allclose(block.x[:, k], alone.x[:, 0], rtol=1e-6, atol=1e-9)
    it = objective(X, y, L1, strengths)
    half = minimise(it, ProxNewton(), stop=(Suboptimality(), Steps(2)))
    rest = minimise(it, ProxNewton(), half.state)
    np.testing.assert_array_equal(rest.x, block.x)


def test_columns_that_repeat_one_another_and_empty_ones_do_no_harm():
    X, y = table(150, 3)
    twice = objective(np.hstack([X, X, np.zeros((150, 1)), np.ones((150, 1))]), y, L1, [2.0])
    once = objective(X, y, L1, [2.0])
    solution = minimise(twice, ProxNewton())
    assert solution.reason is Reason.CONVERGED
    assert solution.state.value[0] == pytest.approx(minimise(once, ProxNewton()).state.value[0], rel=1e-7)
    np.testing.assert_allclose(solution.x[:3, 0] + solution.x[3:6, 0], minimise(once, ProxNewton()).x[:3, 0], atol=1e-4)


def test_the_inner_problem_is_solved_to_its_lowest_point():
    rng = np.random.default_rng(3)
    A = rng.normal(size=(40, 12))
    metric = Metric(np.stack([A.T @ A]), np.zeros(2, dtype=int), np.array([1.0, 0.5]), np.zeros((12, 2)))
    kinks = np.outer(np.r_[np.zeros(2), np.ones(10)], [5.0, 20.0])
    lower = np.full((12, 2), -np.inf)
    lower[3] = -0.01
    prices = Prices(np.full((12, 2), 0.1), kinks, lower, np.full((12, 2), np.inf))
    W, g = np.maximum(rng.normal(size=(12, 2)) * (rng.random((12, 2)) < 0.5), lower), 30 * rng.normal(size=(12, 2))
    D, promise = proximal_step(W, g, metric, prices, 1e-14)

    def model(d, k):
        bent = metric.share[k] * (A.T @ (A @ d)) + 0.1 * d
        return g[:, k] @ d + 0.5 * d @ bent + kinks[:, k] @ (np.abs(W[:, k] + d) - np.abs(W[:, k]))

    for k in range(2):
        assert promise[k] == pytest.approx(-model(D[:, k], k), rel=1e-9)
        d = np.zeros(12)
        largest = np.linalg.eigvalsh(metric.share[k] * A.T @ A)[-1] + 0.1
        for _ in range(20_000):  # proximal gradient: slow and certain
            v = W[:, k] + d - (g[:, k] + metric.share[k] * (A.T @ (A @ d)) + 0.1 * d) / largest
            v = np.sign(v) * np.maximum(np.abs(v) - kinks[:, k] / largest, 0)
            d = np.maximum(v, lower[:, k]) - W[:, k]
        np.testing.assert_allclose(D[:, k], d, atol=1e-6)


def test_a_loss_it_cannot_handle_is_refused_with_the_reason():
    X, y = table(20, 2)
    with pytest.raises(ConfigError) as caught:
        minimise(objective(X, y, L1, [1.0], Hinge()), ProxNewton())
    assert str(caught.value) == "ProxNewton cannot solve Hinge; it needs a smooth convex loss with one margin per row"
