"""Newton's method for penalties with kinks and bounds (L1, elastic net, box), for a block of problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from casestudies.errors import ConfigError
from casestudies.optim.arrays import Array, Index, Mask, columns_of, with_columns
from casestudies.optim.methods.base import ARMIJO, ROUGH, ROUNDING, SHORTEST, relative
from casestudies.optim.objective import Evaluation, Objective
from casestudies.optim.proximal import Metric, Prices, proximal_step
from casestudies.optim.reasons import Reason

_EXACT, _LOOSE = 1e-3, 3e-2  # of the inner problem: squared residuals, relative; near the optimum and far from it
_LAST = {False: 1e-6, True: 1e-12}  # the same for the last step; with a metric made for it, where that costs little:
_CHEAP = 1e8  # so many multiplications
_NEAR = 30.0  # tolerances: so near the optimum the next step is expected to be the last, and is judged finely
_SLOW = 0.6  # share of the promise left after a step from which on the metric is made anew
_GRAMS = 2**29  # bytes of Grams held at once; beyond, problems share them


@dataclass(frozen=True)
class ProxNewtonState:
    """See `State`; `metric` was made at some earlier point.

    x: the point of `evaluation`; for problems that are certified one step further, which only betters it.
    fine: (problems,) whether the evaluation was made in double precision.
    ahead: (columns, problems) the step that the model around the point proposes.
    decrement: twice what the model promises of that step.
    """

    step: int
    passes: float
    x: Array
    evaluation: Evaluation
    metric: Metric
    fine: Mask
    ahead: Array
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
        return np.full(len(self.decrement), np.nan)

    @property
    def suboptimality(self) -> Array:
        return relative(0.5 * self.decrement, self.value)


@dataclass(frozen=True)
class ProxNewton:
    """Each step minimises the local parabola plus the penalty itself, kinks and bounds included.

    The parabola's metric is the Hessian of an earlier point or of a sample of the rows: a step costs one pass over the
    rows, and the inner problem only knows the columns. Coefficients that are 0 at the optimum are exactly 0.

    Parameters
    ----------
    tolerance: the suboptimality the stop rule asks for.
    metric: to begin with, such as that of a sample of the rows.

    Source: Lee, Sun and Saunders 2014, "Proximal Newton-type methods for minimizing composite functions".
    """

    tolerance: float = 1e-8
    metric: Metric | None = None

    certifies: ClassVar[str] = "what the local model promises of the last step"

    def start(self, objective: Objective, x: Array | None) -> ProxNewtonState:
        """At `x`, else at the point within the bounds that is next to 0.

        Raises
        ------
        ConfigError: the loss has kinks or classes or is not convex.
        """
        loss = objective.loss
        if not (loss.smooth and loss.convex) or loss.classes:
            raise ConfigError(
                f"ProxNewton cannot solve {type(loss).__name__}",
                advice="it needs a smooth convex loss with one margin per row",
            )
        lower, upper = objective.penalty.bounds()
        x = np.clip(np.zeros_like(lower) if x is None else np.asarray(x, dtype=np.float64), lower, upper)
        evaluation = objective.evaluate(x, draft=True)
        metric = self.metric
        if metric is None:
            same = not x.any() and objective.weights is not None and objective.weights.ndim == 1
            metric = self._made(objective, evaluation, np.zeros(objective.problems) if same else None)
        else:
            loss_only = replace(evaluation.curvature, quadratic=np.zeros_like(evaluation.curvature.quadratic))
            metric = metric.fitted(objective.diagonal(loss_only))
        everyone, unknown = np.arange(objective.problems), np.full(objective.problems, np.nan)
        state = ProxNewtonState(
            step=0,
            passes=2.0,
            x=x,
            evaluation=evaluation,
            metric=metric,
            fine=np.full(objective.problems, objective.draft is None),
            ahead=np.zeros_like(x),
            step_size=unknown,
            decrement=np.full(objective.problems, np.inf),
            products=unknown,
        )
        return self._settled(objective, self._modelled(objective, state, everyone), everyone)

    def step(self, objective: Objective, state: ProxNewtonState, problems: Index) -> ProxNewtonState:
        state = replace(state, step=state.step + 1)
        for group in (problems[state.fine[problems]], problems[~state.fine[problems]]):
            if group.size:
                state = self._settled(objective, self._moved(objective, state, group), group)
        return state

    def finished(self, state: ProxNewtonState) -> Mapping[Reason, Mask]:
        return {Reason.STALLED: state.step_size == 0}

    def _moved(self, objective: Objective, state: ProxNewtonState, problems: Index) -> ProxNewtonState:
        """The problems, which have all been judged in the same precision, one step on."""
        part, now = objective.select(problems), state.evaluation.select(problems)
        far = state.suboptimality[problems]
        ahead, fine = columns_of(state.ahead, problems), bool(state.fine[problems[0]])
        draft = objective.draft is not None and not fine and far.max() > _NEAR * self.tolerance
        size, then, trials = _search(part, now, ahead, draft=draft)
        state = replace(
            state,
            passes=state.passes + trials,
            x=with_columns(state.x, problems, then.curvature.at),
            evaluation=state.evaluation.replaced(problems, then),
            fine=with_columns(state.fine, problems, np.full(len(problems), not draft)),
            step_size=with_columns(state.step_size, problems, size),
        )
        state = self._modelled(objective, state, problems)
        left = state.suboptimality[problems]
        slow = problems[(left > _SLOW * far) & (left > self.tolerance)]
        if not slow.size:
            return state
        made = self._made(objective.select(slow), state.evaluation.select(slow), None)
        state = replace(state, metric=state.metric.replaced(slow, made), passes=state.passes + 1)
        return self._modelled(objective, state, slow, again=True)

    def _modelled(
        self,
        objective: Objective,
        state: ProxNewtonState,
        problems: Index,
        exact: float | None = None,
        *,
        again: bool = False,
    ) -> ProxNewtonState:
        """The state that knows what the models around the problems' points propose and promise.

        again: the points are those of the last time, so that the steps proposed then are a good guess.
        """
        part, now = objective.select(problems), state.evaluation.select(problems)
        exact = exact or (_EXACT if state.step else _LOOSE)
        guess = columns_of(state.ahead, problems) if again else None
        ahead, promise = proximal_step(
            now.curvature.at, now.gradient, state.metric.select(problems), Prices.of(part), exact, guess
        )
        return replace(
            state,
            ahead=with_columns(state.ahead, problems, ahead),
            decrement=with_columns(state.decrement, problems, 2.0 * promise),
        )

    def _settled(self, objective: Objective, state: ProxNewtonState, problems: Index) -> ProxNewtonState:
        """The state in which problems that seem to be done have been judged in double precision; those that are done
        take the step that brought the certificate."""
        rough = problems[~state.fine[problems] & (state.suboptimality[problems] <= self.tolerance)]
        if rough.size:
            now = objective.select(rough).evaluate(columns_of(state.evaluation.curvature.at, rough))
            state = replace(
                state,
                passes=state.passes + 1,
                evaluation=state.evaluation.reread(rough, now),
                fine=with_columns(state.fine, rough, np.ones(len(rough), dtype=bool)),
            )
            state = self._modelled(objective, state, rough, again=True)
        done = problems[state.fine[problems] & (state.suboptimality[problems] <= self.tolerance)]
        rows, columns = objective.design.shape
        cheap = done.size * rows * columns**2 <= _CHEAP
        if done.size and cheap:
            made = self._made(objective.select(done), state.evaluation.select(done), np.arange(done.size))
            state = replace(state, metric=state.metric.replaced(done, made), passes=state.passes + 1)
        if done.size:
            state = self._modelled(objective, state, done, _LAST[cheap], again=True)
            done = done[state.suboptimality[done] <= self.tolerance]
        reached = columns_of(state.evaluation.curvature.at + state.ahead, done)
        lower, upper = objective.select(done).penalty.bounds()
        return replace(state, x=with_columns(state.x, done, np.clip(reached, lower, upper)))

    def _made(self, objective: Objective, now: Evaluation, alike: Index | Array | None) -> Metric:
        if alike is None:
            room = max(1, _GRAMS // (8 * objective.design.shape[1] ** 2))
            alike = objective.penalty.strength if objective.problems > room or objective.held is not None else None
        return Metric.at(objective, now.curvature, alike)


def _search(objective: Objective, now: Evaluation, ahead: Array, *, draft: bool) -> tuple[Array, Evaluation, int]:
    """How much of the step to take: (problems,) sizes, the evaluation there, and how many trials it took."""
    x = now.curvature.at
    size = np.ones(x.shape[1])
    rounding = (ROUNDING if objective.draft is None else ROUGH) * np.abs(now.value)
    kinks = objective.penalty.kinks()
    slope = (now.gradient * ahead + kinks * (np.abs(x + ahead) - np.abs(x))).sum(axis=0)  # at most 0
    lower, upper = objective.penalty.bounds()
    then = objective.evaluate(np.clip(x + ahead, lower, upper), draft=draft)
    trials = 1
    pending = np.flatnonzero(then.value > now.value + ARMIJO * slope + rounding)
    while pending.size:
        size[pending] /= 2
        size[size < SHORTEST] = 0.0
        shorter = np.clip(x + size * ahead, lower, upper)[:, pending]  # rounding must not lead out of the bounds
        some = objective.select(pending).evaluate(shorter, draft=draft)
        trials += 1
        then = then.replaced(pending, some)
        bar = now.value[pending] + ARMIJO * size[pending] * slope[pending] + rounding[pending]
        pending = pending[(some.value > bar) & (size[pending] > 0)]
    return size, then, trials
