import numpy as np
import pytest

from casestudies.errors import ConfigError, DataError
from casestudies.optim.designs import Dense
from casestudies.optim.losses import Logistic, Multinomial, Squared
from casestudies.optim.methods.lbfgs import LBFGS
from casestudies.optim.methods.levenberg import LevenbergMarquardt, LevenbergState
from casestudies.optim.objective import Objective
from casestudies.optim.penalties import L2
from casestudies.optim.reasons import Reason
from casestudies.optim.removal import without_groups
from casestudies.optim.saving import load, save
from casestudies.optim.solve import minimise
from casestudies.optim.stopping import Steps, Suboptimality

torch = pytest.importorskip("torch", reason="heads are torch functions")

from casestudies.optim.heads import Head, unrolled  # noqa: E402

ROWS, COLUMNS, HIDDEN, CLASSES = 90, 4, 3, 3
LOSSES = pytest.mark.parametrize("loss", [Logistic(), Multinomial(), Squared()], ids=lambda loss: type(loss).__name__)


def network(loss, hidden=HIDDEN):
    torch.manual_seed(0)
    outputs = CLASSES if loss.classes else 1
    if not hidden:
        return torch.nn.Linear(COLUMNS, outputs)
    return torch.nn.Sequential(torch.nn.Linear(COLUMNS, hidden), torch.nn.Tanh(), torch.nn.Linear(hidden, outputs))


def data(loss, noise=1.0):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, COLUMNS))
    z = np.tanh(X @ rng.normal(size=(COLUMNS, CLASSES))) + noise * rng.normal(size=(ROWS, CLASSES))
    if loss.classes:
        return X, z.argmax(axis=1).astype(float)
    return X, z[:, 0] if loss.attained else (z[:, 0] > 0).astype(float)


def head(loss, hidden=HIDDEN, strength=0.5, exact=False, weights=None, **more):
    X, y = data(loss, **more)
    function, start = unrolled(network(loss, hidden))
    weights = np.ones(ROWS) if weights is None else weights
    penalty = L2(np.array([strength]), np.zeros(len(start), dtype=bool))
    return Head(function, torch.tensor(X), y, loss, penalty, weights, exact), start


def plain_value(loss, it, x):
    """The objective in torch's own words, to be differentiated by torch alone."""
    z = it.function(x, it.inputs)
    y, w = torch.tensor(it.labels), torch.tensor(it.weights)
    if loss.classes:
        rows = torch.nn.functional.cross_entropy(z, y.long(), reduction="none")
    elif loss.attained:
        rows = 0.5 * (z[:, 0] - y) ** 2
    else:
        rows = torch.nn.functional.binary_cross_entropy_with_logits(z[:, 0], y, reduction="none")
    return (w * rows).sum() + 0.5 * it.penalty.strength[0] * (x * x).sum()


@LOSSES
def test_value_gradient_and_exact_matrix_are_those_of_torch(loss):
    it, start = head(loss, exact=True, weights=np.arange(ROWS) % 3 / 2)
    model, x = it.near(start[:, 0]), torch.tensor(start[:, 0])
    assert model.value == pytest.approx(plain_value(loss, it, x).item(), rel=1e-13)
    gradient = torch.func.grad(lambda at: plain_value(loss, it, at))(x).numpy()
    np.testing.assert_allclose(model.gradient(), gradient, atol=1e-12)
    hessian = torch.func.hessian(lambda at: plain_value(loss, it, at))(x).numpy()
    np.testing.assert_allclose(model.matrix(), hessian, atol=1e-10)
    v = np.random.default_rng(0).normal(size=len(start))
    np.testing.assert_allclose(model.product(v), hessian @ v, atol=1e-10)


@LOSSES
def test_the_gauss_newton_matrix_is_that_of_margins_made_straight(loss):
    it, start = head(loss)
    model, x = it.near(start[:, 0]), torch.tensor(start[:, 0])
    J = torch.func.jacfwd(lambda at: it.function(at, it.inputs))(x)
    z = it.function(x, it.inputs)
    np.testing.assert_allclose(model.jacobian(np.arange(5, 9)), J[5:9].numpy(), atol=1e-13)

    straight = Head(lambda at, rows: z + J @ (at - x), it.inputs, it.labels, loss, it.penalty, it.weights)
    hessian = torch.func.hessian(lambda at: plain_value(loss, straight, at))(x).numpy()
    np.testing.assert_allclose(model.matrix(), hessian, atol=1e-10)
    v = np.random.default_rng(0).normal(size=len(start))
    np.testing.assert_allclose(model.product(v), hessian @ v, atol=1e-10)
    np.testing.assert_allclose(model.root().T @ model.root() + np.diag(model.quadratic), hessian, atol=1e-10)


@pytest.mark.parametrize("loss", [Logistic(), Multinomial()], ids=lambda loss: type(loss).__name__)
@pytest.mark.parametrize("direct", [2000, 0], ids=["by the matrix", "by products"])
def test_a_linear_module_is_the_linear_objective(loss, direct):
    it, start = head(loss, hidden=0)
    X, y = data(loss)
    free = np.zeros(COLUMNS + 1, dtype=bool)
    linear = Objective(Dense(X), y, loss, L2(np.array([0.5]), free), np.ones(ROWS))
    zeros = np.zeros((COLUMNS + 1, 1, CLASSES) if loss.classes else (COLUMNS + 1, 1))
    stop = (Suboptimality(1e-18), Steps(100))
    ours = minimise(it, LevenbergMarquardt(direct=direct), start, stop=stop)
    theirs = minimise(linear, LevenbergMarquardt(), zeros, stop=stop)
    weights = (
        ours.x[: -CLASSES if loss.classes else -1].reshape(-1, COLUMNS).T
    )  # torch: (classes, columns), then biases
    np.testing.assert_allclose(weights, theirs.x[:-1, 0].reshape(COLUMNS, -1), atol=1e-7)
    assert ours.state.value[0] == pytest.approx(theirs.state.value[0], rel=1e-12)


@pytest.mark.parametrize("direct", [2000, 0], ids=["by the matrix", "by products"])
def test_with_the_bends_of_the_network_few_steps_are_enough_where_labels_are_noisy(direct):
    stop = (Suboptimality(1e-18), Steps(80))
    fits = {}
    for exact in (False, True):
        it, start = head(Logistic(), strength=0.3, exact=exact, noise=3.0)
        fits[exact] = minimise(it, LevenbergMarquardt(direct=direct), start, stop=stop)
    it, _ = head(Logistic(), strength=0.3, noise=3.0)
    gradient = torch.func.grad(lambda at: plain_value(Logistic(), it, at))(torch.tensor(fits[True].x[:, 0]))
    assert gradient.abs().max() < 1e-7
    assert fits[True].reason is Reason.CONVERGED
    assert fits[False].reason is Reason.STEPS


def test_where_the_parabola_opens_downwards_damping_grows_until_it_does_not():
    it, start = head(Logistic(), strength=0.01, exact=True, noise=3.0)
    flat = 1e-2 * np.random.default_rng(0).normal(size=start.shape)  # next to the saddle that all zeros are
    for direct in (2000, 0):
        ours = minimise(
            it, LevenbergMarquardt(direct=direct, damping=1e-6), flat, stop=(Suboptimality(1e-12), Steps(300))
        )
        told = ours.trace.of(0)
        assert (told["step_size"] == 0).any()
        assert (np.diff(told["value"]) <= 1e-12).all()
        assert ours.reason is Reason.CONVERGED


@pytest.mark.parametrize("direct", [2000, 40, 0], ids=["by the matrix", "in the space of the rows", "by products"])
def test_the_route_does_not_change_where_a_network_goes(direct):
    """39 rows of one margin: fewer sides than the network has unknowns."""
    it, start = head(Logistic(), hidden=12, strength=2.0, noise=0.1)
    few = Head(it.function, it.inputs[:39], it.labels[:39], it.loss, it.penalty, it.weights[:39])
    ours = minimise(few, LevenbergMarquardt(direct=direct), start, stop=(Suboptimality(1e-14), Steps(400)))
    matrix = minimise(few, LevenbergMarquardt(), start, stop=(Suboptimality(1e-16), Steps(400)))
    assert (ours.state.points[0].factor is None) == (direct < 2000)
    assert ours.state.value[0] == pytest.approx(matrix.state.value[0], rel=1e-9)


@pytest.mark.parametrize("direct", [2000, 0], ids=["by the matrix", "by products"])
def test_a_solve_that_goes_on_is_the_solve_that_never_stopped(direct, tmp_path):
    it, start = head(Multinomial(), exact=True)
    method = LevenbergMarquardt(direct=direct)
    whole = minimise(it, method, start)
    part = minimise(it, method, start, stop=(Steps(4),))
    save(tmp_path / "state.npz", part.state)
    rest = minimise(it, method, load(tmp_path / "state.npz", LevenbergState))
    np.testing.assert_array_equal(rest.x, whole.x)
    assert rest.state.step == whole.state.step


def test_a_saddle_is_not_certified():
    """Hidden units of weight 0 have no slope, and nothing wakes them; the matrix knows that there is a way down."""
    it, start = head(Logistic(), strength=0.3, exact=True, noise=3.0)
    asleep = np.zeros_like(start)
    asleep[0] = 1e-3
    ours = minimise(it, LevenbergMarquardt(), asleep, stop=(Suboptimality(1e-12), Steps(100)))
    assert ours.state.gradient_norm[0] < 0.1
    assert ours.certificate.suboptimality[0] == np.inf
    assert ours.reason is not Reason.CONVERGED


def test_groups_left_out_of_a_network_are_close_to_refits():
    groups = np.arange(ROWS) // 3
    stop = (Suboptimality(1e-16), Steps(300))
    it, start = head(Logistic(), strength=1.0, exact=True)
    ours = minimise(it, LevenbergMarquardt(), start, stop=stop)
    told = without_groups(it, ours.state, groups)
    fitted = it.near(ours.x[:, 0]).margins
    moves, errors = [], []
    for group in range(10):
        held = groups == group
        rest = Head(it.function, it.inputs, it.labels, it.loss, it.penalty, (~held).astype(float), exact=True)
        refit = minimise(rest, LevenbergMarquardt(), ours.x, stop=stop)
        exact = rest.near(refit.x[:, 0]).margins
        moves.append(np.abs(exact - fitted)[held].max())
        errors.append(np.abs(told - exact)[held].max())
    assert np.median(errors) < 0.2 * np.median(moves)


def test_lbfgs_gets_a_network_to_the_same_place():
    it, start = head(Logistic(), exact=True)
    ours = minimise(it, LBFGS(), start, stop=(Suboptimality(1e-14), Steps(60)))
    newton = minimise(it, LevenbergMarquardt(), ours.x, stop=(Suboptimality(1e-18), Steps(60)))
    assert ours.state.value[0] == pytest.approx(newton.state.value[0], rel=1e-10)


def test_a_module_unrolled_says_what_the_module_says():
    module = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.BatchNorm1d(5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
    module(torch.randn(30, 4, generator=torch.Generator().manual_seed(0)))  # running means
    module.eval()
    module[0].bias.requires_grad_(False)
    function, start = unrolled(module)
    assert start.shape == (4 * 5 + 5 + 5 + 5 * 2 + 2, 1)
    rows = torch.randn(7, 4, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = module(rows).numpy()
    np.testing.assert_allclose(function(torch.tensor(start[:, 0]), rows.double()).numpy(), expected, atol=1e-6)
    moved = function(torch.tensor(start[:, 0] + 1), rows.double())
    assert not np.allclose(moved.numpy(), expected)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"labels": np.zeros(ROWS - 1)}, "(89,) labels and (90,) weights for 90 rows"),
        ({"weights": np.ones((ROWS, 1))}, "(90,) labels and (90, 1) weights for 90 rows"),
        ({"weights": np.zeros(ROWS)}, "weights are not finite numbers from 0 up, or all of them 0"),
        ({"weights": np.full(ROWS, np.nan)}, "weights are not finite numbers from 0 up, or all of them 0"),
        ({"labels": np.full(ROWS, 2.0)}, "row 1: 90 labels are not between 0 and 1, first 2.0"),
        ({"inputs": torch.full((ROWS, COLUMNS), torch.nan)}, "360 inputs are not finite"),
        ({"penalty": L2(np.ones(2), np.zeros(19, bool))}, "2 strengths for one head"),
        ({"penalty": L2(np.ones(1), np.zeros(3, bool))}, "(3,) free flags for 19 unknowns"),
        ({"function": lambda at, rows: rows[:, :2] * at[0]}, "Logistic: 2 margins of each row for a loss of one"),
    ],
)
def test_what_does_not_fit_together_is_refused_in_words(changes, words):
    it, start = head(Logistic())
    fields = ("function", "inputs", "labels", "loss", "penalty", "weights")
    with pytest.raises(DataError) as caught:
        minimise(Head(**{name: getattr(it, name) for name in fields} | changes), LevenbergMarquardt(), start)
    assert str(caught.value).startswith(words)


def test_a_network_has_no_start_of_its_own():
    it, _ = head(Logistic())
    for method in (LevenbergMarquardt(), LBFGS()):
        with pytest.raises(ConfigError) as caught:
            minimise(it, method)
        assert "a network not all zeros" in str(caught.value)
