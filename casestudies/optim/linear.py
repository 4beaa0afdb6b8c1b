"""The linear algebra inside a Newton step: conjugate gradient for a block of problems, and what makes it short."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from scipy.linalg import solve_triangular

from casestudies.optim.arrays import Array, Index, columns_of, with_columns
from casestudies.optim.objective import Curvature, Objective

_FLAT = 1e-140  # roots of curvatures below it have lost their digits to underflow
# Of a unit diagonal: keeps repeated columns factorisable; far below any curvature that matters, above the rounding.
_JITTER = {True: 1e-6, False: 1e-12}  # Gram made in single precision or not
_LEAVE = 0.8  # a block of problems is cut down when so few are left: cutting copies the rows' curvatures
_RITZ = 64  # products that the range of curvatures is read from


class Preconditioner(Protocol):
    """A stand-in for the inverse Hessian of each problem, made at some point."""

    @staticmethod
    def worth(columns: int) -> int:
        """How many products of one problem are as dear as making the next one."""

    @property
    def condition(self) -> Array:
        """(problems,) steepest over flattest curvature, each column in its own scale; nan = unknown."""

    def apply(self, R: Array, problems: Index) -> Array:
        """(columns, len(problems)[, classes]): the stand-in times `R`, whose columns belong to `problems`."""

    def select(self, problems: Index) -> Self:
        """That of some of the problems, in the given order and as often as they are named."""


@dataclass(frozen=True)
class Diagonal:
    """Each column in its own scale, nothing more: for tables with very many columns."""

    scale: Array  # (columns, problems[, classes])

    @classmethod
    def at(cls, objective: Objective, point: Curvature) -> Self:
        """One pass over the design."""
        scale = objective.diagonal(point)
        return cls(np.where(scale > 0, scale, 1.0))

    @staticmethod
    def worth(columns: int) -> int:
        return columns // 8

    @property
    def condition(self) -> Array:
        return np.full(self.scale.shape[1], np.nan)

    def apply(self, R: Array, problems: Index) -> Array:
        return R / columns_of(self.scale, problems)

    def select(self, problems: Index) -> Self:
        return type(self)(self.scale[:, problems])


@dataclass(frozen=True)
class Whitening:
    """V with VᵀV the inverse Hessian: at the point where it was made it leaves conjugate gradient nothing to do.

    The Hessian is factorised with a unit diagonal, which makes the factor as exact for columns in cents as for columns
    in millions.

    factors: (factors, columns, columns).
    which: (problems[, classes]) the factor of each problem; problems that differ little share one.
    scale: (factors, columns) root of the diagonal that each factor was made with.
    stretch: (columns, problems[, classes]) corrects the diagonal where the factor was made from some of the rows only.
    """

    factors: Array
    which: Index
    conditions: Array
    scale: Array
    stretch: Array | None = None

    @classmethod
    def at(cls, objective: Objective, point: Curvature, alike: Index | Array | None = None) -> Self:
        """One pass over the design, and as many Grams as there are different numbers in `alike` (problems,)."""
        alike = np.arange(objective.problems) if alike is None else alike
        _, first, group = np.unique(alike, return_index=True, return_inverse=True)
        gram = objective.select(first).gram(point.select(first))
        classes = len(gram) // len(first)
        columns = np.arange(gram.shape[1])
        pairs = np.column_stack([group, point.quadratic.T])
        _, distinct, which = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
        single = objective.draft is not None
        made = []
        for problem in distinct:
            for one in range(classes):
                hessian = gram[group[problem] * classes + one].copy()
                hessian[columns, columns] += point.quadratic[:, problem]
                made.append(_factor(hessian, _JITTER[single]))
        which = which.reshape(-1)
        if classes > 1:
            which = which[:, None] * classes + np.arange(classes)
        factors, conditions, scale = (np.stack(parts) for parts in zip(*made, strict=True))
        return cls(factors, which, conditions, scale)

    @staticmethod
    def worth(columns: int) -> int:
        return columns // 8  # counted in multiplications it would be 4, but products of one vector run at a fraction

    @property
    def condition(self) -> Array:
        conditions = self.conditions[self.which]
        return conditions if conditions.ndim == 1 else conditions.max(axis=1)

    def apply(self, R: Array, problems: Index) -> Array:
        stretch = None if self.stretch is None else columns_of(self.stretch, problems)
        R = R if stretch is None else R * stretch
        flat, which = R.reshape(len(R), -1), self.which[problems].reshape(-1)
        solved = np.empty_like(flat)
        for factor in np.unique(which):
            mine, V = which == factor, self.factors[factor]
            solved[:, mine] = V.T @ (V @ flat[:, mine])
        out = solved.reshape(R.shape)
        return out if stretch is None else out * stretch

    def select(self, problems: Index) -> Self:
        stretch = None if self.stretch is None else self.stretch[:, problems]
        return replace(self, which=self.which[problems], stretch=stretch)

    def replaced(self, problems: Index, other: Self) -> Self:
        """This one with the given problems taken from `other`, which holds only them."""
        if len(problems) == len(self.which):
            return other
        which = self.which.copy()
        which[problems] = other.which + len(self.factors)
        stretch = None
        if self.stretch is not None or other.stretch is not None:
            shape = (self.factors.shape[1], *self.which.shape)
            mine = np.ones(shape) if self.stretch is None else self.stretch
            theirs = np.ones((shape[0], *other.which.shape)) if other.stretch is None else other.stretch
            stretch = with_columns(mine, problems, theirs)
        kept, which = np.unique(which, return_inverse=True)
        parts = ((self.factors, other.factors), (self.conditions, other.conditions), (self.scale, other.scale))
        factors, conditions, scale = (np.concatenate(pair)[kept] for pair in parts)
        return replace(
            self,
            factors=factors,
            which=which.reshape(self.which.shape),
            conditions=conditions,
            scale=scale,
            stretch=stretch,
        )

    def fitted(self, diagonal: Array) -> Self:
        """Brought to the diagonal (columns, problems) of the problems' own Hessians.

        A sample of the rows may have missed the rows of a rare level altogether; the diagonal has not.
        """
        mine = np.moveaxis(self.scale[self.which], -1, 0)
        return replace(self, stretch=mine / np.where(diagonal > 0, np.sqrt(diagonal), mine))


def _factor(hessian: Array, jitter: float) -> tuple[Array, Array, Array]:
    scale = np.sqrt(np.diagonal(hessian))
    scale = np.where(scale > _FLAT, scale, 1.0)
    hessian /= scale[:, None] * scale
    hessian[np.diag_indices_from(hessian)] = 1.0 + jitter
    lower = np.linalg.cholesky(hessian)
    edges = np.diagonal(lower)
    V = solve_triangular(lower, np.diag(1 / scale), lower=True)
    return V, np.square(edges.max() / edges.min()), scale


@dataclass(frozen=True)
class Descent:
    """What conjugate gradient found; one figure per problem.

    step: (columns, problems[, classes]) never uphill.
    products: how many Hessian products it took.
    flattest, steepest: the range of curvatures it met, in the preconditioner's metric (Ritz values; 1 = as expected).
    """

    step: Array
    products: Array
    flattest: Array
    steepest: Array


def conjugate_gradient(
    objective: Objective, at: Curvature, gradient: Array, inverse: Preconditioner, forcing: Array, limit: int
) -> Descent:
    """The step S that solves Hessian · S = -gradient for each problem, as exactly as its forcing term asks.

    Problems that are done leave the block, so the slowest does not make the others pay.

    Parameters
    ----------
    gradient: (columns, problems[, classes]).
    forcing: (problems,) largest squared residual wanted, relative to the first, in the preconditioner's metric.
    limit: most products.
    """
    problems = gradient.shape[1]
    running = np.arange(problems)
    S, products = np.zeros_like(gradient), np.zeros(problems)
    lanczos = np.zeros((2, min(limit, _RITZ), problems))  # lengths of steps and ratios of energies
    R = -gradient
    Z = inverse.apply(R, running)
    P, energy = Z, _inner(R, Z)
    target = forcing * energy
    for product in range(limit):
        keep = np.flatnonzero(energy > target)
        if len(keep) <= _LEAVE * len(running):
            running, at, R, P = running[keep], at.select(keep), R[:, keep], P[:, keep]
            objective, energy, target = objective.select(keep), energy[keep], target[keep]
        if not len(running):
            break
        HP = objective.product(at, P)
        bend = _inner(P, HP)
        length = np.divide(energy, bend, out=np.zeros_like(bend), where=bend > 0)
        S[:, running] += _each(length, P) * P
        R = R - _each(length, P) * HP
        products[running] += 1
        Z = inverse.apply(R, running)
        left = _inner(R, Z)
        ratio = np.divide(left, energy, out=np.zeros_like(left), where=energy > 0)
        if product < lanczos.shape[1]:
            lanczos[:, product, running] = length, ratio
        P = Z + _each(ratio, P) * P
        energy = np.where(bend > 0, left, 0.0)  # flat along P (all rows saturated, no penalty): nothing more to learn
    return Descent(S, products, *_ritz(*lanczos))


def direct(gradient: Array, inverse: Preconditioner) -> Descent:
    """The step where the preconditioner is the inverse Hessian of the very point."""
    problems = gradient.shape[1]
    ones = np.ones(problems)
    return Descent(-inverse.apply(gradient, np.arange(problems)), np.zeros(problems), ones, ones)


def _ritz(lengths: Array, ratios: Array) -> tuple[Array, Array]:
    """(problems,) smallest and largest eigenvalue of the tridiagonal matrices that CG's coefficients are made of.

    Source: Saad 2003, section 6.7.3.
    """
    used = (lengths > 0).sum(axis=0)
    flattest, steepest = np.ones(len(used)), np.ones(len(used))
    for problem in np.flatnonzero(used):
        k = used[problem]
        inverse, ratio = 1 / lengths[:k, problem], ratios[:k, problem]
        middle = inverse.copy()
        middle[1:] += ratio[:-1] * inverse[:-1]
        beside = np.sqrt(ratio[:-1]) * inverse[:-1]
        values = np.linalg.eigvalsh(np.diag(middle) + np.diag(beside, 1) + np.diag(beside, -1))
        flattest[problem], steepest[problem] = values[0], values[-1]
    return flattest, steepest


def _inner(A: Array, B: Array) -> Array:
    """(problems,)"""
    return (A * B).sum(axis=0) if A.ndim == 2 else (A * B).sum(axis=(0, 2))


def _each(figures: Array, like: Array) -> Array:
    """(problems,) to be multiplied with (columns, problems[, classes])."""
    return figures if like.ndim == 2 else figures[:, None]
