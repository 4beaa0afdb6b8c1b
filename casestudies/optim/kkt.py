"""How far a point of a block is from satisfying the Karush-Kuhn-Tucker conditions, relative to what they are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from casestudies.optim.arrays import Array, Index, with_columns
from casestudies.optim.constraints import Constraints

_TINY = np.finfo(np.float64).tiny


@dataclass(frozen=True)
class Multipliers:
    """What each constraint would give if it were looser by one: the fall of the value per unit.

    rows: (rows, problems). total, reach: (problems,), 0 where there is no such constraint. Those of bounds follow.
    """

    rows: Array
    total: Array
    reach: Array

    @classmethod
    def zeros(cls, constraints: Constraints, problems: int) -> Self:
        return cls(np.zeros((len(constraints.rows.names), problems)), np.zeros(problems), np.zeros(problems))

    def select(self, problems: Index) -> Multipliers:
        return Multipliers(self.rows[:, problems], self.total[problems], self.reach[problems])

    def replaced(self, problems: Index, other: Multipliers) -> Multipliers:
        """These with the given problems taken from `other`, which holds only them."""
        return Multipliers(
            with_columns(self.rows, problems, other.rows),
            with_columns(self.total, problems, other.total),
            with_columns(self.reach, problems, other.reach),
        )


def kkt_residual(constraints: Constraints, x: Array, gradient: Array, terms: Array, multipliers: Multipliers) -> Array:
    """(problems,): the largest of what is left over of stationarity, of the constraints and of complementarity.

    Each is relative: slopes to the largest slope that takes part, constraints to their own size, complementarity (a price
    times the room left) to slope times size of x. 1e-8 is half of a double's digits.

    Parameters
    ----------
    x, gradient: (columns, problems). terms: (problems,) the largest term the gradient is a difference of.

    Source: Nocedal and Wright 2006, "Numerical Optimization", theorem 12.1; the scaling of Stellato et al. 2020, "OSQP",
    section 3.4.
    """
    rows, reach = constraints.rows, multipliers.reach
    priced = rows.A.T @ multipliers.rows
    slopes = np.maximum.reduce([terms, _most(priced), np.abs(multipliers.total), np.abs(reach)])
    slopes = np.maximum(slopes, _TINY)
    size = np.maximum(_most(x), _TINY)
    worth = np.maximum(slopes * size, _TINY)
    left = np.abs(_unbalanced(constraints, x, gradient + priced + multipliers.total, reach)).max(axis=0) / slopes
    found = [left, np.maximum(-reach, 0.0) / slopes, _broken(constraints, x, size)]
    if rows.names:
        room = rows.b - rows.A @ x
        loose = ~rows.equal[:, None]
        found.append((np.abs(np.where(loose, multipliers.rows * room, 0.0)) / worth).max(axis=0))
        found.append((np.where(loose, np.maximum(-multipliers.rows, 0.0), 0.0) / slopes).max(axis=0))
    if constraints.reach is not None:
        found.append(np.abs(reach * (constraints.reach - constraints.change(x))) / worth)
    return np.maximum.reduce(found)


def _most(X: Array) -> Array:
    return np.abs(X).max(axis=0, initial=0.0)


def _unbalanced(constraints: Constraints, x: Array, pull: Array, reach: Array) -> Array:
    """(columns, problems): what bounds and the kinks of |x - around| cannot take up of a pull."""
    low, high = np.zeros_like(x), np.zeros_like(x)
    if constraints.around is not None:
        side = np.sign(x - constraints.around[:, None])
        low, high = reach * np.where(side > 0, 1.0, -1.0), reach * np.where(side < 0, -1.0, 1.0)
    low = np.where(x <= constraints.lower[:, None], -np.inf, low)
    high = np.where(x >= constraints.upper[:, None], np.inf, high)
    return -pull - np.clip(-pull, np.minimum(low, high), np.maximum(low, high))


def _broken(constraints: Constraints, x: Array, size: Array) -> Array:
    """(problems,): the worst violation, relative to the constraint's own size."""
    over = np.maximum(constraints.lower[:, None] - x, x - constraints.upper[:, None])
    found = [np.maximum(over, 0.0).max(axis=0) / size]
    if constraints.total is not None:
        found.append(np.abs(x.sum(axis=0) - constraints.total) / np.maximum(np.abs(x).sum(axis=0), _TINY))
    if constraints.reach is not None:
        found.append(np.maximum(constraints.change(x) - constraints.reach, 0.0) / np.maximum(np.abs(x).sum(0), _TINY))
    if constraints.rows.names:
        rows = constraints.rows
        own = np.maximum(np.abs(rows.A) @ np.abs(x), np.abs(rows.b))
        found.append((np.maximum(constraints.excess(x), 0.0) / np.maximum(own, _TINY)).max(axis=0))
    return np.maximum.reduce(found)
