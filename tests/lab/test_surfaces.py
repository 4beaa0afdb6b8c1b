"""The landscapes are what they say: published minima, and the trouble each is known for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

from casestudies.errors import UsageError
from casestudies.lab.surfaces import CELLS, LANDSCAPES, landscape_named

ALL = pytest.mark.parametrize("name", LANDSCAPES)
# the published minimum of each, and by hand for the last three
MINIMA = {
    "rosenbrock": ([(1, 1)], 0.0),
    "rastrigin": ([(0, 0)], 0.0),
    "saddle": ([(0, -1), (0, 1)], -0.25),
    "valley": ([(0, 0)], 0.0),
    "parabola": ([(3,)], 0.0),
}


def by_hand(name, x):
    """The functions once more, in plain numpy."""
    a, b = x[0], x[-1]
    return {
        "rosenbrock": 100 * (b - a * a) ** 2 + (1 - a) ** 2,
        "rastrigin": 20 + sum(v * v - 10 * np.cos(2 * np.pi * v) for v in x),
        "saddle": a * a / 2 - b * b / 2 + b**4 / 4,
        "valley": (a * a + 100 * b * b) / 2,
        "parabola": (a - 3) ** 2,
    }[name]


def hessian(name, x, h=1e-4):
    """By central differences of the plain function."""
    x, n = np.asarray(x, dtype=float), len(x)
    units = np.eye(n) * h
    return np.array(
        [
            [
                by_hand(name, x + u + v)
                - by_hand(name, x + u - v)
                - by_hand(name, x - u + v)
                + by_hand(name, x - u - v)
                for v in units
            ]
            for u in units
        ]
    ) / (4 * h * h)


@ALL
@given(data=st.data())
def test_values_are_those_of_the_formula_and_never_below_the_least(name, data):
    ground = LANDSCAPES[name]
    x = np.array(data.draw(st.tuples(*[st.floats(-5, 5)] * ground.variables)))
    (value,) = ground.values(x[None])
    assert value == pytest.approx(by_hand(name, x), rel=1e-12, abs=1e-12)
    assert value >= ground.least - 1e-12


@ALL
def test_the_minima_are_the_published_ones(name):
    ground = LANDSCAPES[name]
    points, least = MINIMA[name]
    assert sorted(ground.minima) == sorted(tuple(map(float, point)) for point in points)
    assert ground.least == least
    for point in points:
        assert by_hand(name, np.array(point, dtype=float)) == pytest.approx(least, abs=1e-12)
        assert np.linalg.eigvalsh(hessian(name, point)).min() > 0


@ALL
def test_the_grid_covers_the_box_in_at_most_64_cells_a_side(name):
    ground = LANDSCAPES[name]
    *sides, values = ground.grid()
    assert all(len(side) <= CELLS == 64 for side in sides)
    for side, (low, high) in zip(sides, ground.box, strict=True):
        assert side[0] - low == pytest.approx(high - side[-1]) == pytest.approx((side[1] - side[0]) / 2)
    at = (3,) * ground.variables
    point = np.array([side[3] for side in sides])
    assert values[at] == pytest.approx(by_hand(name, point))
    if ground.variables == 2:
        assert values[2, 5] == pytest.approx(by_hand(name, (sides[0][5], sides[1][2])))  # a row is a y


def test_the_troubles_are_there():
    low, high = np.linalg.eigvalsh(hessian("rosenbrock", (1, 1)))
    assert high / low == pytest.approx(2_500, rel=0.02)
    assert LANDSCAPES["rosenbrock"].trouble.count("2,500") == 1
    low, high = np.linalg.eigvalsh(hessian("saddle", (0, 0)))
    assert low < 0 < high
    low, high = np.linalg.eigvalsh(hessian("valley", (0, 0)))
    assert high / low == pytest.approx(100)
    squares = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    assert all(np.linalg.eigvalsh(hessian("rastrigin", square)).min() > 0 for square in squares)


def test_an_unknown_landscape_is_named():
    with pytest.raises(UsageError, match="rosenbrok.*did you mean 'rosenbrock'"):
        landscape_named("rosenbrok")
