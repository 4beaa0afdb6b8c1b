"""New transactions and outcomes of a file as the past remembers them, and what their own past lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError, nearest, shown
from casestudies.fraud.features import NEVER, events_of, number_of
from casestudies.fraud.rolling import Asked
from casestudies.fraud.state import Events, State, day_of, no_events
from casestudies.tabular import Contract, Roles
from casestudies.tabular.cells import clean, coded, plain
from casestudies.tabular.checked import Checked, check
from casestudies.tabular.derive import with_derived
from casestudies.tabular.history import DAY, fingerprints
from casestudies.tabular.read import Table, read_table
from casestudies.tabular.read.groups import RowGroups, is_parquet
from casestudies.workflow.load import read_options
from casestudies.workflow.table_settings import TableSettings

_COPIES = 3  # of the made columns while a file is scored


@dataclass(frozen=True)
class Reader:
    """Reads the few columns that the past is made of.

    Parameters
    ----------
    asked: what is made of them. contract: how new rows are read. settings: of the run.
    other: what the training table wrote where there was no fraud; None where that is not kept.
    """

    asked: Asked
    contract: Contract
    settings: TableSettings
    other: str | None = None

    def of_file(self, path: Path) -> Events:
        """Its transactions, in the order of its rows.

        Raises
        ------
        DataError: a column that the past is made of is missing or cannot be read, or the past takes too much memory.
        """
        self._refuse_wide(path)
        parts = [self.events(self._few(table, self.asked.sources), table) for table in self._tables(path)]
        return reduce(Events.joined, parts, no_events())

    def events(self, checked: Checked, table: Table) -> Events:
        """The transactions of a table that has been checked, with the outcomes that it may bring."""
        return events_of(checked.frame, self.asked, self._told(table), number_of(checked))

    def learnt(self, state: State, path: Path) -> tuple[State, str]:
        """The state with the outcomes of a file, and how many of them were of transactions that it remembers.

        Raises
        ------
        DataError: the file has no outcomes, or nothing to know the transactions by.
        """
        found = said = 0
        target = target_of(self.settings)
        for table in self._tables(path):
            names = list(map(str, table.frame.columns))
            if target not in names:
                what = f"there is no column {shown(target)} with the outcomes"
                raise DataError(what, where=f"--labels {shown(path.name)}", advice=nearest(target, names))
            numbers = [c for c in self.contract.columns if c.role == "identifier"]
            named = any({c.name, *c.synonyms} & set(names) for c in numbers)
            checked = self._few(table, [] if named else self.asked.sources)
            told = self._told(table)
            events = _numbered(checked, told) if named else self.events(checked, table)
            place = state.place(events)
            state = state.told(place, told)
            found, said = found + int(((place >= 0) & (told >= 0)).sum()), said + int((told >= 0).sum())
        return state, f"{found:,} of {said:,} outcomes belong to payments that are remembered, and are learnt"

    def doubts(self, state: State, events: Events) -> list[str]:
        """What the past of these transactions lacks, a sentence each. state: before them."""
        asked, time = self.asked, events.time[events.time != NEVER]
        if not len(time):
            return []
        first, last = int(time.min()), int(time.max())
        out = []
        names = events.name[events.name != 0]
        repeated = len(names) - len(np.unique(names))
        if repeated:
            out.append(
                f"{repeated:,} payments have the number of another one in the file, and count beside it in what is "
                "remembered; remove them if they are the same"
            )
        again = int((state.place(events) >= 0).sum())
        if again:
            out.append(f"{again:,} payments are remembered already: they are scored, and not counted twice")
        if first - state.until > DAY:
            gap = f"what is remembered ends on {day_of(state.until)}, and these payments begin on {day_of(first)}"
            out.append(f"{gap}: what lies between is missing from their features")
        elif first - asked.days * DAY < state.since:
            short = int((time - asked.days * DAY < state.since).sum())
            begins = f"nothing before {day_of(state.since)} is remembered"
            out.append(f"{short:,} payments have less past than the {asked.days} days that are looked back: {begins}")
        known = max(state.known, int(events.time[events.told >= 0].max(initial=state.known)))
        if asked.terminal and last - asked.delay * DAY > known + DAY:
            out.append(
                f"outcomes are known up to {day_of(known)}; frauds after that count as none until they are told, by "
                f"--labels or by a column {shown(target_of(self.settings))}"
            )
        return out

    def _few(self, table: Table, wanted: list[str]) -> Checked:
        """These columns of a table and its transactions' numbers, checked; raises a DataError for what is wrong."""
        columns = [c for c in self.contract.columns if c.name in wanted or c.role == "identifier"]
        names = {name for c in columns for name in (c.name, *c.synonyms)}
        derived = {name: formula for name, formula in self.settings.data.derive.items() if name in names}
        table = with_derived(table, derived, self.settings.data.map)
        small = Contract(tuple(replace(c, required=c.name in wanted) for c in columns), extra="ignored")
        checked = check(table, small, Roles(), labelled=False)
        checked.problems.raise_if_errors(table.source.name)
        return checked

    def _told(self, table: Table) -> NDArray[np.int8]:
        """(rows,) outcomes that a file brings: 1 = fraud, 0 = none, -1 = not said."""
        target = target_of(self.settings)
        if target not in table.frame.columns:
            return np.full(len(table.frame), -1, dtype=np.int8)
        codes, levels = coded(clean(table.frame[target])[0])
        try:
            lookup = np.array([outcome(level, self.settings, self.other) for level in levels] + [-1], dtype=np.int8)
        except DataError as error:
            raise DataError(error.what, where=f"{table.source.name}, column {target}", advice=error.advice) from None
        return lookup[codes]

    def _tables(self, path: Path) -> Iterator[Table]:
        """A file whole, or a Parquet file by parts."""
        options = read_options(self.settings)
        if not is_parquet(path):
            yield read_table(path, options)
            return
        groups = RowGroups.open(path, options)
        for block in range(len(groups.counts)):
            yield from groups.tables(block)

    def _refuse_wide(self, path: Path) -> None:
        """Raises a DataError where the made columns of a Parquet file would take more memory than a run may use."""
        if not is_parquet(path):
            return
        rows, allowed = RowGroups.open(path, read_options(self.settings)).rows, self.settings.run.memory_mb
        taken = rows * len(list(self.asked.columns())) * 8 * _COPIES // 2**20
        if taken > allowed:
            raise DataError(
                f"the past of {rows:,} payments takes {taken:,} MB, and {allowed:,} are allowed",
                where=shown(path.name, 80),
                advice="split the file by time, and give each part the state of the one before: --state FILE",
            )


def target_of(settings: TableSettings) -> str:
    """What a file calls the outcome."""
    data = settings.data
    return data.map.get(data.target or "fraud", data.target or "fraud")


def outcome(value: object, settings: TableSettings, other: str | None) -> int:
    """1 for fraud, 0 for none.

    Parameters
    ----------
    other: see `Reader`; without it every value that is not fraud's is its contrary.

    Raises
    ------
    DataError: the value is neither of the two that the training table had.
    """
    text, fraud = plain(value), plain(settings.data.positive)
    if other is None or text in (fraud, other):
        return int(text == fraud)
    raise DataError(
        f"{shown(text)} is no outcome: the run knows {shown(fraud)} and {shown(other)}",
        where=target_of(settings),
        advice="write one of them, or nothing where it is not known yet",
    )


def _numbered(checked: Checked, told: NDArray[np.int8]) -> Events:
    """Transactions of which only their own number is known."""
    none, nothing = np.zeros(len(told), dtype=np.uint64), np.zeros(len(told), dtype=np.int64)
    numbers = none if (name := number_of(checked)) is None else fingerprints(checked.frame[name])
    return Events(nothing, none, none, nothing, told, numbers)
