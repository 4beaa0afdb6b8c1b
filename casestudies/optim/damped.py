"""Three ways to a damped step: by the matrix, in the space of the rows, and by products alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.linalg import solve_triangular
from scipy.linalg.lapack import dpotrf, dpotrs

from casestudies.optim.arrays import Array
from casestudies.optim.gauss_newton import LocalModel

_FLAT = 1e-140  # roots of curvatures below it have lost their digits to underflow
_JITTER = 1e-12  # of a unit diagonal: keeps repeated columns factorisable, far below any curvature that matters


@dataclass(frozen=True)
class Factor:
    """A symmetric matrix and, if it is positive definite, its Cholesky factor, in one array.

    Every unknown is brought to unit curvature first, so that digits do not depend on units.

    packed: (unknowns, unknowns) above the diagonal the matrix, below and on it the factor; scaled.
    diagonal: (unknowns,) of the scaled matrix: 1, or 0 and -1 where the curvature is none or negative.
    scale: (unknowns,) roots of the curvatures.
    definite: there is a factor.
    """

    packed: Array
    diagonal: Array
    scale: Array
    definite: bool

    @classmethod
    def of(cls, matrix: Array) -> Factor:
        """`matrix` is used up."""
        curvature = matrix.diagonal().copy()
        scale = np.sqrt(np.abs(curvature))
        scale = np.where(scale > _FLAT, scale, 1.0)
        matrix /= scale
        matrix /= scale[:, None]
        packed = np.asfortranarray(matrix.T)  # symmetric, so this is the same matrix, and no copy
        diagonal = curvature / scale / scale
        packed[np.diag_indices_from(packed)] = diagonal + _JITTER
        packed, failed = dpotrf(packed, lower=1, clean=0, overwrite_a=1)
        return cls(packed, diagonal, scale, not failed)

    @property
    def condition(self) -> float:
        """Steepest over flattest curvature, by the factor's edges; nan without a factor."""
        edges = self.packed.diagonal()
        return float(np.square(edges.max() / edges.min())) if self.definite else np.nan

    def half(self, V: Array) -> Array:
        """(unknowns, columns): U with UᵀU = Vᵀ H⁻¹ V, for (unknowns, columns)."""
        return solve_triangular(self.packed, V / self.scale[:, None], lower=True, check_finite=False)

    def decrement(self, gradient: Array) -> float:
        """gradient · H⁻¹ · gradient; inf without a factor."""
        return float(np.square(self.half(gradient[:, None])).sum()) if self.definite else np.inf

    def solve(self, v: Array, added: Array) -> Array | None:
        """(H + diag(added))⁻¹ v; None where that is not positive definite."""
        damped = self.packed.copy(order="F")
        damped[np.diag_indices_from(damped)] = self.diagonal + added / self.scale / self.scale + _JITTER
        upper, failed = dpotrf(damped, lower=0, clean=0, overwrite_a=1)
        return None if failed else dpotrs(upper, v / self.scale, lower=0)[0] / self.scale


@dataclass(frozen=True)
class Trial:
    """A proposed step.

    promised: the gain by the parabola without damping. decrement: -gradient · step. products: Hessian products it took.
    """

    step: Array
    promised: float
    decrement: float
    products: int

    @classmethod
    def of(cls, step: Array, gradient: Array, added: Array, products: int = 0) -> Trial:
        """The promise holds for a step by conjugate gradient too: what that leaves over is orthogonal to it."""
        decrement = -float(gradient @ step)
        return cls(step, 0.5 * (decrement + float(step @ (added * step))), decrement, products)

    def undamped(self, added: Array) -> float:
        """The decrement had there been no damping; right if the step lay in one direction of curvature."""
        share = float(self.step @ (added * self.step)) / self.decrement if self.decrement > 0 else 0.0
        return self.decrement / (1.0 - share) if share < 1.0 else np.inf


class Parabola(Protocol):
    def product(self, v: Array) -> Array:
        """H v, (unknowns,)."""


def primal(factor: Factor, gradient: Array, added: Array) -> Trial | None:
    """By the matrix: unknowns²  numbers, unknowns³/3 multiplications. None where it is not positive definite."""
    solved = factor.solve(gradient, added)
    return None if solved is None else Trial.of(-solved, gradient, added)


def dual(model: LocalModel, gradient: Array, added: Array) -> Trial:
    """In the space of the rows (Woodbury): sides · unknowns + sides² numbers, sides² · unknowns multiplications."""
    price = np.sqrt(model.quadratic + added)
    B = model.root()
    B /= price
    K = B @ B.T
    K[np.diag_indices_from(K)] += 1.0
    upper, _ = dpotrf(np.asfortranarray(K), lower=0, clean=0, overwrite_a=1)
    scaled = gradient / price
    inner, _ = dpotrs(upper, B @ scaled, lower=0)
    return Trial.of(-(scaled - inner @ B) / price, gradient, added)


def conjugate(model: Parabola, gradient: Array, added: Array, metric: Array, forcing: float, most: int) -> Trial | None:
    """By products alone: a few vectors of unknowns and of margins. None where the parabola opens downwards at once; where
    it does so further on, the way ends there (Steihaug).

    forcing: the squared residual to reach, relative, in the metric. most: products.
    """
    price = metric + added
    step, left = np.zeros_like(gradient), -gradient
    along = left / price
    energy = first = float(left @ along)
    count = 0
    while count < most and energy > forcing * first:
        turned = model.product(along) + added * along
        count += 1
        bend = float(along @ turned)
        if bend <= 0:
            if count == 1:
                return None
            break
        step = step + energy / bend * along
        left = left - energy / bend * turned
        fresh = left / price
        energy, before = float(left @ fresh), energy
        along = fresh + energy / before * along
    return Trial.of(step, gradient, added, count)
