"""Newton's method by conjugate gradient, for a block of problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from casestudies.errors import ConfigError
from casestudies.optim.arrays import Array, Index, Mask, with_columns
from casestudies.optim.linear import Diagonal, Whitening, conjugate_gradient, direct
from casestudies.optim.methods.base import ARMIJO, ROUGH, ROUNDING, SHORTEST, relative
from casestudies.optim.objective import Evaluation, Objective
from casestudies.optim.reasons import Reason

_FORCING = 1e-10, 1e-1  # squared residuals, relative: the tightest and the loosest
_POWER = 0.75  # of the distance from the optimum, that the squared residual follows
_AIM = 0.5  # of the tolerance: how near the optimum a step has to lead, as far as its own exactness goes
_NEAR = 1e-4  # so near the optimum the next step is expected to be the last, and is judged in double precision
_LAST = 1e-10  # squared residual, relative, of the step that brings the certificate
_SAFE = 2.0  # on a certificate without such a step
LARGEST = 6000  # columns of a Hessian that is ever laid out: 288 MB


@dataclass(frozen=True)
class NewtonState:
    """See `State`; `inverse` was made at some earlier point.

    x: the point of `evaluation`; for problems that are certified one Newton step further, which only betters it.
    fine: (problems,) whether the evaluation was made in double precision.
    flattest, steepest: see `linear.Descent`.
    """

    step: int
    passes: float
    x: Array
    evaluation: Evaluation
    inverse: Whitening | Diagonal
    fine: Mask
    step_size: Array
    decrement: Array
    products: Array
    flattest: Array
    steepest: Array
    suboptimality: Array

    @property
    def value(self) -> Array:
        return self.evaluation.value

    @property
    def gradient_norm(self) -> Array:
        norm = np.abs(self.evaluation.gradient).max(axis=0)
        return norm if norm.ndim == 1 else norm.max(axis=1)

    @property
    def misfits(self) -> Array:
        return self.evaluation.misfits

    @property
    def condition(self) -> Array:
        known = self.inverse.condition
        return np.where(np.isnan(known), self.steepest / self.flattest, known)


@dataclass(frozen=True)
class NewtonCG:
    """Each step minimises the local parabola, only as exactly as the distance from the optimum deserves.

    Where to go: conjugate gradient on the Newton equations, preconditioned by the factorised Hessian of an earlier
    point or of a sample of the rows, renewed when it has worn out. So neither the units of the columns nor their
    correlations cost steps. How far: halving from the full step until the value falls as promised (Armijo).
    Where the objective has a draft in single precision, products and all but the last evaluations read that; what a
    problem is certified by is always an evaluation in double precision. Without a draft the step that brings the
    certificate is taken too, so the result is far better than certified.

    Parameters
    ----------
    products: most Hessian products in one step.
    dense_columns: up to so many columns a Hessian is factorised from the start; beyond, only when its diagonal alone
        has cost more products than the Hessian would have.
    tolerance: the suboptimality the stop rule asks for.
    inverse: the preconditioner to begin with, such as that of a sample of the rows.
    fresh: the Hessian is laid out at every step, and no product is asked for. For designs whose passes are dear, a file
        or a cluster: one pass for a Hessian is less than one for every product.
    rough: the result is only a start for another solve: judged by the preconditioner, without a last step.

    Source: Nocedal and Wright 2006, algorithm 7.1, with the forcing term of Dembo and Steihaug 1983.
    """

    products: int = 250
    dense_columns: int = 500
    tolerance: float = 1e-8
    inverse: Whitening | Diagonal | None = None
    fresh: bool = False
    rough: bool = False

    certifies: ClassVar[str] = "half the Newton decrement"

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
        shape = (objective.design.shape[1], objective.problems)
        if objective.loss.classes and x is None:
            raise ConfigError("a loss with classes needs a start", advice="give zeros (columns, problems, classes)")
        x = np.zeros(shape) if x is None else np.array(x, dtype=np.float64)
        evaluation = objective.evaluate(x, draft=True)
        inverse = self.inverse
        if inverse is None:
            same = not x.any() and (objective.weights is None or objective.weights.ndim == 1)
            alike = np.zeros(shape[1]) if same else None
            inverse = (
                Whitening.at(objective, evaluation.curvature, alike)
                if self.fresh or shape[0] <= self.dense_columns
                else Diagonal.at(objective, evaluation.curvature)
            )
        elif isinstance(inverse, Whitening) and inverse.stretch is None:
            inverse = inverse.fitted(objective.diagonal(evaluation.curvature))
        unknown, one = np.full(shape[1], np.nan), np.ones(shape[1])
        state = NewtonState(
            step=0,
            passes=2.0,
            x=x,
            evaluation=evaluation,
            inverse=inverse,
            fine=np.full(shape[1], objective.draft is None),
            step_size=unknown,
            decrement=np.full(shape[1], np.inf),
            products=unknown,
            flattest=one,
            steepest=one,
            suboptimality=_expected(evaluation, inverse),
        )
        return self._settled(objective, state, np.arange(shape[1]))

    def step(self, objective: Objective, state: NewtonState, problems: Index) -> NewtonState:
        state = replace(state, step=state.step + 1)
        for group in (problems[state.fine[problems]], problems[~state.fine[problems]]):
            if group.size:
                state = self._settled(objective, self._moved(objective, state, group), group)
        return state

    def finished(self, state: NewtonState) -> Mapping[Reason, Mask]:
        return {Reason.STALLED: state.step_size == 0}

    def _moved(self, objective: Objective, state: NewtonState, problems: Index) -> NewtonState:
        """The problems, which have all been judged in the same precision, one step on."""
        part, now = objective.select(problems), state.evaluation.select(problems)
        x = now.curvature.at
        far = state.suboptimality[problems]
        if self.fresh:
            renewed = int(state.step > 1)
            inverse = Whitening.at(part, now.curvature) if renewed else state.inverse.select(problems)
            descent = direct(now.gradient, inverse)
        else:
            inverse, renewed = self._renewed(part, now, state, problems)
            forcing = np.clip(np.maximum(np.minimum(far**_POWER, _FORCING[1]), _AIM * self.tolerance / far), *_FORCING)
            descent = conjugate_gradient(part, now.curvature, now.gradient, inverse, forcing, self.products)
        decrement = -(now.gradient * descent.step).reshape(len(x), len(problems), -1).sum(axis=(0, 2))
        draft = objective.draft is not None and not state.fine[problems[0]] and far.max() > _NEAR
        size, then, trials = _search(part, now, x, descent.step, decrement, draft=draft)
        fine = bool(state.fine[problems[0]]) or not draft
        moved = x + (size if x.ndim == 2 else size[:, None]) * descent.step
        return replace(
            state,
            passes=state.passes + renewed + descent.products.max() + trials,
            x=with_columns(state.x, problems, moved),
            evaluation=state.evaluation.replaced(problems, then),
            inverse=_put(state.inverse, problems, inverse),
            fine=with_columns(state.fine, problems, np.full(len(problems), fine)),
            step_size=with_columns(state.step_size, problems, size),
            decrement=with_columns(state.decrement, problems, decrement),
            products=with_columns(state.products, problems, descent.products),
            flattest=with_columns(state.flattest, problems, descent.flattest),
            steepest=with_columns(state.steepest, problems, descent.steepest),
            suboptimality=with_columns(state.suboptimality, problems, _expected(then, inverse)),
        )

    def _settled(self, objective: Objective, state: NewtonState, problems: Index) -> NewtonState:
        """The state in which problems that seem to be done have been judged in double precision.

        With a draft by the preconditioner, corrected by the range of curvatures that the last products met: a table that
        large makes products dear. Otherwise by the decrement of a Newton step, which is taken.
        """
        done = problems[state.suboptimality[problems] <= self.tolerance]
        if not done.size:
            return state
        part, now = objective.select(done), state.evaluation.select(done)
        if not state.fine[done].all():
            now = now.reread(np.arange(len(done)), part.evaluate(now.curvature.at))
        inverse, x, passes = state.inverse.select(done), now.curvature.at, 1.0
        if objective.draft is None and not self.rough:
            if self.fresh:
                descent = direct(now.gradient, Whitening.at(part, now.curvature))
            else:
                last = np.full(len(done), _LAST)
                descent = conjugate_gradient(part, now.curvature, now.gradient, inverse, last, self.products)
            decrement = -(now.gradient * descent.step).reshape(len(x), len(done), -1).sum(axis=(0, 2))
            x, left = x + descent.step, relative(0.5 * decrement, now.value)
            passes += descent.products.max()
        else:
            left = _SAFE * _expected(now, inverse) / np.minimum(state.flattest[done], 1.0)
        return replace(
            state,
            passes=state.passes + passes,
            x=with_columns(state.x, done, x),
            evaluation=state.evaluation.reread(done, now),
            fine=with_columns(state.fine, done, np.ones(len(done), dtype=bool)),
            suboptimality=with_columns(state.suboptimality, done, left),
        )

    def _renewed(
        self, objective: Objective, now: Evaluation, state: NewtonState, problems: Index
    ) -> tuple[Whitening | Diagonal, int]:
        """The preconditioner, made anew for problems where it has worn out, and how many passes that took."""
        inverse = state.inverse.select(problems)
        columns = objective.design.shape[1]
        worn = np.flatnonzero(state.products[problems] > inverse.worth(columns))
        if not worn.size or columns > LARGEST:
            return inverse, 0
        if isinstance(inverse, Diagonal):
            worn = np.arange(len(problems))
        alike = None if objective.held is None else objective.penalty.select(worn).strength
        made = Whitening.at(objective.select(worn), now.select(worn).curvature, alike)
        return (inverse.replaced(worn, made) if isinstance(inverse, Whitening) else made), 1


def _put(whole: Whitening | Diagonal, problems: Index, part: Whitening | Diagonal) -> Whitening | Diagonal:
    """The preconditioner of all problems with that of some replaced."""
    if isinstance(whole, Whitening) and isinstance(part, Whitening):
        return whole.replaced(problems, part)
    if isinstance(whole, Diagonal) and isinstance(part, Diagonal):
        return whole
    return part


def _expected(now: Evaluation, inverse: Whitening | Diagonal) -> Array:
    """(problems,) what is left to gain, relative to the value, if the preconditioner were the inverse Hessian."""
    problems = np.arange(len(now.value))
    gain = now.gradient * inverse.apply(now.gradient, problems)
    return relative(0.5 * gain.reshape(len(gain), len(problems), -1).sum(axis=(0, 2)), now.value)


def _search(
    objective: Objective, now: Evaluation, x: Array, direction: Array, decrement: Array, *, draft: bool
) -> tuple[Array, Evaluation, int]:
    """How much of `direction` to take: (problems,) sizes, the evaluation there, and how many trials it took."""
    size = np.ones(len(decrement))
    rough = ROUGH if objective.draft is not None else ROUNDING
    then = objective.evaluate(x + direction, draft=draft)
    trials = 1
    pending = np.flatnonzero(~_accepted(now, then, direction, decrement, size, rough))
    while pending.size:
        size[pending] /= 2
        size[size < SHORTEST] = 0.0
        step = direction[:, pending]
        shorter = size[pending] if step.ndim == 2 else size[pending, None]
        some = objective.select(pending).evaluate(x[:, pending] + shorter * step, draft=draft)
        trials += 1
        then = then.replaced(pending, some)
        good = _accepted(now.select(pending), some, step, decrement[pending], size[pending], rough)
        pending = pending[~good & (size[pending] > 0)]
    return size, then, trials


def _accepted(
    now: Evaluation, then: Evaluation, direction: Array, decrement: Array, size: Array, rounding: float
) -> Mask:
    """(problems,) whether the step gained enough.

    Where the gain drowns in rounding, values cannot tell; then the slope along the step has to have shrunk, which can
    still be measured (the approximate Wolfe rule of Hager and Zhang 2005; scikit-learn compares gradients likewise).
    """
    gain = now.value - then.value
    along = (then.gradient * direction).reshape(len(direction), len(size), -1)
    slope = np.abs(along.sum(axis=(0, 2)))
    drowned = np.abs(gain) <= rounding * np.abs(now.value)
    return (gain >= ARMIJO * size * decrement) | (drowned & (slope <= (1 - 2 * ARMIJO) * decrement))
