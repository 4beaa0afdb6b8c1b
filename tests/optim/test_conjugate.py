import numpy as np
import pytest
import torch

from casestudies.errors import ConfigError, DataError
from casestudies.optim.batches import TensorRows
from casestudies.optim.functions import Function, point
from casestudies.optim.methods import (
    LBFGS,
    NonlinearCG,
    dai_yuan,
    fletcher_reeves,
    hestenes_stiefel,
    polak_ribiere,
)
from casestudies.optim.methods.conjugate import ConjugateState
from casestudies.optim.methods.wolfe import search
from casestudies.optim.networks import TorchObjective
from casestudies.optim.reasons import Reason
from casestudies.optim.saving import load, save
from casestudies.optim.solve import minimise
from casestudies.optim.stopping import Reached, Steps, Suboptimality

BETAS = [polak_ribiere, hestenes_stiefel, dai_yuan, fletcher_reeves]
SIZE = 8


def parabola(seed=0, size=SIZE):
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.normal(size=(size, size)))
    H, b = Q @ np.diag(np.linspace(1, 30, size)) @ Q.T, rng.normal(size=size)
    A, c = torch.tensor(H), torch.tensor(b)
    return Function(lambda x: 0.5 * x @ A @ x - c @ x + 10), H, b


def valley(x):
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2 + 1


@pytest.mark.parametrize("beta", BETAS)
def test_on_a_parabola_with_exact_searches_it_is_linear_conjugate_gradient(beta):
    function, H, b = parabola()
    x, left = np.zeros(SIZE), b.copy()  # the textbook's, step by step
    along, path = left.copy(), []
    for _ in range(4):
        length = left @ left / (along @ H @ along)
        x = x + length * along
        new = left - length * H @ along
        along, left = new + new @ new / (left @ left) * along, new
        path.append(x)
    state = NonlinearCG(beta, flat=1e-3).start(function, np.zeros((SIZE, 1)))
    for theirs in path:
        state = NonlinearCG(beta, flat=2e-4).step(function, state, np.array([0]))
        np.testing.assert_allclose(state.x[:, 0], theirs, atol=1e-3)
    solved = minimise(function, NonlinearCG(beta), np.zeros((SIZE, 1)), stop=(Suboptimality(1e-13), Steps(60)))
    np.testing.assert_allclose(solved.x[:, 0], np.linalg.solve(H, b), atol=1e-5)
    assert solved.reason is Reason.CONVERGED


def test_the_four_betas_are_the_published_fractions():
    new, old, along = (point(v) for v in ([1.0, 2.0], [3.0, -1.0], [-3.0, 2.0]))
    assert fletcher_reeves(new, old, along) == pytest.approx(5 / 10)
    assert polak_ribiere(new, old, along) == pytest.approx((1 * -2 + 2 * 3) / 10)
    assert hestenes_stiefel(new, old, along) == pytest.approx((1 * -2 + 2 * 3) / (-3 * -2 + 2 * 3))
    assert dai_yuan(new, old, along) == pytest.approx(5 / 12)
    assert polak_ribiere(old / 10, old, along) == 0  # never below


@pytest.mark.parametrize("beta", BETAS)
def test_the_certificate_is_no_smaller_than_the_true_distance(beta):
    for tolerance in (1e-4, 1e-8, 1e-12):
        method, stop = NonlinearCG(beta, tolerance=tolerance), (Suboptimality(tolerance), Steps(500))
        solved = minimise(Function(valley), method, point([-1.2, 1.0]), stop=stop)
        assert solved.reason is Reason.CONVERGED
        assert solved.state.value[0] - 1 <= 1.2 * solved.certificate.suboptimality[0] + 1e-15


@pytest.mark.parametrize("method", [NonlinearCG(), LBFGS()])
def test_at_the_minimum_it_says_so_and_stays(method):
    solved = minimise(Function(valley), method, point([1.0, 1.0]))
    np.testing.assert_array_equal(solved.x, 1)
    assert solved.reason is Reason.CONVERGED


@pytest.mark.parametrize("method", [NonlinearCG(), LBFGS()])
def test_a_saddle_is_not_certified(method):
    saddle = Function(lambda x: x[0] ** 2 - x[1] ** 2 + x[1] ** 4)
    solved = minimise(saddle, method, point([1.0, 0.0]), stop=(Suboptimality(), Steps(50)))
    np.testing.assert_allclose(solved.x[:, 0], 0, atol=1e-7)
    assert solved.reason is Reason.STALLED
    assert not np.isfinite(solved.certificate.suboptimality[0])


@pytest.mark.parametrize("beta", BETAS)
def test_a_solve_that_goes_on_is_the_solve_that_never_stopped(beta, tmp_path):
    stop = (Suboptimality(1e-12), Steps(400))
    whole = minimise(Function(valley), NonlinearCG(beta), point([-1.2, 1.0]), stop=stop)
    part = minimise(Function(valley), NonlinearCG(beta), point([-1.2, 1.0]), stop=(Steps(11),))
    save(tmp_path / "state.npz", part.state)
    state = load(tmp_path / "state.npz", ConjugateState)
    rest = minimise(Function(valley), NonlinearCG(beta), state, stop=stop, trace=part.trace)
    np.testing.assert_array_equal(rest.x, whole.x)
    for name in ("step", "passes", "value", "suboptimality", "since_restart"):
        np.testing.assert_array_equal(rest.trace.columns()[name], whole.trace.columns()[name])


def test_it_trains_a_network_too():
    torch.manual_seed(0)
    X = torch.randn(60, 3)
    network = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)).double()
    y = torch.sin(X[:, :1].double()) + X[:, 1:2].double() ** 2
    objective = TorchObjective(network, torch.nn.functional.mse_loss, TensorRows(X.double(), y, batch=25))
    solved = minimise(objective, NonlinearCG(), objective.point()[0], stop=(Steps(300),))
    values = solved.trace.columns()["value"]
    assert values[-1] < 0.02 * values[0]
    assert (np.diff(values) <= 1e-12).all()


class Unknown:
    """Knows no curvature."""

    def value(self, x):
        return (x**2).sum(axis=0)

    def gradient(self, x):
        return 2 * x


@pytest.mark.parametrize("method", [NonlinearCG(), LBFGS()])
def test_without_curvature_there_is_no_certificate(method):
    solved = minimise(Unknown(), method, point([1.0, 2.0]), stop=(Suboptimality(), Steps(20)))
    np.testing.assert_allclose(solved.x, 0, atol=1e-8)
    assert np.isnan(solved.certificate.suboptimality).all()


@pytest.mark.parametrize("flat", [0.01, 0.1, 0.9])
@pytest.mark.parametrize("first", [1e-8, 1.0, 1e6])
def test_a_search_ends_where_the_strong_wolfe_conditions_hold(flat, first):
    function, x = Function(valley), point([-1.2, 1.0])
    value, gradient = function.value(x), function.gradient(x)
    found = search(function, x, value, gradient, -gradient, first, flat).place
    slope = -float((gradient**2).sum())
    there = x - found.length * gradient
    assert function.value(there)[0] <= value[0] + 1e-4 * found.length * slope
    assert abs(float((function.gradient(there) * -gradient).sum())) <= flat * -slope


def test_a_search_that_meets_the_end_of_the_world_comes_back():
    function, x = Function(lambda x: -torch.log(1 - x[0]) - 2 * x[0]), point([0.0])  # least at 1/2, nan from 1 on
    found = search(function, x, function.value(x), function.gradient(x), np.array([[1.0]]), 100.0, 0.1).place
    assert 0.4 < found.length < 0.6


def test_a_known_least_value_ends_the_solve():
    squares = Function(lambda x: (x**4).sum())
    assert (
        minimise(squares, NonlinearCG(), point([1.0, 2.0]), stop=(Reached(0.0), Steps(200))).reason is Reason.CONVERGED
    )


@pytest.mark.parametrize(
    ("start", "kind", "words"),
    [
        (None, ConfigError, "no start; give a point"),
        ([[-1.0]], DataError, "the value is nan at the start; start elsewhere"),
        ([[0.0]], DataError, "the gradient is not finite at the start"),
    ],
)
def test_a_start_needs_a_value_and_a_slope(start, kind, words):
    with pytest.raises(kind, match=words):
        minimise(Function(lambda x: torch.sqrt(x[0])), NonlinearCG(), None if start is None else np.array(start))


def test_a_search_as_flat_as_the_slope_is_refused():
    with pytest.raises(ConfigError, match=r"flat is 1.0; give a share between 0.0001 and 1"):
        NonlinearCG(flat=1.0)
