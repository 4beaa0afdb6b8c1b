"""A head with a hidden layer: an optimum of its objective, the same for the same seed, and each patient's part in it."""

import numpy as np
import pytest

from casestudies.imaging.heads.linear import Given

torch = pytest.importorskip("torch", reason="a hidden layer is fitted by torch functions")

from casestudies.imaging.heads import hidden  # noqa: E402

ROWS, COLUMNS, UNITS, RIDGE = 160, 5, 3, 0.03


def given(rows=ROWS):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, COLUMNS))
    y = (np.tanh(2 * X[:, 0] * X[:, 1]) + 0.5 * X[:, 2] + 0.5 * rng.logistic(size=rows) > 0).astype(float)
    return Given(X, y, np.ones(rows), rng.integers(0, 60, rows), rows)


def value(rows, layers):
    """The objective in torch's own words, of the parameters as one vector."""
    shapes = [(UNITS, COLUMNS), (UNITS,), (UNITS,), (1,)]

    def of(x):
        inner, bias, last, intercept = (
            part.reshape(shape) for part, shape in zip(x.split([int(np.prod(s)) for s in shapes]), shapes, strict=True)
        )
        z = torch.tanh(torch.tensor(rows.X) @ inner.T + bias) @ last + intercept
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, torch.tensor(rows.y))
        return loss + 0.5 * RIDGE * (x[:-1] ** 2).sum()

    return of, torch.tensor(layers.unknowns())


def test_the_polished_head_is_a_minimum_of_the_log_loss_with_the_ridge():
    rows = given()
    fit = hidden.fit(rows, RIDGE, hidden.begun(COLUMNS, UNITS, 0), polish=True)
    of, x = value(rows, fit.layers)
    assert fit.objective == pytest.approx(of(x).item(), rel=1e-12)
    assert torch.func.grad(of)(x).abs().max() < 1e-9
    assert torch.linalg.eigvalsh(torch.func.hessian(of)(x)).min() > 0
    assert fit.converged


def test_the_polish_goes_on_where_lbfgs_stopped():
    rows, start = given(), hidden.begun(COLUMNS, UNITS, 0)
    rough, fine = (hidden.fit(rows, RIDGE, start, polish=polish) for polish in (False, True))
    assert fine.objective < rough.objective < fine.objective * (1 + 10 * hidden.ROUGH)
    assert rough.left_out is None
    passes, values = fine.curve.T
    assert (np.diff(passes) > 0).all()
    assert values[0] == pytest.approx(rough.curve[0, 1])
    assert values[-1] == pytest.approx(fine.objective)


def test_a_seed_is_a_head_and_torchs_own_random_numbers_are_left_alone():
    rows = given()
    torch.manual_seed(7)
    first = hidden.fit(rows, RIDGE, hidden.begun(COLUMNS, UNITS, 1), polish=True)
    drawn = torch.rand(1)
    again = hidden.fit(rows, RIDGE, hidden.begun(COLUMNS, UNITS, 1), polish=True)
    np.testing.assert_array_equal(first.layers.unknowns(), again.layers.unknowns())
    torch.manual_seed(7)
    assert torch.rand(1) == drawn


def test_a_patient_left_out_is_close_to_a_fit_without_the_patient():
    rows = given(400)
    whole = hidden.fit(rows, RIDGE, hidden.begun(COLUMNS, UNITS, 0), polish=True)
    own, errors, shifts = whole.layers.margins(rows.X), [], []
    for one in range(8):
        rest = rows.patient != one
        less = Given(rows.X[rest], rows.y[rest], rows.weight[rest], rows.patient[rest], int(rest.sum()))
        fit = hidden.fit(less, RIDGE * 400 / rest.sum(), whole.layers, polish=True)
        refit = fit.layers.margins(rows.X[~rest])
        errors.append(np.abs(whole.left_out[~rest] - refit).max())
        shifts.append(np.abs(own[~rest] - refit).max())
    assert max(errors) < 0.3 * max(shifts)


def test_weights_go_to_a_vector_and_back():
    layers = hidden.begun(COLUMNS, UNITS, 0)
    again = type(layers).of(layers.unknowns(), COLUMNS, UNITS)
    np.testing.assert_array_equal(again.inner, layers.inner)
    np.testing.assert_array_equal(again.unknowns(), layers.unknowns())
