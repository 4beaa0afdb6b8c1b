"""New rows scored a part at a time: in constant memory from a Parquet file, here or by the workers of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from casestudies.decisions import Costs
from casestudies.decisions.deciders import SHARED
from casestudies.errors import ConfigError, shown
from casestudies.models.engine import Engine, mapped
from casestudies.report import csv_safe
from casestudies.runs.disk import whole_file
from casestudies.tabular.checked import Checked
from casestudies.tabular.drift import Tally
from casestudies.tabular.problems import Problems
from casestudies.tabular.read import Table, read_table
from casestudies.tabular.read.groups import RowGroups, is_parquet
from casestudies.tabular.totals import COUNTED, Facts
from casestudies.workflow.load import read_options

if TYPE_CHECKING:
    from casestudies.workflow.predictor import TablePredictor

_SLICE = 65_536  # rows of a table in memory that are scored at once
_CSV, _PARQUET = ".csv", ".parquet"
FORMATS = (_CSV, _PARQUET)


@dataclass(frozen=True, eq=False)
class Scored:
    """Some rows with their scores.

    Parameters
    ----------
    rows: one row a new row, as it is written. facts: what was odd about them, counted.
    checked: the rows without their cells, for what holds of the table as a whole. tally: for the drift of the batch.
    """

    rows: pd.DataFrame
    facts: Facts
    checked: Checked
    tally: Tally | None


@dataclass(eq=False)
class Batch:
    """What the parts of a batch add up to."""

    predictor: TablePredictor
    rows: int = 0
    facts: Facts = field(default_factory=Facts)
    tally: Tally | None = None
    first: Checked | None = None

    def add(self, part: Scored) -> pd.DataFrame:
        """Count a part; its rows come back."""
        self.rows += len(part.rows)
        self.facts.merge(part.facts)
        self.first = self.first or part.checked
        if part.tally is not None:
            if self.tally is None:
                self.tally = part.tally
            else:
                self.tally.merge(part.tally)
        return part.rows

    def notes(self) -> list[str]:
        """How the file was read, what the new rows held that training did not, and how far they have drifted.

        Raises
        ------
        DataError: cells that must be there are missing, or more than 1 % of a column cannot be read, over all rows.
        """
        first = self.first
        if first is None:
            return []
        problems = self.facts.joined(first, first.problems)
        problems.raise_if_errors(first.source.name)
        return [*first.source.notes, *(str(problem) for problem in problems.of("warning")), *self.drift()[0]]

    def drift(self) -> tuple[list[str], list[dict[str, Any]]]:
        """The batch against the training rows: sentences, and a row for each column; nothing where no reference is kept."""
        if self.tally is None or self.predictor.reference is None:
            return [], []
        from casestudies.workflow.drift import batch_drift

        return batch_drift(self.predictor.reference, self.tally, seed=self.predictor.settings.seed)


def scored(predictor: TablePredictor, table: Table) -> Scored:
    """Some rows of a file, checked as training rows were, with everything `predict` writes.

    Raises
    ------
    DataError: a column that the model or the costs read is missing; errors of single cells are only counted.
    """
    checked = predictor.checked(table)
    grave = Problems()
    grave.extend(problem for problem in checked.problems if problem.code not in COUNTED)
    grave.raise_if_errors(table.source.name)
    facts = Facts()
    facts.add(checked)
    p, rows = predictor.scores(checked)
    there = [name for name in predictor.model.columns if name in checked.frame.columns]
    for problem in predictor.model.unfamiliar(checked.frame[there]):
        facts.count(problem)
    tally = None
    if predictor.reference is not None:
        tally = Tally(predictor.reference)
        tally.add(checked.frame, p)
    emptied = replace(checked, frame=checked.frame.iloc[:0], places=replace(checked.places, rows=p[:0], lines=p[:0]))
    return Scored(rows, facts, emptied, tally)


@dataclass(frozen=True, eq=False)
class Weighed:
    """What a limit for all rows is shared out by. number: (rows,) of each in the file. p: (rows,). costs: of them."""

    number: np.ndarray
    p: np.ndarray
    costs: Costs | None


def weighed(predictor: TablePredictor, table: Table) -> Weighed:
    checked = predictor.checked(table)
    return Weighed(checked.places.rows, *predictor.priced(checked))


def sharing(predictor: TablePredictor, found: Iterable[Weighed]) -> TablePredictor:
    """The predictor that acts on those rows of the file to whom its limit goes: 48 bytes a row while it is shared out."""
    parts = list(found)
    costs = [part.costs for part in parts if part.costs is not None]
    whole = Costs.joined(costs) if costs else None
    act = predictor.decider.act(np.concatenate([part.p for part in parts]), whole)
    return replace(predictor, chosen=np.concatenate([part.number for part in parts])[act])


def in_parts(predictor: TablePredictor, path: Path, engine: Engine, batch: Batch) -> Iterator[pd.DataFrame]:
    """The scored rows of a file in its order, a part at a time; `batch` has counted them when the last has come.

    Parquet is read by row group and never whole; text and workbooks are read whole, which their limits bound, and
    scored in slices. A budget or a capacity is for all rows together: it is shared out in a pass of its own.

    Raises
    ------
    ConfigError: a cluster is to read a file that is not Parquet.
    DataError: see `scored` and `read_table`.
    """
    options = read_options(predictor.settings)
    made = predictor.table(path)
    if made is None and is_parquet(path):
        groups = RowGroups.open(path, options)
        blocks = range(len(groups.counts))
        with engine.connected() as client:

            def over(work: Any) -> Iterator[Any]:
                of_block = partial(_of_group, work, groups)
                parts = map(of_block, blocks) if client is None else mapped(client, _listed(of_block), blocks)
                return chain.from_iterable(parts)

            if predictor.decider.kind in SHARED:
                predictor = sharing(predictor, over(partial(weighed, predictor)))
            for part in over(partial(scored, predictor)):
                yield batch.add(part)
        return
    if engine.scheduler is not None:
        advice = f"convert it once: casestudies data convert {path.name} {path.stem}.parquet"
        raise ConfigError(f"a cluster reads Parquet, and {shown(path.name)} is not", where="--engine", advice=advice)
    table = read_table(path, options) if made is None else made
    slices = [slice(start, start + _SLICE) for start in range(0, len(table.frame), _SLICE)]
    pieces = [replace(table, frame=table.frame.iloc[some], lines=table.lines[some]) for some in slices]
    if predictor.decider.kind in SHARED:
        predictor = sharing(predictor, (weighed(predictor, piece) for piece in pieces))
    for piece in pieces:
        yield batch.add(scored(predictor, piece))


def write(predictor: TablePredictor, path: Path, out: Path, engine: Engine) -> tuple[int, list[str]]:
    """Score a file into a .csv or .parquet file, which is whole or not there; rows, and what was odd about them."""
    batch = Batch(predictor)
    with whole_file(out) as temporary:
        save = to_csv_parts if out.suffix == _CSV else to_parquet_parts
        save(in_parts(predictor, path, engine, batch), temporary)
        notes = batch.notes()  # before the file gets its name: it may find the batch unfit
    return batch.rows, notes


def _of_group(work: Callable[[Table], Any], groups: RowGroups, block: int) -> Iterator[Any]:
    return map(work, groups.tables(block))


@dataclass(frozen=True)
class _listed:
    """A generator's work as a list, which can be sent back from a worker."""

    work: Any

    def __call__(self, block: int) -> list[Any]:
        return list(self.work(block))


def to_csv_parts(parts: Iterator[pd.DataFrame], path: Path) -> None:
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        for number, rows in enumerate(parts):
            csv_safe(rows).to_csv(file, index=False, lineterminator="\n", header=number == 0)


def to_parquet_parts(parts: Iterator[pd.DataFrame], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    try:
        for rows in parts:
            table = pa.Table.from_pandas(rows, preserve_index=False)
            if writer is None:
                writer = pq.ParquetWriter(path, table.schema)
            writer.write_table(table.cast(writer.schema))
    finally:
        if writer is not None:
            writer.close()
