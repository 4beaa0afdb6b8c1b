"""A state in use: single events are looked up in it and added to it, without going through all."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from casestudies.fraud.features import made
from casestudies.fraud.rolling import Asked
from casestudies.fraud.state import Events, State
from casestudies.tabular.history import DAY, Keys

_NEW = 100_000  # events after which the indexes are made anew, and old events dropped


class Memory:
    """A state that grows by single events.

    An event that comes again is known by its own number; without one it counts as another.
    """

    def __init__(self, state: State) -> None:
        self._begin(state)

    def _begin(self, state: State) -> None:
        self._state = state
        self._told = state.events.told.copy()
        self._base = replace(state.events, told=self._told)
        self._new: list[Events] = []
        events = state.events
        self._cards, self._terminals, self._names = (_Index(k) for k in (events.card, events.terminal, events.name))

    @property
    def state(self) -> State:
        """With every event and outcome that came since."""
        changed = self._told != self._state.events.told
        learnt = self._state.told(np.flatnonzero(changed), self._told[changed])
        return learnt.add(_stacked(self._new)) if self._new else learnt

    def past(self, event: Events, asked: Asked) -> dict[str, NDArray[np.float64]]:
        """{made column: (1,)} of one event, from those that are remembered; of one that is so itself, as it was then."""
        place = self._place(event)
        if place is not None:
            event = self._take(np.array([place]))
        rows = np.union1d(self._cards.of(event.card[0]), self._terminals.of(event.terminal[0])).astype(np.int64)
        found = self._take(rows if place is None else rows[rows != place]).joined(event)
        found = found.take(found.time > event.time[0] - asked.days * DAY)
        order = found.in_order()
        return made(found.take(order), order == len(found) - 1, asked)

    def add(self, event: Events) -> None:
        """Remember one event; of one that is known by its own number, what is told of its outcome."""
        place = self._place(event)
        if place is not None:
            self._learn(place, event.told[0])
            return
        number = len(self._base) + len(self._new)
        self._new.append(event)
        for index, key in ((self._cards, event.card), (self._terminals, event.terminal), (self._names, event.name)):
            index.add(key[0], number)
        if len(self._new) >= _NEW:
            self._begin(self.state)

    def _place(self, event: Events) -> int | None:
        found = self._names.of(event.name[0])
        return int(found[0]) if len(found) else None

    def _learn(self, place: int, told: np.int8) -> None:
        if told < 0:
            return
        if place < len(self._base):
            self._told[place] = told
        else:
            self._new[place - len(self._base)].told[0] = told

    def _take(self, rows: NDArray[np.int64]) -> Events:
        old = self._base.take(rows[rows < len(self._base)])
        new = [self._new[row - len(self._base)] for row in rows[rows >= len(self._base)].tolist()]
        return old.joined(_stacked(new)) if new else old


class _Index:
    """Where the events of each key stand; those of key 0, which is none, are nowhere."""

    def __init__(self, keys: Keys) -> None:
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]
        self._new: dict[int, list[int]] = {}

    def of(self, key: np.uint64) -> NDArray[np.int64]:
        if not key:
            return np.zeros(0, dtype=np.int64)
        begin, end = np.searchsorted(self._keys, key), np.searchsorted(self._keys, key, side="right")
        new = self._new.get(int(key), ())
        return np.concatenate([self._order[begin:end], np.array(new, dtype=np.int64)])

    def add(self, key: np.uint64, place: int) -> None:
        if key:
            self._new.setdefault(int(key), []).append(place)


def _stacked(events: list[Events]) -> Events:
    return Events(*(np.concatenate([getattr(one, field.name) for one in events]) for field in fields(Events)))
