"""Weights with the least variance, one portfolio or a frontier of them, solved by the core and certified."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from casestudies.errors import ConfigError
from casestudies.optim import minimise
from casestudies.optim.methods import AugmentedLagrangian, AugmentedState
from casestudies.optim.quadratic import Constrained, Quadratic
from casestudies.optim.reasons import Reason
from casestudies.optim.solve import Solution
from casestudies.optim.stopping import Steps, Suboptimality
from casestudies.portfolio.conflicts import refuse_conflict
from casestudies.portfolio.estimates import Estimate
from casestudies.portfolio.market import Array
from casestudies.portfolio.problem import Wishes, problem

_FIRST, _STEPS = Steps(4), Steps(30)
_INSIDE = 1e-9  # of the range of returns: the last target is a hair below the most there can be


@dataclass(frozen=True)
class Portfolio:
    """weights: (assets,), zeros are zeros. risk, gain: of a year, as the estimate promises; fractions.

    residual: relative, of the optimality conditions. certificate: the same in words.
    """

    weights: Array
    risk: float
    gain: float
    residual: float
    certificate: str


@dataclass(frozen=True)
class Frontier:
    """weights: (points, assets); risk, gain: (points,) of a year, from the least variance to the most return."""

    weights: Array
    risk: Array
    gain: Array
    residual: float


def optimised(wishes: Wishes, estimate: Estimate, names: tuple[str, ...], start: Array | None = None) -> Portfolio:
    """The portfolio that is wished for.

    Parameters
    ----------
    start: (assets,) weights near the answer, where some are known: their face is tried first.

    Raises
    ------
    ConfigError: the wishes cannot all be kept; the message says which, and the smallest relaxation.
    """
    asked = problem(wishes, estimate, names)
    solution = _solved(asked, None if start is None else start[:, None], wishes, estimate, names)
    weights = solution.x[:, 0]
    variance = float(weights @ estimate.covariance @ weights)
    residual = float(solution.certificate.suboptimality[0])
    return Portfolio(
        weights, max(variance, 0.0) ** 0.5, float(weights @ estimate.mean), residual, str(solution.certificate)
    )


def frontier(wishes: Wishes, estimate: Estimate, names: tuple[str, ...], points: int = 25) -> Frontier:
    """The least risk at each of several returns, all solved as one block; the wished target and aversion aside.

    Raises
    ------
    ConfigError: the wishes cannot all be kept, whatever the return.
    """
    free = replace(wishes, target=None, aversion=None)
    least = optimised(free, estimate, names)
    richest = problem(free, estimate, names)
    straight = Quadratic(np.zeros_like(estimate.covariance), estimate.mean[:, None])
    top = _solved(Constrained(straight, richest.constraints), None, free, estimate, names).x[:, 0]
    low, high = least.gain, float(top @ estimate.mean)
    reserve = _INSIDE * max(abs(high), high - low)
    targets = np.linspace(low, high - reserve, points)
    block = problem(free, estimate, names, targets)
    solution = _solved(block, None, free, estimate, names)
    weights = solution.x.T
    variance: Array = ((weights @ estimate.covariance) * weights).sum(axis=1)
    risk = np.sqrt(np.maximum(variance, 0.0))
    return Frontier(weights, risk, weights @ estimate.mean, float(solution.certificate.suboptimality.max()))


def _solved(
    asked: Constrained[Quadratic], start: Array | None, wishes: Wishes, estimate: Estimate, names: tuple[str, ...]
) -> Solution[AugmentedState]:
    try:
        solution = minimise(asked, AugmentedLagrangian(), start, stop=(Suboptimality(), _FIRST))
        if solution.reason is Reason.STEPS:  # before more is spent on it: is there an answer?
            refuse_conflict(wishes, estimate, names)
            solution = minimise(asked, AugmentedLagrangian(), solution.state, stop=(Suboptimality(), _STEPS))
    except ConfigError:
        refuse_conflict(wishes, estimate, names)
        raise
    if solution.reason is Reason.STEPS:
        worst = solution.certificate.suboptimality.max()
        raise ConfigError(f"no optimum was certified: the optimality conditions are off by {worst:.1e}")
    return solution
