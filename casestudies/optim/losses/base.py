"""What a loss is: what one row costs at a given margin, with the two derivatives every method asks for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np

from casestudies.errors import DataError
from casestudies.optim.arrays import Array, Index, namespace


class Loss(ABC):
    """One row's loss as a function of its margin. It knows nothing of columns, row weights or penalties.

    Margins `z` are (rows, problems), or (rows, problems, classes) where `classes` is set; labels `y` are (rows, 1) and
    broadcast. Written once for NumPy and torch arrays, in the float type of `z`.

    smooth: the slope is continuous (its own slope may jump, as Huber's does, which Newton's method survives). Where it
        is not, `slope` is one of the slopes at a kink and the curvature of a straight piece is 0.
    convex: the curvature is never negative. Where it would be, `curvature` is clipped at 0 and the slope kept true.
    attained: each row has a finite best margin. Where it has none (logistic), rows that some columns separate perfectly
        push the coefficients outward for ever.
    interval: the labels that make sense, both ends included.
    classes: a row has one margin per class, and its curvature is a matrix (see `bend`).
    rows: how many rows it holds figures of (amounts, costs); None = of none.
    """

    smooth: bool
    convex: bool
    attained: bool
    interval: tuple[float, float]
    classes: bool = False
    rows: int | None = None

    @abstractmethod
    def value(self, z: Array, y: Array) -> Array:
        """(rows, problems)"""

    @abstractmethod
    def slope(self, z: Array, y: Array) -> Array:
        """First derivative in the margin, of the shape of `z`."""

    @abstractmethod
    def curvature(self, z: Array, y: Array) -> Array:
        """Second derivative in the margin, never negative, of the shape of `z`; what `bend` needs to know."""

    @abstractmethod
    def inverse_link(self, z: Array) -> Array:
        """What the margin predicts, in the units of `y` (a probability, an amount), of the shape of `z`."""

    def derivatives(self, z: Array, y: Array) -> tuple[Array, Array, Array]:
        """Value, slope and curvature at once; a loss whose three share work (an exponential) says so here."""
        return self.value(z, y), self.slope(z, y), self.curvature(z, y)

    def weighted(self, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
        """The value summed over the rows, (problems,) float64, slope and curvature; all weighted.

        weights: (rows, problems) or (rows, 1). With classes the curvature is left as it is.
        """
        value, slope, curvature = self.derivatives(z, y)
        each = weights[:, :, None] if self.classes else weights
        total = (value * weights).sum(0)
        return total, slope * each, curvature if self.classes else curvature * weights

    def bend(self, curvature: Array, U: Array) -> Array:
        """Each row's second derivative times a change of its margins, of the shape of `U`."""
        return curvature * U

    def take(self, rows: slice | Index) -> Self:
        """The loss of some of the rows, for losses that hold figures of each row (amounts, costs)."""
        return self

    def pure(self) -> Loss:
        """The loss without figures of training rows: its `inverse_link` is the one for rows never seen."""
        return self

    def refuse_rows(self, count: int) -> None:
        """Raises DataError if the loss holds figures of another number of rows than `count`."""
        if self.rows not in (None, count):
            raise DataError(
                f"the loss holds figures of {self.rows} rows, but there are {count}",
                advice="give one per row, in the order of the rows",
            )


class Joint(Loss):
    """A loss whose value and derivatives share their work: it says `derivatives`, and each of them follows."""

    @abstractmethod
    def derivatives(self, z: Array, y: Array) -> tuple[Array, Array, Array]: ...

    def value(self, z: Array, y: Array) -> Array:
        return self.derivatives(z, y)[0]

    def slope(self, z: Array, y: Array) -> Array:
        return self.derivatives(z, y)[1]

    def curvature(self, z: Array, y: Array) -> Array:
        return self.derivatives(z, y)[2]


def beside(figures: Any, z: Array) -> Array:
    """Labels or figures of rows, in the kind and the float type of `z`, with as many axes as it has."""
    if isinstance(z, np.ndarray):
        column = np.asarray(figures, dtype=z.dtype)
    else:
        column = namespace(z).asarray(figures, dtype=z.dtype, device=z.device)
    return column if column.ndim >= z.ndim else column.reshape(*column.shape, *[1] * (z.ndim - column.ndim))
