"""Augmented Lagrangian: rows are priced, the rest is projected, and the face that this finds is solved exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from casestudies.errors import ConfigError
from casestudies.optim.arrays import Array, Index, Mask, columns_of, with_columns
from casestudies.optim.faces import Faces, Finish
from casestudies.optim.kkt import Multipliers
from casestudies.optim.methods.projected import Projected
from casestudies.optim.quadratic import Constrained, Quadratic
from casestudies.optim.reasons import Reason
from casestudies.optim.solve import minimise
from casestudies.optim.stopping import TOLERANCE, Steps, Suboptimality

_RISE, _FELL = 10.0, 0.25  # the price of a broken row rises by so much where it did not fall to so much
_FIRST, _DEAREST = 10.0, 1e8  # times the steepness; beyond it the priced problem keeps no digits
_CLOSE = 1e-3  # of the priced problem, on the first step; a tenth of it on each after that


@dataclass(frozen=True)
class AugmentedState:
    """See `State`.

    multipliers: of the rows, the sum and the limit on change; the prices that constraints have. penalty: (problems,).
    broken: (problems,) worst violation of a row, each row scaled to length 1. changes: (problems,) of face in the last
    exact solve.
    """

    step: int
    passes: float
    x: Array
    value: Array
    multipliers: Multipliers
    penalty: Array
    broken: Array
    changes: Array
    gradient_norm: Array
    suboptimality: Array

    @property
    def step_size(self) -> Array:
        return np.full(len(self.value), np.nan)

    @property
    def decrement(self) -> Array:
        return np.full(len(self.value), np.nan)

    @property
    def products(self) -> Array:
        return np.full(len(self.value), np.nan)

    @property
    def condition(self) -> Array:
        return np.full(len(self.value), np.nan)

    @property
    def misfits(self) -> Array:
        return np.full(len(self.value), -1.0)

    @property
    def figures(self) -> Mapping[str, Array]:
        """For the trace."""
        return {"broken": self.broken, "penalty": self.penalty, "face_changes": self.changes}


@dataclass(frozen=True)
class _Priced:
    """The function plus penalty / 2 · |what rows are broken by, shifted by their prices|²; rows scaled to length 1."""

    inner: Constrained[Quadratic]
    A: Array
    b: Array
    prices: Array
    penalty: Array

    @property
    def problems(self) -> int:
        return self.inner.problems

    def select(self, problems: Index) -> _Priced:
        if len(problems) == self.problems:
            return self
        b = self.b if self.b.shape[1] == 1 else self.b[:, problems]
        return _Priced(self.inner.select(problems), self.A, b, self.prices[:, problems], self.penalty[problems])

    def shifted(self, x: Array) -> Array:
        """(rows, problems): prices as they would be after this point."""
        moved = self.prices + self.penalty * (self.A @ x - self.b)
        return np.where(self.inner.constraints.rows.equal[:, None], moved, np.maximum(moved, 0.0))

    def value(self, x: Array) -> Array:
        return self.inner.value(x) + 0.5 * (self.shifted(x) ** 2).sum(axis=0) / self.penalty

    def gradient(self, x: Array) -> Array:
        return self.inner.gradient(x) + self.A.T @ self.shifted(x)

    def project(self, x: Array) -> Array:
        return self.inner.project(x)


@dataclass(frozen=True)
class AugmentedLagrangian:
    """A parabola under any constraints: bounds, sum and change by projection, rows by prices, the end by linear algebra.

    A step runs `Projected` on the priced problem, which finds the face; moves the prices; and solves for the minimum on
    the face, letting go of what pulls the wrong way (`faces`). Where that certifies, the problem is done, with zeros that
    are zeros. Given a start, its face is tried first: a solve that begins near its end takes a few linear systems.

    inner: steps of the projected method per step. changes: of face per exact solve, at most: one costs a linear system, and
        too few cost another round of projected steps (25 problems of 300 columns: 60 took 6.6 s of CPU, 150 1.0 s).

    Source: Hestenes 1969; Powell 1969; Rockafellar 1973 for inequalities; Nocedal and Wright 2006, sections 16.5 and 17.4.
    """

    inner: int = 60
    changes: int = 150

    certifies: ClassVar[str] = "the largest relative residual of the Karush-Kuhn-Tucker conditions"

    def start(self, objective: Constrained[Quadratic], x: Array | None) -> AugmentedState:
        """At the point of the set nearest to `x`, whose face is solved at once; without it, to 0.

        Raises
        ------
        ConfigError: the objective is no parabola; the set is empty.
        """
        if not isinstance(objective.function, Quadratic):
            raise ConfigError("AugmentedLagrangian solves parabolas", advice="use Projected, without rows")
        constraints, problems = objective.constraints, objective.problems
        point = np.zeros((constraints.columns, problems)) if x is None else x.astype(np.float64)
        point = objective.project(point)
        unknown = np.full(problems, np.inf)
        state = AugmentedState(
            step=0,
            passes=1.0,
            x=point,
            value=objective.value(point),
            multipliers=Multipliers.zeros(constraints, problems),
            penalty=np.full(problems, _FIRST * objective.function.steepness),
            broken=self._broken(objective, point),
            changes=np.zeros(problems),
            gradient_norm=np.abs(objective.project(point - objective.gradient(point)) - point).max(axis=0),
            suboptimality=unknown,
        )
        return state if x is None else self._finish(objective, state, np.arange(problems))

    def step(self, objective: Constrained[Quadratic], state: AugmentedState, problems: Index) -> AugmentedState:
        priced = self._priced(objective, state).select(problems)
        close = _CLOSE * 0.1 ** min(state.step, 7)
        run = minimise(
            priced,
            Projected(),
            columns_of(state.x, problems),
            stop=(Suboptimality(close), Steps(self.inner * (1 + state.step))),
        )
        prices = priced.shifted(run.x)
        broken = self._broken(objective.select(problems), run.x)
        before = state.broken[problems]
        rise = np.where((broken > _FELL * before) & (state.step > 0), _RISE, 1.0)
        penalty = np.minimum(state.penalty[problems] * rise, _DEAREST * objective.function.steepness)
        rows = replace(
            state.multipliers,
            rows=with_columns(state.multipliers.rows, problems, prices / _lengths(objective)[:, None]),
        )
        moved = replace(
            state,
            step=state.step + 1,
            passes=state.passes + run.state.passes,
            x=with_columns(state.x, problems, run.x),
            value=with_columns(state.value, problems, objective.select(problems).value(run.x)),
            multipliers=rows,
            penalty=with_columns(state.penalty, problems, penalty),
            broken=with_columns(state.broken, problems, broken),
            gradient_norm=with_columns(state.gradient_norm, problems, run.state.gradient_norm),
        )
        return self._finish(objective, moved, problems)

    def finished(self, state: AugmentedState) -> Mapping[Reason, Mask]:
        return {}

    def _finish(self, objective: Constrained[Quadratic], state: AugmentedState, problems: Index) -> AugmentedState:
        """The exact minimum on each problem's face, taken where it certifies; its residual in any case."""
        x, multipliers = state.x.copy(), state.multipliers
        changes, left = state.changes.copy(), state.suboptimality.copy()
        for k in problems:
            one = np.array([k])
            found = self._face(objective.select(one), x[:, k], multipliers.select(one))
            changes[k], left[k] = found.changes, found.residual
            if found.residual <= TOLERANCE:
                x[:, k] = found.x
                multipliers = multipliers.replaced(one, found.multipliers)
        return replace(
            state,
            x=x,
            value=objective.value(x),
            multipliers=multipliers,
            broken=self._broken(objective, x),
            changes=changes,
            suboptimality=left,
        )

    def _face(self, one: Constrained[Quadratic], x: Array, multipliers: Multipliers) -> Finish:
        function = one.function
        return Faces(function.H, function.q[:, 0], one.constraints).walk(x, multipliers.rows[:, 0], self.changes)

    def _priced(self, objective: Constrained[Quadratic], state: AugmentedState) -> _Priced:
        rows, lengths = objective.constraints.rows, _lengths(objective)
        A, b = rows.A / lengths[:, None], rows.b / lengths[:, None]
        return _Priced(objective, A, b, state.multipliers.rows * lengths[:, None], state.penalty)

    def _broken(self, objective: Constrained[Quadratic], x: Array) -> Array:
        excess = np.maximum(objective.constraints.excess(x), 0.0) / _lengths(objective)[:, None]
        return excess.max(axis=0, initial=0.0)


def _lengths(objective: Constrained[Quadratic]) -> Array:
    """(rows,) of the rows, 1 for one of zeros."""
    lengths = np.linalg.norm(objective.constraints.rows.A, axis=1)
    return np.where(lengths > 0, lengths, 1.0)
