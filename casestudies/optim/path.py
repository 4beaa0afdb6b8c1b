"""A whole path at once: every penalty, with every fold left out, as one block of problems that share the rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from casestudies.optim.arrays import Array, Index, Mask
from casestudies.optim.designs.dense import Dense
from casestudies.optim.designs.sparse import Sparse
from casestudies.optim.linear import Diagonal, Whitening
from casestudies.optim.methods.newton import LARGEST, NewtonCG, NewtonState
from casestudies.optim.methods.proximal import ProxNewton, ProxNewtonState
from casestudies.optim.objective import Objective
from casestudies.optim.proximal import Metric
from casestudies.optim.solve import Solution, minimise
from casestudies.optim.stopping import Steps, Suboptimality
from casestudies.optim.units import InUnits, Units

_SINGLE = 200_000  # numbers in a table from which on a copy in single precision pays
_SAMPLE = 30  # rows of the sample per column
_METRIC = 150  # the same for a metric, which no conjugate gradient makes up for
_PART = 10  # of all rows, that the sample has at least
_TALL = 50  # rows per column from which on a sample of the rows says enough of the Hessian
_APART = 0.02  # relative difference of curvatures from which on problems do not share a Gram
_STEPS = 3  # of Newton that a good start is expected to leave
_LOOSE = 1e-3  # accuracy of the solve on the sample, whose own error is larger


Known = Whitening | Diagonal | Metric | None  # of the curvature, before a solve begins
Rough = Solution[NewtonState] | Solution[ProxNewtonState]


@dataclass(frozen=True)
class PathSolution:
    """All fits of a path.

    solution: problems fold by fold, the last ones on all rows; x (columns, (folds + 1) · strengths).
    whole: (columns, strengths) coefficients on all rows.
    without: (folds, columns, strengths) coefficients with each fold left out.
    out_of_fold: (rows, strengths) each row's margin by the fit that has not seen its fold; None without folds.
    """

    solution: Solution[NewtonState] | Solution[ProxNewtonState]
    whole: Array
    without: Array
    out_of_fold: Array | None


def path(
    objective: Objective,
    folds: Index | None = None,
    *,
    train: Mask | None = None,
    tolerance: float = 1e-8,
    steps: int = 100,
) -> PathSolution:
    """Solves all problems of an objective, and again with each fold left out.

    A sample of the rows gives start and preconditioner for a rough solve on all rows, and that one for the block of all
    problems and folds.

    Parameters
    ----------
    folds: (rows,) number of each row's fold, from 0; every fit but the last ones leaves one fold out.
    train: (rows, folds) instead of `folds`, where splits overlap or follow the calendar: the rows that each fit sees.
    tolerance: suboptimality, relative to the value, at which a problem is done.
    steps: most steps of the method.
    """
    inner, units = _prepared(objective)
    start, known = _from_sample(inner)
    count = 0
    if folds is not None or train is not None:
        draft = inner if inner.draft is None else replace(inner, design=inner.draft, draft=None)
        rough = minimise(draft, _method(draft, _LOOSE, known, rough=True), start, stop=(Suboptimality(_LOOSE), Steps(steps)))
        count = int(folds.max()) + 1 if train is None else train.shape[1]
        learnt = _learnt(draft, rough, count + 1)
        which = np.tile(np.arange(inner.problems), count + 1)
        inner, start, known = _with_folds(inner, which, folds, train), rough.x[:, which], learnt.select(which)
        if isinstance(known, Metric):
            known = replace(known, share=_shares(inner))
    solution = minimise(inner, _method(inner, tolerance, known), start, stop=(Suboptimality(tolerance), Steps(steps)))
    out_of_fold = None if folds is None else _margins_left_out(inner, solution.x, objective.problems)
    solution = replace(solution, x=units.outward(solution.x) if units else solution.x)
    each = solution.x.reshape(len(solution.x), count + 1, -1)
    for bound in objective.penalty.bounds():  # which rounding must neither leave nor miss
        each = np.where(np.isclose(each, bound[:, None], rtol=1e-14, atol=0.0), bound[:, None], each)
    each = each.transpose(1, 0, 2)
    return PathSolution(solution, each[-1], each[:-1], out_of_fold)


def _prepared(objective: Objective) -> tuple[Objective, Units | None]:
    design = objective.design
    if not isinstance(design, (Dense, Sparse)) or design.units is not None:
        return objective, None
    units = Units.of(design, objective.penalty.free)
    scaled = units.applied(design)
    draft = scaled.single() if design.X.size >= _SINGLE else None  # of a sparse matrix: its entries
    return replace(objective, design=scaled, penalty=InUnits.of(objective.penalty, units.scale), draft=draft), units


def _method(objective: Objective, tolerance: float, known: Known, *, rough: bool = False) -> NewtonCG | ProxNewton:
    if isinstance(known, Metric) or not objective.penalty.smooth:
        return ProxNewton(tolerance=tolerance, metric=known)
    return NewtonCG(tolerance=tolerance, inverse=known, rough=rough)


def _with_folds(objective: Objective, which: Index, folds: Index | None, train: Mask | None) -> Objective:
    """Every problem once for each fold that is left out, and once with all rows."""
    penalty, weights = objective.penalty.select(which), objective.weights
    problems = objective.problems
    if train is None:
        held = np.repeat([*range(folds.max() + 1), -1], problems)
        weights = weights if weights.ndim == 1 else weights[:, which]
        return replace(objective, penalty=penalty, folds=folds, held=held, weights=weights)
    seen = np.hstack([train, np.ones((len(train), 1), dtype=bool)])
    each = weights.reshape(len(weights), -1)[:, None, :] * seen[:, :, None]
    each = np.broadcast_to(each, (*seen.shape, problems)).reshape(len(weights), -1)
    return replace(objective, penalty=penalty, weights=each)


def _shares(objective: Objective) -> Array:
    """(problems,) how much of the rows, by weight, each problem counts; the last ones count all."""
    weights = objective.weights
    if objective.held is None:
        return weights.sum(axis=0) / weights[:, -1].sum()
    weights = weights.reshape(len(weights), -1)
    of_fold = np.stack([weights[objective.folds == fold].sum(axis=0) for fold in range(objective.held.max() + 1)])
    left = 1.0 - of_fold / weights.sum(axis=0)
    column = np.zeros(objective.problems, dtype=np.intp) if left.shape[1] == 1 else np.arange(objective.problems)
    return np.where(objective.held < 0, 1.0, left[objective.held, column])


def _tall(objective: Objective) -> bool:
    """Whether a sample of the rows says enough of the others, and is worth the trouble."""
    rows, columns = objective.design.shape
    return objective.design.keeps and rows >= _TALL * columns and rows * columns >= _SINGLE


def _from_sample(objective: Objective) -> tuple[Array | None, Known]:
    """Start and curvature of a path on all rows, from a path on some."""
    if not _tall(objective):
        return None, None
    sample = _sample(objective, _SAMPLE)
    start = minimise(sample, _method(sample, _LOOSE, None, rough=True), stop=(Suboptimality(_LOOSE), Steps(30))).x
    there = sample.evaluate(start).curvature
    kind = Whitening if objective.penalty.smooth else Metric
    return start, kind.at(sample, there, _alike(there.rows))


def _learnt(objective: Objective, rough: Rough, fits: int) -> Known:
    """The curvature at a rough solution, for as many times its problems as there will be fits."""
    state, columns = rough.state, objective.design.shape[1]
    if isinstance(state, NewtonState) and isinstance(state.inverse, Diagonal):
        product, gram = objective.design.work
        alike = _alike(state.evaluation.curvature.rows) if objective.design.keeps else np.arange(objective.problems)
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
    return Metric.at(sample, there, _alike(there.rows))


def _alike(rows: Array) -> Index:
    """(problems,) a number for each run of neighbours whose rows (rows, problems) bend alike: weak penalties do."""
    numbers, first = np.zeros(rows.shape[1], dtype=np.intp), 0
    for problem in range(1, rows.shape[1]):
        apart = np.abs(rows[:, problem] - rows[:, first]).sum() > _APART * rows[:, first].sum()
        first = problem if apart else first
        numbers[problem] = numbers[problem - 1] + apart
    return numbers


def _sample(objective: Objective, per_column: int) -> Objective:
    """The same problems on some of the rows, which weigh as much as all."""
    rows, columns = objective.design.shape
    chosen, stands = _sampled(objective.y, max(per_column * columns, rows // _PART))
    weights = objective.weights[chosen]
    return replace(
        objective,
        design=(objective.draft or objective.design).take(chosen),
        draft=None,
        y=objective.y[chosen],
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


def _margins_left_out(objective: Objective, x: Array, problems: int) -> Array:
    out = np.empty((objective.design.shape[0], problems))
    for tile in objective.design.tiles():
        fold = objective.folds[tile.rows]
        z = tile.matmul(x[:, :-problems]).reshape(len(fold), -1, problems)
        out[tile.rows] = z[np.arange(len(fold)), fold]
    return out
