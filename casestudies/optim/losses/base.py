"""What a loss is: what one row costs at a given margin, with the two derivatives every method asks for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Self

from casestudies.optim.arrays import Array, Index


class Loss(ABC):
    """One row's loss as a function of its margin. It knows nothing of columns, row weights or penalties.

    Margins `z` are (rows, problems), or (rows, problems, classes) where `classes` is set; labels `y` are (rows, 1) and
    broadcast. Written once for NumPy and torch arrays, in the float type of `z`.

    smooth: slope and curvature exist everywhere.
    convex: the curvature is never negative. Where it would be, `curvature` is clipped at 0 and the slope kept true.
    attained: each row has a finite best margin. Where it has none (logistic), rows that some columns separate perfectly
        push the coefficients outward for ever.
    interval: the labels that make sense, both ends included.
    classes: a row has one margin per class, and its curvature is a matrix (see `bend`).
    """

    smooth: ClassVar[bool]
    convex: ClassVar[bool]
    attained: ClassVar[bool]
    interval: ClassVar[tuple[float, float]]
    classes: ClassVar[bool] = False

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

    def bend(self, curvature: Array, U: Array) -> Array:
        """Each row's second derivative times a change of its margins, of the shape of `U`."""
        return curvature * U

    def take(self, rows: slice | Index) -> Self:
        """The loss of some of the rows, for losses that hold figures of each row (amounts, costs)."""
        return self
