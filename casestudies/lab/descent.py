"""One walk down a landscape by a method of the core, point by point."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from casestudies.errors import UsageError, nearest, shown
from casestudies.lab.surfaces import Floats, Landscape
from casestudies.optim import Finding, Method, Reason, Solution, diagnose, walks
from casestudies.optim.functions import Function
from casestudies.optim.methods import (
    LBFGS,
    NonlinearCG,
    Torch,
    TrustNewton,
    dai_yuan,
    fletcher_reeves,
    hestenes_stiefel,
    polak_ribiere,
)
from casestudies.optim.methods.conjugate import Beta

MOST = 300  # steps of a walk
LEVEL = 1e-4  # of the largest slope met: the ground is level
NOISE = 2.0  # standard deviation of each entry of the noisy gradient


@dataclass(frozen=True)
class Way:
    """A method as the lab offers it.

    rate: the learning rate to begin with, in terms of the landscape's own; None = it has none.
    make: of a rate and a seed. noise: standard deviation of what is added to each entry of every gradient.
    """

    title: str
    words: str
    make: Callable[[float, int], Method[Any, Any]]
    rate: Callable[[Landscape], float] | None = None
    noise: float = 0.0


@dataclass(frozen=True)
class Walk:
    """points: (steps + 1, variables). values: (steps + 1,) the function's, without noise; of populations the least so far.

    evaluations: (steps + 1,) values and gradients asked for up to each point, each counted; a Hessian counts as its columns.

    reason: why it ended, and findings: what the core's diagnosis makes of it.
    """

    title: str
    rate: float | None
    points: Floats
    values: Floats
    evaluations: Floats
    reason: str
    findings: tuple[Finding, ...]

    @property
    def steps(self) -> int:
        return len(self.values) - 1

    @property
    def label(self) -> str:
        return self.title if self.rate is None else f"{self.title}, rate {self.rate:.3g}"

    def reached(self, level: float) -> int | None:
        """After how many evaluations the value was first at most `level`; None = never."""
        there = np.flatnonzero(self.values <= level)
        return int(self.evaluations[there[0]]) if len(there) else None


def walk(
    landscape: Landscape,
    way: str,
    *,
    rate: float | None = None,
    start: Sequence[float] | None = None,
    steps: int = 100,
    seed: int = 0,
) -> Walk:
    """Go down.

    Parameters
    ----------
    way: one of `WAYS`. rate: of methods that have one; None = the lab's choice for this landscape.
    start: (variables,); None = the landscape's own. steps: at most 300.

    Raises
    ------
    UsageError: no such way, or a start of another length.
    """
    chosen = way_named(way)
    begin = landscape.start if start is None else tuple(start)
    if len(begin) != landscape.variables or not np.isfinite(begin).all():
        raise UsageError(
            f"a start of {len(begin)} numbers", where="start", advice=f"give {landscape.variables} finite ones"
        )
    used = (chosen.rate(landscape) if rate is None else rate) if chosen.rate else None
    method = chosen.make(used or 1.0, seed)
    found = walks.walk(
        Function(landscape.at), method, begin, steps=min(steps, MOST), noise=chosen.noise, least=landscape.least
    )
    solution = found.solution
    findings = diagnose(solution.trace, solution, Function(landscape.at))
    return Walk(
        chosen.title,
        used,
        found.points,
        found.values,
        found.evaluations,
        str(solution.reason),
        tuple(one for one in findings if not _explained(one, findings, solution)),
    )


def _explained(finding: Finding, all_found: Sequence[Finding], found: Solution[Any]) -> bool:
    """That the optimum was not certified says nothing new at a saddle, or where the slope is gone.

    Certificates are relative to the value, which may be 0 here.
    """
    slope = found.trace.of(0)["gradient_norm"]
    level = found.reason is Reason.STALLED and slope[-1] <= LEVEL * np.nanmax(slope)
    saddle = any(one.code == "saddle" for one in all_found)
    return finding.code == "not_converged" and bool(level or saddle)


def way_named(name: str) -> Way:
    """Raises UsageError where there is none of that name; the message names the nearest."""
    if name not in WAYS:
        raise UsageError(f"there is no method {shown(name)}", where="method", advice=nearest(name, WAYS))
    return WAYS[name]


def _by_torch(title: str, words: str, name: str, rate: Callable[[Landscape], float], noise: float = 0.0) -> Way:
    return Way(title, words, lambda r, seed: Torch(name, r, seed=seed), rate, noise)


def _conjugate(beta: Beta) -> Callable[[float, int], Method[Any, Any]]:
    return lambda rate, seed: NonlinearCG(beta)


WAYS: Mapping[str, Way] = {
    "gd": _by_torch("Gradient descent", "straight down the slope", "gd", lambda at: at.rate),
    "momentum": _by_torch("Momentum", "nine tenths of the last step are taken again", "momentum", lambda at: at.rate),
    "nesterov": _by_torch("Nesterov", "momentum, the slope being looked at further on", "nesterov", lambda at: at.rate),
    "adagrad": _by_torch("AdaGrad", "each variable by the slopes it has met so far", "adagrad", lambda at: 0.5),
    "rmsprop": _by_torch("RMSprop", "each variable by the slopes it met lately", "rmsprop", lambda at: 0.05),
    "adam": _by_torch("Adam", "RMSprop with momentum", "adam", lambda at: 0.1),
    "sgd": _by_torch("Noisy gradient descent", "the slope off at random", "sgd", lambda at: at.rate, NOISE),
    "lbfgs": Way("L-BFGS", "a parabola learnt from the last gradients", lambda r, seed: LBFGS()),
    **{
        name: Way(f"Conjugate gradient, {title}", "the steepest way, bent towards the last", _conjugate(beta))
        for name, title, beta in (
            ("cg_fr", "Fletcher-Reeves", fletcher_reeves),
            ("cg_pr", "Polak-Ribière", polak_ribiere),
            ("cg_hs", "Hestenes-Stiefel", hestenes_stiefel),
            ("cg_dy", "Dai-Yuan", dai_yuan),
        )
    },
    "newton": Way("Newton", "to the level point of the touching parabola", lambda r, seed: TrustNewton(np.inf)),
    "trust": Way(
        "Newton on a leash",
        "the lowest point of the parabola within a distance it has earned",
        lambda r, seed: TrustNewton(),
    ),
}
