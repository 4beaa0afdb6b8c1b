"""What a solution has to keep to, by name: bounds, a sum, a limit on change, and linear rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from casestudies.errors import ConfigError, shown
from casestudies.optim.arrays import Array, Index, Mask
from casestudies.optim.projections import filled, shifted

_ROUNDING = 1e-15  # of a sum of sizes; what is nearer is there


@dataclass(frozen=True)
class Rows:
    """Linear constraints: A x <= b, or A x = b where `equal`.

    names: (rows,) for people; rows of one name belong to one setting, and give way together (`relaxation`).
    A: (rows, columns). b: (rows, problems), or (rows, 1) for all problems alike. equal: (rows,)

    Raises
    ------
    ConfigError: shapes that do not fit, or numbers that are not finite.
    """

    names: tuple[str, ...]
    A: Array
    b: Array
    equal: Mask

    def __post_init__(self) -> None:
        count = len(self.names)
        if self.A.ndim != 2 or self.b.ndim != 2 or {len(self.A), len(self.b), len(self.equal)} != {count}:
            raise ConfigError(
                f"{count} names for rows of shape {self.A.shape}, limits {self.b.shape} and {len(self.equal)} kinds",
                advice="give A (rows, columns), b (rows, problems) and equal (rows,)",
            )
        for row, name in enumerate(self.names):
            if not (np.isfinite(self.A[row]).all() and np.isfinite(self.b[row]).all()):
                raise ConfigError("the row has numbers that are not finite", where=f"constraint {shown(name)}")

    @classmethod
    def none(cls, columns: int) -> Self:
        return cls((), np.zeros((0, columns)), np.zeros((0, 1)), np.zeros(0, bool))


@dataclass(frozen=True)
class Constraints:
    """Bounds, and if asked a sum, a limit on the change from a point (the L1 ball round it) and rows.

    All but the rows is the *set*, onto which points are projected exactly; rows are for methods that price them.

    Parameters
    ----------
    lower, upper: (columns,) may be infinite.
    rows: `Rows.none(columns)` where there are none.
    total: what x sums to; None = anything.
    around: (columns,) where change is measured from; None = no limit on change.
    reach: (problems,) or (1,): most of sum |x - around|.
    names: of the parts of the set, for `relaxation`: "lower", "upper", "total", "reach" -> for people. Bounds may have
        a name for each column, by a tuple.

    Raises
    ------
    ConfigError: a bound above its other end, shapes that do not fit, a negative reach.
    """

    lower: Array
    upper: Array
    rows: Rows
    total: float | None = None
    around: Array | None = None
    reach: Array | None = None
    names: dict[str, str | tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.lower.shape != self.upper.shape or self.lower.ndim != 1:
            raise ConfigError(f"{self.lower.shape} lower and {self.upper.shape} upper bounds", advice="give one each")
        crossed = np.flatnonzero(~(self.lower <= self.upper))
        if crossed.size:
            low, high = self.lower[crossed[0]], self.upper[crossed[0]]
            raise ConfigError(f"the lower bound {low:g} is above the upper {high:g}", where=f"column {crossed[0] + 1}")
        if self.rows.A.shape[1] != self.columns or (self.around is not None and len(self.around) != self.columns):
            raise ConfigError(f"constraints on {self.rows.A.shape[1]} columns, bounds on {self.columns}")
        if (self.around is None) != (self.reach is None):
            raise ConfigError("a limit on change needs the point it is measured from", advice="give around and reach")
        if self.reach is not None and not (self.reach >= 0).all():
            raise ConfigError(f"the limit on change {self.reach.min():g} is not a number from 0 up")

    @property
    def columns(self) -> int:
        return len(self.lower)

    def select(self, problems: Index) -> Self:
        """Those of some of the problems."""
        b, reach = self.rows.b, self.reach
        rows = self.rows if b.shape[1] == 1 else replace(self.rows, b=b[:, problems])
        return replace(self, rows=rows, reach=reach if reach is None or len(reach) == 1 else reach[problems])

    def project(self, X: Array) -> Array:
        """(columns, problems): the nearest points of the set; what meets a bound is the bound, to the last bit.

        Raises
        ------
        ConfigError: the set is empty.
        """
        low, high = (np.broadcast_to(end[:, None], X.shape) for end in (self.lower, self.upper))
        if self.around is None or self.reach is None:
            if self.total is None:
                return np.clip(X, low, high)
            return filled(X, low, high, np.full(X.shape[1], self.total))
        centre = self.around[:, None]
        total = None if self.total is None else np.full(X.shape[1], self.total - self.around.sum())
        if total is not None and abs(total[0]) <= 10 * _ROUNDING * np.abs(self.around).sum():
            total = np.zeros_like(total)
        change = shifted(X - centre, low - centre, high - centre, np.broadcast_to(self.reach, X.shape[1]), total)
        moved = np.clip(centre + change, low, high)  # centre + (bound - centre) may miss the bound by a rounding
        near = _ROUNDING * np.maximum(np.abs(centre).sum(axis=0), np.abs(change).sum(axis=0))
        moved = np.where(np.abs(moved - low) <= near, low, np.where(np.abs(moved - high) <= near, high, moved))
        return np.where(np.abs(change) <= near, np.clip(centre, low, high), moved)

    def excess(self, X: Array) -> Array:
        """(rows, problems): how far each row is broken; negative = room left, absolute where it is an equation."""
        over = self.rows.A @ X - self.rows.b
        return np.where(self.rows.equal[:, None], np.abs(over), over)

    def change(self, X: Array) -> Array:
        """(problems,) sum |x - around|; 0 without a limit on it."""
        return np.zeros(X.shape[1]) if self.around is None else np.abs(X - self.around[:, None]).sum(axis=0)
