"""A run's saved model on new rows: score, decision, expected money and reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from casestudies.decisions import CostMatrix, Costs, Decider
from casestudies.errors import CaseError, DataError, RunError, shown
from casestudies.explain import Explanation
from casestudies.explain.table import explain_table
from casestudies.models.engine import Engine
from casestudies.models.mean import MeanModel, read_model
from casestudies.models.scorecard.reasons import ReasonTable
from casestudies.models.table import TableModel
from casestudies.runs import RunFolder
from casestudies.tabular import Contract, Roles
from casestudies.tabular.checked import Checked, check
from casestudies.tabular.contract import NUMERIC
from casestudies.tabular.derive import CellColumns, with_derived
from casestudies.tabular.drift import Reference
from casestudies.tabular.read import Table, read_table
from casestudies.workflow.load import read_options, roles_of
from casestudies.workflow.reasons import Worded, reasons_of
from casestudies.workflow.scoring import Batch, in_parts, write
from casestudies.workflow.studies import Words
from casestudies.workflow.table_settings import TableSettings

MODEL = "model"
_REFERENCE, _CARD = "analysis/reference.json", "analysis/card.json"
_OURS = ("row", "line", "score", "probability", "decision", "threshold", "expected_cost", "reasons")  # of the output


@dataclass(frozen=True, eq=False)
class Predictions:
    """`rows`: one row a new row; `notes`: what the new rows held that training did not, and how the file was read.

    `drift`: of each watched column, how far the new rows are from the training rows; empty where none are watched.
    """

    rows: pd.DataFrame
    notes: list[str]
    drift: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class WhatIf:
    """The saved model on one row of typed values.

    `threshold`: the row's own, where the rule decides by costs and these values give them all; else None.
    `score`, `reasons`: points and where they were lost, of a scorecard; else None.
    """

    probability: float
    explanation: Explanation
    threshold: float | None
    score: float | None = None
    reasons: str | None = None


@dataclass(frozen=True, eq=False)
class TablePredictor:
    """The saved model of a verified run folder, with its decision rule and how its columns are read.

    Raises RunError when a file of the folder is not as it was made.
    """

    model: TableModel | MeanModel
    decider: Decider
    matrix: CostMatrix | None
    contract: Contract
    settings: TableSettings
    words: Words
    reference: Reference | None = None  # what the training rows were like, to tell drift by
    against: np.ndarray | None = None  # (characteristics,) points of the approved, where reasons compare with them
    worded: Worded | None = None  # the study's own words for a column and its value
    chosen: np.ndarray | None = None  # numbers of the rows to act on, ascending, where a limit has been shared out

    @classmethod
    def open(cls, run: RunFolder, settings: type[TableSettings], words: Words, worded: Worded | None = None) -> Self:
        """Load a folder; every hash of its manifest is compared before anything else is read."""
        if wrong := run.verify():
            raise RunError(wrong[0], where=run.id, advice="a changed folder is not loaded; make the run again")
        decision = run.read_json("model/decision.json")
        schema = run.read_json("data/schema.json")
        model = read_model({path.name: path.read_bytes() for path in sorted((run.path / MODEL).iterdir())})
        matrix = None if decision["costs"] is None else CostMatrix(**decision["costs"])
        contract = Contract.from_dict(schema["contract"])
        needed = {*model.columns, *(matrix.names if matrix else [])} - set(schema["made"])
        columns = tuple(replace(column, required=column.name in needed) for column in contract.columns)
        return cls(
            model,
            Decider.from_dict(decision["decider"]),
            matrix,
            replace(contract, columns=columns),
            settings.model_validate(run.request()["config"]),
            words,
            Reference.from_dict(run.read_json(_REFERENCE)) if (run.path / _REFERENCE).exists() else None,
            _against(run),
            worded,
        )

    def predict(self, path: Path) -> Predictions:
        """Score a file of new rows; labels are not needed and not read.

        Raises
        ------
        DataError: the file cannot be read, or a column that the model or the costs read is missing.
        """
        batch = Batch(self)
        parts = list(in_parts(self, path, Engine(), batch))
        notes = batch.notes()
        return Predictions(pd.concat(parts, ignore_index=True), notes, batch.drift()[1])

    def predict_into(self, path: Path, out: Path, engine: Engine) -> tuple[int, list[str]]:
        """Score a file into a .csv or .parquet file in constant memory; how many rows, and what was odd about them.

        Raises
        ------
        DataError: as `predict`. ConfigError: a cluster is to read a file that is not Parquet.
        """
        return write(self, path, out, engine)

    @property
    def needs(self) -> set[str]:
        """The columns that are read of new rows, made ones too."""
        return {*self.model.columns, *(self.matrix.names if self.matrix else [])}

    def table(self, path: Path) -> Table | None:
        """The rows to score, where a file holds what they are made of; None: its rows are they."""
        return None

    def labelled(self, path: Path) -> tuple[Self, Table, list[str]]:
        """The predictor ready for the rows of a file that brings their outcomes, those rows, and what is to be said of both."""
        return self, read_table(path, read_options(self.settings)), []

    def priced(self, checked: Checked) -> tuple[np.ndarray, Costs | None]:
        """(rows,) the probability of checked rows, and what decisions about them cost; what the rule decides by."""
        try:
            return self.model.probability(checked.frame), self._costs(checked)
        except CaseError as error:  # rooms below know columns, not files
            where = ", ".join(part for part in (shown(checked.source.name), error.where) if part)
            raise DataError(error.what, where=where, advice=error.advice) from None

    def scores(self, checked: Checked) -> tuple[np.ndarray, pd.DataFrame]:
        """(rows,) the probability of checked rows, and all that is said of each: decision, expected money, reasons."""
        frame = checked.frame
        p, costs = self.priced(checked)
        act = self.decider.act(p, costs) if self.chosen is None else np.isin(checked.places.rows, self.chosen)
        columns: dict[str, Any] = {"row": checked.places.rows, "line": checked.places.lines}
        for name in checked.in_role("identifier"):
            source = checked.sources[name]
            columns[f"{source} (file)" if source in _OURS else source] = frame[name]
        card, table, k = self.model.card, self._reason_table, self.settings.reasons.k
        if card is not None:
            columns["score"] = card.score(card.codes(frame))
        columns["probability"] = p
        columns["decision"] = np.where(act, self.words.act, self.words.rest)
        if costs is not None:
            columns["threshold"] = costs.threshold()
            columns["expected_cost"] = costs.expected(p, act)
        if card is not None and table is not None:
            columns["reasons"] = table.reasons(card.codes(frame), k).joined()
        else:
            columns["reasons"] = self.reasons(frame)
        return p, pd.DataFrame(columns)

    def reasons(self, frame: pd.DataFrame) -> list[str]:
        """(rows,) what raises each row's risk most, in words."""
        return reasons_of(self.model, frame, self.settings.reasons.k, self.worded)

    @cached_property
    def _reason_table(self) -> ReasonTable | None:
        """What each bin says in a letter, where the model is a scorecard."""
        if self.model.card is None:
            return None
        asked, data = self.settings.reasons, self.settings.data
        known = [column.name for column in self.contract.columns]
        return ReasonTable.of(
            self.model.card,
            against=self.against,
            words=asked.words,
            concepts=asked.concepts,
            protected=data.protected,
            known=known,
        )

    def explain(self, frame: pd.DataFrame) -> Explanation:
        """SHAP values of rows that `read` returned."""
        return explain_table(self.model, frame)

    def what_if(self, values: Mapping[str, float | str | None]) -> WhatIf:
        """One row that nobody handed in: probability, its explanation, and its own threshold where that can be known.

        Parameters
        ----------
        values: {column: number, level, or None for missing}; a column that is not there is missing.
        """
        columns = {}
        for name in self.model.columns:
            numeric = self.contract[name].kind in NUMERIC
            value = values.get(name)
            columns[name] = (
                pd.Series([value], dtype="float64")
                if numeric
                else pd.Series([None if value is None else str(value)], dtype="str")
            )
        row = pd.DataFrame(columns, index=range(1))  # also where the model reads no column
        card, table = self.model.card, self._reason_table
        codes = None if card is None else card.codes(row)
        return WhatIf(
            float(self.model.probability(row)[0]),
            explain_table(self.model, row),
            self._own_threshold(values),
            None if card is None or codes is None else float(card.score(codes)[0]),
            None if table is None or codes is None else table.reasons(codes, self.settings.reasons.k).joined()[0],
        )

    def _own_threshold(self, values: Mapping[str, float | str | None]) -> float | None:
        if self.decider.kind != "bmr" or self.matrix is None:
            return None
        known = {
            alias: np.array([values[column.name]])
            for column in self.contract.columns
            for alias in (column.name, *column.synonyms)
            if values.get(column.name) is not None
        }
        if not set(self.matrix.names) <= set(known):
            return None
        return float(self.matrix.on(known, 1).threshold()[0])

    def checked(self, table: Table) -> Checked:
        """Rows as the training table was read: nothing is inferred again, and what is wrong is told, not raised."""
        data = self.settings.data
        derived = {name: formula for name, formula in data.derive.items() if name in self.needs}
        table = with_derived(table, derived, data.map)
        roles = roles_of(self.settings, None)
        return check(table, self.contract, _only_there(roles, table.frame), labelled=False, dates=data.dates)

    def _costs(self, checked: Checked) -> Costs | None:
        if self.matrix is None:
            return None
        return self.matrix.on(CellColumns.of_checked(checked), len(checked.frame))


def _against(run: RunFolder) -> np.ndarray | None:
    """The mean points of those approved in the run, where its reasons compare with them."""
    if not (run.path / _CARD).exists():
        return None
    told = run.read_json(_CARD)
    return None if told["against"] is None or not told["saved"] else np.asarray(told["against"], dtype=np.float64)


def _only_there(roles: Roles, frame: pd.DataFrame) -> Roles:
    """The roles whose columns new rows have; a file to score need not carry groups, weights or labels."""
    known = set(map(str, frame.columns))

    def kept(name: str | None) -> str | None:
        return name if name is not None and (name in known or roles.map.get(name) in known) else None

    return replace(
        roles,
        target=None,
        incumbent=None,
        id=kept(roles.id),
        time=kept(roles.time),
        group=kept(roles.group),
        weight=kept(roles.weight),
        treatment=kept(roles.treatment),
        protected=tuple(name for name in roles.protected if kept(name)),
        drop=tuple(name for name in roles.drop if kept(name)),
        map={name: column for name, column in roles.map.items() if column in known},
    )
