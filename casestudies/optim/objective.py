"""The objective: the loss summed over weighted rows plus the penalty, for a block of problems that share the rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from casestudies.errors import DataError
from casestudies.optim.arrays import Array, Index, at_hand, columns_of, with_columns
from casestudies.optim.designs.base import Design, Sums, Tile
from casestudies.optim.losses import Loss
from casestudies.optim.penalties import Penalty

_HEAVIEST = 1e100  # beyond it sums of squares overflow


@dataclass(frozen=True)
class Curvature:
    """What `Objective.product` needs to know of the point it belongs to; methods only pass it on.

    at: (columns, problems[, classes]) the point.
    rows: (rows, problems[, classes]) curvature of the loss, times the row's weight unless the loss has classes; None
        where the design does not keep its rows: it is computed again from the point.
    quadratic: (columns, problems) the penalty's own.
    """

    at: Array
    rows: Array | None
    quadratic: Array

    def select(self, problems: Index) -> Curvature:
        rows = None if self.rows is None else columns_of(self.rows, problems)
        return Curvature(columns_of(self.at, problems), rows, columns_of(self.quadratic, problems))


@dataclass(frozen=True)
class Evaluation:
    """All an objective says of one point of each problem.

    value: (problems,) loss plus penalty.
    gradient: (columns, problems[, classes]) of the loss and the quadratic part of the penalty.
    curvature: the token for products at this point.
    misfits: (problems,) rows that count and lie on the wrong side or between the sides: growing all coefficients in
        proportion would not lower their loss. 0 = perfect separation; -1 where the loss makes that no concern or the
        rows were read in single precision.
    """

    value: Array
    gradient: Array
    curvature: Curvature
    misfits: Array

    def select(self, problems: Index) -> Evaluation:
        return Evaluation(
            columns_of(self.value, problems),
            columns_of(self.gradient, problems),
            self.curvature.select(problems),
            columns_of(self.misfits, problems),
        )

    def reread(self, problems: Index, other: Evaluation) -> Evaluation:
        """This evaluation with the given problems judged again at the same points by `other`, which holds only them."""
        return replace(
            self,
            value=with_columns(self.value, problems, other.value),
            gradient=with_columns(self.gradient, problems, other.gradient),
            misfits=with_columns(self.misfits, problems, other.misfits),
        )

    def replaced(self, problems: Index, other: Evaluation) -> Evaluation:
        """This evaluation with the given problems taken from `other`, which holds only them."""
        mine, new = self.curvature, other.curvature
        rows = None if mine.rows is None or new.rows is None else with_columns(mine.rows, problems, new.rows)
        return Evaluation(
            with_columns(self.value, problems, other.value),
            with_columns(self.gradient, problems, other.gradient),
            Curvature(
                with_columns(mine.at, problems, new.at), rows, with_columns(mine.quadratic, problems, new.quadratic)
            ),
            with_columns(self.misfits, problems, other.misfits),
        )


@dataclass(frozen=True)
class Objective:
    """sum over rows of weight × loss(margin, label), plus the penalty; one value per problem.

    Every sum over rows is made of the design's tiles, added in their order: the same bits whoever computes the tiles.

    Parameters
    ----------
    design: the columns.
    y: (rows,) labels, within the loss's interval; None where the tiles carry them.
    loss, penalty: what a row and what the coefficients cost. The penalty's strengths say how many problems there are.
    weights: (rows,), or (rows, problems) where problems differ in rows; 0 = the row does not count. None where the
        tiles carry them.
    held: (problems,) the fold that each problem leaves out, -1 = none; the rows' folds are `folds` (rows,), or come
        with the tiles.
    draft: the same columns right to single precision, which products and far-off evaluations read instead.

    Raises
    ------
    DataError: labels or weights that do not fit the rows, the problems or the loss; the message names the first row.
    """

    design: Design
    y: Array | None
    loss: Loss
    penalty: Penalty
    weights: Array | None = None
    folds: Index | None = None
    held: Index | None = None
    draft: Design | None = None

    def __post_init__(self) -> None:
        rows, columns = self.design.shape
        if self.penalty.free.shape != (columns,):
            raise DataError(
                f"{self.penalty.free.shape} penalised columns for {columns} columns",
                advice="give one `free` flag per column, the intercept included",
            )
        if self.y is None or self.weights is None:
            if self.design.keeps:
                raise DataError("no labels or no row weights", advice="give one of each per row")
            return
        if self.y.shape != (rows,):
            raise DataError(f"{self.y.shape} labels for {rows} rows", advice="give one label per row")
        self.loss.refuse_rows(rows)
        refuse_labels(self.y, self.loss)
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

    def kept(self) -> tuple[Array, Array]:
        """Labels (rows,) and row weights, where they are at hand.

        Raises
        ------
        DataError: they come with the tiles of a file or a cluster.
        """
        if self.y is None or self.weights is None:
            raise DataError(
                f"the labels of a {type(self.design).__name__} come with its tiles, and a path needs them at hand",
                advice="use minimise with NewtonCG or ProxNewton",
            )
        return self.y, self.weights

    def select(self, problems: Index) -> Self:
        """The objective of some of the problems."""
        if len(problems) == self.problems:
            return self
        weights = self.weights if self.weights is None or self.weights.ndim == 1 else self.weights[:, problems]
        held = None if self.held is None else self.held[problems]
        return replace(self, penalty=self.penalty.select(problems), weights=weights, held=held)

    def evaluate(self, W: Array, *, draft: bool = False) -> Evaluation:
        """Value, gradient and curvature at `W` (columns, problems[, classes]), in one pass over the design.

        draft: read the draft of the design, where there is one: right to single precision.
        """
        design = self.draft if draft and self.draft is not None else self.design
        if self.loss.classes and self.y is not None:
            _refuse_rows(
                ~np.isin(self.y, np.arange(W.shape[-1])), self.y, f"labels are no codes of {W.shape[-1]} classes"
            )
        kept = None
        if design.keeps:
            kept = np.empty((design.shape[0], *W.shape[1:]), (self.draft or design).dtype)
        exact = design.dtype == np.float64 and not self.loss.attained
        loss, gradient, misfits = design.sum(_Evaluate(self._rows(), W, kept, exact))
        quadratic = self.penalty.quadratic()
        return Evaluation(
            value=loss + self.penalty.value(W),
            gradient=gradient.reshape(W.shape) + _spread(quadratic, W) * W,
            curvature=Curvature(W, kept, quadratic),
            misfits=misfits if exact else np.full(self.problems, -1.0),
        )

    def product(self, at: Curvature, P: Array) -> Array:
        """The Hessian at a point times `P` (columns, problems[, classes]), each problem its own; one pass."""
        design = self.design if self.draft is None else self.draft
        (product,) = design.sum(_Product(self._rows(), at, P))
        return product.reshape(P.shape) + _spread(at.quadratic, P) * P

    def diagonal(self, at: Curvature) -> Array:
        """(columns, problems[, classes]): the Hessian's diagonal; one pass over the design."""
        design = self.design if self.draft is None else self.draft
        (diagonal,) = design.sum(_Squares(self._rows(), at))
        return diagonal.reshape(at.at.shape) + _spread(at.quadratic, at.at)

    def gram(self, at: Curvature) -> Array:
        """(problems, columns, columns): the loss's part of the Hessian, for tables with few columns; one pass.

        With several classes (problems · classes, columns, columns): the blocks on the diagonal.
        """
        design = self.design if self.draft is None else self.draft
        (gram,) = design.sum(_Gram(self._rows(), at))
        return gram

    def margins(self, W: Array) -> Array:
        """(rows, problems[, classes]) the margins at `W`, of all rows in all problems; where the design keeps rows."""
        return np.concatenate([at_hand(tile.matmul(_flat(W))) for tile in self.design.tiles()]).reshape(
            -1, *W.shape[1:]
        )

    def _rows(self) -> _Rows:
        return _Rows(self.loss, self.y, self.weights, self.folds, self.held)


@dataclass(frozen=True)
class _Rows:
    """What an objective knows of the rows, as its sums over tiles need it; small or absent where tiles carry labels."""

    loss: Loss
    y: Array | None
    weights: Array | None
    folds: Index | None
    held: Index | None

    def of(self, tile: Tile) -> tuple[Loss, Array, Array]:
        """The loss, the labels (rows, 1) and the weights (rows, problems or 1) of the rows of a tile."""
        y = tile.y if self.y is None else self.y[tile.rows]
        weights = tile.weights if self.weights is None else self.weights[tile.rows]
        if y is None:
            raise DataError("the tiles carry no labels", advice="name the column of the labels")
        if self.y is None:
            refuse_labels(y, self.loss, tile.rows.start)
        weights = np.ones((len(y), 1)) if weights is None else weights.reshape(len(y), -1)
        folds = tile.folds if self.folds is None else self.folds[tile.rows]
        weights = tile.bring(weights)
        if self.held is not None and folds is not None:
            weights = weights * tile.bring(folds[:, None] != self.held)
        return self.loss.take(tile.rows), tile.bring(y[:, None]), weights

    def curvature(self, tile: Tile, at: Curvature) -> tuple[Array, Array | None]:
        """The curvature of a tile's rows, and the weights it has still to be multiplied with (losses with classes)."""
        if at.rows is not None:
            kept = tile.bring(at.rows[tile.rows])
            return kept, self.of(tile)[2][:, :, None] if self.loss.classes else None
        loss, y, weights = self.of(tile)
        D = loss.curvature(tile.matmul(_flat(at.at)).reshape(-1, *at.at.shape[1:]), y)
        return (D, weights[:, :, None]) if loss.classes else (D * weights, None)


@dataclass(frozen=True)
class _Evaluate:
    """Sums of value, gradient and misfits; the curvature of each row goes to `kept`, where there is one."""

    rows: _Rows
    W: Array
    kept: Array | None
    misfits: bool

    def __call__(self, tile: Tile) -> Sums:
        loss, y, weights = self.rows.of(tile)
        z = tile.matmul(_flat(self.W)).reshape(-1, *self.W.shape[1:])
        value, slope, curvature = loss.weighted(z, y, weights)
        misfits = np.zeros(self.W.shape[1])
        if self.misfits:
            along = (slope * z).sum(-1) if loss.classes else slope * z
            between = (z == z[..., :1]).all(-1) if loss.classes else z == 0
            misfits = 1.0 * (((along > 0) | between) & (weights > 0)).sum(0)
        if self.kept is not None:
            self.kept[tile.rows] = at_hand(curvature)
        return value, tile.rmatmul(_flat(slope)), misfits


@dataclass(frozen=True)
class _Product:
    rows: _Rows
    at: Curvature
    P: Array

    def __call__(self, tile: Tile) -> Sums:
        D, weights = self.rows.curvature(tile, self.at)
        U = self.rows.loss.bend(D, tile.matmul(_flat(self.P)).reshape(-1, *self.P.shape[1:]))
        return (tile.rmatmul(_flat(U if weights is None else U * weights)),)


@dataclass(frozen=True)
class _Squares:
    rows: _Rows
    at: Curvature

    def __call__(self, tile: Tile) -> Sums:
        return (tile.squares(_own(self.rows, tile, self.at)),)


@dataclass(frozen=True)
class _Gram:
    rows: _Rows
    at: Curvature

    def __call__(self, tile: Tile) -> Sums:
        return (tile.gram(_own(self.rows, tile, self.at)),)


def _own(rows: _Rows, tile: Tile, at: Curvature) -> Array:
    """(rows, problems · classes): what each margin bends by itself, the others of its row standing still."""
    D, weights = rows.curvature(tile, at)
    return D if weights is None else _flat(D * (1.0 - D) * weights)


def refuse_labels(y: Array, loss: Loss, first: int = 0) -> None:
    """Raises DataError for labels outside the loss's interval; `first` is the row that `y` begins with."""
    low, high = loss.interval
    _refuse_rows(~((y >= low) & (y <= high)), y, f"labels are not between {low:g} and {high:g}", first)


def _refuse_rows(bad: np.ndarray, values: Array, what: str, first: int = 0) -> None:
    if bad.any():
        where = np.argwhere(bad)
        raise DataError(f"{len(where)} {what}, first {values[tuple(where[0])]}", where=f"row {first + where[0][0] + 1}")


def _flat(W: Array) -> Array:
    """(something, problems · classes): classes are columns like problems to whoever multiplies with the table."""
    return W.reshape(W.shape[0], -1) if W.ndim > 2 else W


def _spread(prices: Array, W: Array) -> Array:
    """(columns, problems) prices beside coefficients that may have classes."""
    return prices[..., None] if W.ndim > 2 else prices
