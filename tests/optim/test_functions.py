import numpy as np
import pytest
import torch

from casestudies.errors import DataError
from casestudies.optim.functions import Function, point
from casestudies.optim.methods import Torch
from casestudies.optim.solve import minimise
from casestudies.optim.stopping import Steps


def wavy(x):
    return torch.sin(x[0] * x[1]) + torch.exp(-x[1]) * x[2] ** 2


WAVY, AT = Function(wavy), point([0.3, -0.7, 1.1])


def slope(x):
    """By hand."""
    a, b, c = x[:, 0]
    return np.array([[b * np.cos(a * b)], [a * np.cos(a * b) - np.exp(-b) * c**2], [2 * np.exp(-b) * c]])


def test_value_and_slope_are_those_by_hand():
    a, b, c = AT[:, 0]
    np.testing.assert_allclose(WAVY.value(AT), [np.sin(a * b) + np.exp(-b) * c**2], rtol=1e-15)
    np.testing.assert_allclose(WAVY.gradient(AT), slope(AT), rtol=1e-14)


def test_the_hessian_is_the_change_of_the_slope_and_its_products_are_its_own():
    step = 1e-6
    by_differences = np.hstack(
        [(slope(AT + step * e[:, None]) - slope(AT - step * e[:, None])) / (2 * step) for e in np.eye(3)]
    )
    np.testing.assert_allclose(WAVY.hessian(AT), by_differences, atol=1e-8)
    along = point([1.0, -2.0, 0.5])
    np.testing.assert_allclose(WAVY.product_at(AT)(along), WAVY.hessian(AT) @ along, rtol=1e-12)


def test_a_straight_function_has_no_curvature():
    np.testing.assert_array_equal(Function(lambda x: x[0] - 2 * x[1]).hessian(point([1.0, 2.0])), np.zeros((2, 2)))


@pytest.mark.parametrize(("optimizer", "settings"), [("gd", {}), ("momentum", {}), ("adam", {})])
def test_as_a_network_it_takes_the_very_steps_of_torch(optimizer, settings):
    ours = minimise(WAVY.as_network(AT[:, 0]), Torch(optimizer, 0.05), stop=(Steps(7),))
    x = torch.tensor(AT[:, 0], requires_grad=True)
    makes = {
        "gd": torch.optim.SGD,
        "momentum": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9),
        "adam": torch.optim.Adam,
    }
    theirs = makes[optimizer]([x], lr=0.05)
    for _ in range(7):
        theirs.zero_grad()
        wavy(x).backward()
        theirs.step()
    np.testing.assert_allclose(ours.x[:, 0], x.detach().numpy(), rtol=1e-12)
    assert ours.state.value[0] == pytest.approx(float(wavy(x.detach())), rel=1e-12)


def test_noise_is_in_the_gradient_of_a_step_and_not_in_the_value():
    network = Function(lambda x: 0 * x.sum()).as_network(np.zeros(2000), noise=3.0)
    moved = minimise(network, Torch("sgd", 1.0), stop=(Steps(1),))
    assert moved.x.std() == pytest.approx(3.0, rel=0.1)
    assert moved.state.value[0] == 0
    again = minimise(
        Function(lambda x: 0 * x.sum()).as_network(np.zeros(2000), noise=3.0), Torch("sgd", 1.0), stop=(Steps(1),)
    )
    np.testing.assert_array_equal(moved.x, again.x)


@pytest.mark.parametrize("numbers", [[], [np.nan], "abc", [[1.0]], None])
def test_a_point_is_a_list_of_numbers(numbers):
    with pytest.raises(DataError, match="is no vector of finite numbers"):
        point(numbers)
