"""L-BFGS-B, SciPy's: smooth losses of any shape, bounds included, by gradients alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

import numpy as np
from scipy.optimize import OptimizeResult
from scipy.optimize import minimize as scipy_minimize

from casestudies.errors import ConfigError, DataError
from casestudies.optim.arrays import Array, Index, Mask
from casestudies.optim.damped import conjugate
from casestudies.optim.designs.base import Sums, Tile
from casestudies.optim.gauss_newton import LocalModel
from casestudies.optim.methods.base import relative
from casestudies.optim.objective import Objective
from casestudies.optim.penalties import Penalty
from casestudies.optim.reasons import Reason
from casestudies.optim.smooth import Bare, Smooth, decrement
from casestudies.optim.stopping import TOLERANCE

_PRECISION = 1e-6, 500  # of the decrement that certifies: squared residual, relative, and most products


class Kinked(Protocol):
    """A loss, as far as it matters here."""

    @property
    def smooth(self) -> bool: ...


@runtime_checkable
class Sloped(Protocol):
    """Any objective with a value and a gradient: `Objective`, `optim.heads.Head`."""

    @property
    def problems(self) -> int: ...

    @property
    def loss(self) -> Kinked: ...

    @property
    def penalty(self) -> Penalty: ...

    def select(self, problems: Index) -> Self: ...

    def evaluate(self, W: Array) -> Any:
        """`value` (problems,) and `gradient` of the shape of `W`."""


@runtime_checkable
class Near(Protocol):
    """A head, which knows its parabola (`optim.heads.Head`)."""

    def near(self, x: Array) -> LocalModel: ...


@dataclass(frozen=True)
class Stretch:
    """Where one problem stands after a step of so many iterations.

    x: (columns,) or (columns, classes). scale: of the shape of `x`, the unit of each coefficient in SciPy's eyes.
    residual: largest distance of an entry of the gradient from where the penalty lets it rest.
    moved: the step lowered the value. The rest: see `State`.
    """

    x: Array
    scale: Array
    value: float
    residual: float
    moved: float
    decrement: float
    suboptimality: float
    misfits: float


@dataclass(frozen=True)
class LBFGSState:
    """See `State`."""

    step: int
    passes: float
    stretches: tuple[Stretch, ...]

    @property
    def x(self) -> Array:
        return np.stack([stretch.x for stretch in self.stretches], axis=1)

    @property
    def value(self) -> Array:
        return self._each("value")

    @property
    def gradient_norm(self) -> Array:
        return self._each("residual")

    @property
    def step_size(self) -> Array:
        return self._each("moved")

    @property
    def decrement(self) -> Array:
        return self._each("decrement")

    @property
    def suboptimality(self) -> Array:
        return self._each("suboptimality")

    @property
    def misfits(self) -> Array:
        return self._each("misfits")

    @property
    def products(self) -> Array:
        return np.full(len(self.stretches), np.nan)

    @property
    def condition(self) -> Array:
        return np.full(len(self.stretches), np.nan)

    def _each(self, name: str) -> Array:
        return np.array([getattr(stretch, name) for stretch in self.stretches])


@dataclass(frozen=True)
class LBFGS:
    """A parabola learnt from the last gradients, and down it; each problem of the block by itself.

    SciPy keeps its loop to itself, so a step is one of its runs of `iterations` iterations, begun afresh from the point
    where the last one ended. That forgets the gradients seen, yet costs nothing: on four logistic problems of 20 to 300
    columns, steps of 20 took 46 to 96 evaluations to 1e-8, where one run without an end took 50 to 140. And it makes a step
    a function of the state alone: a solve that goes on is the solve that never stopped, bit for bit.

    Bounds are those of the penalty. Coefficients are brought to the scale of their columns first, which L-BFGS feels.

    Parameters
    ----------
    iterations: of a step. memory: gradients that the parabola is learnt from.
    tolerance: the suboptimality the stop rule asks for. It is measured, by conjugate gradient, where the pace of the values
        says that it is reached; pace alone has been 900 times too hopeful with columns that are 99 % alike.
    watch: is told every point, (columns,) or (columns, classes), that the solve comes by within a step.

    Source: Byrd, Lu, Nocedal and Zhu 1995, "A limited memory algorithm for bound constrained optimization".
    """

    iterations: int = 20
    memory: int = 10
    tolerance: float = TOLERANCE
    watch: Callable[[Array], None] | None = None

    certifies: ClassVar[str] = "half the Newton decrement within the bounds, once the values hardly fall"

    def start(self, objective: Sloped | Smooth, x: Array | None) -> LBFGSState:
        """At `x`, brought within the bounds; a linear model without one at 0.

        Raises
        ------
        ConfigError: the loss or the penalty has kinks; no start where 0 would be none.
        DataError: the value at the start is not finite.
        """
        objective = _sloped(objective, 0 if x is None else len(x))
        loss, penalty = objective.loss, objective.penalty
        if not loss.smooth or penalty.kinks().any():
            raise ConfigError(
                f"LBFGS cannot solve {type(loss).__name__} with {type(penalty).__name__}",
                advice="it needs a smooth loss and a penalty without kinks; bounds are welcome",
            )
        if x is None:
            if not isinstance(objective, Objective) or objective.loss.classes:
                raise ConfigError("no start", advice="give (columns, problems[, classes]); a network not all zeros")
            x = np.zeros((objective.design.shape[1], objective.problems))
        stretches = [_first(objective.select(np.array([k])), x[:, [k]].astype(np.float64)) for k in range(x.shape[1])]
        return LBFGSState(0, 2.0, tuple(stretches))

    def step(self, objective: Sloped | Smooth, state: LBFGSState, problems: Index) -> LBFGSState:
        objective = _sloped(objective, len(state.x))
        stretches, passes = list(state.stretches), 0
        for k in problems:
            stretches[k], evaluations = self._run(objective.select(np.array([k])), state.stretches[k])
            passes = max(passes, evaluations)
        return LBFGSState(state.step + 1, state.passes + passes, tuple(stretches))

    def finished(self, state: LBFGSState) -> Mapping[Reason, Mask]:
        return {Reason.STALLED: state.step_size == 0}

    def _run(self, objective: Sloped, here: Stretch) -> tuple[Stretch, int]:
        """One run of SciPy's, and how many evaluations it took."""
        W, scale = here.x[:, None], here.scale.reshape(-1)
        lower, upper = _bounds(objective.penalty, W)
        box = lower.reshape(-1) / scale, upper.reshape(-1) / scale
        path, last = [here.value], here.x.reshape(-1) / scale

        def place(u: Array) -> Array:
            """Back in the columns' own units; what lies on a bound there lies on it here, whatever the rounding."""
            within = np.where(u <= box[0], lower.reshape(-1), np.where(u >= box[1], upper.reshape(-1), u * scale))
            return np.clip(within.reshape(W.shape), lower, upper)

        def slope(u: Array) -> tuple[float, Array]:
            told = objective.evaluate(place(u))
            return float(told.value[0]), told.gradient.reshape(-1) * scale

        def watch(intermediate_result: OptimizeResult) -> None:
            path.append(float(intermediate_result.fun))
            last[:] = intermediate_result.x
            if self.watch is not None:
                self.watch(place(intermediate_result.x)[:, 0])

        found = scipy_minimize(
            slope,
            last.copy(),
            jac=True,
            method="L-BFGS-B",
            bounds=np.column_stack(box),
            callback=watch,
            options={"maxiter": self.iterations, "maxcor": self.memory, "ftol": 0.0, "gtol": 0.0},
        )
        # where squares underflow it ends at nan; the iterations before that are sound
        end, lowest = (found.x, found.fun) if np.isfinite(found.fun) else (last, path[-1])
        moved = bool(lowest < here.value)
        there = _at(objective, place(end), here.scale) if moved else here
        left, doubled = _left(_to_come(path), there.value) if moved else 0.0, np.nan
        if left <= self.tolerance:
            doubled = _decrement(objective, there)
            left = np.nan if np.isnan(doubled) else max(left, _left(0.5 * doubled, there.value))
        else:
            left = np.inf
        return replace(there, moved=float(moved), decrement=doubled, suboptimality=left), found.nfev + moved


def _sloped(objective: Sloped | Smooth, variables: int) -> Sloped:
    return objective if isinstance(objective, Sloped) else Bare(objective, variables)


def _first(objective: Sloped, W: Array) -> Stretch:
    W = np.clip(W, *_bounds(objective.penalty, W))
    stretch = _at(objective, W, _scale(objective, W))
    if not np.isfinite(stretch.value):
        raise DataError(
            f"the objective is {stretch.value} at the start", advice="start elsewhere, or scale the columns"
        )
    return stretch


def _at(objective: Sloped, W: Array, scale: Array) -> Stretch:
    told = objective.evaluate(W)
    quadratic = objective.penalty.quadratic().reshape(len(W), *[1] * (W.ndim - 1))
    residual = objective.penalty.residual(W, told.gradient - quadratic * W)
    misfits = getattr(told, "misfits", np.array([-1.0]))
    return Stretch(
        x=W[:, 0],
        scale=scale,
        value=float(told.value[0]),
        residual=float(residual.max()),
        moved=np.nan,
        decrement=np.inf,
        suboptimality=np.inf,
        misfits=float(misfits[0]),
    )


def _scale(objective: Sloped, W: Array) -> Array:
    """One over the root of each coefficient's curvature, or of what it is for a row's curvature of 1; else ones."""
    if not isinstance(objective, Objective):
        return np.ones_like(W[:, 0])
    if objective.loss.convex:
        curvature = objective.diagonal(objective.evaluate(W).curvature)[:, 0]
    else:
        (squares,) = objective.design.sum(_squares)
        curvature = (squares + objective.penalty.quadratic()).reshape(len(W), *[1] * (W.ndim - 2)) + 0 * W[:, 0]
    return 1.0 / np.sqrt(np.where(curvature > 0, curvature, 1.0))


def _squares(tile: Tile) -> Sums:
    return (tile.squares(tile.bring(np.ones((tile.rows.stop - tile.rows.start, 1)))),)


def _bounds(penalty: Penalty, W: Array) -> tuple[Array, Array]:
    """Of the shape of `W`."""
    lower, upper = (np.broadcast_to(end.reshape(len(W), *[1] * (W.ndim - 1)), W.shape) for end in penalty.bounds())
    return lower, upper


@dataclass(frozen=True)
class _Free:
    """The parabola of the coefficients that no bound holds, the others at rest.

    turn: the Hessian (of a head: the Gauss-Newton matrix) times a vector of all.
    """

    turn: Callable[[Array], Array]
    free: Mask

    def product(self, v: Array) -> Array:
        return np.where(self.free, self.turn(v), 0.0)


def _decrement(objective: Sloped, at: Stretch) -> float:
    """gradient · H⁻¹ · gradient among the coefficients that are free to move."""
    W = at.x[:, None]
    told = objective.evaluate(W)
    if isinstance(objective, Bare):
        return decrement(objective.function, W, told.gradient)
    gradient, x = told.gradient.reshape(-1), W.reshape(-1)
    lower, upper = (end.reshape(-1) for end in _bounds(objective.penalty, W))
    free = ((x > lower) | (gradient < 0)) & ((x < upper) | (gradient > 0))
    turn = objective.near(x).product if isinstance(objective, Near) else _turning(objective, told, W.shape)
    metric = np.square(1.0 / at.scale.reshape(-1))
    trial = conjugate(_Free(turn, free), np.where(free, gradient, 0.0), 0.0 * metric, metric, *_PRECISION)
    return np.inf if trial is None else trial.decrement


def _turning(objective: Any, told: Any, shape: tuple[int, ...]) -> Callable[[Array], Array]:
    def turn(v: Array) -> Array:
        product: Array = objective.product(told.curvature, v.reshape(shape)).reshape(-1)
        return product

    return turn


def _to_come(path: list[float]) -> float:
    """What is left to gain if the second half of the path gained on the first as the rest will gain on the second."""
    half = len(path) // 2
    recent = path[-1 - half] - path[-1]
    before = path[max(len(path) - 1 - 2 * half, 0)] - path[-1 - half]
    pace = recent / before if before > 0 else np.inf
    return recent * pace / (1 - pace) if pace < 1 else np.inf if recent > 0 else 0.0


def _left(gain: float, value: float) -> float:
    return float(relative(np.array(gain), np.array(value)))
