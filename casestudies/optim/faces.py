"""The exact minimum of a parabola within constraints, from a point whose face is nearly right: an active-set method.

A face is the set of constraints that hold with equality: bounds met, rows in force, and where change is limited to an L1
ball, which side of the centre each column lies on. On a face the minimum is the solution of one linear system. The way
goes from face to face until no constraint in force pulls the wrong way, so zeros are zeros and equations hold to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr
from scipy.linalg.lapack import dsysv

from casestudies.optim.arrays import Array, Index, Mask
from casestudies.optim.cones import decomposed
from casestudies.optim.constraints import Constraints
from casestudies.optim.kkt import Multipliers, kkt_residual

# Towards where we are, of the mean curvature and of the largest slope: keeps flat directions solvable, fades as steps do.
_RIDGE = 1e-11, 1e-6
_DEPENDENT = 1e-9  # of the largest pivot: a row that the others in force imply
_WRONG = 1e-11  # of the largest slope: a multiplier of the wrong sign beyond rounding
_MET = 1e-13  # relative: as exact as a solve gets
_CERTAIN = 1e-10  # relative: as exact as prices at a corner get
_STILL, _BLOCKED = 1e-9, 4  # relative: no step at all; how many in a row before the corner is looked at as a whole
_FARTHEST = 1e6  # times the size of the point, along a direction without curvature


@dataclass(frozen=True)
class Finish:
    """x: (columns,). residual: relative, of the KKT conditions (`kkt_residual`). changes: of face on the way."""

    x: Array
    multipliers: Multipliers
    residual: float
    changes: int


@dataclass
class _Face:
    """held: (columns,) fixed where it is, at a bound or at the centre. inforce: (rows,). turning: the limit on change is
    in force; then `side` (columns,) says which way each column has gone, 0 = it stays at the centre."""

    held: Mask
    inforce: Mask
    turning: bool
    side: Array


class Faces:
    """The walk for one problem; `constraints` hold one.

    H: (columns, columns). q: (columns,).
    """

    def __init__(self, H: Array, q: Array, constraints: Constraints) -> None:
        self.H, self.q, self.constraints = H, q, constraints
        self.A, self.b, self.equal = constraints.rows.A, constraints.rows.b[:, 0], constraints.rows.equal
        self.lower, self.upper = constraints.lower, constraints.upper
        self.centre = constraints.around if constraints.around is not None else np.zeros(len(q))
        self.reach = float(constraints.reach[0]) if constraints.reach is not None else np.inf
        ridges = _RIDGE[0] * float(H.trace()) / len(q), _RIDGE[1] * float(np.abs(q).max()), np.finfo(np.float64).tiny
        self.ridge = max(ridges)

    def walk(self, x: Array, multipliers: Array, most: int) -> Finish:
        """From `x` (columns,) in the set; the rows with a multiplier (rows,) above 0 are taken to be in force."""
        face = self._face(x, multipliers)
        best = Finish(x, Multipliers.zeros(self.constraints, 1), np.inf, 0)
        blocked = 0  # times in a row that this led nowhere
        for change in range(most + 1):
            target, prices = self._minimum(face, x)
            share, meets = self._until(face, x, target - x)
            there = np.where(face.held, x, target) if share >= 1.0 else x + share * (target - x)
            blocked = blocked + 1 if np.abs(there - x).max() <= _STILL * np.abs(x).max() else 0
            x = there
            if meets is not None:
                x = self._meet(face, x, target, meets)
                continue
            here = self._told(x, self._multipliers(face, prices), change)
            better = here.residual < 0.5 * best.residual
            best = here if here.residual < best.residual else best
            if best.residual <= _MET:
                break
            if blocked <= _BLOCKED and self._release(face, x, prices):
                continue
            if blocked <= _BLOCKED and better:  # once more, from nearer
                continue
            out = self._corner(x, change)
            best = out[0] if out[0].residual < best.residual else best
            if best.residual <= _CERTAIN or np.array_equal(out[1], x):
                break
            x, blocked = out[1], 0
            face = self._face(x, out[0].multipliers.rows[:, 0])
        return best

    def _corner(self, x: Array, change: int) -> tuple[Finish, Array]:
        """The point with the best prices for all that meets there; and where the way out leads, if there is one."""
        gradient = self.H @ x - self.q
        multipliers, direction = decomposed(self.constraints, x, gradient)
        here = self._told(x, multipliers, change)
        bend = float(direction @ self.H @ direction)
        fall = -float(gradient @ direction)
        if not fall > 0:
            return here, x
        size = max(float(np.abs(x).max()), 1.0) / float(np.abs(direction).max())
        step = direction * (min(fall / bend, _FARTHEST * size) if bend > 0 else _FARTHEST * size)
        apart = _Face(np.abs(direction) <= _MET * np.abs(direction).max(), self.equal.copy(), False, np.zeros_like(x))
        share, _ = self._until(apart, x, step)
        return here, self.constraints.project((x + min(share, 1.0) * step)[:, None])[:, 0]

    def _face(self, x: Array, multipliers: Array) -> _Face:
        held = (x <= self.lower) | (x >= self.upper)
        turning = bool(np.abs(x - self.centre).sum() >= self.reach * (1 - 1e-9))
        side = np.sign(x - self.centre) if turning else np.zeros_like(x)
        if turning:
            held = held | (side == 0)
        face = _Face(held, self.equal | (multipliers > 0), turning, side)
        wanted = np.flatnonzero(face.inforce)
        C = self._system(face)[0][:, ~held]
        first = len(C) - len(wanted)
        equations = np.flatnonzero(self.equal[wanted]) + first
        others = np.flatnonzero(~self.equal[wanted]) + first
        kept = _independent(C, (np.arange(first), equations, others))
        face.inforce[wanted[[i for i in range(len(wanted)) if first + i not in kept]]] = False
        return face

    def _system(self, face: _Face) -> tuple[Array, Array]:
        """(equations, columns) and (equations,): the sum, the limit on change, then the rows in force."""
        left, right = [], []
        if self.constraints.total is not None:
            left.append(np.ones(len(self.q)))
            right.append(self.constraints.total)
        if face.turning:
            left.append(face.side)
            right.append(self.reach + float(face.side @ self.centre))
        C = np.vstack([*(row[None] for row in left), self.A[face.inforce]])
        return C, np.concatenate([right, self.b[face.inforce]])

    def _minimum(self, face: _Face, x: Array) -> tuple[Array, Array]:
        """The minimum on the face (columns,), and the prices of its equations."""
        free = np.flatnonzero(~face.held)
        C, d = self._system(face)
        out = x.copy()
        if not len(free):
            return out, _least(C.T, self.q - self.H @ x)
        n, m = len(free), len(C)
        K = np.zeros((n + m, n + m), order="F")
        K[:n, :n] = self.H[np.ix_(free, free)]
        K[np.arange(n), np.arange(n)] += self.ridge
        unit = float(np.abs(K[:n, :n]).max()) / (float(np.abs(C[:, free]).max(initial=0.0)) or 1.0)
        K[n:, :n] = unit * C[:, free]
        K[:n, n:] = K[n:, :n].T
        # for the step from x, so that digits go to what is still to be done
        left = np.concatenate([(self.q - self.H @ x)[free], unit * (d - C @ x)])
        _, _, step, failed = dsysv(K, left)
        if failed or not np.isfinite(step).all():
            step = _least(K, left)
        out[free] = x[free] + step[:n]
        return out, unit * step[n:]

    def _ends(self, face: _Face) -> tuple[Array, Array]:
        """Where the columns of a face may go: (columns,) each."""
        low = np.where(face.side > 0, np.maximum(self.lower, self.centre), self.lower)
        return low, np.where(face.side < 0, np.minimum(self.upper, self.centre), self.upper)

    def _until(self, face: _Face, x: Array, step: Array) -> tuple[float, tuple[str, int] | None]:
        """The share of the step up to the first constraint that it meets, and which that is."""
        low, high = self._ends(face)
        room = np.where(step > 0, high - x, np.where(step < 0, low - x, np.inf))
        shares = np.where(face.held | (step == 0), np.inf, room / np.where(step == 0, 1.0, step))
        column = int(np.argmin(shares))
        share, meets = max(float(shares[column]), 0.0), ("column", column)
        pace, room_left = self.A @ step, self.b - self.A @ x
        gaining = ~face.inforce & (pace > _MET * np.abs(self.A) @ np.abs(step))
        if gaining.any():
            ratios = np.where(gaining, np.maximum(room_left, 0.0) / np.where(gaining, pace, 1.0), np.inf)
            row = int(np.argmin(ratios))
            if ratios[row] < share:
                share, meets = float(ratios[row]), ("row", row)
        if np.isfinite(self.reach) and not face.turning:
            turn = self._turn(x, step, min(share, 1.0))
            if turn < min(share, 1.0):
                share, meets = turn, ("reach", 0)
        return (share, meets) if share < 1.0 else (1.0, None)

    def _turn(self, x: Array, step: Array, most: float) -> float:
        """The share of the step at which the change is used up; inf when it is not within `most`."""

        def over(share: float) -> float:
            return float(np.abs(x + share * step - self.centre).sum()) - self.reach

        if over(most) <= _MET * max(self.reach, 1.0):
            return np.inf
        crossing = np.divide(self.centre - x, step, out=np.full_like(x, np.inf), where=step != 0)
        places = np.unique(np.concatenate([[0.0], crossing[(crossing > 0) & (crossing < most)], [most]]))
        first = next(
            (k for k in range(1, len(places)) if over(places[k]) > 0), len(places) - 1
        )  # convex, so above 0 from there on
        left, right = places[first - 1], places[first]
        below, above = over(left), over(right)
        return float(left if below >= 0 else left + (right - left) * below / (below - above))

    def _meet(self, face: _Face, x: Array, target: Array, meets: tuple[str, int]) -> Array:
        kind, which = meets
        if kind == "row":
            face.inforce[which] = True
        elif kind == "reach":
            face.turning = True
            side = np.sign(x - self.centre)
            face.side = np.where((side == 0) & ~face.held, np.sign(target - x), side)
            face.held = face.held | (face.side == 0)
        else:
            low, high = self._ends(face)
            x = x.copy()
            x[which] = (high if target[which] > x[which] else low)[which]
            face.held[which] = True
            if face.turning and x[which] == self.centre[which]:
                face.side[which] = 0.0
        return x

    def _release(self, face: _Face, x: Array, prices: Array) -> bool:
        """Lets go of the constraint that pulls the wrong way most; False where none does."""
        head = int(self.constraints.total is not None)
        reach = float(prices[head]) if face.turning else 0.0
        rows = np.zeros(len(self.A))
        rows[face.inforce] = prices[head + face.turning :]
        pull = self.H @ x - self.q + self.A.T @ rows + (prices[0] if head else 0.0)
        slope = max(np.abs(self.H @ x).max(), np.abs(self.q).max(), np.finfo(np.float64).tiny)
        norms = np.maximum(np.abs(self.A).max(axis=1, initial=0.0), np.finfo(np.float64).tiny)
        gain_rows = np.where(face.inforce & ~self.equal, -rows * norms, -np.inf)
        up, down = self._gains(face, x, pull, reach)
        gains = np.concatenate([up, down, gain_rows, [-reach if face.turning else -np.inf]])
        worst, n = int(np.argmax(gains)), len(x)
        if gains[worst] <= _WRONG * slope:
            return False
        if worst < 2 * n:
            column = worst % n
            face.held[column] = False
            if face.turning:
                away = np.sign(x[column] - self.centre[column])
                face.side[column] = away if away else (1.0 if worst < n else -1.0)
        elif worst < 2 * n + len(rows):
            face.inforce[worst - 2 * n] = False
        else:
            face.turning = False
            face.side = np.zeros_like(x)
            face.held = (x <= self.lower) | (x >= self.upper)
        return True

    def _gains(self, face: _Face, x: Array, pull: Array, reach: float) -> tuple[Array, Array]:
        """(columns,) what held columns would gain by going up and by going down, per unit."""
        ahead = np.where(x >= self.centre, reach, -reach) if face.turning else 0.0
        behind = np.where(x <= self.centre, -reach, reach) if face.turning else 0.0
        up = np.where(face.held & (x < self.upper), -pull - ahead, -np.inf)
        down = np.where(face.held & (x > self.lower), pull + behind, -np.inf)
        return up, down

    def _multipliers(self, face: _Face, prices: Array) -> Multipliers:
        """The prices of a face's equations, where they belong."""
        head = int(self.constraints.total is not None)
        rows = np.zeros((len(self.A), 1))
        rows[face.inforce, 0] = prices[head + face.turning :]
        one = np.zeros(1)
        return Multipliers(rows, one + prices[0] if head else one, one + prices[head] if face.turning else one)

    def _told(self, x: Array, multipliers: Multipliers, changes: int) -> Finish:
        terms = np.array([max(float((np.abs(self.H) @ np.abs(x)).max()), float(np.abs(self.q).max()))])
        gradient = self.H @ x - self.q
        residual = kkt_residual(self.constraints, x[:, None], gradient[:, None], terms, multipliers)
        return Finish(x, multipliers, float(residual[0]), changes)


def _independent(C: Array, groups: Sequence[Index]) -> set[int]:
    """Rows of C that no earlier ones imply: as many as can be of the first group, then of the next, and so on.

    What has to hold comes first: a row that may be let go of must not stand in the place of the sum.
    """
    basis, kept = np.zeros((C.shape[1], 0)), set()
    for group in groups:
        rest = C[group] - (C[group] @ basis) @ basis.T
        if not rest.size:
            continue
        Q, R, order = qr(rest.T, mode="economic", pivoting=True)
        edge = np.abs(np.diagonal(R))
        rank = int((edge > _DEPENDENT * max(float(np.abs(C[group]).max(initial=0.0)), 1.0)).sum())
        kept |= {int(one) for one in group[order[:rank]]}
        basis = np.hstack([basis, Q[:, :rank]])
    return kept


def _least(M: Array, right: Array) -> Array:
    """The smallest of the solutions, or of what comes nearest to one."""
    found: Array = np.asarray(np.linalg.lstsq(M, right, rcond=None)[0], dtype=np.float64)
    return found
