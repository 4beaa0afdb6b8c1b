"""Every loss in the list, and every loss that holds figures of rows, against differences, peers and its own promises."""

import math
import pickle
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.errors import ConfigError, DataError
from casestudies.optim.designs import Dense
from casestudies.optim.losses import (
    ALL_LOSSES,
    Absolute,
    ClvWeighted,
    ExpectedCost,
    Focal,
    Hinge,
    Huber,
    Logistic,
    Multinomial,
    Quantile,
    Squared,
    SquaredHinge,
    Weighted,
    best_constant,
)
from casestudies.optim.objective import Objective
from casestudies.optim.penalties import L2


def clv_weighted(rows, rng):
    return ClvWeighted(Huber(2.0), rng.uniform(1, 900, rows), np.arange(rows) % 2 == 0)


# each makes its loss for so many rows
CASES = [lambda rows, rng, loss=loss: loss for loss in ALL_LOSSES] + [
    lambda rows, rng: Weighted(Focal(0.5), rng.uniform(0, 3, rows)),
    lambda rows, rng: Weighted(Quantile(0.2), rng.uniform(0, 3, rows)),
    lambda rows, rng: Weighted(Weighted(Logistic(), rng.uniform(0, 3, rows)), rng.uniform(0, 3, rows)),
    clv_weighted,
    lambda rows, rng: ExpectedCost(rng.normal(size=rows), rng.normal(size=rows)),
]


def name(make):
    loss = make(2, np.random.default_rng(0))
    return f"{type(loss).__name__}-{type(loss.loss).__name__}" if isinstance(loss, Weighted) else type(loss).__name__


losses = pytest.mark.parametrize("make", CASES, ids=name)
triples = st.tuples(*[st.floats(-30, 30)] * 3)
shares = st.floats(0, 1)
seeds = st.integers(0, 1000)


def labels(loss, share):
    """Labels within the loss's interval, which may be open-ended; the codes 0, 1, 2 where it has classes."""
    if loss.classes:
        return np.floor(2.999 * np.asarray(share))
    low, high = np.clip(loss.interval, -5, 5)
    return low + np.asarray(share) * (high - low)


def one_row(make, z, share, seed=0):
    """A loss of one row, its margins (three problems, or one problem of three classes), and its label."""
    loss = make(1, np.random.default_rng(seed))
    return loss, np.array(z).reshape((1, 1, 3) if loss.classes else (1, 3)), labels(loss, share).reshape(1, 1)


def table(make, rows=12, problems=3, seed=0):
    """A loss of some rows, margins and labels."""
    rng = np.random.default_rng(seed)
    loss = make(rows, rng)
    z = rng.normal(scale=3, size=(rows, problems, 3) if loss.classes else (rows, problems))
    return loss, z, labels(loss, rng.integers(0, 3, (rows, 1)) / 2)


@losses
@given(z=triples, share=shares, seed=seeds)
def test_slope_lies_between_the_differences_of_the_value_on_both_sides(make, z, share, seed):
    loss, z, y = one_row(make, z, share, seed)
    step, slope = 1e-5, loss.slope(z, y).ravel()
    for axis, nudge in enumerate(step * np.eye(3).reshape(3, *z.shape)):
        here, up, down = (loss.value(z + sign * nudge, y).sum() for sign in (0, 1, -1))
        left, right = (here - down) / step, (up - here) / step
        assert min(left, right) - 1e-7 <= slope[axis] <= max(left, right) + 1e-7
        if loss.smooth:
            assert slope[axis] == pytest.approx((left + right) / 2, rel=1e-5, abs=1e-5)


@losses
@given(z=triples, share=shares, seed=seeds, turn=triples)
def test_bend_lies_between_the_differences_of_the_slope_on_both_sides(make, z, share, seed, turn):
    loss, z, y = one_row(make, z, share, seed)
    step, U = 1e-5, np.reshape(turn, z.shape) / 30
    if not loss.smooth:
        np.testing.assert_array_equal(loss.curvature(z, y), 0)
        return
    here, up, down = (loss.slope(z + sign * step * U, y) for sign in (0, 1, -1))
    sides = np.stack([here - down, up - here]) / step
    if not loss.convex:  # curvature is clipped, the slope is not
        sides = np.maximum(sides / np.where(U == 0, 1, U), 0) * U
    bend = loss.bend(loss.curvature(z, y), U)
    assert (bend >= sides.min(0) - 1e-6).all()
    assert (bend <= sides.max(0) + 1e-6).all()


@losses
@given(z=st.floats(-1e3, 1e3), share=shares, seed=seeds)
def test_curvature_is_never_negative(make, z, share, seed):
    loss, z, y = one_row(make, [z, -z, z / 2], share, seed)
    assert (loss.curvature(z, y) >= 0).all()


def second_differences(loss, reach):
    """Of the value, along each margin in turn; (points,)."""
    z = np.linspace(-reach, reach, 161)
    grid = np.zeros((161, 1, 3)) if loss.classes else np.zeros((161, 3))
    nudge = np.zeros(3)
    nudge[0] = 0.5
    grid[..., 0] = z if grid.ndim == 2 else z[:, None]
    out = []
    for share in (0.0, 0.5, 1.0):
        y = np.full((161, 1), labels(loss, share))
        low, here, high = (loss.value(grid + sign * nudge, y) for sign in (-1, 0, 1))
        out.append((low - 2 * here + high)[:, 0])
    return np.concatenate(out)


@losses
def test_the_flag_says_whether_the_loss_is_convex(make):
    bends = second_differences(make(161, np.random.default_rng(0)), 20)
    assert (bends.min() >= -1e-9) == make(161, np.random.default_rng(0)).convex


@losses
def test_the_flag_says_whether_the_slope_jumps(make):
    z = np.repeat(np.linspace(-8, 8, 65)[:, None], 3, axis=1)  # quarters: labels and sides are among them
    loss = make(65, np.random.default_rng(0))
    z = z[:, None, :] * [1, 0, 0] if loss.classes else z
    jumps = [
        np.abs(loss.slope(z + 1e-9, y) - loss.slope(z - 1e-9, y)).max()
        for y in (np.full((65, 1), labels(loss, share)) for share in (0.0, 0.5, 1.0))
    ]
    assert (max(jumps) < 1e-6) == loss.smooth


@losses
def test_the_flag_says_whether_every_row_has_a_best_margin(make):
    loss = make(1, np.random.default_rng(3))
    low, high = (
        [loss.slope(*(part[1:])).ravel()[0] for part in (one_row(make, [z, 0, 0], share, 3) for share in (0.0, 1.0))]
        for z in (-30.0, 30.0)
    )
    ends = all(a <= 0 <= b or b <= 0 <= a for a, b in zip(low, high, strict=True))
    assert ends == loss.attained


@losses
@given(z=triples, seed=seeds)
def test_the_prediction_is_the_label_that_leaves_no_slope(make, z, seed):
    loss, z, _ = one_row(make, z, 0.0, seed)
    said = loss.inverse_link(z)
    assert said.shape == z.shape
    if isinstance(loss, ExpectedCost):  # it reads no labels: the prediction is the probability of acting
        np.testing.assert_allclose(said, 1 / (1 + np.exp(-z)), rtol=1e-14)
    elif loss.classes:
        slopes = [p * loss.slope(z, np.full((1, 1), k)) for k, p in enumerate(said.ravel())]
        np.testing.assert_allclose(sum(slopes), 0, atol=1e-12)
    else:
        np.testing.assert_allclose(loss.slope(z, said), 0, atol=1e-12)


@losses
def test_all_at_once_is_the_same_as_one_by_one(make):
    loss, z, y = table(make)
    z[0] = 0.0
    for joint, single in zip(loss.derivatives(z, y), (loss.value, loss.slope, loss.curvature), strict=True):
        np.testing.assert_allclose(joint, single(z, y), rtol=1e-14, atol=1e-300)
        assert joint.dtype == np.float64


@losses
@pytest.mark.parametrize(("kind", "digits"), [(np.float64, 1e-13), (np.float32, 1e-4)], ids=["float64", "float32"])
def test_weighted_sums_are_sums_of_weighted_rows(make, kind, digits):
    loss, z, y = table(make)
    z[0] = [30.0, -30.0, 0.0]
    w = np.random.default_rng(2).integers(0, 3, (12, 3)).astype(kind)
    parts = loss.derivatives(z, y)
    total, slope, curvature = loss.weighted(z.astype(kind), y.astype(kind), w)
    np.testing.assert_allclose(total, (parts[0] * w).sum(0), rtol=digits)
    each = w[:, :, None] if loss.classes else w
    np.testing.assert_allclose(slope, parts[1] * each, rtol=digits, atol=digits)
    np.testing.assert_allclose(curvature, parts[2] if loss.classes else parts[2] * w, rtol=digits, atol=digits)
    assert slope.dtype == curvature.dtype == kind


@losses
@pytest.mark.parametrize("size", [1e4, 800.0, 40.0, 1e-300, 0.0])
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_far_and_tiny_margins_are_finite_and_silent(make, size, kind):
    for share in (0.0, 0.5, 1.0):
        for sign in (1, -1):
            loss, z, y = one_row(make, [sign * size, -sign * size, 0.0], share)
            z = z.astype(kind)
            with warnings.catch_warnings(), np.errstate(over="raise", divide="raise", invalid="raise"):
                warnings.simplefilter("error")
                parts = [*loss.derivatives(z, y), loss.value(z, y), loss.inverse_link(z)]
            assert all(np.isfinite(part).all() for part in parts)
            assert all(part.dtype == kind for part in parts)


@losses
def test_arguments_are_left_as_they_were(make):
    loss, z, y = table(make)
    z.flags.writeable = y.flags.writeable = False
    loss.derivatives(z, y)
    loss.inverse_link(z)
    loss.bend(loss.curvature(z, y), z)


@losses
@pytest.mark.parametrize("rows", [slice(3, 9), np.array([7, 0, 0, 11])], ids=["slice", "index"])
def test_some_of_the_rows_cost_what_they_cost_among_all(make, rows):
    loss, z, y = table(make)
    for some, all_ in zip(loss.take(rows).derivatives(z[rows], y[rows]), loss.derivatives(z, y), strict=True):
        np.testing.assert_array_equal(some, all_[rows])


@losses
def test_a_loss_survives_being_sent_to_a_worker(make):
    loss, z, y = table(make)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(loss)).slope(z, y), loss.slope(z, y))


@losses
def test_weight_zero_is_the_row_removed_and_weight_two_the_row_twice(make):
    loss, z, y = table(make)
    rng = np.random.default_rng(1)
    X, weights = rng.normal(size=(12, 4)), np.arange(12) % 3.0
    times = np.repeat(np.arange(12), weights.astype(int))
    W, P = rng.normal(size=(2, 5, *z.shape[1:]))
    penalty = L2(np.array([0.0, 1.0, 2.0]), np.arange(5) == 4)
    weighted = Objective(Dense(X, tile=5), y[:, 0], loss, penalty, weights)
    repeated = Objective(Dense(X[times]), y[times, 0], loss.take(times), penalty, np.ones(len(times)))
    one, other = weighted.evaluate(W), repeated.evaluate(W)
    np.testing.assert_allclose(one.value, other.value, rtol=1e-13)
    np.testing.assert_allclose(one.gradient, other.gradient, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        weighted.product(one.curvature, P), repeated.product(other.curvature, P), rtol=1e-12, atol=1e-12
    )


@losses
@pytest.mark.parametrize("kind", ["float64", "float32"])
def test_numpy_and_torch_agree(make, kind):
    torch = pytest.importorskip("torch")
    loss, z, y = table(make)
    z = z.astype(kind)
    tensor = torch.from_numpy(z)
    ours = [*loss.derivatives(z, y), loss.value(z, y), loss.inverse_link(z), loss.bend(loss.curvature(z, y), z)]
    for label in (torch.from_numpy(y), torch.from_numpy(y).float(), torch.from_numpy(y).long()):
        if not (label.double().numpy() == y).all():
            continue
        theirs = [
            *loss.derivatives(tensor, label),
            loss.value(tensor, label),
            loss.inverse_link(tensor),
            loss.bend(loss.curvature(tensor, label), tensor),
        ]
        for a, b in zip(ours, theirs, strict=True):
            assert str(b.dtype) == f"torch.{kind}"
            np.testing.assert_allclose(a, b.numpy(), rtol=1e-12 if kind == "float64" else 2e-5, atol=1e-7)
    np.testing.assert_array_equal(tensor, z)


@losses
def test_automatic_derivatives_find_the_slope(make):
    torch = pytest.importorskip("torch")
    loss, z, y = table(make)
    if loss.smooth:
        z[:4] = [[0.0], [-0.0], [800.0], [-800.0]] if not loss.classes else np.zeros((4, 3, 3))
    tensor, y = torch.tensor(z, requires_grad=True), torch.from_numpy(y)
    (found,) = torch.autograd.grad(loss.value(tensor, y).sum(), tensor)
    np.testing.assert_allclose(found, loss.slope(tensor.detach(), y), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("z", [-1000.0, -40.0, -3.0, 0.0, 3.0, 40.0, 700.0])
def test_logistic_keeps_its_digits_where_probabilities_round_to_one(z):
    z, y = np.array([[z]]), np.array([[1.0]])
    value, slope, curvature = (a.item() for a in Logistic().derivatives(z, y))
    odds = math.exp(-abs(z.item()))
    if z >= 0:
        assert value == pytest.approx(math.log1p(odds), rel=1e-14, abs=0)
        assert slope == pytest.approx(-odds / (1 + odds), rel=1e-14, abs=0)
    else:
        assert value == pytest.approx(math.log1p(odds) - z.item(), rel=1e-14, abs=0)
        assert slope == pytest.approx(-1 / (1 + odds), rel=1e-14, abs=0)
    assert curvature == pytest.approx(odds / (1 + odds) ** 2, rel=1e-14, abs=0)
    np.testing.assert_allclose(Logistic().value(z, y), value, rtol=1e-14, atol=0)
    np.testing.assert_allclose(Logistic().inverse_link(-abs(z)), odds / (1 + odds), rtol=1e-14, atol=0)


@pytest.mark.parametrize("z", [0.0, 5.0, 40.0, 700.0])
def test_multinomial_keeps_its_digits_where_probabilities_round_to_one(z):
    margins, y = np.array([[[z, 0.0, -1.0]]]), np.array([[0.0]])
    rest = math.exp(-z) + math.exp(-1 - z)
    assert Multinomial().value(margins, y).item() == pytest.approx(math.log1p(rest), rel=1e-14, abs=0)
    assert Multinomial().slope(margins, y)[0, 0, 0] == pytest.approx(-rest / (1 + rest), rel=1e-14, abs=0)


@pytest.mark.parametrize(
    ("loss", "peer", "arguments"),
    [
        (Squared(), "HalfSquaredError", {}),
        (Absolute(), "AbsoluteError", {}),
        (Quantile(0.3), "PinballLoss", {"quantile": 0.3}),
        (Huber(0.7), "HuberLoss", {"delta": 0.7}),
        (Logistic(), "HalfBinomialLoss", {}),
    ],
)
def test_value_and_slope_are_those_of_scikit_learn(loss, peer, arguments):
    rng = np.random.default_rng(0)
    z = rng.normal(scale=4, size=400)
    y = rng.integers(0, 2, 400).astype(float)
    other = getattr(pytest.importorskip("sklearn._loss.loss"), peer)(**arguments)
    other.approx_hessian = False
    np.testing.assert_allclose(loss.value(z, y), other.loss(y_true=y, raw_prediction=z), rtol=1e-12, atol=1e-14)
    gradient, hessian = other.gradient_hessian(y_true=y, raw_prediction=z)
    np.testing.assert_allclose(loss.slope(z, y), gradient, rtol=1e-12)
    if peer in ("HalfSquaredError", "HalfBinomialLoss"):  # of the others it gives a stand-in
        np.testing.assert_allclose(loss.curvature(z, y), np.broadcast_to(hessian, z.shape), rtol=1e-11)


def test_multinomial_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    z, y = rng.normal(scale=3, size=(200, 1, 4)), rng.integers(0, 4, 200).astype(float)
    other = pytest.importorskip("sklearn._loss.loss").HalfMultinomialLoss(n_classes=4)
    value = other.loss(y_true=y, raw_prediction=z[:, 0].copy())
    gradient, probabilities = other.gradient_proba(y_true=y, raw_prediction=z[:, 0].copy())
    np.testing.assert_allclose(Multinomial().value(z, y[:, None])[:, 0], value, rtol=1e-12)
    np.testing.assert_allclose(Multinomial().slope(z, y[:, None])[:, 0], gradient, rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(Multinomial().inverse_link(z)[:, 0], probabilities, rtol=1e-12)


def test_losses_of_sides_are_those_of_torch():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    z, y = torch.tensor(rng.normal(scale=4, size=300)), torch.tensor(rng.integers(0, 2, 300).astype(float))
    sign, zeros = 2 * y - 1, torch.zeros(300, dtype=z.dtype)
    hinge = torch.nn.functional.margin_ranking_loss(z, zeros, sign, margin=1.0, reduction="none")
    np.testing.assert_allclose(Hinge().value(z, y), hinge, rtol=1e-13)
    np.testing.assert_allclose(SquaredHinge().value(z, y), hinge**2 / 2, rtol=1e-13)
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none")
    p = torch.sigmoid(z)
    for gamma in (0.0, 0.5, 2.0, 5.0):  # torchvision.ops.sigmoid_focal_loss without its class weight alpha
        focal = entropy * (1 - (p * y + (1 - p) * (1 - y))) ** gamma
        np.testing.assert_allclose(Focal(gamma).value(z, y), focal, rtol=1e-9)


def test_focal_without_focus_is_the_log_loss():
    _, z, y = table(lambda rows, rng: Logistic())
    for a, b in zip(Focal(0.0).derivatives(z, y), Logistic().derivatives(z, y), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    np.testing.assert_allclose(Focal(0.0).inverse_link(z), Logistic().inverse_link(z), rtol=1e-12)


def test_the_probability_of_focal_is_the_rate_of_the_rows_it_was_fitted_to():
    y = (np.arange(1000) < 830).astype(float)[:, None]
    grid = np.linspace(-6, 6, 12001)[None, :]
    best = grid[0, np.argmin(Focal(2.0).value(grid, y).mean(0))]
    assert Focal(2.0).inverse_link(np.array([[best]])).item() == pytest.approx(0.83, abs=1e-3)
    assert Logistic().inverse_link(np.array([[best]])).item() < 0.75  # what taking the sigmoid would say


@pytest.mark.parametrize(
    ("loss", "middle"),
    [
        (Squared(), lambda y: y.mean()),
        (Absolute(), np.median),
        (Quantile(0.9), lambda y: np.quantile(y, 0.9, method="inverted_cdf")),
    ],
)
def test_amounts_have_their_own_middle(loss, middle):
    y = np.random.default_rng(0).gamma(2.0, size=(101, 1))
    grid = np.sort(np.append(y[:, 0], middle(y)))[None, :]
    assert grid[0, np.argmin(loss.value(grid, y).sum(0))] == pytest.approx(middle(y))


def test_expected_cost_is_what_acting_by_chance_costs():
    rng = np.random.default_rng(0)
    base, acted = rng.uniform(0, 500, (2, 6))
    loss, z = ExpectedCost(base, acted - base), rng.normal(size=(6, 1))
    p = 1 / (1 + np.exp(-z[:, 0]))
    np.testing.assert_allclose(loss.value(z, np.zeros((6, 1)))[:, 0], p * acted + (1 - p) * base, rtol=1e-13)


def test_the_surrogate_pulls_every_row_to_the_side_where_it_costs_less():
    rng = np.random.default_rng(0)
    cost = ExpectedCost(rng.normal(size=50), np.where(np.arange(50) == 7, 0.0, rng.normal(size=50)))
    stand_in, y = cost.surrogate()
    z = rng.normal(size=(50, 3))
    assert stand_in.convex
    assert y.shape == (50,)
    np.testing.assert_array_equal(np.sign(stand_in.slope(z, y[:, None])), np.sign(cost.slope(z, y[:, None])))
    assert (stand_in.value(z, y[:, None])[7] == 0).all()
    np.testing.assert_allclose(  # undecided, a row pulls on both with the force of what is at stake
        2 * stand_in.slope(0 * z, y[:, None]), 4 * cost.slope(0 * z, y[:, None]), rtol=1e-13
    )


def test_customers_who_leave_count_by_their_value():
    clv, y = np.array([100.0, 300.0, 50.0, 800.0]), np.array([1, 1, 0, 0])
    loss = ClvWeighted(Logistic(), clv, y)
    np.testing.assert_allclose(loss.w, [0.5, 1.5, 1, 1])
    assert ClvWeighted(Logistic(), clv, np.array([1, 0, 0, 1])).w.mean() == pytest.approx(1)
    np.testing.assert_allclose(ClvWeighted(Logistic(), 1000 * clv, y).w, loss.w)


def test_wrappers_predict_as_what_they_wrap():
    z = np.linspace(-3, 3, 7)[:, None]
    wrapped = Weighted(Weighted(Focal(1.0), np.ones(7)), np.arange(7.0))
    assert wrapped.pure() == Focal(1.0)
    np.testing.assert_array_equal(wrapped.inverse_link(z), Focal(1.0).inverse_link(z))
    assert Logistic().inverse_link(z) == pytest.approx(
        ExpectedCost(np.ones(7), np.ones(7)).pure().inverse_link(z), rel=1e-15
    )


@losses
@given(seed=seeds)
def test_the_best_constant_costs_least(make, seed):
    loss, _, y = table(make, seed=seed)
    if loss.classes or isinstance(loss, ExpectedCost):
        return
    y[:2] = labels(loss, np.array([[0.0], [1.0]]))  # both outcomes
    w = np.random.default_rng(seed).integers(0, 3, 12) + 0.5
    best = best_constant(loss, y[:, 0], w)
    around = best + np.append(np.linspace(-8, 8, 401), np.linspace(-1e-3, 1e-3, 11))
    costs = (loss.value(np.tile(around, (12, 1)), y) * w[:, None]).sum(0)
    assert (loss.value(np.full((12, 1), best), y)[:, 0] * w).sum() <= costs.min() * (1 + 1e-12)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_the_best_constant_is_the_known_one_in_any_unit(unit):
    y, w = unit * np.array([3.0, 1.0, 10.0, 4.0, 2.0]), np.ones(5)
    assert best_constant(Squared(), y, w) == pytest.approx(4 * unit, rel=1e-14)
    assert best_constant(Absolute(), y, w) == pytest.approx(3 * unit, rel=1e-14)
    assert best_constant(Squared(), y, np.array([0.0, 2, 0, 0, 2])) == pytest.approx(1.5 * unit, rel=1e-14)
    event = np.arange(5) == 0
    assert best_constant(Logistic(), event, w) == pytest.approx(math.log(0.2 / 0.8), rel=1e-13)
    assert best_constant(Absolute(), 0 * y, w) == 0


def test_without_a_best_constant_that_is_said():
    for loss in (Logistic(), Focal(2.0)):
        with pytest.raises(DataError, match="falls for ever; give rows of more than one outcome"):
            best_constant(loss, np.ones(4), np.ones(4))
    assert best_constant(ExpectedCost(np.ones(4), np.ones(4)), np.ones(4), np.ones(4)) == 0


def test_figures_of_rows_may_be_tensors():
    torch = pytest.importorskip("torch")
    w, z, y = np.array([1.0, 0.0, 2.5]), np.linspace(-2, 2, 6).reshape(3, 2), np.array([[0.0], [1.0], [1.0]])
    tensors = [torch.from_numpy(each) for each in (w, z, y)]
    for kind in (lambda w: Weighted(Logistic(), w), lambda w: ExpectedCost(w, -w)):
        ours, theirs = kind(w).slope(z, y), kind(tensors[0]).take(slice(None)).slope(*tensors[1:])
        np.testing.assert_allclose(theirs.numpy(), ours, rtol=1e-14)
    stand_in, labels = ExpectedCost(tensors[0], tensors[0] - 1).surrogate()
    np.testing.assert_array_equal(labels, [0, 1, 0])
    np.testing.assert_array_equal(stand_in.w, [0, 1, 1.5])
    with pytest.raises(DataError, match="row 2: 1 weights are missing, infinite or below 0, first -1.0"):
        Weighted(Logistic(), torch.tensor([1.0, -1.0]))


three = np.ones(3)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Huber(0.0), ConfigError, "delta of Huber is 0.0; give a distance above 0"),
        (lambda: Huber(np.nan), ConfigError, "delta of Huber is nan"),
        (lambda: Quantile(1.0), ConfigError, "level of Quantile is 1.0; give a share between 0 and 1"),
        (lambda: Quantile(-0.1), ConfigError, "level of Quantile is -0.1"),
        (lambda: Focal(-1.0), ConfigError, "gamma of Focal is -1.0; give a number from 0 up"),
        (lambda: Focal(np.inf), ConfigError, "gamma of Focal is inf"),
        (lambda: Weighted(Multinomial(), three), ConfigError, "Weighted cannot hold Multinomial"),
        (lambda: Weighted(Logistic(), np.ones((3, 1))), DataError, "weights are not one per row"),
        (lambda: Weighted(Logistic(), [1.0, 2.0]), DataError, "weights are not one per row"),
        (lambda: Weighted(Logistic(), np.array([1, -2, -3.0])), DataError, "row 2: 2 weights are missing, infinite or"),
        (lambda: Weighted(Logistic(), three).value(np.ones((4, 1)), np.ones((4, 1))), DataError, "figures of 3 rows"),
        (lambda: Weighted(Weighted(Logistic(), three), np.ones(4)), DataError, "the loss holds figures of 3 rows"),
        (lambda: ExpectedCost(three, three).slope(np.ones((4, 1)), np.ones((4, 1))), DataError, "figures of 3 rows"),
        (lambda: ExpectedCost(three, np.array([1, np.nan, 2])), DataError, "row 2: 1 extra costs are missing or inf"),
        (lambda: ExpectedCost(three * np.inf, three), DataError, "row 1: 3 base costs are missing or infinite"),
        (lambda: ExpectedCost(three, np.ones(2)), DataError, "3 base costs and 2 extra costs; give one of each"),
        (lambda: ClvWeighted(Logistic(), -three, three), DataError, "row 1: 3 customer values are missing, infinite"),
        (lambda: ClvWeighted(Logistic(), three * np.nan, three), DataError, "row 1: 3 customer values are missing"),
        (lambda: ClvWeighted(Logistic(), three, np.zeros(3)), DataError, "3 customer values and 0 events in (3,)"),
        (lambda: ClvWeighted(Logistic(), three, np.ones(4)), DataError, "3 customer values and 4 events in (4,)"),
    ],
)
def test_what_makes_no_loss_is_refused_in_one_line(make, error, words):
    with pytest.raises(error) as caught:
        make()
    assert str(caught.value).startswith(words) or words in str(caught.value)
    assert "\n" not in str(caught.value)
