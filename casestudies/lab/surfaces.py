"""The landscapes: functions of one or two variables with the trouble that each is known for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from casestudies.errors import UsageError, nearest, shown

Floats = NDArray[np.float64]
CELLS = 64  # a side of a picture


@dataclass(frozen=True)
class Landscape:
    """A function to go down on.

    title, formula, trouble: in words; the trouble is what it is known for.
    at: (variables, ...) to (...), in torch operations.
    box: (variables, 2) the part that is drawn. start: (variables,) where walks begin unless told otherwise.
    minima: (minima, variables) the points of the least value. least: that value.
    rate: a learning rate at which gradient descent neither crawls nor explodes from `start`.
    """

    title: str
    formula: str
    trouble: str
    at: Callable[[Tensor], Tensor]
    box: tuple[tuple[float, float], ...]
    start: tuple[float, ...]
    minima: tuple[tuple[float, ...], ...]
    least: float
    rate: float

    @property
    def variables(self) -> int:
        return len(self.start)

    def values(self, points: Floats) -> Floats:
        """(points,) of (points, variables)."""
        with torch.no_grad():
            return np.asarray(self.at(torch.from_numpy(np.ascontiguousarray(points.T))).numpy(), dtype=np.float64)

    def grid(self, cells: int = CELLS) -> tuple[Floats, ...]:
        """The middles of the cells along each variable, (cells,) each, and the values: (cells,) or, row by row upwards, (cells, cells)."""
        sides = []
        for low, high in self.box:
            width = (high - low) / cells
            sides.append(low + width * (np.arange(cells) + 0.5))
        mesh = np.meshgrid(*sides)
        values = self.values(np.column_stack([side.ravel() for side in mesh])).reshape(mesh[0].shape)
        return (*sides, values)


def _rosenbrock(x: Tensor) -> Tensor:
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


def _rastrigin(x: Tensor) -> Tensor:
    waves = x**2 - 10 * torch.cos(2 * math.pi * x)
    return 20 + waves[0] + waves[1]


def _saddle(x: Tensor) -> Tensor:
    return x[0] ** 2 / 2 - x[1] ** 2 / 2 + x[1] ** 4 / 4


def _valley(x: Tensor) -> Tensor:
    return (x[0] ** 2 + 100 * x[1] ** 2) / 2


def _parabola(x: Tensor) -> Tensor:
    return (x[0] - 3) ** 2


LANDSCAPES: Mapping[str, Landscape] = {
    "rosenbrock": Landscape(
        "Rosenbrock's banana",
        "100 (y - x²)² + (1 - x)²",
        "The way into the curved valley is easy; along its floor it is not: at the minimum it bends 2,500 times as much across as along.",
        _rosenbrock,
        ((-2.0, 2.0), (-1.0, 3.0)),
        (-1.2, 1.0),
        ((1.0, 1.0),),
        0.0,
        1e-3,
    ),
    "rastrigin": Landscape(
        "Rastrigin's egg box",
        "20 + x² + y² - 10 cos 2πx - 10 cos 2πy",
        "Every unit square has a minimum of its own: whoever only goes down ends in the one nearest to the start.",
        _rastrigin,
        ((-2.7, 2.7), (-2.7, 2.7)),
        (2.3, -1.8),
        ((0.0, 0.0),),
        0.0,
        1e-3,
    ),
    "saddle": Landscape(
        "A saddle",
        "x²/2 - y²/2 + y⁴/4",
        "At (0, 0) the gradient is 0 and nothing pulls away from it, yet both minima, at y = ±1, lie lower.",
        _saddle,
        ((-2.0, 2.0), (-1.6, 1.6)),
        (1.5, 1e-3),
        ((0.0, -1.0), (0.0, 1.0)),
        -0.25,
        0.1,
    ),
    "valley": Landscape(
        "A narrow valley",
        "x²/2 + 100 y²/2",
        "It bends 100 times as much across as along: a rate that suits one direction is wrong for the other.",
        _valley,
        ((-3.0, 3.0), (-1.0, 1.0)),
        (-2.5, 0.6),
        ((0.0, 0.0),),
        0.0,
        0.015,
    ),
    "parabola": Landscape(
        "A parabola",
        "(x - 3)²",
        "No trouble at all: gradient descent at rate r comes nearer by the factor |1 - 2r| with every step.",
        _parabola,
        ((-4.0, 10.0),),
        (-2.0,),
        ((3.0,),),
        0.0,
        0.1,
    ),
}


def landscape_named(name: str) -> Landscape:
    """Raises UsageError where there is none of that name; the message names the nearest."""
    if name not in LANDSCAPES:
        raise UsageError(f"there is no landscape {shown(name)}", where="landscape", advice=nearest(name, LANDSCAPES))
    return LANDSCAPES[name]
