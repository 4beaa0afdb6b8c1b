"""Newton's method by conjugate gradient, for a block of problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from casestudies.errors import ConfigError
from casestudies.optim.arrays import Array, Index, Mask, columns_of, with_columns
from casestudies.optim.linear import Diagonal, Preconditioner, Whitening, conjugate_gradient
from casestudies.optim.objective import Evaluation, Objective
from casestudies.optim.reasons import Reason

_ARMIJO = 1e-4  # share of the promised slope that a step has to deliver
_FORCING = 1e-10, 1e-2  # squared residuals, relative: the tightest and the loosest
_SHORTEST = 2.0**-30  # of a Newton step; shorter ones change nothing
_ROUNDING = 16 * np.finfo(np.float64).eps  # relative noise of a value that is a sum over rows


@dataclass(frozen=True)
class NewtonState:
    """See `State`; `evaluation` is of `x`, `inverse` of `x` or of an earlier point."""

    step: int
    passes: float
    x: Array
    evaluation: Evaluation
    inverse: Preconditioner
    step_size: Array
    decrement: Array
    products: Array

    @property
    def value(self) -> Array:
        return self.evaluation.value

    @property
    def gradient_norm(self) -> Array:
        return np.abs(self.evaluation.gradient).max(axis=0)

    @property
    def misfits(self) -> Array:
        return self.evaluation.misfits

    @property
    def condition(self) -> Array:
        return self.inverse.condition

    @property
    def suboptimality(self) -> Array:
        return _relative(self.decrement, self.value)


@dataclass(frozen=True)
class NewtonCG:
    """Each step minimises the local parabola, only as exactly as the distance from the optimum deserves.

    Where to go: conjugate gradient on the Newton equations, preconditioned by the factorised Hessian of an earlier
    point, renewed when it has worn out. So neither the units of the columns nor their correlations cost steps.
    How far: halving from the full step until the value falls as promised (Armijo); trials after the first reuse the
    margins, which are linear in the step. The step that brings the certificate is taken too, so the result is as a
    rule far better than certified.

    Parameters
    ----------
    products: most Hessian products in one step.
    dense_columns: up to so many columns a Hessian is factorised; beyond, only its diagonal is used.
    tolerance: the suboptimality the stop rule asks for; so near the optimum the Hessian is always the point's own, so
        that the certificate does not rest on an older one.

    Source: Nocedal and Wright 2006, algorithm 7.1, with the forcing term of Dembo and Steihaug 1983.
    """

    products: int = 250
    dense_columns: int = 500
    tolerance: float = 1e-8

    certifies: ClassVar[str] = "half the Newton decrement before the last step"

    def start(self, objective: Objective, x: Array | None) -> NewtonState:
        """At `x`, else at 0.

        Raises
        ------
        ConfigError: the loss or the penalty has kinks, or the loss is not convex.
        """
        if not (objective.loss.smooth and objective.loss.convex and objective.penalty.smooth):
            raise ConfigError(
                f"NewtonCG cannot solve {type(objective.loss).__name__} with {type(objective.penalty).__name__}",
                advice="it needs a smooth convex loss and a smooth penalty",
            )
        columns = objective.design.shape[1]
        x = np.zeros((columns, objective.problems)) if x is None else np.array(x, dtype=np.float64)
        evaluation = objective.evaluate(x)
        unknown = np.full(objective.problems, np.nan)
        return NewtonState(
            step=0,
            passes=2.0,
            x=x,
            evaluation=evaluation,
            inverse=self._made(objective, evaluation),
            step_size=unknown,
            decrement=np.full(objective.problems, np.inf),
            products=unknown,
        )

    def step(self, objective: Objective, state: NewtonState, problems: Index) -> NewtonState:
        part, now = objective.select(problems), state.evaluation.select(problems)
        x = columns_of(state.x, problems)
        inverse, renewed = self._renewed(part, now, state, problems)
        forcing = np.clip(_expected(now, inverse), *_FORCING)
        direction, products = conjugate_gradient(part, now.curvature, now.gradient, inverse, forcing, self.products)
        decrement = -(now.gradient * direction).sum(axis=0)
        size, then, trials = _search(part, now, x, direction, decrement)
        return NewtonState(
            step=state.step + 1,
            passes=state.passes + renewed + products.max() + trials,
            x=with_columns(state.x, problems, x + size * direction),
            evaluation=state.evaluation.replaced(problems, then),
            inverse=state.inverse.replaced(problems, inverse),
            step_size=with_columns(state.step_size, problems, size),
            decrement=with_columns(state.decrement, problems, decrement),
            products=with_columns(state.products, problems, products),
        )

    def finished(self, state: NewtonState) -> Mapping[Reason, Mask]:
        return {Reason.STALLED: state.step_size == 0}

    def _made(self, objective: Objective, now: Evaluation) -> Preconditioner:
        kind = Whitening if objective.design.shape[1] <= self.dense_columns else Diagonal
        return kind.at(objective, now.curvature)

    def _renewed(
        self, objective: Objective, now: Evaluation, state: NewtonState, problems: Index
    ) -> tuple[Preconditioner, int]:
        """The preconditioner, made anew for problems where it has worn out, and how many passes that took."""
        inverse = state.inverse.select(problems)
        dear = state.products[problems] > inverse.worth(objective.design.shape[1])
        near = _expected(now, inverse) < self.tolerance
        worn = np.flatnonzero(dear | near)
        if state.step == 0 or not worn.size:
            return inverse, 0
        return inverse.replaced(worn, self._made(objective.select(worn), now.select(worn))), 1


def _expected(now: Evaluation, inverse: Preconditioner) -> Array:
    """(problems,) what is left to gain, relative to the value, if the preconditioner were the inverse Hessian."""
    gain = (now.gradient * inverse.apply(now.gradient, np.arange(len(now.value)))).sum(axis=0)
    return _relative(gain, now.value)


def _search(
    objective: Objective, now: Evaluation, x: Array, direction: Array, decrement: Array
) -> tuple[Array, Evaluation, int]:
    """How much of `direction` to take: (problems,) sizes, the evaluation there, and how many trials it took."""
    size = np.ones(len(decrement))
    full = then = objective.evaluate(x + direction)
    trials = 1
    pending = np.flatnonzero(~_accepted(now, full, direction, decrement, size))
    while pending.size:
        size[pending] /= 2
        size[size < _SHORTEST] = 0.0
        start, end = now.margins[:, pending], full.margins[:, pending]
        some = objective.select(pending).evaluate(
            x[:, pending] + size[pending] * direction[:, pending], start + size[pending] * (end - start)
        )
        trials += 1
        then = then.replaced(pending, some)
        here = now.select(pending)
        good = _accepted(here, some, direction[:, pending], decrement[pending], size[pending])
        pending = pending[~good & (size[pending] > 0)]
    return size, then, trials


def _accepted(now: Evaluation, then: Evaluation, direction: Array, decrement: Array, size: Array) -> Mask:
    """(problems,) whether the step gained enough.

    Where the gain drowns in rounding, values cannot tell; then the slope along the step has to have shrunk, which can
    still be measured (the approximate Wolfe rule of Hager and Zhang 2005; scikit-learn compares gradients likewise).
    """
    gain = now.value - then.value
    slope = np.abs((then.gradient * direction).sum(axis=0))
    drowned = np.abs(gain) <= _ROUNDING * np.abs(now.value)
    return (gain >= _ARMIJO * size * decrement) | (drowned & (slope <= (1 - 2 * _ARMIJO) * decrement))


def _relative(decrement: Array, value: Array) -> Array:
    """Half the decrement over the value; 0 where nothing is left to gain, whatever the value."""
    half = 0.5 * decrement
    unknown = np.where(half > 0, np.inf, 0.0)
    return np.divide(half, np.abs(value), out=unknown, where=(half > 0) & (value != 0))
