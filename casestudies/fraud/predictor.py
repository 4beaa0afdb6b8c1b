"""A run's saved model on new transactions, which go on from the past that the run, or a state file, remembers."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from casestudies.errors import UsageError, shown
from casestudies.explain.table import explain_table
from casestudies.fraud.features import OUTCOMES, with_past
from casestudies.fraud.reading import Reader
from casestudies.fraud.rolling import AMOUNT, Asked
from casestudies.fraud.state import FILE, State, refuse_future
from casestudies.fraud.words import merged
from casestudies.models.engine import Engine
from casestudies.runs import RunFolder
from casestudies.runs.disk import write_whole
from casestudies.tabular.checked import Checked
from casestudies.tabular.read import Table
from casestudies.workflow.predictor import Predictions, TablePredictor
from casestudies.workflow.reasons import Worded, reasons
from casestudies.workflow.scoring import write
from casestudies.workflow.studies import Words
from casestudies.workflow.table_settings import TableSettings

if TYPE_CHECKING:
    from casestudies.fraud.stream import Stream

LOSS = "expected_loss"


@dataclass(frozen=True, eq=False)
class Remembered:
    """What is made of a transaction's past, and how much of the past there is.

    Parameters
    ----------
    asked: the columns that are made.
    state: the past from which new transactions go on.
    past: (rows of a file, made columns) of the file that is being scored; None = made where they are asked for.
    other: what the training table wrote where there was no fraud.
    """

    asked: Asked
    state: State
    past: pd.DataFrame | None = None
    other: str | None = None


@dataclass(frozen=True, eq=False)
class FraudPredictor(TablePredictor):
    """The saved model and, where columns are made of a transaction's past, what is remembered of it."""

    remembered: Remembered | None = None

    @classmethod
    def open(cls, run: RunFolder, settings: type[TableSettings], words: Words, worded: Worded | None = None) -> Self:
        """Load a folder; see `TablePredictor.open`."""
        opened = super().open(run, settings, words, worded)
        asked = Asked.of({column.name: column for column in opened.contract.columns}, opened.settings)
        file = run.path / "made" / FILE
        if asked is None or not file.exists():
            return opened
        state = State.read(file, asked.days)
        return replace(opened, remembered=Remembered(asked, state, other=_other(run.path / "made" / OUTCOMES)))

    def predict(self, path: Path, state: Path | None = None, labels: Path | None = None) -> Predictions:
        """Score a file of new transactions; see `TablePredictor.predict`.

        Parameters
        ----------
        state: where the past is kept from one file to the next; it begins with the run's own where it does not exist.
        labels: outcomes that became known: the transactions' own numbers, or all that the past knows of each, and the
            outcome.
        """
        ready, after, notes = self._ready(path, state, labels)
        found = TablePredictor.predict(ready, path)
        _keep(after, state)
        return replace(found, notes=[*notes, *found.notes])

    def predict_into(
        self, path: Path, out: Path, engine: Engine, state: Path | None = None, labels: Path | None = None
    ) -> tuple[int, list[str]]:
        """Score a file into another; see `TablePredictor.predict_into` and `predict`.

        The state is written after the scores, whole or not at all.
        """
        ready, after, notes = self._ready(path, state, labels)
        count, said = write(ready, path, out, engine)
        _keep(after, state)
        return count, [*notes, *said]

    def labelled(self, path: Path) -> tuple[FraudPredictor, Table, list[str]]:
        """As `TablePredictor.labelled`; the past of the transactions is what the run remembers, and they themselves."""
        ready, _, notes = self._ready(path, None, None)
        return *TablePredictor.labelled(ready, path)[:2], notes

    def stream(self, state: Path | None = None) -> Stream:
        """Transactions scored one at a time, in memory; `Stream.keep` writes what they left behind."""
        from casestudies.fraud.stream import Stream

        return Stream(self._following(state))

    def checked(self, table: Table) -> Checked:
        """Rows as the training table was read, with the features of their past."""
        checked, kept = TablePredictor.checked(self._plain, table), self.remembered
        if kept is None or set(kept.asked.sources) - set(checked.columns):
            return checked  # what is missing is told by the problems
        if kept.past is None:
            past, _ = with_past(self._reader(kept).events(checked, table), kept.asked, kept.state)
        else:
            past = kept.past.iloc[checked.places.rows - 1]
        return checked.with_made(past, kept.asked.columns())

    def scores(self, checked: Checked) -> tuple[np.ndarray, pd.DataFrame]:
        """As `TablePredictor.scores`, and the money that is expected to be lost: probability times amount."""
        p, rows = TablePredictor.scores(self, checked)
        if AMOUNT in checked.frame.columns:
            rows.insert(list(rows.columns).index("reasons"), LOSS, p * checked.frame[AMOUNT].to_numpy(dtype=np.float64))
        return p, rows

    def reasons(self, frame: pd.DataFrame) -> list[str]:
        """(rows,) what raises each transaction's score most, one reason a concept."""
        return reasons(merged(explain_table(self.model, frame)), frame, self.settings.reasons.k, self.worded)

    @cached_property
    def _plain(self) -> TablePredictor:
        """The same predictor for the columns that a file has; those that the past is made of must be there."""
        if self.remembered is None:
            return self
        made = {column.name for column in self.remembered.asked.columns()}
        needed = set(self.remembered.asked.sources) if made & set(self.model.columns) else set()
        columns = [column for column in self.contract.columns if column.name not in made]
        kept = tuple(replace(one, required=True) if one.name in needed else one for one in columns)
        return replace(self, contract=replace(self.contract, columns=kept))

    def _reader(self, kept: Remembered) -> Reader:
        return Reader(kept.asked, self.contract, self.settings, kept.other)

    def _following(self, path: Path | None) -> FraudPredictor:
        """The predictor that goes on from a state file, where there is one."""
        if path is None:
            return self
        if self.remembered is None:
            what = "this run makes nothing of the past, so there is no state"
            raise UsageError(what, where="--state", advice="leave it out")
        if not path.exists():
            return self
        return replace(self, remembered=replace(self.remembered, state=State.read(path, self.remembered.asked.days)))

    def _ready(
        self, path: Path, state: Path | None, labels: Path | None
    ) -> tuple[FraudPredictor, State | None, list[str]]:
        """The predictor with the past of a file's rows, the state behind them, and what is to be said of both."""
        start = self._following(state)
        kept, notes = start.remembered, []
        if kept is None:
            if labels is not None:
                raise UsageError("this run remembers no transactions", where="--labels", advice="leave it out")
            return start, None, []
        reader, before = self._reader(kept), kept.state
        if labels is not None:
            before, said = reader.learnt(before, labels)
            notes.append(said)
        events = reader.of_file(path)
        if state is not None:
            refuse_future(events.time, shown(path.name, 80))
        notes += reader.doubts(before, events)
        past, after = with_past(events, kept.asked, before)
        return replace(start, remembered=replace(kept, state=before, past=past)), after, notes


def _other(path: Path) -> str | None:
    if not path.exists():
        return None
    found = json.loads(path.read_bytes()).get("other")
    return found if isinstance(found, str) else None


def _keep(state: State | None, path: Path | None) -> None:
    if path is not None and state is not None:
        write_whole(path, state.to_bytes())
