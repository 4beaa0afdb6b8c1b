"""Where a path begins: start and curvature from some of the rows, and from a rough path on all of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from casestudies.optim.arrays import Array, Index
from casestudies.optim.linear import Diagonal, Whitening
from casestudies.optim.methods.newton import LARGEST, NewtonCG, NewtonState
from casestudies.optim.methods.proximal import ProxNewton, ProxNewtonState
from casestudies.optim.objective import Curvature, Objective
from casestudies.optim.proximal import Metric
from casestudies.optim.solve import Solution, minimise
from casestudies.optim.stopping import Steps, Suboptimality

SINGLE = 200_000  # numbers in a table from which on a copy in single precision pays
_SAMPLE = 30  # rows of the sample per column
_METRIC = 150  # the same for a metric, which no conjugate gradient makes up for
_PART = 10  # of all rows, that the sample has at least
_TALL = 50  # rows per column from which on a sample of the rows says enough of the Hessian
_APART = 0.05  # relative difference of curvatures from which on problems do not share a Gram
_STEPS = 3  # of Newton that a good start is expected to leave
# accuracy of a rough solve by whether the penalty is smooth: no better than the sample's own error, or than pays
LOOSE = {True: 1e-2, False: 3e-3}

Known = Whitening | Diagonal | Metric | None  # of the curvature, before a solve begins
Rough = Solution[NewtonState] | Solution[ProxNewtonState]


def solved(
    objective: Objective, start: Array | None, known: Known, tolerance: float, steps: int, *, rough: bool = False
) -> Rough:
    """The problems, by the method that their penalty asks for."""
    stop = (Suboptimality(tolerance), Steps(steps))
    if isinstance(known, Metric) or not objective.penalty.smooth:
        metric = known if isinstance(known, Metric) else None
        return minimise(objective, ProxNewton(tolerance=tolerance, metric=metric), start, stop=stop)
    return minimise(objective, NewtonCG(tolerance=tolerance, inverse=known, rough=rough), start, stop=stop)


def _tall(objective: Objective) -> bool:
    """Whether a sample of the rows says enough of the others, and is worth the trouble."""
    rows, columns = objective.design.shape
    return objective.design.keeps and rows >= _TALL * columns and rows * columns >= SINGLE


def from_sample(objective: Objective) -> tuple[Array | None, Known]:
    """Start (columns, problems) and curvature of a path on all rows, from a path on some."""
    if not _tall(objective):
        return None, None
    sample = _sample(objective, _SAMPLE)
    start = solved(sample, None, None, LOOSE[sample.penalty.smooth], 30, rough=True).x
    there = sample.evaluate(start).curvature
    kind = Whitening if objective.penalty.smooth else Metric
    return start, kind.at(sample, there, _alike(there))


def learnt(objective: Objective, rough: Rough, fits: int) -> Known:
    """The curvature at a rough solution, for as many times its problems as there will be fits."""
    state, columns = rough.state, objective.design.shape[1]
    if isinstance(state, NewtonState) and isinstance(state.inverse, Diagonal):
        product, gram = objective.design.work
        alike = _alike(state.evaluation.curvature)
        without = _STEPS * np.nanmean(state.products) * fits * objective.problems * product
        if columns > LARGEST or (alike[-1] + 1) * gram + objective.problems * columns**3 > without:
            return state.inverse
        return Whitening.at(objective, state.evaluation.curvature, alike)
    if isinstance(state, NewtonState):
        return state.inverse
    if not _tall(objective):
        return state.metric
    sample = _sample(objective, _METRIC)
    there = sample.evaluate(rough.x).curvature
    return Metric.at(sample, there, _alike(there))


def _alike(curvature: Curvature) -> Index:
    """(problems,) a number for each run of neighbours whose rows bend alike, as those with weak penalties do."""
    rows, problems = curvature.rows, curvature.quadratic.shape[1]
    if rows is None:
        return np.arange(problems)
    numbers, first = np.zeros(problems, dtype=np.intp), 0
    for problem in range(1, problems):
        apart = np.abs(rows[:, problem] - rows[:, first]).sum() > _APART * rows[:, first].sum()
        first = problem if apart else first
        numbers[problem] = numbers[problem - 1] + apart
    return numbers


def _sample(objective: Objective, per_column: int) -> Objective:
    """The same problems on some of the rows, which weigh as much as all."""
    rows, columns = objective.design.shape
    y, weights = objective.kept()
    chosen, stands = _sampled(y, max(per_column * columns, rows // _PART))
    weights = weights[chosen]
    return replace(
        objective,
        design=(objective.draft or objective.design).take(chosen),
        draft=None,
        y=y[chosen],
        weights=weights * (stands if weights.ndim == 1 else stands[:, None]),
    )


def _sampled(y: Array, size: int) -> tuple[Index, Array]:
    """Rows, ascending, and how many rows each stands for; of two outcomes the rarer one is taken up to half."""
    if size >= len(y):
        return np.arange(len(y)), np.ones(len(y))
    rng = np.random.default_rng(0)
    event = y > y.mean()
    few = min(int(event.sum()), len(y) - int(event.sum()))
    parts = []
    for group in (np.flatnonzero(event), np.flatnonzero(~event)):
        share = min(len(group), size // 2 if len(group) == few else size - min(few, size // 2))
        parts.append((rng.choice(group, share, replace=False), np.full(share, len(group) / max(share, 1))))
    chosen = np.concatenate([rows for rows, _ in parts])
    order = np.argsort(chosen)
    return chosen[order], np.concatenate([stands for _, stands in parts])[order]
