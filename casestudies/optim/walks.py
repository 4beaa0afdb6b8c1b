"""The way a method goes down a function, point by point, to be drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from casestudies.optim.arrays import Array, Index
from casestudies.optim.functions import Function, point
from casestudies.optim.methods.base import Method, State
from casestudies.optim.methods.first_order import Torch
from casestudies.optim.methods.lbfgs import LBFGS
from casestudies.optim.solve import Solution, minimise
from casestudies.optim.stopping import Reached, Steps, Suboptimality
from casestudies.optim.trace import Trace


@dataclass(frozen=True)
class Walk:
    """points: (points, variables), the start first. values: (points,).

    evaluations: (points,) values and gradients asked for until then, each counted; a Hessian counts as its columns.
    solution: how it ended, with the trace that `diagnose` reads.
    """

    points: Array
    values: Array
    evaluations: Array
    solution: Solution[Any]


def walk(
    function: Function,
    method: Method[Any, Any],
    start: ArrayLike,
    *,
    steps: int = 100,
    noise: float = 0.0,
    least: float | None = None,
) -> Walk:
    """Every point that a method comes by on its way down.

    Parameters
    ----------
    method: any that takes a `Function`, or `methods.Torch`, whose steps are then epochs of one batch.
    start: (variables,). steps: of the method, at most.
    noise: see `Function.as_network`; for `Torch` only.
    least: the lowest value, where it is known: the walk ends there.

    >>> from casestudies.optim.methods import NonlinearCG
    >>> bowl = Function(lambda x: (x[0] - 3) ** 2 + 10 * x[1] ** 2)
    >>> walk(bowl, NonlinearCG(), [0.0, 1.0]).points[-1].round(6).tolist()
    [3.0, 0.0]
    """
    x = point(start)
    stop = (*(() if least is None else (Reached(least),)), Suboptimality(), Steps(steps))
    counted = _Counted(function)
    taken = _Points(counted)
    if isinstance(method, Torch):
        network = function.as_network(start, noise)
        solution: Solution[Any] = minimise(network, method, x, stop=stop, trace=taken)
        evaluations = np.arange(len(taken.points), dtype=np.float64)
    else:
        if isinstance(method, LBFGS):
            method = replace(method, watch=taken.pass_by)
        solution = minimise(counted, method, x, stop=stop, trace=taken)
        evaluations = np.array(taken.counts)
    points = np.array(taken.points)
    return Walk(points, np.array([function.value(p[:, None])[0] for p in points]), evaluations, solution)


class _Counted:
    """The function, and how often it was asked."""

    def __init__(self, function: Function) -> None:
        self._function, self.count = function, 0

    def value(self, x: Array) -> Array:
        self.count += 1
        return self._function.value(x)

    def gradient(self, x: Array) -> Array:
        self.count += 1
        return self._function.gradient(x)

    def product_at(self, x: Array) -> Callable[[Array], Array]:
        product = self._function.product_at(x)

        def counted(v: Array) -> Array:
            self.count += 1
            return product(v)

        return counted

    def hessian(self, x: Array) -> Array:
        self.count += len(x)
        return self._function.hessian(x)


class _Points(Trace):
    """A trace that keeps the points as well, once each."""

    def __init__(self, counted: _Counted) -> None:
        super().__init__()
        self._counted = counted
        self.points: list[Array] = []
        self.counts: list[float] = []

    def record(self, state: State, problems: Index) -> None:
        super().record(state, problems)
        self.pass_by(state.x[:, 0])

    def pass_by(self, x: Array) -> None:
        if not self.points or not np.array_equal(x, self.points[-1]):
            self.points.append(x.copy())
            self.counts.append(float(self._counted.count))
