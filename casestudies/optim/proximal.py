"""The inner problem of a proximal Newton step: a parabola plus prices with kinks, within bounds, for a block of problems.

For each problem: minimise g·d + d·B·d / 2 + kinks · |w + d| over d, lower <= w + d <= upper. Around a point every
coefficient has a cell, its side of zero and its bounds, in which the function is a plain parabola; conjugate gradient
minimises that parabola over the coefficients that may move, and the step is cut back to the cells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from casestudies.optim.arrays import Array, Index, Mask, columns_of, with_columns
from casestudies.optim.objective import Curvature, Objective

_FLAT = 1e-9  # of the steepest column
_CELLS = 60  # most changes of cells; a handful is usual
_PRODUCTS = 40  # of conjugate gradient within one set of cells
_INNER = 1e-2  # squared residual, relative, within one set of cells
_EDGES = 8  # most rounds of leaving out coefficients at the edges of their cells
_SIZES = (1.0, 0.5, 0.25)  # of a step whose ends are cut off


@dataclass(frozen=True)
class Metric:
    """The Hessian B of each problem, made at some earlier point or from some of the rows.

    grams: (grams, columns, columns) the loss's part; problems that differ little share one.
    which: (problems,) the Gram of each problem.
    share: (problems,) how much of the Gram's rows, by weight, each problem counts.
    missed: (columns, problems) curvature to be added where the Gram has seen next to none of the column.
    """

    grams: Array
    which: Index
    share: Array
    missed: Array

    @classmethod
    def at(cls, objective: Objective, point: Curvature, alike: Index | Array | None = None) -> Metric:
        """One pass over the design, and as many Grams as there are different numbers in `alike` (problems,)."""
        alike = np.arange(objective.problems) if alike is None else alike
        _, first, which = np.unique(alike, return_index=True, return_inverse=True)
        grams = objective.select(first).gram(point.select(first))
        diagonal = np.diagonal(grams, axis1=1, axis2=2)[which].T
        flat = _FLAT * diagonal.max(axis=0)  # a column of rows that are all sure of themselves must not run away
        return Metric(grams, which, np.ones(objective.problems), np.where(diagonal < flat, flat, 0.0))

    def select(self, problems: Index) -> Metric:
        """That of some of the problems, in the given order and as often as they are named."""
        return Metric(self.grams, self.which[problems], self.share[problems], self.missed[:, problems])

    def replaced(self, problems: Index, other: Metric) -> Metric:
        """This one with the given problems taken from `other`, which holds only them."""
        which, share = self.which.copy(), self.share.copy()
        which[problems], share[problems] = other.which + len(self.grams), other.share
        kept, which = np.unique(which, return_inverse=True)
        grams = np.concatenate([self.grams, other.grams])[kept]
        return Metric(grams, which, share, with_columns(self.missed, problems, other.missed))

    def fitted(self, diagonal: Array) -> Metric:
        """With the diagonal (columns, problems) of the problems' own Hessians where the Gram has far less.

        A sample of the rows may have missed the rows of a rare level altogether; the diagonal has not.
        """
        mine = np.diagonal(self.grams, axis1=1, axis2=2)[self.which].T * self.share
        return replace(self, missed=np.where(2.0 * mine < diagonal, diagonal - mine, self.missed))

    @cached_property
    def _used(self) -> Index | slice:
        """The Grams that any problem has."""
        used = np.unique(self.which)
        return slice(None) if len(used) == len(self.grams) else used

    @cached_property
    def _sharing(self) -> Index:
        """(grams, most problems of one) the problems of each used Gram; short rows are filled up with their last."""
        _, counts = np.unique(self.which, return_counts=True)
        order = np.argsort(self.which, kind="stable")
        places = np.minimum(np.arange(counts.max()), counts[:, None] - 1) + (np.cumsum(counts) - counts)[:, None]
        return np.asarray(order[places])

    def times(self, D: Array) -> Array:
        """B D for each problem, the penalty's own curvature not included."""
        out = np.empty_like(D)
        out[:, self._sharing] = np.matmul(self.grams[self._used], D[:, self._sharing].swapaxes(0, 1)).swapaxes(0, 1)
        out *= self.share
        out += self.missed * D
        return out

    def diagonal(self) -> Array:
        """(columns, problems)"""
        return np.diagonal(self.grams, axis1=1, axis2=2)[self.which].T * self.share + self.missed


@dataclass(frozen=True)
class Prices:
    """What the coefficients of each problem cost and where they may lie; (columns, problems) each."""

    quadratic: Array
    kinks: Array
    lower: Array
    upper: Array

    @classmethod
    def of(cls, objective: Objective) -> Self:
        penalty = objective.penalty
        return cls(penalty.quadratic(), penalty.kinks(), *penalty.bounds())

    def select(self, problems: Index) -> Prices:
        parts = (self.quadratic, self.kinks, self.lower, self.upper)
        return Prices(*(columns_of(part, problems) for part in parts))


def proximal_step(
    W: Array, gradient: Array, metric: Metric, prices: Prices, tolerance: float, guess: Array | None = None
) -> tuple[Array, Array]:
    """The step D to the lowest point of the model around W, and how much the model promises, (problems,) from 0 up.

    Parameters
    ----------
    W: (columns, problems) within the bounds; gradient: of the loss and the quadratic part of the penalty there.
    tolerance: squared residual, relative to that at W, in the scale of the diagonal.
    guess: (columns, problems) a step to begin with.
    """
    scale = np.maximum(metric.diagonal() + prices.quadratic, 1e-300)
    V, R = W.copy(), gradient.copy()
    target = tolerance * (_Cells.around(V, R, prices).slope ** 2 / scale).sum(axis=0)
    if guess is not None:
        V += guess
        R += metric.times(guess) + prices.quadratic * guess
    running = np.arange(W.shape[1])
    for _ in range(_CELLS):
        cell = _Cells.around(V[:, running], R[:, running], prices.select(running))
        energy = (cell.slope**2 / scale[:, running]).sum(axis=0)
        keep = energy > target[running]
        running, cell = running[keep], cell.select(np.flatnonzero(keep))
        if not running.size:
            break
        here, part = metric.select(running), prices.select(running)
        step, bent = _step(V[:, running], here, part.quadratic, cell, scale[:, running])
        V[:, running] += step
        R[:, running] += bent
    D = V - W
    kinked = (prices.kinks * (np.abs(V) - np.abs(W))).sum(axis=0)
    promise = -((gradient + 0.5 * (R - gradient)) * D).sum(axis=0) - kinked
    return D, np.maximum(promise, 0.0)


@dataclass(frozen=True)
class _Cells:
    """Around a point: where each coefficient may go without meeting a kink, and the slope it feels there.

    slope: (columns, problems) 0 for coefficients that have no reason to move.
    """

    slope: Array
    lower: Array
    upper: Array
    moving: Mask

    @classmethod
    def around(cls, V: Array, R: Array, prices: Prices) -> Self:
        kinked = prices.kinks > 0
        side = np.where(V != 0, np.sign(V), np.where(np.abs(R) > prices.kinks, -np.sign(R), 0.0))
        lower = np.where(kinked & (side > 0), np.maximum(prices.lower, 0.0), prices.lower)
        upper = np.where(kinked & (side < 0), np.minimum(prices.upper, 0.0), prices.upper)
        slope = R + side * prices.kinks
        still = kinked & (side == 0)
        still |= (lower >= V) & (slope > 0)
        still |= (upper <= V) & (slope < 0)
        return cls(np.where(still, 0.0, slope), lower, upper, ~still)

    def select(self, problems: Index) -> Self:
        slope, lower, upper = (columns_of(part, problems) for part in (self.slope, self.lower, self.upper))
        return type(self)(slope, lower, upper, columns_of(self.moving, problems))


def _within_cells(metric: Metric, quadratic: Array, cell: _Cells, scale: Array) -> Array:
    """Conjugate gradient over the coefficients that move: the lowest point of the parabola, cells left aside."""
    S = np.zeros_like(cell.slope)
    R = -cell.slope
    Z = R / scale
    P, energy = Z, (R * Z).sum(axis=0)
    target = _INNER * energy
    for _ in range(_PRODUCTS):
        BP = np.where(cell.moving, metric.times(P) + quadratic * P, 0.0)
        bend = (P * BP).sum(axis=0)
        length = np.divide(energy, bend, out=np.zeros_like(bend), where=(bend > 0) & (energy > target))
        if not length.any():
            break
        S += length * P
        R = R - length * BP
        Z = R / scale
        left = (R * Z).sum(axis=0)
        P = Z + np.divide(left, energy, out=np.zeros_like(left), where=energy > 0) * P
        energy = np.where(bend > 0, left, 0.0)
    return S


def _step(V: Array, metric: Metric, quadratic: Array, cell: _Cells, scale: Array) -> tuple[Array, Array]:
    """A step within the cells to a lower point of the parabola, and B times that step.

    As a rule the lowest point with what leaves the cells cut off. Where that is no lower (Bertsekas 1982, on projected
    Newton methods), coefficients at the edge of their cell that would leave it are left out, and the step ends where
    the first of the others meets its edge.
    """
    P = _within_cells(metric, quadratic, cell, scale)
    step = np.zeros_like(P)
    left = np.arange(V.shape[1])
    for size in _SIZES:
        part = cell.select(left)
        tried = np.clip(V[:, left] + size * P[:, left], part.lower, part.upper) - V[:, left]
        good = _change(metric.select(left), quadratic[:, left], part, tried) < 0
        step[:, left[good]] = tried[:, good]
        left = left[~good]
        if not left.size:
            break
    else:
        step[:, left] = _to_the_first_edge(
            V[:, left], metric.select(left), quadratic[:, left], cell.select(left), scale[:, left]
        )
    return step, metric.times(step) + quadratic * step


def _to_the_first_edge(V: Array, metric: Metric, quadratic: Array, cell: _Cells, scale: Array) -> Array:
    for _ in range(_EDGES):
        P = _within_cells(metric, quadratic, cell, scale)
        out = ((cell.lower >= V) & (P < 0)) | ((cell.upper <= V) & (P > 0))
        if not out.any():
            break
        cell = replace(cell, slope=np.where(out, 0.0, cell.slope), moving=cell.moving & ~out)
    P = np.where(out.any(axis=0), -cell.slope / scale, P)
    P = np.where(out, 0.0, P)
    room = np.where(P > 0, cell.upper, cell.lower) - V
    until = np.divide(room, P, out=np.full_like(P, np.inf), where=P != 0)
    size = np.minimum(1.0, until.min(axis=0))
    return np.clip(V + size * P, cell.lower, cell.upper) - V


def _change(metric: Metric, quadratic: Array, cell: _Cells, step: Array) -> Array:
    """(problems,) of the parabola by a step."""
    return (cell.slope * step + 0.5 * step * (metric.times(step) + quadratic * step)).sum(axis=0)
