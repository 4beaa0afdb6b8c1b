"""A parabola for each problem of a block, and a smooth function within constraints."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Generic, Self, TypeVar

import numpy as np

from casestudies.errors import ConfigError
from casestudies.optim.arrays import Array, Index
from casestudies.optim.constraints import Constraints
from casestudies.optim.smooth import Smooth

_SYMMETRIC = 1e-9  # of the largest entry


@dataclass(frozen=True)
class Quadratic:
    """x · H x / 2 - q · x, with one H for all problems.

    H: (columns, columns) symmetric, no negative curvature (not checked; with some, methods find a local minimum).
    q: (columns, problems).

    Raises
    ------
    ConfigError: shapes that do not fit, entries that are not finite, an H that is not symmetric.
    """

    H: Array
    q: Array

    def __post_init__(self) -> None:
        if self.H.shape != (len(self.q), len(self.q)) or self.q.ndim != 2:
            raise ConfigError(f"H {self.H.shape} and q {self.q.shape}", advice="give (n, n) and (n, problems)")
        if not (np.isfinite(self.H).all() and np.isfinite(self.q).all()):
            raise ConfigError("the objective has entries that are not finite")
        if np.abs(self.H - self.H.T).max(initial=0.0) > _SYMMETRIC * np.abs(self.H).max(initial=0.0):
            raise ConfigError("H is not symmetric", advice="give (H + Hᵀ) / 2")

    @property
    def steepness(self) -> float:
        """The size of its slopes one unit away from 0: the scale of prices and penalties, never 0."""
        largest = max(float(np.linalg.norm(self.H)), float(np.abs(self.q).max(initial=0.0)))
        return largest if largest > 0 else 1.0

    def value(self, x: Array) -> Array:
        return np.einsum("ck,ck->k", x, 0.5 * (self.H @ x) - self.q)

    def gradient(self, x: Array) -> Array:
        return self.H @ x - self.q

    def select(self, problems: Index) -> Self:
        return self if len(problems) == self.q.shape[1] else replace(self, q=self.q[:, problems])


F = TypeVar("F", bound=Smooth)


@dataclass(frozen=True)
class Constrained(Generic[F]):
    """A smooth function within constraints: what the constrained methods minimise.

    function: a `Quadratic`, or a function of one problem.
    """

    function: F
    constraints: Constraints

    @property
    def problems(self) -> int:
        return self.function.q.shape[1] if isinstance(self.function, Quadratic) else 1

    def value(self, x: Array) -> Array:
        return np.asarray(self.function.value(x), dtype=np.float64).reshape(-1)

    def gradient(self, x: Array) -> Array:
        return self.function.gradient(x)

    def project(self, x: Array) -> Array:
        """Onto the set; rows are left alone."""
        return self.constraints.project(x)

    def select(self, problems: Index) -> Self:
        function: Any = self.function
        if isinstance(function, Quadratic):
            function = function.select(problems)
        return replace(self, function=function, constraints=self.constraints.select(problems))
