"""Transactions scored as they come: a line of JSON in, a line of JSON out, each in a few milliseconds.

A line takes the way of a row in a file, without looking for anything: which keys mean which columns, and how each is
read, was settled when the model was opened. Of the past only the events of the same card and terminal are looked at.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.decisions.deciders import SHARED
from casestudies.errors import CaseError, DataError, shown
from casestudies.fraud.lines import cell, folded, parsed, plain_value, series, typed
from casestudies.fraud.memory import Memory
from casestudies.fraud.reading import outcome, target_of
from casestudies.fraud.rolling import AMOUNT, CARD, TERMINAL, TIME
from casestudies.fraud.state import Events, refuse_future
from casestudies.models.mean import MeanModel
from casestudies.models.table import TableModel
from casestudies.runs.disk import to_json, write_whole
from casestudies.tabular.checked import Checked
from casestudies.tabular.contract import NUMERIC, Column
from casestudies.tabular.derive import with_derived
from casestudies.tabular.history import fingerprint, millionths
from casestudies.tabular.problems import Places, Problems
from casestudies.tabular.read import Source, Table

if TYPE_CHECKING:
    from casestudies.fraud.predictor import FraudPredictor

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Stream:
    """A model that scores one transaction at a time and remembers each.

    Parameters
    ----------
    predictor: with the state to go on from.
    """

    def __init__(self, predictor: FraudPredictor) -> None:
        kept = predictor.remembered
        self._by = replace(predictor, model=_once(predictor.model))
        self._asked = None if kept is None else kept.asked
        self._other = None if kept is None else kept.other
        self._memory = None if kept is None else Memory(kept.state)
        columns = {column.name: column for column in predictor.contract.columns}
        made_here = [] if self._asked is None else [column.name for column in self._asked.columns()]
        priced = predictor.matrix.names if predictor.matrix else ()
        read = [c for c in columns.values() if {c.name, *c.synonyms} & {*predictor.model.columns, *priced, AMOUNT}]
        names = [c for c in columns.values() if c.role == "identifier"]
        self._past = [] if self._asked is None else [columns[name] for name in self._asked.sources]
        self._read = {c.name: c for c in (*read, *names, *self._past) if c.name not in made_here}
        self._numbers = [name for name, c in self._read.items() if c.kind in NUMERIC]
        self._others = [c for c in self._read.values() if c.kind not in NUMERIC and (c in read or c in names)]
        self._index = pd.Index([*self._numbers, *made_here])
        self._marks = frozenset(text.strip() for text in predictor.settings.data.read.missing)
        self._blank = _template({name: c for name, c in columns.items() if name not in made_here})
        known = {name for column in self._read.values() for name in (column.name, *column.synonyms)}
        self._derived = {name: f for name, f in predictor.settings.data.derive.items() if name in known}
        self._spelt = {folded(name): name for name in sorted(known)}
        self._known = known

    def lines(self, source: Iterable[str]) -> Iterator[str]:
        """A line of JSON for each line of JSON that is not blank; one that cannot be read gives its number and why."""
        for number, line in enumerate(source, start=1):
            if not line.strip():
                continue
            try:
                told = self.score(parsed(line), number)
            except CaseError as error:
                told = {"line": number, "error": str(error)}
            yield to_json(told, None).decode("utf-8").rstrip("\n")

    def score(self, cells: Mapping[str, Any], number: int = 1) -> dict[str, Any]:
        """What `predict` writes of a row, for one transaction, which is remembered.

        Parameters
        ----------
        cells: {column, by the file's name or the contract's: value}. A column that is not there is missing.

        Raises
        ------
        DataError: a value cannot be read as its column's kind; a key is a column but for capitals and signs; there is no
            time.
        """
        for name in cells.keys() - self._known:  # what is not there is missing, but not by a slip of the pen
            meant = self._spelt.get(folded(name))
            if meant is not None and meant not in cells:
                raise DataError(f"there is no column {shown(name)}", advice=f"write it {shown(meant)}")
        cells = {**cells, **self._by_formula(cells, number)} if self._derived else cells
        values = {name: typed(column, cell(cells, column), self._marks) for name, column in self._read.items()}
        numbers, event = [values[name] for name in self._numbers], None
        if self._asked is not None and self._memory is not None:
            if values[TIME] is None:
                raise DataError("there is no time, by which the past is known", where=TIME, advice="give it")
            event = self._event(values, cells)
            refuse_future(event.time, "standard input")
            past = self._memory.past(event, self._asked)
            numbers += [float(column[0]) for column in past.values()]
        frame = pd.DataFrame(np.array([numbers], dtype=np.float64), columns=self._index)
        for column in self._others:
            frame[column.name] = series(column.kind, values[column.name])
        places = Places(np.array([number]), np.array([number]))
        _, rows = self._by.scores(replace(self._blank, frame=frame, places=places))
        if self._memory is not None and event is not None:
            self._memory.add(event)  # what cannot be scored is not remembered either: it may come again, mended
        out = {str(name): plain_value(held[0]) for name, held in rows.to_dict("list").items() if name != "row"}
        if self._by.decider.kind in SHARED:
            out["decision"] = None  # the limit is for many rows, and one has no share of it
        return out

    def keep(self, path: Path) -> None:
        """Write the state behind the last transaction, whole or not at all."""
        if self._memory is not None:
            write_whole(path, self._memory.state.to_bytes())

    def _by_formula(self, cells: Mapping[str, Any], number: int) -> dict[str, Any]:
        """The columns that the analyst's formulas make, as they do of a file."""
        blank = dict.fromkeys(self._blank.sources.values())
        single = {name: value for name, value in {**blank, **cells}.items() if not isinstance(value, (dict, list))}
        texts = {name: pd.Series([None if v is None else str(v)], dtype="str") for name, v in single.items()}
        there = [name for name in self._derived if name in texts]
        table = Table(pd.DataFrame(texts).drop(columns=there), self._blank.source, np.array([number]))
        made_of = with_derived(table, self._derived, self._by.settings.data.map).frame
        return {name: plain_value(made_of[name].iloc[0]) for name in self._derived}

    def _event(self, values: Mapping[str, Any], cells: Mapping[str, Any]) -> Events:
        """The transaction as its past and future know it; as `features.events_of` makes them of a frame."""
        there = {column.name for column in self._past}
        told = cells.get(target_of(self._by.settings))
        known = told is not None and str(told).strip() not in {"", *self._marks}
        name = next((values[c.name] for c in self._read.values() if c.role == "identifier"), None)
        amount = values[AMOUNT] if AMOUNT in there else math.nan
        return Events(
            np.array([(values[TIME] - _EPOCH) // _MICROSECOND]),
            fingerprint(values[CARD] if CARD in there else None),
            fingerprint(values[TERMINAL] if TERMINAL in there else None),
            millionths(np.array([amount])),
            np.array([outcome(told, self._by.settings, self._other) if known else -1], dtype=np.int8),
            fingerprint(name),
        )


@dataclass(frozen=True, eq=False)
class _Once(TableModel):
    """The model of rows that come one by one: what is scored and then explained is encoded once, which takes 2 ms."""

    _last: list[Any] = field(default_factory=lambda: [None, None])

    def matrix(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        if self._last[0] is not frame:
            self._last[:] = frame, TableModel.matrix(self, frame)
        found: NDArray[np.float64] = self._last[1]
        return found


def _once(model: TableModel | MeanModel) -> TableModel | MeanModel:
    if isinstance(model, MeanModel):
        return replace(model, parts=tuple(cast(TableModel, _once(part)) for part in model.parts))
    return _Once(*(getattr(model, one.name) for one in fields(TableModel)))


def _template(columns: dict[str, Column]) -> Checked:
    """A checked table without rows, to which one is added at a time."""
    sources = {name: (column.synonyms or (name,))[0] for name, column in columns.items()}
    source = Source("standard input", "", 0, "json", None, None, ".", None, 1, len(columns))
    places = Places(np.zeros(0, int), np.zeros(0, int))
    return Checked(pd.DataFrame(), None, columns, sources, frozenset(), Problems(), places, source)
