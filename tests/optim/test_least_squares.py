import sys

import numpy as np
import pytest

from casestudies.errors import DataError, MissingExtra
from casestudies.optim.least_squares import least_squares
from casestudies.optim.reasons import Reason

torch = pytest.importorskip("torch", reason="least_squares differentiates by torch")


def tensor(array):
    return torch.tensor(np.asarray(array, dtype=float))


def decay(times, amounts):
    t, y = tensor(times), tensor(amounts)
    return lambda b: b[0] * torch.exp(-b[1] * t) - y


TIMES = np.linspace(0, 4, 30)
NOISY = 3 * np.exp(-0.7 * TIMES) + 0.1 * np.random.default_rng(0).normal(size=30)


def test_a_line_is_the_one_of_the_normal_equations():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 4)) * [1, 1e3, 1e-3, 1], rng.normal(size=50)
    fit = least_squares(lambda b: tensor(X) @ b - tensor(y), np.zeros(4))
    exact, squares, _, _ = np.linalg.lstsq(X, y)
    np.testing.assert_allclose(fit.x, exact, rtol=1e-10)
    assert fit.x.shape == (4,)
    assert 2 * fit.state.value[0] == pytest.approx(squares[0], rel=1e-13)
    assert fit.reason is Reason.CONVERGED
    assert fit.certificate.suboptimality[0] < 1e-20


def test_a_curve_has_no_slope_where_the_fit_ends():
    fit = least_squares(decay(TIMES, NOISY), [1.0, 1.0])
    b = fit.x
    model = np.exp(-b[1] * TIMES)
    residuals = b[0] * model - NOISY
    jacobian = np.column_stack([model, -b[0] * TIMES * model])  # by hand
    np.testing.assert_allclose(fit.state.jacobian, jacobian, rtol=1e-13)
    np.testing.assert_allclose(fit.state.residuals, residuals, rtol=1e-12, atol=1e-14)
    assert (np.abs(jacobian.T @ residuals) < 1e-12 * np.linalg.norm(jacobian, axis=0)).all()


def test_it_is_right_to_more_digits_than_the_sum_of_squares_can_tell():
    """The exact minimum, by Newton's method in extended precision."""
    fit = least_squares(decay(TIMES, NOISY), [1.0, 1.0])
    t, y, b = TIMES.astype(np.longdouble), NOISY.astype(np.longdouble), fit.x.astype(np.longdouble)
    for _ in range(5):
        e = np.exp(-b[1] * t)
        r, J = b[0] * e - y, np.column_stack([e, -b[0] * t * e])
        bends = np.array([[0, -(r * t * e).sum()], [-(r * t * e).sum(), (r * b[0] * t * t * e).sum()]])
        b = b - np.linalg.solve((J.T @ J + bends).astype(float), (J.T @ r).astype(float))
    np.testing.assert_allclose(fit.x, b.astype(float), rtol=1e-13)


def test_the_unit_of_a_parameter_does_not_matter():
    plain = least_squares(decay(TIMES, NOISY), [1.0, 1.0])
    t, y = tensor(TIMES), tensor(NOISY)
    units = least_squares(lambda b: 1e-6 * b[0] * torch.exp(-1e6 * b[1] * t) - y, [1e6, 1e-6])
    np.testing.assert_allclose(units.x, plain.x * [1e6, 1e-6], rtol=1e-12)


def test_the_certificate_is_what_is_left_to_gain_near_the_minimum():
    best = least_squares(decay(TIMES, NOISY), [1.0, 1.0])
    state = best.state
    near = state.x[:, 0] * (1 + 1e-4)
    there = least_squares(decay(TIMES, NOISY), near)
    first = {name: column[0] for name, column in there.trace.columns().items()}
    left = (first["value"] - best.state.value[0]) / first["value"]
    assert first["suboptimality"] == pytest.approx(left, rel=0.01)


def test_residuals_that_vanish_leave_nothing_to_gain():
    fit = least_squares(decay(TIMES, 3 * np.exp(-0.7 * TIMES)), [1.0, 1.0])
    np.testing.assert_allclose(fit.x, [3, 0.7], rtol=1e-14)
    assert fit.reason is Reason.CONVERGED
    assert fit.certificate.suboptimality[0] == 0


def test_parameters_that_say_the_same_still_fit():
    t, y = tensor(TIMES), tensor(NOISY)
    fit = least_squares(lambda b: (b[0] + b[1]) * torch.exp(-b[2] * t) - y, [1.0, 1.0, 1.0])
    alone = least_squares(decay(TIMES, NOISY), [1.0, 1.0])
    assert fit.state.value[0] == pytest.approx(alone.state.value[0], rel=1e-10)
    assert fit.state.condition[0] > 1e15


def test_a_parameter_that_does_nothing_stays_where_it_was():
    y = tensor(NOISY)
    fit = least_squares(lambda b: b[0] - y + 0 * b[1], [0.0, 5.0])
    np.testing.assert_allclose(fit.x, [NOISY.mean(), 5.0], rtol=1e-13)


def test_the_trace_goes_down_step_by_step():
    fit = least_squares(decay(TIMES, NOISY), [1.0, 5.0])
    table = fit.trace.of(0)
    assert (np.diff(table["value"]) <= 1e-12).all()
    np.testing.assert_array_equal(table["step"], np.arange(len(table["step"])))
    assert table["value"][-1] == fit.state.value[0]


def test_trials_where_the_model_has_no_value_are_stepped_back_from():
    t = tensor(TIMES[1:])
    y = tensor(np.sqrt(2.0 * TIMES[1:]))
    fit = least_squares(lambda b: torch.sqrt(b[0] * t) - y, [1e-3])
    np.testing.assert_allclose(fit.x, [2.0], rtol=1e-12)


@pytest.mark.parametrize(
    ("residuals", "start", "words"),
    [
        (lambda b: b, [], "start: '[]' is no vector of finite numbers"),
        (lambda b: b, [[1.0]], "start: '[[1.0]]' is no vector of finite numbers"),
        (lambda b: b, [np.nan], "start: '[nan]' is no vector of finite numbers"),
        (lambda b: b, ["much"], "start: not numbers but '['much']'"),
        (lambda b: b[:1], [1.0, 2.0], "residuals: 1 cannot determine 2 parameters"),
        (lambda b: b.float(), [1.0], "residuals: not a vector of float64 but torch.float32 of shape (1,)"),
        (lambda b: b.sum(), [1.0], "residuals: not a vector of float64 but torch.float64 of shape ()"),
        (lambda b: [1.0], [1.0], "residuals: not a vector of float64 but list"),
        (lambda b: torch.log(b), [1.0, -1.0], "residuals, row 2: 1 are not finite at the start, first nan"),
        (lambda b: torch.tensor(b.numpy() ** 2), [1.0], "residuals: they cannot be differentiated"),
        (lambda b: torch.sqrt(b), [0.0], "residuals, row 1: the derivative by parameter 1 is not finite at '[0.0]'"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_one_line(residuals, start, words):
    with pytest.raises(DataError) as caught:
        least_squares(residuals, start)
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)


def test_without_torch_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtra) as caught:
        least_squares(lambda b: b, [1.0])
    assert "pip install 'casestudies[torch]'" in str(caught.value)


def test_a_start_of_whole_numbers_that_may_not_be_written_is_read():
    start = np.array([1, 1])
    start.flags.writeable = False
    np.testing.assert_allclose(
        least_squares(decay(TIMES, NOISY), start).x, least_squares(decay(TIMES, NOISY), [1.0, 1.0]).x
    )
