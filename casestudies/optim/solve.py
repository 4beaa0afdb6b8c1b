"""The loop: step, record, ask whether to stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from casestudies.optim.arrays import Array, Index, Mask
from casestudies.optim.methods.base import Method, O_contra, S, State
from casestudies.optim.methods.best import Best
from casestudies.optim.reasons import Reason
from casestudies.optim.stopping import Steps, Stop, Suboptimality
from casestudies.optim.trace import Trace

S_co = TypeVar("S_co", bound=State, covariant=True)


@dataclass(frozen=True)
class Certificate:
    """How far from the optimum a solution is, by the method's own estimate.

    An estimate, not a bound: far out (above about 1e-4) it can be too small by a factor, near the optimum it is safe.

    suboptimality: (problems,) distance of the value from the best one, relative to the value.
    how: where the estimate comes from.
    """

    suboptimality: Array
    how: str

    def __str__(self) -> str:
        if not np.isfinite(self.suboptimality).all():
            return f"at an unknown distance from the optimal value ({self.how})"
        return f"within an estimated {self.suboptimality.max():.1e} of the optimal value ({self.how})"


@dataclass(frozen=True)
class Solution(Generic[S_co]):
    """x: (columns, problems).

    reasons: why each problem left the block.
    state: hand it to `minimise` as `start`, and the solve goes on as if it had never stopped, bit for bit.
    """

    x: Array
    reasons: tuple[Reason, ...]
    certificate: Certificate
    trace: Trace
    state: S_co

    @property
    def reason(self) -> Reason:
        """The first reason that is not convergence; convergence when all problems got there."""
        return next((r for r in self.reasons if r is not Reason.CONVERGED), Reason.CONVERGED)

    @property
    def best(self) -> Array:
        """(columns, problems) the point with the best held-out figure, where the method watches one; else `x`."""
        best = getattr(self.state, "best", None)
        return best.x if isinstance(best, Best) and np.isfinite(best.figure).all() else self.x


def minimise(
    objective: O_contra,
    method: Method[O_contra, S],
    start: Array | S | None = None,
    *,
    stop: Sequence[Stop] = (Suboptimality(), Steps()),
    trace: Trace | None = None,
) -> Solution[S]:
    """Takes steps until each problem of the block satisfies a stop rule or the method can do no more with it.

    Parameters
    ----------
    start: (columns, problems) coefficients to start from, or the state of an earlier solution to go on from; None: the
        method's own starting point.
    stop: the first rule that is met gives the reason.
    trace: to be continued; a new one otherwise.
    """
    trace = Trace() if trace is None else trace
    if start is None or isinstance(start, np.ndarray):
        state = method.start(objective, start)
        trace.record(state, np.arange(state.x.shape[1]))
    else:
        state = start
    reasons: list[Reason | None] = [None] * state.x.shape[1]
    while (active := _still_active(reasons, [rule.finished(state) for rule in stop] + [method.finished(state)])).size:
        state = method.step(objective, state, active)
        trace.record(state, active)
    certificate = Certificate(state.suboptimality, method.certifies)
    return Solution(state.x, tuple(r for r in reasons if r is not None), certificate, trace, state)


def _still_active(reasons: list[Reason | None], verdicts: Sequence[Mapping[Reason, Mask]]) -> Index:
    """Notes in `reasons` why problems leave, the first verdict first; returns those that stay."""
    for verdict in verdicts:
        for reason, mask in verdict.items():
            for problem in np.flatnonzero(mask):
                reasons[problem] = reasons[problem] or reason
    return np.array([problem for problem, reason in enumerate(reasons) if reason is None], dtype=np.intp)
