import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import expit

from casestudies.errors import DataError
from casestudies.metrics import auc
from casestudies.models.temperature import LEAST, MOST, Temperature


def drawn(true, rows=800, seed=0):
    generator = np.random.default_rng(seed)
    z = 3.0 * generator.normal(size=rows)
    return z, (generator.random(rows) < expit(z / true)).astype(float)


@pytest.mark.parametrize("true", [0.3, 1.0, 2.5])
def test_temperature_is_the_minimum_of_the_log_loss(true):
    z, y = drawn(true)

    def loss(log_t):
        return np.mean(np.logaddexp(0, z * np.exp(-log_t)) - y * z * np.exp(-log_t))

    best = minimize_scalar(loss, bounds=(-4, 4), method="bounded", options={"xatol": 1e-10})
    assert Temperature.of(z, y).value == pytest.approx(np.exp(best.x), rel=1e-5)


def test_the_temperature_that_made_the_labels_is_found():
    z, y = drawn(2.0, rows=40_000)
    assert Temperature.of(z, y).value == pytest.approx(2.0, rel=0.03)


def test_scaling_the_logits_scales_the_temperature_and_keeps_the_probabilities():
    z, y = drawn(1.5)
    one, other = Temperature.of(z, y), Temperature.of(1e3 * z / 1e3 * 4.0, y)
    assert other.value == pytest.approx(4.0 * one.value, rel=1e-6)
    assert np.allclose(one.probability(z), other.probability(4.0 * z))


def test_order_and_the_even_point_stay():
    z, y = drawn(2.5)
    found = Temperature.of(z, y)
    p = found.probability(z)
    assert auc(y, p) == auc(y, z)
    assert np.array_equal(p > 0.5, z > 0)


def test_logits_without_a_mistake_get_the_lower_limit_and_backward_ones_the_upper():
    z, y = np.array([-2.0, -1.0, 1.0, 3.0]), np.array([0, 0, 1, 1])
    assert Temperature.of(z, y).value == LEAST
    assert Temperature.of(-z, y).value == MOST
    assert Temperature.of(np.zeros(4), y).value == MOST


@pytest.mark.parametrize("z", [[np.nan, 1.0], []])
def test_what_cannot_be_calibrated_is_refused(z):
    with pytest.raises(DataError):
        Temperature.of(np.array(z), np.zeros(len(z)))
