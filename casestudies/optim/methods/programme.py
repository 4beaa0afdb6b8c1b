"""Losses of two straight pieces, exactly: the fit is a corner of a linear programme, and HiGHS finds the corner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy.optimize import linprog

from casestudies.errors import ConfigError, RunError
from casestudies.optim.arrays import Array, Index, Mask
from casestudies.optim.losses import Absolute, Loss, Quantile
from casestudies.optim.methods.base import relative
from casestudies.optim.objective import Objective
from casestudies.optim.reasons import Reason

_INSIDE = 1e-7  # of a row's two slopes: between them its residual is 0


@dataclass(frozen=True)
class ProgrammeState:
    """See `State`.

    solved: (problems,) those whose programme was solved; there is no second step.
    """

    step: int
    passes: float
    x: Array
    value: Array
    gradient_norm: Array
    suboptimality: Array
    solved: Mask

    @property
    def step_size(self) -> Array:
        return np.where(self.solved, 1.0, np.nan)

    @property
    def decrement(self) -> Array:
        return np.full(self.value.shape, np.nan)

    @property
    def products(self) -> Array:
        return np.full(self.value.shape, np.nan)

    @property
    def condition(self) -> Array:
        return np.full(self.value.shape, np.nan)

    @property
    def misfits(self) -> Array:
        return np.full(self.value.shape, -1.0)


@dataclass(frozen=True)
class LinearProgramme:
    """Absolute and quantile losses, alone or with L1, in one step, to the last digit.

    The dual is asked: one number a row, its slope, between the loss's two; with these, the columns have to balance. That has
    as many rows as there are coefficients, and a column for each row of the table: 20,433 rows of 12 columns take 0.3 to
    0.5 CPU seconds, where the primal with its two numbers a row takes 20. The rows whose slope lies between the two are
    those that the fit goes through, and their equations give the coefficients to the last digit.

    The certificate is the gap between the value and the dual's, which no other point can be below.

    Source: Koenker and Bassett 1978, "Regression quantiles"; Koenker 2005, "Quantile Regression", section 6.2; HiGHS:
    Huangfu and Hall 2018, "Parallelizing the dual revised simplex method".
    """

    certifies: ClassVar[str] = "the gap to the dual programme's value"

    def start(self, objective: Objective, x: Array | None) -> ProgrammeState:
        """At `x` (columns, problems), else at 0; the programme does not ask where.

        Raises
        ------
        ConfigError: a loss that is not of two straight pieces, or a penalty that is quadratic or has bounds.
        """
        loss, penalty = objective.loss, objective.penalty
        straight = not penalty.quadratic().any() and not np.isfinite(penalty.bounds()).any()
        if not isinstance(loss, Absolute | Quantile) or not straight:
            raise ConfigError(
                f"LinearProgramme cannot solve {type(loss).__name__} with {type(penalty).__name__}",
                advice="it needs Absolute or Quantile, and L1 or a strength of 0",
            )
        shape = objective.design.shape[1], objective.problems
        x = np.zeros(shape) if x is None else x.astype(np.float64)
        told = objective.evaluate(x)
        far = np.full(shape[1], np.inf)
        slope = np.abs(told.gradient).max(axis=0)
        return ProgrammeState(0, 1.0, x, told.value, slope, far, np.zeros(shape[1], dtype=np.bool_))

    def step(self, objective: Objective, state: ProgrammeState, problems: Index) -> ProgrammeState:
        """Solves the programmes of the given problems.

        Raises
        ------
        RunError: HiGHS gave up; the message has its words.
        """
        rows = objective.margins(np.eye(len(state.x)))
        y, weights = objective.kept()
        beside = np.broadcast_to(weights.reshape(len(y), -1), (len(y), objective.problems))
        x, left, bound = state.x.copy(), state.gradient_norm.copy(), np.full(len(state.value), np.nan)
        for k in problems:
            x[:, k], bound[k], left[k] = _corner(rows, y, beside[:, k], objective.loss, objective.penalty.kinks()[:, k])
        value = objective.evaluate(x).value
        gap = relative(np.maximum(value - bound, 0.0), value)
        solved = state.solved.copy()
        solved[problems] = True
        return replace(
            state,
            step=state.step + 1,
            passes=state.passes + 2,
            x=x,
            value=np.where(solved, value, state.value),
            gradient_norm=left,
            suboptimality=np.where(np.isnan(bound), state.suboptimality, gap),
            solved=solved,
        )

    def finished(self, state: ProgrammeState) -> Mapping[Reason, Mask]:
        return {Reason.STALLED: state.solved}


def _corner(X: Array, y: Array, weights: Array, loss: Loss, kinks: Array) -> tuple[Array, float, float]:
    """Coefficients (columns,), the dual's value, and by how much the columns are out of balance.

    Columns and labels are brought to size 1 first, as HiGHS's tolerances are absolute.
    """
    unit = np.sqrt(np.average(X**2, axis=0, weights=weights))
    unit[unit == 0] = 1.0
    size = float(np.abs(y).max()) or 1.0
    ends = np.array([[-1.0], [1.0]])
    low, high = loss.slope(ends, np.zeros((2, 1)))[:, 0]
    price = kinks / unit
    slopes = np.column_stack([weights * low, weights * high])
    rests = np.column_stack([-price, price])
    columns = np.hstack([(X / unit).T, np.eye(len(unit))])  # the last ones: what the penalty lets be out of balance
    told = linprog(
        np.append(y / size, np.zeros(len(unit))),
        A_eq=columns,
        b_eq=np.zeros(len(unit)),
        bounds=np.vstack([slopes, rests]),
        method="highs-ds",
    )
    if told.status != 0:
        raise RunError(
            f"the linear programme was not solved: {told.message}", advice="look for columns of extreme values"
        )
    dual = told.x[: len(y)]
    W = _through(X / unit, y, dual, slopes, told.eqlin.marginals * size, price)
    balance = (X / unit).T @ dual
    over = np.maximum(np.abs(balance) - price, 0.0)
    return W / unit, float(-y @ dual - over @ np.abs(W)), float(over.max())


def _through(X: Array, y: Array, dual: Array, slopes: Array, near: Array, price: Array) -> Array:
    """The coefficients that go through the rows whose slope lies between its ends; `near` where those do not say."""
    room = _INSIDE * (slopes[:, 1] - slopes[:, 0])
    met = (dual > slopes[:, 0] + room) & (dual < slopes[:, 1] - room)
    free = (price == 0) | (np.abs(near) > _INSIDE * np.abs(near).max())
    if met.sum() != free.sum():
        return near
    W = np.zeros_like(near)
    W[free], _, rank, _ = np.linalg.lstsq(X[np.ix_(met, free)], y[met], rcond=None)
    return W if rank == free.sum() else near
