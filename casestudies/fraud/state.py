"""What must be remembered of past transactions so that the next ones get the features they would have had in one file."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError, RunError
from casestudies.optim.saving import load, save
from casestudies.tabular.history import DAY, Keys, Whole, fingerprints, mixed

FORMAT = 1
FILE = "history.npz"  # under made/ of a run folder
MOST = 20_000_000  # events of a state; 41 bytes each
_PROBE = "a card that no bank has issued"  # its fingerprint tells whether names are still fingerprinted in the same way

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Events:
    """Transactions as their history needs them.

    Parameters
    ----------
    time: (rows,) microseconds since 1970. amount: (rows,) in millionths, `GAP` where missing.
    card, terminal, name: (rows,) fingerprints of card, terminal and the transaction's own number; 0 = none.
    told: (rows,) 1 = fraud, 0 = none, -1 = nobody has said yet.
    """

    time: NDArray[np.int64]
    card: NDArray[np.uint64]
    terminal: NDArray[np.uint64]
    amount: NDArray[np.int64]
    told: NDArray[np.int8]
    name: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.time)

    def take(self, rows: NDArray[np.intp] | Mask) -> Events:
        return Events(*(getattr(self, field.name)[rows] for field in fields(self)))

    def joined(self, other: Events) -> Events:
        """These rows, then the others."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return Events(*(np.concatenate(pair) for pair in pairs))

    def in_order(self) -> NDArray[np.intp]:
        """(rows,) positions by time."""
        return np.argsort(self.time, kind="stable")

    @property
    def identity(self) -> Keys:
        """(rows,) a number for each transaction: of its own number, else of all that is known when it happens.

        Equal rows without a number of their own (two payments of one amount in one second) are told apart by counting.
        """
        same = np.where(self.name != 0, self.name, mixed(self.time, self.card, self.terminal, self.amount))
        order = np.argsort(same, kind="stable")
        first = np.ones(len(same), dtype=bool)
        first[1:] = same[order][1:] != same[order][:-1]
        start = np.maximum.accumulate(np.where(first, np.arange(len(same)), 0))
        again = np.empty(len(same), dtype=np.int64)
        again[order] = np.arange(len(same)) - start
        again[self.name != 0] = 0
        return np.where(again > 0, mixed(same, again), same)


def no_events() -> Events:
    """None at all."""
    key = np.zeros(0, dtype=np.uint64)
    return Events(np.zeros(0, np.int64), key, key, np.zeros(0, np.int64), np.zeros(0, np.int8), key)


@dataclass(frozen=True, eq=False)
class State:
    """The events that windows of later transactions can still reach, by time.

    Parameters
    ----------
    days: how far back they are kept: the longest window and the delay of labels.
    since: from this instant on (microseconds) all are held. until: of the latest.
    known: the latest instant of an event whose outcome was told.
    """

    format: int
    probe: int
    days: int
    since: int
    until: int
    known: int
    events: Events

    @classmethod
    def of(cls, events: Events, days: int) -> State:
        """The state after these events, which are the first of all."""
        return cls(FORMAT, _probe(), days, 0, 0, 0, no_events()).add(events)

    def place(self, events: Events) -> NDArray[np.intp]:
        """(rows,) where the state holds these transactions already; -1 where it does not."""
        mine, theirs = self.events.identity, events.identity
        order = np.argsort(mine, kind="stable")
        if not len(order):
            return np.full(len(theirs), -1)
        at = np.minimum(np.searchsorted(mine, theirs, sorter=order), len(order) - 1)
        return np.where(mine[order[at]] == theirs, order[at], -1)

    def told(self, place: NDArray[np.intp], told: NDArray[np.int8]) -> State:
        """The state when outcomes are told of the events at `place`; -1 in either tells nothing."""
        said = (place >= 0) & (told >= 0)
        if not said.any():
            return self
        mine = self.events.told.copy()
        mine[place[said]] = told[said]
        known = max(self.known, int(self.events.time[place[said]].max()))
        return replace(self, events=replace(self.events, told=mine), known=known)

    def add(self, events: Events) -> State:
        """The state after these events, which it does not hold yet; what no later window can reach is dropped."""
        if not len(events):
            return self
        every, time = self.events.joined(events), events.time
        begun = len(self.events) > 0  # the latest one is always held
        until = max(self.until, int(time.max())) if begun else int(time.max())
        since = self.since if begun else int(time.min())
        oldest = until - self.days * DAY
        every = every.take(every.time > oldest)
        said = time[events.told >= 0]
        known = max(self.known, int(said.max())) if len(said) else self.known
        every = every.take(every.in_order())
        return replace(self, since=max(since, oldest + 1), until=until, known=known, events=every)

    def to_bytes(self) -> bytes:
        """The state as an .npz file of numbers; `from_bytes` gives it back."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, FILE)
            save(path, self)
            return path.read_bytes()

    @classmethod
    def read(cls, path: Path, days: int) -> State:
        """The state in a file that anybody may have written.

        Raises
        ------
        RunError: it is damaged, of another version or for other windows, or its numbers cannot be those of a state.
        """
        try:
            state = load(path, cls)
        except DataError as error:
            raise _unfit(error.what, path) from None
        if state.format != FORMAT or state.probe != _probe():
            raise _unfit("was written by another version", path)
        if state.days != days:
            raise _unfit(f"remembers {state.days} days, and this run's windows and delay need {days}", path)
        problem = _strange(state)
        if problem:
            raise _unfit(f"is damaged: {problem}", path)
        return state


def day_of(instant: int) -> str:
    """The day of an instant in microseconds since 1970, as ISO 8601 writes it."""
    return str(np.datetime64(instant, "us"))[:10]


def refuse_future(time: Whole, where: str) -> None:
    """Raises a DataError where a payment is dated after tomorrow: it would push all others out of what is remembered."""
    late = time > (datetime.now(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) + DAY
    if late.any():
        what = f"{late.sum():,} payments are dated in the future, first {day_of(int(time[late][0]))}"
        raise DataError(what, where=where, advice="correct them: what is remembered goes back from the latest payment")


def _unfit(what: str, path: Path) -> RunError:
    return RunError(what, where=f"--state {path}", advice="name another file to start from the run's own state")


def _probe() -> int:
    import pandas as pd

    return int(fingerprints(pd.Series([_PROBE]))[0] >> np.uint64(1))


def _strange(state: State) -> str:
    """Why the numbers cannot be those of a state, or nothing."""
    events, until = state.events, state.until
    columns = [getattr(events, field.name) for field in fields(events)]
    widths = [array.dtype.itemsize for array in columns]
    if any(array.ndim != 1 or len(array) != len(events) for array in columns) or widths != [8, 8, 8, 8, 1, 8]:
        return "its columns differ in length or kind"
    if len(events) > MOST:
        return f"it has more than {MOST:,} events"
    if not len(events):
        return ""
    time: Whole = events.time
    if (np.diff(time) < 0).any() or time[-1] != until or time[0] <= until - state.days * DAY or abs(until) > 2**60:
        return "its events are not in the order of time, or outside its dates"
    if not -1 <= events.told.min() <= events.told.max() <= 1:
        return "its outcomes are impossible"
    return ""
