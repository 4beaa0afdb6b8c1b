"""The objective: the loss summed over weighted rows plus the penalty, for a block of problems that share the rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from casestudies.errors import DataError
from casestudies.optim.arrays import Array, Index, columns_of, with_columns
from casestudies.optim.designs.base import Design, Tile
from casestudies.optim.losses import Loss
from casestudies.optim.penalties import Penalty

_HEAVIEST = 1e100  # beyond it sums of squares overflow


@dataclass(frozen=True)
class Curvature:
    """What `Objective.product` needs to know of the point it belongs to; methods only pass it on.

    rows: (rows, problems) weight times curvature of the loss.
    quadratic: (columns, problems) the penalty's own.
    """

    rows: Array
    quadratic: Array

    def select(self, problems: Index) -> Curvature:
        return Curvature(columns_of(self.rows, problems), columns_of(self.quadratic, problems))


@dataclass(frozen=True)
class Evaluation:
    """All an objective says of one point of each problem.

    value: (problems,) loss plus penalty.
    gradient: (columns, problems) of the loss and the quadratic part of the penalty.
    curvature: the token for products at this point.
    margins: (rows, problems), of the rows that weigh nothing too: held-out margins come free.
    misfits: (problems,) rows that count and lie on the wrong side or between the sides: growing all coefficients in
        proportion would not lower their loss. 0 = perfect separation; -1 where the loss makes that no concern.
    """

    value: Array
    gradient: Array
    curvature: Curvature
    margins: Array
    misfits: Array

    def select(self, problems: Index) -> Evaluation:
        return Evaluation(
            columns_of(self.value, problems),
            columns_of(self.gradient, problems),
            self.curvature.select(problems),
            columns_of(self.margins, problems),
            columns_of(self.misfits, problems),
        )

    def replaced(self, problems: Index, other: Evaluation) -> Evaluation:
        """This evaluation with the given problems taken from `other`, which holds only them."""
        return Evaluation(
            with_columns(self.value, problems, other.value),
            with_columns(self.gradient, problems, other.gradient),
            Curvature(
                with_columns(self.curvature.rows, problems, other.curvature.rows),
                with_columns(self.curvature.quadratic, problems, other.curvature.quadratic),
            ),
            with_columns(self.margins, problems, other.margins),
            with_columns(self.misfits, problems, other.misfits),
        )


@dataclass(frozen=True)
class Objective:
    """sum over rows of weight × loss(margin, label), plus the penalty; one value per problem.

    Every sum over rows is made of the design's tiles, added in their order: the same bits whoever computes the tiles.

    Parameters
    ----------
    design: the columns.
    y: (rows,) labels, within the loss's interval.
    loss, penalty: what a row and what the coefficients cost. The penalty's strengths say how many problems there are.
    weights: (rows,), or (rows, problems) where problems differ in rows: 0 = the row is held out of that problem.

    Raises
    ------
    DataError: labels or weights that do not fit the rows, the problems or the loss; the message names the first row.
    """

    design: Design
    y: Array
    loss: Loss
    penalty: Penalty
    weights: Array

    def __post_init__(self) -> None:
        rows, columns = self.design.shape
        if self.y.shape != (rows,) or self.penalty.free.shape != (columns,):
            raise DataError(
                f"{self.y.shape} labels and {self.penalty.free.shape} penalised columns for {rows} rows "
                f"and {columns} columns",
                advice="give one label per row and one `free` flag per column, the intercept included",
            )
        low, high = self.loss.interval
        _refuse_rows(~((self.y >= low) & (self.y <= high)), self.y, f"labels are not between {low:g} and {high:g}")
        if self.weights.shape not in ((rows,), (rows, self.problems)):
            raise DataError(
                f"row weights of shape {self.weights.shape} for {rows} rows and {self.problems} problems",
                advice="give one weight per row, or one column of weights per problem",
            )
        _refuse_rows(
            ~((self.weights >= 0) & (self.weights <= _HEAVIEST)), self.weights, "weights are not from 0 to 1e100"
        )
        if not (self.weights.sum(axis=0) > 0).all():
            raise DataError("all rows weigh 0", advice="give some rows a weight above 0")

    @property
    def problems(self) -> int:
        return len(self.penalty.strength)

    def select(self, problems: Index) -> Self:
        """The objective of some of the problems."""
        if len(problems) == self.problems:
            return self
        weights = self.weights if self.weights.ndim == 1 else self.weights[:, problems]
        return replace(self, penalty=self.penalty.select(problems), weights=weights)

    def evaluate(self, W: Array, margins: Array | None = None) -> Evaluation:
        """Value, gradient and curvature at `W` (columns, problems), in one pass over the design.

        margins: (rows, problems) the margins of `W` when they are known, as along a line: they save half the pass.
        """
        rows = self.design.shape[0]
        Z = np.empty((rows, self.problems)) if margins is None else margins
        D = np.empty((rows, self.problems))

        def part(tile: Tile) -> tuple[Array, ...]:
            here = tile.rows
            if margins is None:
                Z[here] = tile.matmul(W)
            z, w = Z[here], self._weights(here)
            value, slope, curvature = self.loss.derivatives(z, self.y[here, None])
            misfits = (((slope * z > 0) | (z == 0)) & (w > 0)).sum(axis=0)
            np.multiply(curvature, w, out=D[here])
            slope *= w
            value *= w
            return value.sum(axis=0), tile.rmatmul(slope), misfits

        loss, gradient, misfits = self.design.sum(part)
        quadratic = self.penalty.quadratic()
        return Evaluation(
            value=loss + self.penalty.value(W),
            gradient=gradient + quadratic * W,
            curvature=Curvature(D, quadratic),
            margins=Z,
            misfits=np.full(self.problems, -1.0) if self.loss.attained else misfits.astype(np.float64),
        )

    def product(self, at: Curvature, P: Array) -> Array:
        """The Hessian at a point times `P` (columns, problems), each problem its own; one pass over the design."""
        (product,) = self.design.sum(lambda tile: (tile.rmatmul(at.rows[tile.rows] * tile.matmul(P)),))
        return product + at.quadratic * P

    def diagonal(self, at: Curvature) -> Array:
        """(columns, problems): the Hessian's diagonal; one pass over the design."""
        (diagonal,) = self.design.sum(lambda tile: (tile.squares(at.rows[tile.rows]),))
        return diagonal + at.quadratic

    def hessian(self, at: Curvature) -> Array:
        """(problems, columns, columns): the Hessian itself, for tables with few columns; one pass over the design."""
        (gram,) = self.design.sum(lambda tile: (tile.gram(at.rows[tile.rows]),))
        columns = np.arange(gram.shape[1])
        gram[:, columns, columns] += at.quadratic.T
        return gram

    def _weights(self, rows: slice) -> Array:
        return self.weights[rows] if self.weights.ndim == 2 else self.weights[rows, None]


def _refuse_rows(bad: np.ndarray, values: Array, what: str) -> None:
    where = np.argwhere(bad)
    if len(where):
        raise DataError(f"{len(where)} {what}, first {values[tuple(where[0])]}", where=f"row {where[0][0] + 1}")
