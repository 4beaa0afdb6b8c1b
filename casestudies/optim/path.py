"""A whole path at once: every penalty, with every fold left out, as one block of problems that share the rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from casestudies.errors import ConfigError
from casestudies.optim.arrays import Array, Index, Mask, at_hand
from casestudies.optim.designs.base import Design
from casestudies.optim.designs.dense import Dense
from casestudies.optim.designs.sparse import Sparse
from casestudies.optim.objective import Objective
from casestudies.optim.proximal import Metric
from casestudies.optim.sampling import LOOSE, SINGLE, Rough, from_sample, learnt, solved
from casestudies.optim.units import InUnits, Units


@dataclass(frozen=True)
class PathSolution:
    """All fits of a path.

    solution: problems fold by fold, the last ones on all rows; x (columns, (folds + 1) · strengths).
    whole: (columns, strengths) coefficients on all rows.
    without: (folds, columns, strengths) coefficients with each fold left out.
    design, folds: the rows as they were given, and the fold of each.
    """

    solution: Rough
    whole: Array
    without: Array
    design: Design
    folds: Index | None

    def out_of_fold(self) -> Array:
        """(rows, strengths) each row's margin by the fit that has not seen its fold.

        Raises
        ------
        ConfigError: the path was not asked for by folds.
        """
        if self.folds is None:
            raise ConfigError("no row is left out of a fit by its fold", advice="give the path the rows' folds")
        out = np.empty((self.design.shape[0], self.whole.shape[1]))
        every = self.without.transpose(1, 0, 2).reshape(len(self.whole), -1)
        for tile in self.design.tiles():
            fold = self.folds[tile.rows]
            z = at_hand(tile.matmul(every)).reshape(len(fold), *self.without.shape[::2])
            out[tile.rows] = z[np.arange(len(fold)), fold]
        return out


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

    Raises
    ------
    DataError: labels that come with the tiles of a file or a cluster.
    """
    objective.kept()
    inner, units = _prepared(objective)
    start, known = from_sample(inner)
    count = 0 if folds is None else int(folds.max()) + 1
    count = count if train is None else train.shape[1]
    if count or isinstance(known, Metric):  # the sample's metric is for a rough solve only
        draft = inner if inner.draft is None else replace(inner, design=inner.draft, draft=None)
        rough = solved(draft, start, known, LOOSE[draft.penalty.smooth], steps, rough=True)
        which = np.tile(np.arange(inner.problems), count + 1)
        known = learnt(draft, rough, count + 1)
        inner, start = _with_folds(inner, which, folds, train) if count else inner, rough.x[:, which]
        known = None if known is None else known.select(which)
        if count and isinstance(known, Metric):
            known = replace(known, share=_shares(inner))
    solution = solved(inner, start, known, tolerance, steps)
    solution = replace(solution, x=units.outward(solution.x) if units else solution.x)
    each = solution.x.reshape(len(solution.x), count + 1, -1)
    for bound in objective.penalty.bounds():  # which rounding must neither leave nor miss
        each = np.where(np.isclose(each, bound[:, None], rtol=1e-14, atol=0.0), bound[:, None], each)
    each = each.transpose(1, 0, 2)
    return PathSolution(solution, each[-1], each[:-1], objective.design, folds)


def _prepared(objective: Objective) -> tuple[Objective, Units | None]:
    design = objective.design
    if not isinstance(design, (Dense, Sparse)) or design.units is not None:
        return objective, None
    units = Units.of(design, objective.penalty.free)
    scaled = units.applied(design)
    draft = scaled.single() if design.X.size >= SINGLE else None  # of a sparse matrix: its entries
    return replace(objective, design=scaled, penalty=InUnits.of(objective.penalty, units.scale), draft=draft), units


def _with_folds(objective: Objective, which: Index, folds: Index | None, train: Mask | None) -> Objective:
    """Every problem once for each fold that is left out, and once with all rows."""
    penalty, problems = objective.penalty.select(which), objective.problems
    _, weights = objective.kept()
    if folds is not None:
        held = np.repeat([*range(folds.max() + 1), -1], problems)
        weights = weights if weights.ndim == 1 else weights[:, which]
        return replace(objective, penalty=penalty, folds=folds, held=held, weights=weights)
    seen = np.hstack([np.asarray(train), np.ones((len(weights), 1), dtype=bool)])
    each = weights.reshape(len(weights), -1)[:, None, :] * seen[:, :, None]
    each = np.broadcast_to(each, (*seen.shape, problems)).reshape(len(weights), -1)
    return replace(objective, penalty=penalty, weights=each)


def _shares(objective: Objective) -> Array:
    """(problems,) how much of the rows, by weight, each problem counts; the last ones count all."""
    _, weights = objective.kept()
    if objective.held is None or objective.folds is None:
        return np.asarray(weights.sum(axis=0) / weights[:, -1].sum())
    weights = weights.reshape(len(weights), -1)
    of_fold = np.stack([weights[objective.folds == fold].sum(axis=0) for fold in range(objective.held.max() + 1)])
    left = 1.0 - of_fold / weights.sum(axis=0)
    column = np.zeros(objective.problems, dtype=np.intp) if left.shape[1] == 1 else np.arange(objective.problems)
    return np.where(objective.held < 0, 1.0, left[objective.held, column])
