"""Losses in money: rows with weights, costs and customer values of their own. They hold figures of each row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casestudies.errors import ConfigError, DataError
from casestudies.optim.arrays import Array, Index, namespace
from casestudies.optim.losses.base import Joint, Loss, beside
from casestudies.optim.losses.classification import Logistic


@dataclass(frozen=True, eq=False)
class Weighted(Loss):
    """A loss of which each row counts `w` times.

    loss: of one margin per row.
    w: (rows,) from 0 up, finite; NumPy or torch, in the order of the rows.

    Raises
    ------
    ConfigError: a loss with classes; give the objective row weights instead.
    DataError: weights that are negative, missing or not one per row.
    """

    loss: Loss
    w: Array

    def __post_init__(self) -> None:
        if self.loss.classes:
            raise ConfigError(
                f"Weighted cannot hold {type(self.loss).__name__}", advice="give the objective row weights instead"
            )
        _refuse(self.w, "weights", least=0.0)
        self.loss.refuse_rows(len(self.w))
        for flag in ("smooth", "convex", "attained", "interval"):
            object.__setattr__(self, flag, getattr(self.loss, flag))
        object.__setattr__(self, "rows", len(self.w))

    def value(self, z: Array, y: Array) -> Array:
        return self._beside(z) * self.loss.value(z, y)

    def slope(self, z: Array, y: Array) -> Array:
        return self._beside(z) * self.loss.slope(z, y)

    def curvature(self, z: Array, y: Array) -> Array:
        return self._beside(z) * self.loss.curvature(z, y)

    def derivatives(self, z: Array, y: Array) -> tuple[Array, Array, Array]:
        w, (value, slope, curvature) = self._beside(z), self.loss.derivatives(z, y)
        return w * value, w * slope, w * curvature

    def inverse_link(self, z: Array) -> Array:
        return self.loss.inverse_link(z)

    def take(self, rows: slice | Index) -> Weighted:
        return Weighted(self.loss.take(rows), self.w[rows])

    def pure(self) -> Loss:
        return self.loss.pure()

    def _beside(self, z: Array) -> Array:
        self.refuse_rows(len(z))
        return beside(self.w, z)


class ClvWeighted(Weighted):
    """A loss in which the rows with the event count by what is lost with them, the customer's value.

    Rows with the event weigh their value over the mean of such values, the others 1. So the weights have the mean 1,
    and a penalty means the same as without the values.

    Parameters
    ----------
    clv: (rows,) customer lifetime value, from 0 up, in one currency.
    y: (rows,) 0/1, 1 = the event (the customer leaves).

    Raises
    ------
    ConfigError: as `Weighted`.
    DataError: values that are negative, missing or not one per row, or no row with the event and a value above 0.
    """

    def __init__(self, loss: Loss, clv: Array, y: Array) -> None:
        clv, event = np.asarray(clv, dtype=np.float64), np.asarray(y) == 1
        _refuse(clv, "customer values", least=0.0)
        if clv.shape != event.shape or not clv[event].any():
            raise DataError(
                f"{len(clv)} customer values and {event.sum()} events in {event.shape} labels",
                advice="give one value and one 0/1 label per row, with a value above 0 in some row of label 1",
            )
        super().__init__(loss, np.where(event, clv / clv[event].mean(), 1.0))


@dataclass(frozen=True, eq=False)
class ExpectedCost(Joint):
    """base + extra · p, with p the sigmoid of the margin: what a row costs if it is acted on with probability p.

    The money itself, not a stand-in, hence not convex: rows decided against their interest bend downwards, and a fit
    may end in a local optimum; start it from the fit of the convex `surrogate`. Labels are not read: what happened is
    in the costs.

    base: (rows,) cost of letting the row be; any finite amount.
    extra: (rows,) what acting on it adds, in the same currency; below 0 = acting pays.

    Raises
    ------
    DataError: amounts that are missing, or not one of each per row.
    """

    base: Array
    extra: Array

    smooth, convex, attained = True, False, False
    interval = (-np.inf, np.inf)

    def __post_init__(self) -> None:
        _refuse(self.base, "base costs")
        _refuse(self.extra, "extra costs")
        if len(self.base) != len(self.extra):
            raise DataError(
                f"{len(self.base)} base costs and {len(self.extra)} extra costs", advice="give one of each per row"
            )
        object.__setattr__(self, "rows", len(self.base))

    def derivatives(self, z: Array, y: Array) -> tuple[Array, Array, Array]:
        self.refuse_rows(len(z))
        base, extra = beside(self.base, z), beside(self.extra, z)
        p, q = self.inverse_link(z), self.inverse_link(-z)
        slope = extra * p * q
        return base + extra * p, slope, namespace(z).clip(slope * (q - p), 0.0, None)

    def inverse_link(self, z: Array) -> Array:
        return Logistic().inverse_link(z)

    def take(self, rows: slice | Index) -> ExpectedCost:
        return ExpectedCost(self.base[rows], self.extra[rows])

    def pure(self) -> Loss:
        return Logistic()

    def surrogate(self) -> tuple[Weighted, Array]:
        """The convex stand-in and its labels (rows,): log loss on whether acting pays, weighed by how much it matters.

        Both pull a row's margin to the same side, and neither pulls on a row to which acting adds no cost.
        """
        return Weighted(Logistic(), abs(self.extra)), beside(self.extra < 0, self.extra)


def _refuse(values: Array, what: str, least: float = -np.inf) -> None:
    if getattr(values, "ndim", 0) != 1:
        raise DataError(f"{what} are not one per row", advice="give an array of the shape (rows,)")
    bad = ~((values >= least) & (abs(values) < np.inf))
    if bad.any():
        first = int(namespace(bad).argmax(bad + 0))
        raise DataError(
            f"{int(bad.sum())} {what} are missing, infinite or below {least:g}, first {float(values[first])}"
            if least > -np.inf
            else f"{int(bad.sum())} {what} are missing or infinite, first {float(values[first])}",
            where=f"row {first + 1}",
        )
