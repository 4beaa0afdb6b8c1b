"""The linear algebra inside a Newton step: conjugate gradient for a block of problems, and what makes it short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from scipy.linalg import solve_triangular

from casestudies.optim.arrays import Array, Index, with_columns
from casestudies.optim.objective import Curvature, Objective

_FLAT = 1e-140  # roots of curvatures below it have lost their digits to underflow
_JITTER = 1e-12  # of a unit diagonal: keeps repeated columns factorisable, far below any curvature that matters


class Preconditioner(Protocol):
    """A stand-in for the inverse Hessian of each problem, made at some point."""

    @classmethod
    def at(cls, objective: Objective, point: Curvature) -> Self:
        """Made anew; one pass over the design."""

    @staticmethod
    def worth(columns: int) -> int:
        """How many products it takes to be as dear as making a new one."""

    @property
    def condition(self) -> Array:
        """(problems,) steepest over flattest curvature, each column in its own scale; nan = unknown."""

    def apply(self, R: Array, problems: Index) -> Array:
        """(columns, len(problems)): the stand-in times `R`, whose columns belong to `problems`."""

    def select(self, problems: Index) -> Self: ...

    def replaced(self, problems: Index, other: Self) -> Self: ...


@dataclass(frozen=True)
class Diagonal:
    """Each column in its own scale, nothing more: for tables with very many columns."""

    scale: Array  # (columns, problems)

    @classmethod
    def at(cls, objective: Objective, point: Curvature) -> Self:
        scale = objective.diagonal(point)
        return cls(np.where(scale > 0, scale, 1.0))

    @staticmethod
    def worth(columns: int) -> int:
        return 0

    @property
    def condition(self) -> Array:
        return np.full(self.scale.shape[1], np.nan)

    def apply(self, R: Array, problems: Index) -> Array:
        return R / self.scale[:, problems]

    def select(self, problems: Index) -> Self:
        return type(self)(self.scale[:, problems])

    def replaced(self, problems: Index, other: Self) -> Self:
        return type(self)(with_columns(self.scale, problems, other.scale))


@dataclass(frozen=True)
class Whitening:
    """V with VᵀV the inverse Hessian: at the point where it was made it leaves conjugate gradient nothing to do.

    The Hessian is factorised with a unit diagonal, which makes the factor as exact for columns in cents as for columns
    in millions.
    """

    V: Array  # (problems, columns, columns)
    condition: Array

    @classmethod
    def at(cls, objective: Objective, point: Curvature) -> Self:
        hessian = objective.hessian(point)
        scale = np.sqrt(np.diagonal(hessian, axis1=1, axis2=2))
        scale = np.where(scale > _FLAT, scale, 1.0)
        hessian /= scale[:, :, None] * scale[:, None, :]
        columns = np.arange(hessian.shape[1])
        hessian[:, columns, columns] = 1.0 + _JITTER
        factors = np.linalg.cholesky(hessian)
        edges = np.diagonal(factors, axis1=1, axis2=2)
        inverses = [solve_triangular(L, np.diag(1 / d), lower=True) for L, d in zip(factors, scale, strict=True)]
        return cls(np.stack(inverses), (edges.max(axis=1) / edges.min(axis=1)) ** 2)

    @staticmethod
    def worth(columns: int) -> int:
        return columns // 8  # counted in multiplications it would be 4, but products of one vector run at a fraction

    def apply(self, R: Array, problems: Index) -> Array:
        V = self.V[problems]
        return (V.transpose(0, 2, 1) @ (V @ R.T[:, :, None]))[:, :, 0].T

    def select(self, problems: Index) -> Self:
        return type(self)(self.V[problems], self.condition[problems])

    def replaced(self, problems: Index, other: Self) -> Self:
        V, condition = self.V.copy(), self.condition.copy()
        V[problems], condition[problems] = other.V, other.condition
        return type(self)(V, condition)


def conjugate_gradient(
    objective: Objective, at: Curvature, gradient: Array, inverse: Preconditioner, forcing: Array, limit: int
) -> tuple[Array, Array]:
    """The step S that solves Hessian · S = -gradient for each problem, as exactly as its forcing term asks.

    Problems that are done leave the block, so the slowest does not make the others pay.

    Parameters
    ----------
    gradient: (columns, problems).
    forcing: (problems,) largest squared residual wanted, relative to the first, in the preconditioner's metric.
    limit: most products.

    Returns
    -------
    (columns, problems) the step, never uphill, and (problems,) how many products it took.
    """
    running = np.arange(gradient.shape[1])
    S, products = np.zeros_like(gradient), np.zeros(len(running))
    R = -gradient
    Z = inverse.apply(R, running)
    P, energy = Z, (R * Z).sum(axis=0)
    target = forcing * energy
    for _ in range(limit):
        keep = np.flatnonzero(energy > target)
        if len(keep) < len(running):
            running, at, R, P = running[keep], at.select(keep), R[:, keep], P[:, keep]
            energy, target = energy[keep], target[keep]
        if not len(running):
            break
        HP = objective.product(at, P)
        bend = (P * HP).sum(axis=0)
        length = np.divide(energy, bend, out=np.zeros_like(bend), where=bend > 0)
        S[:, running] += length * P
        R = R - length * HP
        products[running] += 1
        Z = inverse.apply(R, running)
        left = (R * Z).sum(axis=0)
        P = Z + left / energy * P
        energy = np.where(bend > 0, left, 0.0)  # flat along P (all rows saturated, no penalty): nothing more to learn
    return S, products
