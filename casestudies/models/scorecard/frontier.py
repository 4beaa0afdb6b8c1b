"""One option of each column, so that a sum of points is reached by the fewest changes and then the least effort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casestudies.models.scorecard.card import Floats

Places = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Choice:
    """The options of one column: (options,) points gained and effort. Option 0 is to stay, and gains and costs 0."""

    gain: Floats
    effort: Floats


@dataclass(frozen=True, eq=False)
class _States:
    """Partial choices, one a row: changes made, effort, points gained, and the options of columns still needed.

    `parent` is the state of the column before, `option` what was chosen; they lead back to the whole choice.
    """

    count: Places
    effort: Floats
    gain: Floats
    open: Mapping[int, Places]
    parent: Places
    option: Places

    def keep(self, which: Places | NDArray[np.bool_]) -> _States:
        return _States(
            self.count[which],
            self.effort[which],
            self.gain[which],
            {column: digits[which] for column, digits in self.open.items()},
            self.parent[which],
            self.option[which],
        )


@dataclass(frozen=True, eq=False)
class Frontier:
    """Dynamic programming over columns that keeps, for equal changes made, what no other choice beats.

    Of two partial choices with the same number of changes, and the same options in columns that a later one shares a
    table with, the one that gains no more at no less effort is dropped: whatever follows, it stays behind. The bound of
    what later columns can still gain drops the rest, so few states remain, and none that the answer needs.

    Parameters
    ----------
    choices: of the columns, in the order they are decided in. order: their places in the caller's order.
    tables: {(earlier, later): (options, options) points that two columns gain together}.
    rest: (columns + 1, columns + 1) the bound: points that column i and later ones can gain by j changes.
    """

    choices: tuple[Choice, ...]
    order: tuple[int, ...]
    tables: Mapping[tuple[int, int], Floats]
    rest: Floats

    @classmethod
    def of(cls, choices: list[Choice], tables: Mapping[tuple[int, int], Floats]) -> Frontier:
        """Put columns that share a table next to each other, so that few are open at a time.

        Parameters
        ----------
        tables: by two places in `choices`, the smaller first; 0 where both stay.
        """
        order = _neighbours_first(len(choices), list(tables))
        at = {place: turn for turn, place in enumerate(order)}
        turned = {
            (at[a], at[b]) if at[a] < at[b] else (at[b], at[a]): table if at[a] < at[b] else table.T
            for (a, b), table in tables.items()
        }
        ordered = tuple(choices[place] for place in order)
        return cls(ordered, tuple(order), turned, _bounds(ordered, turned))

    def least(self, need: float) -> list[int] | None:
        """The option of each column, in the caller's order: fewest changes, then least effort, then most points.

        None where no choice gains `need` points. Of choices equal in all three, one is taken, always the same.
        """
        fewest = np.flatnonzero(self.rest[0] >= need)  # a bound; exact without tables
        if not len(fewest):
            return None
        for most in range(int(fewest[0]), len(self.choices) + 1):
            layers = self._layers(need, most)
            last = layers[-1]
            if len(last.gain):
                return self._back(layers, int(np.lexsort((-last.gain, last.effort, last.count))[0]))
        return None

    def best(self) -> list[int]:
        """The options that gain most points, whatever they take."""
        layers = self._layers(-np.inf, len(self.choices), free=True)
        return self._back(layers, int(np.argmax(layers[-1].gain)))

    def _layers(self, need: float, most: int, *, free: bool = False) -> list[_States]:
        """States after each column; those that cannot gain `need` with at most `most` changes are left out.

        `free`: neither changes nor effort count.
        """
        nought = np.zeros(1, dtype=np.intp)
        layers = [_States(nought, np.zeros(1), np.zeros(1), {}, nought, nought)]
        for column, choice in enumerate(self.choices):
            after = self._step(layers[-1], column, choice, free)
            left = most - after.count
            hopeful = (left >= 0) & (after.gain + self.rest[column + 1][np.maximum(left, 0)] >= need)
            layers.append(_unbeaten(after.keep(hopeful)))
        return layers

    def _step(self, before: _States, column: int, choice: Choice, free: bool) -> _States:
        options, states = len(choice.gain), len(before.gain)
        parent, option = np.repeat(np.arange(states), options), np.tile(np.arange(options), states)
        gain = before.gain[parent] + choice.gain[option]
        for (a, b), table in self.tables.items():
            if b == column:
                gain += table[before.open[a][parent], option]
        opened = {a: digits[parent] for a, digits in before.open.items() if self._needed(a, column)}
        if self._needed(column, column):
            opened[column] = option
        count, effort = before.count[parent], before.effort[parent]
        if not free:
            count, effort = count + (option > 0), effort + choice.effort[option]
        return _States(count, effort, gain, opened, parent, option)

    def _needed(self, column: int, now: int) -> bool:
        return any(a == column and b > now for a, b in self.tables)

    def _back(self, layers: list[_States], state: int) -> list[int]:
        picked = [0] * len(self.choices)
        for turn in range(len(self.choices) - 1, -1, -1):
            layer = layers[turn + 1]
            picked[self.order[turn]] = int(layer.option[state])
            state = int(layer.parent[state])
        return picked


def _unbeaten(states: _States) -> _States:
    """Without those that another one with the same changes and open options equals or beats in points and effort."""
    if not len(states.gain):
        return states
    group = states.count
    for digits in states.open.values():
        group = group * (int(digits.max()) + 1) + digits
    order = np.lexsort((-states.gain, states.effort, group))
    apart = np.concatenate([[0], np.cumsum(np.diff(group[order]) > 0)])
    rank = np.unique(states.gain, return_inverse=True)[1][order]
    # ranks of later groups are lifted above all earlier ones, so one running maximum serves every group
    lifted = apart * (len(rank) + 1) + rank
    ahead = np.concatenate([[-1], np.maximum.accumulate(lifted)[:-1]])
    return states.keep(order[lifted > ahead])


def _bounds(choices: tuple[Choice, ...], tables: Mapping[tuple[int, int], Floats]) -> Floats:
    """(columns + 1, columns + 1) at most how many points columns i and later gain by j changes; exact without tables."""
    n = len(choices)
    staying, changing = np.zeros(n), np.zeros(n)
    for i, choice in enumerate(choices):
        most = choice.gain + sum(table.max(axis=0) for (_, b), table in tables.items() if b == i)
        staying[i] = most[0]  # above 0 where a partner's change alone gains points in a shared table
        changing[i] = max(0.0, float(most[1:].max(initial=-np.inf)) - most[0])
    out = np.zeros((n + 1, n + 1))
    for i in range(n):
        out[i, 1 : n - i + 1] = np.cumsum(np.sort(changing[i:])[::-1])
        out[i, n - i + 1 :] = out[i, n - i]
        out[i] += staying[i:].sum()
    return out


def _neighbours_first(count: int, edges: list[tuple[int, int]]) -> list[int]:
    """Places 0 .. count - 1 so that those joined by an edge stand together, each time the one that opens fewest."""
    beside: dict[int, set[int]] = {place: set() for place in range(count)}
    for a, b in edges:
        beside[a].add(b)
        beside[b].add(a)
    order: list[int] = []
    while len(order) < count:
        done, left = set(order), [place for place in range(count) if place not in order]
        touched = [place for place in left if beside[place] & done] or left
        order.append(min(touched, key=lambda place: (len(beside[place] - done), place)))
    return order
