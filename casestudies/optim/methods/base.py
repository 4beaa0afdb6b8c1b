"""What a method is to the loop: how to start, one step, and when it can do no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

import numpy as np

from casestudies.optim.arrays import Array, Index, Mask
from casestudies.optim.reasons import Reason

ARMIJO = 1e-4  # share of the promised slope that a step has to deliver
SHORTEST = 2.0**-30  # of a proposed step; shorter ones change nothing
ROUNDING = 16 * np.finfo(np.float64).eps  # relative noise of a value that is a sum over rows
ROUGH = 2e-6  # the same where rows are read in single precision


class State(Protocol):
    """Where a method stands: a plain dataclass of arrays, so saving it is saving the solve.

    The members below are what the loop, the stop rules and the trace read; one figure per problem, nan = not measured.
    """

    @property
    def step(self) -> int:
        """Steps taken."""

    @property
    def passes(self) -> float:
        """How often the design was read from end to end, all problems of the block together."""

    @property
    def x(self) -> Array:
        """(columns, problems)"""

    @property
    def value(self) -> Array: ...

    @property
    def gradient_norm(self) -> Array:
        """Largest entry, in absolute value."""

    @property
    def step_size(self) -> Array:
        """Share of the proposed step that was taken; 0 = none of it was acceptable."""

    @property
    def decrement(self) -> Array:
        """-gradient · step where the last step began: twice what a quadratic model promised to gain."""

    @property
    def suboptimality(self) -> Array:
        """Estimated distance of `value` from the best one, relative to `value`; inf before it is known."""

    @property
    def products(self) -> Array:
        """Hessian products of the last step."""

    @property
    def condition(self) -> Array:
        """Steepest over flattest curvature, each column in its own scale."""

    @property
    def misfits(self) -> Array:
        """See `Evaluation.misfits`."""


class NotMeasured:
    """The figures of a state that a method without curvature or a certificate does not know, of one problem; see `State`."""

    @property
    def decrement(self) -> Array:
        return unknown()

    @property
    def suboptimality(self) -> Array:
        return unknown()

    @property
    def products(self) -> Array:
        return unknown()

    @property
    def condition(self) -> Array:
        return unknown()

    @property
    def misfits(self) -> Array:
        return unknown()


def unknown() -> Array:
    """(1,) not measured."""
    return np.full(1, np.nan)


O_contra = TypeVar("O_contra", contravariant=True)
S = TypeVar("S", bound=State)


class Method(Protocol[O_contra, S]):
    """A way down: where to go and how far."""

    @property
    def certifies(self) -> str:
        """How `State.suboptimality` is obtained, as a clause."""

    def start(self, objective: O_contra, x: Array | None) -> S:
        """The state before the first step; `x` None = the method's own starting point."""

    def step(self, objective: O_contra, state: S, problems: Index) -> S:
        """The next state, in which only the given problems have moved."""

    def finished(self, state: S) -> Mapping[Reason, Mask]:
        """The problems (problems,) with which the method can do no more, by reason."""


def relative(promise: Array, value: Array) -> Array:
    """What is still to be gained over the value; 0 where that is nothing, whatever the value."""
    unknown = np.where(promise > 0, np.inf, 0.0)
    return np.divide(promise, np.abs(value), out=unknown, where=(promise > 0) & (value != 0))
