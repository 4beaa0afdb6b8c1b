"""Constraints that cannot all hold: the smallest loosening that lets them, and which of them quarrel, by name.

Constraints of one name give way together: a cap that is one setting for all columns is loosened as one. Everything here
is a linear programme (SciPy's HiGHS): a limit on change is one with a size for each column.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack

from casestudies.errors import ConfigError, nearest, shown
from casestudies.optim.arrays import Array
from casestudies.optim.constraints import Constraints

TOTAL, REACH, LOWER, UPPER = "the sum", "the limit on change", "the lower bounds", "the upper bounds"
_BROKEN = 1e-8  # what a linear programme may leave over


@dataclass(frozen=True)
class Relaxation:
    """x: (columns,) a point within the loosened constraints. by: name -> how far, in its own unit; empty = they hold."""

    x: Array
    by: dict[str, float]

    @property
    def holds(self) -> bool:
        return not self.by


@dataclass(frozen=True)
class _System:
    """M z <= d for z = (x, sizes of change), row by row with the name of the constraint that it comes of."""

    columns: int
    names: tuple[str, ...]
    M: csr_array
    d: Array


def relaxation(constraints: Constraints, hard: Collection[str] = ()) -> Relaxation:
    """The loosening with the smallest sum, each name counted once, in its own unit.

    Parameters
    ----------
    constraints: of one problem. hard: names that must not give way.

    Raises
    ------
    ConfigError: the hard ones alone cannot hold, or one is not known.
    """
    system = _system(constraints)
    soft = _soft(system, hard)
    found = _elastic(system, soft)
    if found is None:
        quarrel = ", ".join(_conflict(system, [name for name in dict.fromkeys(system.names) if name not in soft]))
        raise ConfigError(f"these cannot hold together whatever gives way: {quarrel}", advice="change one of them")
    return found


def alone(constraints: Constraints, name: str, hard: Collection[str] = ()) -> float | None:
    """How far one name has to be loosened if nothing else is; None where that does not help.

    Raises
    ------
    ConfigError: the name is not known, or is among the hard ones.
    """
    system = _system(constraints)
    if name not in _soft(system, hard):
        raise ConfigError(f"no constraint {shown(name)} that may give way", advice=nearest(name, set(system.names)))
    found = _elastic(system, [name])
    return None if found is None else found.by.get(name, 0.0)


def conflict(constraints: Constraints) -> tuple[str, ...]:
    """The names of constraints that cannot hold together, none of which could be left out; empty = all can hold.

    The prices of the smallest loosening say who takes part; then each is left out on trial (a deletion filter).

    Source: Chinneck 2008, "Feasibility and infeasibility in optimization", sections 6.2 and 6.3.
    """
    system = _system(constraints)
    return _conflict(system, list(dict.fromkeys(system.names)))


def _conflict(system: _System, names: Sequence[str]) -> tuple[str, ...]:
    found = _solve(system, list(names), list(names))
    if found is None or found[0].holds:
        return ()
    priced = found[1]
    kept = [name for name in names if name in priced]
    if _solve(system, kept, []) is not None:  # prices too small to be seen
        kept = list(names)
    for name in list(kept):
        fewer = [other for other in kept if other != name]
        if _solve(system, fewer, []) is None:
            kept = fewer
    return tuple(kept)


def _elastic(system: _System, soft: Sequence[str]) -> Relaxation | None:
    found = _solve(system, list(dict.fromkeys(system.names)), soft)
    return None if found is None else found[0]


def _solve(system: _System, names: Collection[str], soft: Sequence[str]) -> tuple[Relaxation, set[str]] | None:
    """Only the constraints of these names, the soft ones loosened; and those with a price. None: they cannot hold."""
    mine = np.array([name in names or not name for name in system.names])
    place = {name: column for column, name in enumerate(soft)}
    loosened = [(row, place[name]) for row, name in enumerate(np.array(system.names)[mine]) if name in place]
    rows, columns = np.array(loosened, dtype=np.intp).reshape(-1, 2).T
    give = csr_array((-np.ones(len(rows)), (rows, columns)), shape=(int(mine.sum()), len(soft)))
    width = system.M.shape[1]
    bounds = [(None, None)] * system.columns + [(0, None)] * (width - system.columns + len(soft))
    cost = np.concatenate([np.zeros(width), np.ones(len(soft))])
    told = linprog(cost, A_ub=hstack([system.M[mine], give]), b_ub=system.d[mine], bounds=bounds, method="highs")
    if told.x is None:
        return None
    by = {name: float(told.x[width + k]) for name, k in place.items() if told.x[width + k] > _BROKEN}
    priced = {
        name
        for name, price in zip(np.array(system.names)[mine], told.ineqlin.marginals, strict=True)
        if price < -_BROKEN
    }
    return Relaxation(told.x[: system.columns], by), priced


def _soft(system: _System, hard: Collection[str]) -> list[str]:
    known = dict.fromkeys(name for name in system.names if name)
    for name in hard:
        if name not in known:
            raise ConfigError(f"no constraint {shown(name)}", advice=nearest(name, known))
    return [name for name in known if name not in hard]


def _system(constraints: Constraints) -> _System:
    n, rows = constraints.columns, constraints.rows
    eye = np.eye(n)
    names: list[str] = []
    left: list[Array] = []
    right: list[Array] = []

    def add(name: str | Sequence[str], M: Array, d: Array) -> None:
        use = np.isfinite(d)
        names.extend(np.array([name] * len(d) if isinstance(name, str) else list(name), dtype=object)[use])
        left.append(M[use])
        right.append(d[use])

    add(rows.names, rows.A, rows.b[:, 0])
    twice = np.flatnonzero(rows.equal)
    add([rows.names[row] for row in twice], -rows.A[twice], -rows.b[twice, 0])
    if constraints.total is not None:
        for sign in (1.0, -1.0):
            add(constraints.names.get("total", TOTAL), np.full((1, n), sign), np.array([sign * constraints.total]))
    add(constraints.names.get("lower", LOWER), -eye, -constraints.lower)
    add(constraints.names.get("upper", UPPER), eye, constraints.upper)
    M = np.vstack(left)
    if constraints.around is None or constraints.reach is None:
        return _System(n, tuple(names), csr_array(M), np.concatenate(right))
    names += [""] * 2 * n  # what a size is, is no constraint
    names.append(str(constraints.names.get("reach", REACH)))
    sizes = np.vstack([np.hstack([eye, -eye]), np.hstack([-eye, -eye]), np.repeat([0.0, 1.0], n)[None]])
    M = np.vstack([np.hstack([M, np.zeros_like(M[:, :1]) + np.zeros(n)]), sizes])
    d = np.concatenate([*right, constraints.around, -constraints.around, constraints.reach[:1]])
    return _System(n, tuple(names), csr_array(M), d)
