"""The linear algebra inside a Newton step: conjugate gradient for a block of problems, and what makes it short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.linalg import solve_triangular

from casestudies.optim.arrays import Array, Index, Mask
from casestudies.optim.objective import Curvature, Objective

_JITTER = 1e-12  # of a unit diagonal: keeps repeated columns factorisable, far below any curvature that matters


class Preconditioner(Protocol):
    """A cheap stand-in for the inverse Hessian of each problem."""

    @property
    def condition(self) -> Array:
        """(problems,) steepest over flattest curvature, each column in its own scale; nan = unknown."""

    def apply(self, R: Array, problems: Index) -> Array:
        """(columns, len(problems)): the stand-in times `R`, whose columns belong to `problems`."""


@dataclass(frozen=True)
class Diagonal:
    """Each column in its own scale, nothing more: for tables with very many columns."""

    scale: Array  # (columns, problems)
    condition: Array

    def apply(self, R: Array, problems: Index) -> Array:
        return R / self.scale[:, problems]


@dataclass(frozen=True)
class Whitening:
    """V with VᵀV close to the inverse Hessian; exact when all rows were used."""

    V: Array  # (problems, columns, columns)
    condition: Array

    def apply(self, R: Array, problems: Index) -> Array:
        V = self.V[problems]
        white = V @ R.T[:, :, None]
        return (V.transpose(0, 2, 1) @ white)[:, :, 0].T


def diagonal(objective: Objective, at: Curvature) -> Diagonal:
    scale = objective.diagonal(at) + at.quadratic
    return Diagonal(np.where(scale > 0, scale, 1.0), np.full(scale.shape[1], np.nan))


def whitening(objective: Objective, at: Curvature, sample: Index, thorough: Mask) -> Whitening:
    """From the correlations seen in sampled rows, or in all rows for `thorough` problems, and every column's exact scale.

    A level too rare for the sample, or a few rows of great weight, would otherwise make the stand-in worthless.
    Factorising a unit diagonal makes the factor as exact for columns in cents as for columns in millions.
    """
    gram = np.empty((len(thorough), *2 * objective.design.shape[1:]))
    hasty, slow = np.flatnonzero(~thorough), np.flatnonzero(thorough)
    if hasty.size:
        gram[hasty] = objective.design.take(sample).gram(at.rows[np.ix_(sample, hasty)])
    if slow.size:
        (gram[slow],) = objective.design.sum(lambda tile: (tile.gram(at.rows[tile.rows][:, slow]),))
    seen = np.sqrt(np.diagonal(gram, axis1=1, axis2=2))
    exact = objective.diagonal(at).T
    whole = exact + at.quadratic.T
    whole = np.where(whole > 0, whole, 1.0)
    shrink = np.divide(np.sqrt(exact / whole), seen, out=np.zeros_like(seen), where=seen > 0)
    unit = gram * shrink[:, :, None] * shrink[:, None, :]
    columns = np.arange(unit.shape[1])
    unit[:, columns, columns] = 1.0 + _JITTER
    factors = np.linalg.cholesky(unit)
    edges = np.diagonal(factors, axis1=1, axis2=2)
    V = np.stack(
        [solve_triangular(L, np.diag(1.0 / np.sqrt(d)), lower=True) for L, d in zip(factors, whole, strict=True)]
    )
    return Whitening(V, (edges.max(axis=1) / edges.min(axis=1)) ** 2)


def conjugate_gradient(
    objective: Objective, at: Curvature, gradient: Array, inverse: Preconditioner, forcing: Array, limit: Index
) -> tuple[Array, Array]:
    """The step S that solves Hessian · S = -gradient for each problem, as exactly as its forcing term asks.

    Problems that are done leave the block, so the slowest does not make the others pay.

    Parameters
    ----------
    gradient: (columns, problems).
    forcing: (problems,) largest squared residual wanted, relative to the first, in the preconditioner's metric.
    limit: (problems,) most products.

    Returns
    -------
    (columns, problems) the step, never uphill, and (problems,) how many products it took.
    """
    running = np.arange(gradient.shape[1])
    S, products = np.zeros_like(gradient), np.zeros(len(running), dtype=np.intp)
    R = -gradient
    Z = inverse.apply(R, running)
    P, energy = Z, (R * Z).sum(axis=0)
    target = forcing * energy
    while True:
        keep = np.flatnonzero((energy > target) & (products[running] < limit[running]))
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
