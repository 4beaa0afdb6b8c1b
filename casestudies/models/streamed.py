"""Table models fitted on rows that are read block by block, from a file larger than memory or by the workers of a cluster.

What has been chosen on a sample (columns, encoding, penalty, trees) is taken from the sample's model; the numbers of the
model itself are fitted on all rows, and once more without each part that figures are made on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from casestudies.models.boosting import BoostedTrees
from casestudies.models.linear import LogisticRegression
from casestudies.models.linear.solving import penalty_of
from casestudies.models.table import TableModel
from casestudies.optim import (
    Logistic,
    NewtonCG,
    Objective,
    ProxNewton,
    Solution,
    Steps,
    Suboptimality,
    diagnose,
    minimise,
)
from casestudies.optim.designs import Design, Parquet
from casestudies.optim.designs.dense import DenseTile

if TYPE_CHECKING:
    from distributed import Client

Floats = NDArray[np.float64]
Step = Callable[[float, str], None]

_TILE = 2048
_TOLERANCE, _STEPS = 1e-8, 50
_Y, _WEIGHT, _FOLD = "y", "weight", "fold"  # beside x0, x1, ... in the encoded file


@dataclass(frozen=True, eq=False)
class Rows:
    """Some rows to learn from. frame: the checked columns. y: (rows,) 0/1. weight: (rows,). fold: (rows,), see `Blocks`."""

    frame: pd.DataFrame
    y: Floats
    weight: Floats
    fold: NDArray[np.intp]


class Blocks(Protocol):
    """Rows in blocks, which can be read again and again, and by others: it is small and can be pickled.

    A row's fold is the part of the rows that leaves it out, from 0; `folds` for a row that no part leaves out.
    """

    @property
    def folds(self) -> int: ...

    @property
    def counts(self) -> tuple[int, ...]:
        """Rows of each block."""

    def read(self, block: int) -> Iterator[Rows]:
        """The rows of one block, a part of them at a time."""


@dataclass(frozen=True, eq=False)
class Streamed:
    """A model fitted on all rows, and what became of it without each part of them.

    trace, findings: of the fit, as in `recipes.Fit`.
    without: the same model fitted without each fold; trees without the first only, since each costs as much as the whole.
    seen: rows that each of those was fitted on.
    """

    model: TableModel
    without: tuple[TableModel, ...]
    trace: dict[str, np.ndarray]
    findings: tuple[str, ...] = ()
    seen: tuple[int, ...] = ()


@dataclass(frozen=True)
class EncodedBlock:
    """One block as the linear core reads it: encoded by whoever needs it, here or on a worker."""

    blocks: Blocks
    block: int
    model: TableModel

    @property
    def shape(self) -> tuple[int, int]:
        return self.blocks.counts[self.block], len(self.model.encoder.feature_names) + 1

    def tiles(self, first: int) -> Iterator[DenseTile]:
        for rows in self.blocks.read(self.block):
            X = self.model.matrix(rows.frame)
            for start in range(0, len(X), _TILE):
                some = slice(start, min(start + _TILE, len(X)))
                place = slice(first + some.start, first + some.stop)
                yield DenseTile(place, X[some], True, y=rows.y[some], weights=rows.weight[some], folds=rows.fold[some])
            first += len(X)


def fit(like: TableModel, blocks: Blocks, folder: Path, client: Client | None, step: Step) -> Streamed:
    """Fit a model like one that was fitted on a sample.

    Parameters
    ----------
    like: gives the encoder, the settings and the start; its calibrator is kept.
    folder: for the encoded rows, where this machine does the work.
    client: of a Dask cluster whose workers do it instead, each reading its blocks itself.
    step: called with (share done, sentence).
    """
    if isinstance(like.estimator, BoostedTrees):
        return _trees(like, like.estimator, blocks, folder, step)
    if client is None:
        return _linear(like, blocks, _written(like, blocks, folder, step), step)
    from casestudies.optim.designs.dask import Dask

    recipes = [EncodedBlock(blocks, block, like) for block, rows in enumerate(blocks.counts) if rows]
    return _linear(like, blocks, Dask(recipes, client), step)


def _linear(like: TableModel, blocks: Blocks, design: Design, step: Step) -> Streamed:
    """Newton's method from the sample's coefficients; every fit without a fold rides along on the same passes."""
    start = like.estimator
    if not isinstance(start, LogisticRegression):
        raise TypeError(f"{type(start).__name__} is not fitted by blocks")
    columns, problems = design.shape[1], blocks.folds + 1
    free = np.arange(columns) == columns - 1
    penalty = penalty_of(start.penalty, np.full(problems, start.C), start.l1_ratio, free)
    held = np.append(np.arange(blocks.folds), -1)
    objective = Objective(design, None, Logistic(), penalty, held=held)
    x = np.repeat(np.append(start.coef_[0], start.intercept_)[:, None], problems, axis=1)
    step(0.4, "fitting on all rows")
    stop = (Suboptimality(_TOLERANCE), Steps(_STEPS))
    solution: Solution[Any]
    if penalty.smooth:
        solution = minimise(objective, NewtonCG(tolerance=_TOLERANCE, fresh=True), x, stop=stop)
    else:
        solution = minimise(objective, ProxNewton(tolerance=_TOLERANCE), x, stop=stop)
    totals, in_fold = design.sum(_Sums(blocks.folds))
    centre = totals / in_fold.sum()
    found = diagnose(solution.trace, solution)
    models = tuple(_with_coefficients(like, start, solution.x[:, problem], centre) for problem in range(problems))
    return Streamed(
        models[-1],
        models[:-1],
        {name: column for name, column in solution.trace.of(problems - 1).items() if name != "seconds"},
        tuple(f"{f.what}: {f.evidence}; {f.advice}" for f in found),
        tuple(int(in_fold.sum() - in_fold[fold]) for fold in range(blocks.folds)),
    )


def _with_coefficients(like: TableModel, start: LogisticRegression, x: Floats, centre: Floats) -> TableModel:
    estimator = LogisticRegression(C=start.C, penalty=start.penalty, l1_ratio=start.l1_ratio)
    estimator.coef_, estimator.intercept_ = x[None, :-1].copy(), x[-1:].copy()
    estimator.classes_, estimator.n_features_in_ = np.array([0, 1]), len(x) - 1
    return replace(like, estimator=estimator, centre=centre)


@dataclass(frozen=True)
class _Sums:
    """Sums of the encoded columns, and how many rows each fold holds; the last count is of rows in no fold."""

    folds: int

    def __call__(self, tile: Any) -> tuple[Floats, Floats]:
        return tile.X.sum(axis=0), np.bincount(tile.folds, minlength=self.folds + 1).astype(np.float64)


def _written(like: TableModel, blocks: Blocks, folder: Path, step: Step) -> Parquet:
    """The encoded rows in a file of their own, so that the passes of the solver read numbers and nothing else."""
    path = folder / "encoded.parquet"
    width = len(like.encoder.feature_names)
    names = [*(f"x{column}" for column in range(width)), _Y, _WEIGHT, _FOLD]
    kinds = [*[pa.float64()] * (width + 2), pa.int16()]
    schema = pa.schema(list(zip(names, kinds, strict=True)))
    with pq.ParquetWriter(path, schema, compression="lz4") as writer:
        for _, rows in each(blocks, step, "encoding the rows"):
            X = np.asfortranarray(like.matrix(rows.frame))
            columns = [*X.T, rows.y, rows.weight, rows.fold.astype(np.int16)]
            writer.write_table(pa.table(columns, schema=schema), row_group_size=len(X))
    return Parquet(path, _Y, names[:width], weights=_WEIGHT, folds=_FOLD, tile=_TILE)


def _trees(like: TableModel, sample: BoostedTrees, blocks: Blocks, folder: Path, step: Step) -> Streamed:
    """Grown from row groups: LightGBM keeps one byte a cell, and reads the numbers themselves once."""
    path = folder / "codes.parquet"
    width = len(like.encoder.feature_names)
    schema = pa.schema([(f"x{column}", pa.float64()) for column in range(width)])
    y, weight, fold = [], [], []
    with pq.ParquetWriter(path, schema, compression="lz4") as writer:
        for _, rows in each(blocks, step, "encoding the rows"):
            X = np.asfortranarray(like.matrix(rows.frame))
            writer.write_table(pa.table(list(X.T), schema=schema), row_group_size=len(X))
            y.append(rows.y.astype(np.float32))
            weight.append(rows.weight.astype(np.float32))
            fold.append(rows.fold.astype(np.int16))
    step(0.4, "growing trees on all rows")
    folds = np.concatenate(fold)
    left_out = [folds != 0] if blocks.folds else []
    grown = sample.grown_from(path, np.concatenate(y), np.concatenate(weight), left_out)
    trace = {"step": np.arange(1, len(grown[0].trace_["train"]) + 1), "value": grown[0].trace_["train"]}
    models = [replace(like, estimator=one) for one in grown]
    return Streamed(models[0], tuple(models[1:]), trace, seen=tuple(int(part.sum()) for part in left_out))


def each(blocks: Blocks, step: Step, what: str) -> Iterator[tuple[int, Rows]]:
    """The rows of every block, each part with the number of its block; `step` is told."""
    total, done = sum(blocks.counts), 0
    for block in range(len(blocks.counts)):
        for rows in blocks.read(block):
            step(0.4 * done / max(total, 1), what)
            yield block, rows
            done += len(rows.y)
