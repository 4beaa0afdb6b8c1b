"""New rows of a table with their outcomes, as the frozen model reads them: nothing is learnt from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from casestudies.decisions import CostMatrix, Costs, Decider
from casestudies.errors import CaseError, DataError, nearest, shown
from casestudies.tabular import Contract, Problems, Roles
from casestudies.tabular.cells import clean
from casestudies.tabular.checked import Checked
from casestudies.tabular.derive import CellColumns, keep_where, with_derived
from casestudies.tabular.drift import Tally
from casestudies.tabular.labels import outcome
from casestudies.tabular.mapping import resolve
from casestudies.tabular.problems import Places
from casestudies.tabular.read import Table
from casestudies.workflow.compare import Judged, Sample
from casestudies.workflow.predictor import TablePredictor

if TYPE_CHECKING:
    from casestudies.runs import RunFolder
    from casestudies.workflow.studies import Study


@dataclass(frozen=True, eq=False)
class Labelled:
    """Checked new rows, what the frozen model makes of them, and what came of them.

    checked: as the training table was read; `y` is the outcome. sample: its rows. judged: the frozen probability and decision.
    notes: how the file was read and what it held that training did not. drift: of each watched column. matrix: prices.
    """

    checked: Checked
    sample: Sample
    judged: Judged
    notes: tuple[str, ...]
    drift: tuple[dict[str, Any], ...]
    drift_said: tuple[str, ...]


def read_labelled(
    study: Study, folder: RunFolder, settings: Any, path: Path, files: Mapping[str, Path], seed: int
) -> Labelled:
    """Read a file of new rows by a run's saved model and its schema, and their outcomes.

    Raises
    ------
    DataError: the file cannot be read, lacks a column that the model or the costs read, or has no outcome, or one only.
    """
    predictor: Any = study.open(folder)
    if files:
        predictor = predictor.given(dict(files), {})
    predictor = replace(predictor, settings=settings)
    predictor, table, notes = predictor.labelled(path)
    data = settings.data
    if data.where is not None:
        table, said = keep_where(table, data.where, data.map)
        notes = [*notes, said]
    checked = predictor.checked(table)
    checked.problems.raise_if_errors(table.source.name)
    checked = replace(checked, y=_outcome(study, settings, table, checked.places))
    there = [name for name in predictor.model.columns if name in checked.frame.columns]
    checked.problems.extend(predictor.model.unfamiliar(checked.frame[there]))
    sample, judged = _answered(predictor, folder, checked)
    drift_said, drift = _drift(predictor, checked, judged, seed)
    told = [*table.source.notes, *notes, *(str(problem) for problem in checked.problems.of("warning"))]
    return Labelled(checked, sample, judged, tuple(told), tuple(drift), tuple(drift_said))


def _outcome(study: Study, settings: Any, table: Table, places: Places) -> np.ndarray:
    """(rows,) 0/1, by the word of the run's settings.

    Raises
    ------
    DataError: there is no such column, a row without an outcome, or one outcome only.
    """
    data, where = settings.data, table.source.name
    if data.target in data.derive:
        table = with_derived(table, {data.target: data.derive[data.target]}, data.map)
    names = [str(name) for name in table.frame.columns]
    column = _column(study, data, table.frame)
    if column is None:
        target = data.target or "the outcome"
        what = f"the file has no column {shown(target)}, and rows can only be judged by their outcomes"
        advice = f"{nearest(target, names)}; or score them: casestudies predict"
        raise DataError(what, where=where, advice=advice)
    problems = Problems()
    y = outcome(clean(table.frame[column])[0], column, data.positive, places, problems)
    problems.raise_if_errors(where)
    if y is None:
        raise DataError("the outcome cannot be read", where=where, advice="look at data.target and data.positive")
    return y


def _column(study: Study, data: Any, frame: pd.DataFrame) -> str | None:
    """The file's column of the outcome: as the settings call it, else by the contract's name for it."""
    names = {str(name) for name in frame.columns}
    if data.target is not None:
        found = data.target if data.target in names else data.map.get(data.target)
        return found if found in names else None
    wanted = Contract(tuple(study.contract.in_role("target")))
    stated = {name: column for name, column in data.map.items() if name in wanted and column in names}
    guessed = list(resolve(wanted, Roles(map=stated), frame).values())
    return guessed[0].column if guessed else None


def _answered(predictor: TablePredictor, folder: RunFolder, checked: Checked) -> tuple[Sample, Judged]:
    """The rows, and the run's own decision on them: its rule with what it had learnt, and its prices."""
    frozen = folder.read_json("model/decision.json")
    decider = Decider.from_dict(frozen["decider"])
    matrix = None if frozen["costs"] is None else CostMatrix(**frozen["costs"])
    frame = checked.frame
    try:
        p = predictor.model.probability(frame)
        costs: Costs | None = None if matrix is None else matrix.on(CellColumns.of_checked(checked), len(frame))
        act = decider.act(p, costs)
    except CaseError as error:  # rooms below know columns, not files
        where = ", ".join(part for part in (shown(checked.source.name), error.where) if part)
        raise DataError(error.what, where=where, advice=error.advice) from None
    weight, group = _first(checked, "weight"), _first(checked, "group")
    if checked.y is None:
        raise ValueError("the rows have no outcome")
    sample = Sample(
        frame[list(predictor.model.columns)],
        checked.y,
        np.ones(len(frame)) if weight is None else frame[weight].to_numpy(dtype=float),
        costs,
        None if group is None else frame[group],
    )
    return sample, Judged(p, act)


def _first(checked: Checked, role: Any) -> str | None:
    found = checked.in_role(role)
    return found[0] if found else None


def _drift(
    predictor: TablePredictor, checked: Checked, judged: Judged, seed: int
) -> tuple[list[str], list[dict[str, Any]]]:
    """Every watched column of the new rows against the training rows."""
    from casestudies.workflow.drift import batch_drift

    if predictor.reference is None:
        return ["the run kept nothing to tell drift by (analyse: drift)"], []
    tally = Tally(predictor.reference)
    weight = _first(checked, "weight")
    tally.add(checked.frame, judged.p, None if weight is None else checked.frame[weight].to_numpy(dtype=float))
    return batch_drift(predictor.reference, tally, seed=seed)
