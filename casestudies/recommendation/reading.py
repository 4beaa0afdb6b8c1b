"""From a stranger's file, or the embedded demo, to checked interactions: everything before the first fit."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from casestudies.recommendation.ahead import refuse_early
from casestudies.recommendation.experiments.told import FILE, read_test
from casestudies.recommendation.splits import Parts, split
from casestudies.tabular.interactions import Interactions
from casestudies.tabular.interactions.reading import CheckedInteractions, read_interactions
from casestudies.tabular.problems import Problems
from casestudies.workflow.checking import CheckedTable
from casestudies.workflow.load import data_file, demo_csv, read_options
from casestudies.workflow.studies import Study


@dataclass(frozen=True, eq=False)
class Loaded:
    """Interactions ready to be split. synthetic: the embedded demo. files: further tables by name, where they lie."""

    read: CheckedInteractions
    synthetic: bool
    files: Mapping[str, Path]

    @property
    def data(self) -> Interactions:
        return self.read.data

    @property
    def problems(self) -> Problems:
        return self.read.problems

    @property
    def notes(self) -> tuple[str, ...]:
        return self.read.notes


@contextmanager
def opened(study: Study, settings: Any, path: Path | None, files: Mapping[str, Path]) -> Iterator[Loaded]:
    """Read and check the table with its further ones; those of the demo lie there as long as this lasts.

    Raises
    ------
    DataError: no table, or no row is left. ConfigError: a setting names a column that is not there, or asks for lists that
        the tables do not allow.
    """
    with tempfile.TemporaryDirectory() as folder, data_file(study, settings, path) as file:
        further = dict(files)
        if path is None and study.demo_files is not None:
            for name, frame in study.demo_files(settings.demo.rows, settings.seed).items():
                further.setdefault(name, Path(folder, f"{study.name}_{name}_demo.csv")).write_bytes(demo_csv(frame))
        if FILE in further:
            read_test(further[FILE], settings.experiments)  # what is wrong with it is said now, not after the training
        loaded = Loaded(_read(settings, file, further), path is None, further)
        if not loaded.problems.errors:
            refuse_early(loaded.data, settings)
        yield loaded


def _read(settings: Any, file: Path, files: Mapping[str, Path]) -> CheckedInteractions:
    data = settings.data
    return read_interactions(
        file,
        user=data.user,
        item=data.item,
        rating=data.rating,
        time=data.time,
        event=data.event,
        quantity=data.quantity,
        weight=data.weight,
        items=files.get("items"),
        users=files.get("users"),
        options=replace(settings.reading.options(data), beside=settings.judging.column),
        read=read_options(settings),
    )


def divided(loaded: Loaded, settings: Any) -> Parts:
    """Which rows train, choose and judge."""
    judging = settings.judging
    return split(
        loaded.data,
        judging.split,
        test=judging.test,
        valid=judging.valid,
        given=loaded.read.beside,
        seed=settings.seed,
    )


def check(study: Study, settings: Any, path: Path | None, files: Mapping[str, Path]) -> CheckedTable:
    """What `casestudies check` and the Data page are told."""
    with opened(study, settings, path, files) as loaded:
        read = loaded.read
        rows = 0 if read.problems.errors else len(loaded.data)
        reads = {told.column: role for role, told in read.columns.items()}
        return CheckedTable(read.source, rows, read.problems, read.notes, reads, "column", loaded)
