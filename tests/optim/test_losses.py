import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.optim import ALL_LOSSES, Logistic

losses = pytest.mark.parametrize("loss", ALL_LOSSES, ids=lambda loss: type(loss).__name__)
margins = st.floats(-30, 30)
shares = st.floats(0, 1)


def label(loss, share):
    """A label within the loss's interval, which may be open-ended."""
    low, high = np.clip(loss.interval, -5, 5)
    return low + share * (high - low)


@losses
@given(z=margins, share=shares)
def test_slope_is_the_derivative_of_the_value(loss, z, share):
    step, y = 1e-5, np.array([[label(loss, share)]])
    up, down = (loss.value(np.array([[z + sign * step]]), y) for sign in (1, -1))
    np.testing.assert_allclose(loss.slope(np.array([[z]]), y), (up - down) / (2 * step), atol=1e-8)


@losses
@given(z=margins, share=shares)
def test_curvature_is_the_derivative_of_the_slope(loss, z, share):
    step, y = 1e-5, np.array([[label(loss, share)]])
    up, down = (loss.slope(np.array([[z + sign * step]]), y) for sign in (1, -1))
    np.testing.assert_allclose(loss.curvature(np.array([[z]]), y), (up - down) / (2 * step), atol=1e-8)


@losses
@given(z=st.floats(-1e3, 1e3), share=shares)
def test_convex_losses_are_never_curved_downwards(loss, z, share):
    if loss.convex:
        assert loss.curvature(np.array([[z]]), np.array([[label(loss, share)]])) >= 0


@losses
@given(z=margins, share=shares)
def test_the_prediction_is_the_label_that_leaves_no_slope(loss, z, share):
    z = np.array([[z]])
    np.testing.assert_allclose(loss.slope(z, loss.inverse_link(z)), 0, atol=1e-12)


@losses
def test_all_at_once_is_the_same_as_one_by_one(loss):
    z = np.linspace(-40, 40, 60).reshape(20, 3)
    y = np.linspace(*np.clip(loss.interval, -5, 5), 20)[:, None]
    for joint, single in zip(loss.derivatives(z, y), (loss.value, loss.slope, loss.curvature), strict=True):
        np.testing.assert_array_equal(joint, single(z, y))


@losses
@pytest.mark.parametrize("z", [-1e3, -40.0, 40.0, 1e3])
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_far_margins_stay_finite(loss, z, share):
    for part in loss.derivatives(np.array([[z]]), np.array([[label(loss, share)]])):
        assert np.isfinite(part).all()


@losses
def test_arguments_are_left_as_they_were(loss):
    z, y = np.linspace(-3, 3, 6).reshape(3, 2), np.linspace(*np.clip(loss.interval, -5, 5), 3)[:, None]
    z.flags.writeable = y.flags.writeable = False
    loss.derivatives(z, y)
    loss.inverse_link(z)


@pytest.mark.parametrize("z", [-1000.0, -40.0, -3.0, 0.0, 3.0, 40.0, 700.0])
def test_logistic_keeps_its_digits_where_probabilities_round_to_one(z):
    value, slope, curvature = (a.item() for a in Logistic().derivatives(np.array([[z]]), np.array([[1.0]])))
    if z >= 0:
        odds = math.exp(-z)
        assert value == pytest.approx(math.log1p(odds), rel=1e-14, abs=0)
        assert slope == pytest.approx(-odds / (1 + odds), rel=1e-14, abs=0)
        assert curvature == pytest.approx(odds / (1 + odds) ** 2, rel=1e-14, abs=0)
    else:
        odds = math.exp(z)
        assert value == pytest.approx(math.log1p(odds) - z, rel=1e-14, abs=0)
        assert slope == pytest.approx(-1 / (1 + odds), rel=1e-14, abs=0)
        assert curvature == pytest.approx(odds / (1 + odds) ** 2, rel=1e-14, abs=0)
