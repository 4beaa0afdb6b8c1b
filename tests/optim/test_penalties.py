import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from casestudies.errors import ConfigError
from casestudies.optim import ALL_PENALTIES, L2

penalties = pytest.mark.parametrize("kind", ALL_PENALTIES)
numbers = st.floats(-5, 5)


@penalties
@given(v=numbers, strength=st.floats(0, 10), step=st.floats(0.01, 10))
def test_prox_is_the_minimiser_it_claims_to_be(kind, v, strength, step):
    penalty = kind(np.array([strength]), np.array([False]))

    def price(w):
        return penalty.value(np.array([[w]])).item() + (w - v) ** 2 / (2 * step)

    best = minimize_scalar(price, bounds=(-6, 6), method="bounded", options={"xatol": 1e-9}).x
    assert penalty.prox(np.array([[v]]), np.array([step])).item() == pytest.approx(best, abs=1e-5)


@penalties
@given(w=numbers, strength=st.floats(0, 10))
def test_nothing_is_left_where_the_loss_pushes_back_as_hard(kind, w, strength):
    penalty = kind(np.array([strength]), np.array([False]))
    step = 1e-6
    up, down = (penalty.value(np.array([[w + sign * step]])) for sign in (1, -1))
    push = -(up - down) / (2 * step)
    np.testing.assert_allclose(penalty.residual(np.array([[w]]), push[None]), 0, atol=1e-6)
    np.testing.assert_allclose(penalty.residual(np.array([[w]]), push[None] + 0.5), 0.5, atol=1e-6)


@penalties
def test_free_columns_cost_nothing_and_strengths_belong_to_problems(kind):
    W = np.array([[2.0, 2.0, 2.0], [1e6, 1e6, 1e6]])
    penalty = kind(np.array([0.0, 1.0, 3.0]), np.array([False, True]))
    assert penalty.value(W)[0] == 0
    assert penalty.value(W)[2] == pytest.approx(3 * penalty.value(W)[1])
    np.testing.assert_array_equal(penalty.prox(W, np.ones(3))[1], W[1])
    np.testing.assert_array_equal(penalty.quadratic()[1], 0)
    np.testing.assert_array_equal(penalty.select(np.array([2])).value(W[:, [2]]), penalty.value(W)[[2]])


def test_l2_is_half_the_strength_times_the_square():
    penalty = L2(np.array([3.0]), np.array([False, False]))
    assert penalty.value(np.array([[2.0], [1.0]])) == pytest.approx(7.5)
    np.testing.assert_array_equal(penalty.quadratic(), [[3.0], [3.0]])


@penalties
@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_a_strength_that_is_no_price_is_refused(kind, bad):
    with pytest.raises(ConfigError) as caught:
        kind(np.array([1.0, bad]), np.array([False]))
    assert str(caught.value).startswith("penalty of problem 2: the strength")
