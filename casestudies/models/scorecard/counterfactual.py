"""Counterfactuals: the smallest change of the columns an applicant can change that reaches the cut, exactly."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from casestudies.errors import ConfigError, nearest, one_line, shown
from casestudies.models.scorecard.card import Card, Floats
from casestudies.models.scorecard.cells import Cells, Codes
from casestudies.models.scorecard.frontier import Choice, Frontier
from casestudies.tabular.bins import PairBins

Direction = Literal["up", "down", "any"]

_NEAR = 1e-9  # points: a sum that misses the target by less has another order of its terms, not another score


@dataclass(frozen=True)
class Change:
    """One column that changes: what it holds now and what it would hold, in the words of its bins."""

    column: str
    now: str
    then: str

    def __str__(self) -> str:
        return one_line(f"{self.column}: {self.then} (now {self.now})")


@dataclass(frozen=True)
class Counterfactual:
    """What it takes to reach `target`.

    Parameters
    ----------
    reached: whether the changes reach it; without any, the row is there already.
    before: the score now. score: after the changes, or the best that the columns can reach where that is not enough.
    changes: in the card's order; none where the target is out of reach.
    columns: that may change.
    """

    reached: bool
    target: float
    before: float
    score: float
    changes: tuple[Change, ...]
    columns: tuple[str, ...]

    def __str__(self) -> str:
        # rounded up, so that what is wanted never looks like what is not enough
        enough = math.ceil(10 * self.target - _NEAR) / 10 if math.isfinite(self.target) else self.target
        wanted, now, then = map(_points, (enough, self.before, self.score))
        if self.reached and not self.changes:
            return f"nothing has to change: {now} points, {wanted} are wanted"
        if self.reached:
            return f"{'; '.join(map(str, self.changes))}: {then} points, {wanted} are wanted, {now} now"
        if not self.columns:
            return f"no column on the card can be changed: {now} points, {wanted} are wanted"
        names = one_line(", ".join(self.columns)) if len(self.columns) < 7 else f"these {len(self.columns)} columns"
        return f"no change of {names} reaches {wanted} points: {then} at best, {now} now"


@dataclass(frozen=True, eq=False)
class Recourse:
    """Which columns may change, where to, and at what effort; `change` answers for one row.

    Parameters
    ----------
    columns: that may change and are on the card. cells, ways, effort: of each.
    homes: (columns,) the characteristics (places on the card) that read each; a column is a place in `columns`.
    joint: {characteristic: its two columns} where both of a pair may change.
    """

    card: Card
    columns: tuple[str, ...]
    cells: tuple[Cells, ...]
    ways: tuple[Direction, ...]
    effort: tuple[float, ...]
    homes: tuple[tuple[int, ...], ...]
    joint: Mapping[int, tuple[int, int]]

    @classmethod
    def of(
        cls,
        card: Card,
        changeable: Mapping[str, Direction],
        *,
        protected: Collection[str] = (),
        effort: Mapping[str, float] | None = None,
        known: Iterable[str] = (),
    ) -> Recourse:
        """What may change.

        Parameters
        ----------
        changeable: {column: "up", "down" or "any"}; a missing or special cell, which is no place on the way up or down,
            moves only with "any", and nothing ever moves to a missing, special or other one.
        protected: columns that never change.
        effort: {column: cost of one bin}, 1 where not given; between categories, or out of missing, is one bin.
        known: further columns of the table, which may be named though the card has no use for them.

        Raises
        ------
        ConfigError: a column that is not there (the nearest names are given), is protected, or has no such direction.
        """
        names = [*card.columns, *map(str, known)]
        columns = tuple(name for name in card.columns if name in changeable)
        cells = tuple(Cells.of(card, name) for name in columns)
        place = {name: i for i, name in enumerate(columns)}
        for name, way in changeable.items():
            _check_way(name, way, names, protected, numeric=name not in place or cells[place[name]].numeric)
        for name, cost in (effort or {}).items():
            _check_name("reasons.effort", name, names)
            if not (isinstance(cost, int | float) and math.isfinite(cost) and cost > 0):
                raise ConfigError(
                    f"{cost} is not above 0", where=f"reasons.effort.{shown(name)}", advice="write 1, say"
                )
        read = [[place[name] for name in one.bins.columns if name in place] for one in card.characteristics]
        return cls(
            card,
            columns,
            cells,
            tuple(changeable[name] for name in columns),
            tuple(float((effort or {}).get(name, 1.0)) for name in columns),
            tuple(tuple(i for i, found in enumerate(read) if column in found) for column in range(len(columns))),
            {i: (found[0], found[1]) for i, found in enumerate(read) if len(found) == 2},
        )

    def change(self, codes: Codes, target: float) -> Counterfactual:
        """The fewest columns that reach `target`, of those the least effort, of those the highest score.

        Exact, also where changeable columns meet in pairs: every combination of bins is covered by dynamic
        programming over columns (`Frontier`), in milliseconds.

        Parameters
        ----------
        codes: (characteristics,) the row, as `Card.codes` gives it. target: points to reach (`score_at`).

        Raises
        ------
        ConfigError: `target` is not a number.
        """
        if math.isnan(target):
            raise ConfigError("the score to reach is not a number", where="target", advice="write points, e.g. 600")
        before = float(self.card.score(codes[None, :])[0])
        if before >= target - _NEAR:
            return Counterfactual(True, target, before, before, (), self.columns)
        now = [self._parts(codes, i) for i in range(len(self.columns))]
        options = [self._options(i, at) for i, at in enumerate(now)]
        frontier = Frontier.of(
            [self._choice(codes, i, options) for i in range(len(options))], self._tables(codes, options)
        )
        picked = frontier.least(target - before - _NEAR)
        reached = picked is not None
        picked = frontier.best() if picked is None else picked
        moved = self._moved(codes, options, picked)
        score = float(self.card.score(moved[None, :])[0])
        changes = [
            Change(self.columns[i], self.cells[i].label(now[i]), self.cells[i].label(tuple(options[i][0][option])))
            for i, option in enumerate(picked)
            if option and reached
        ]
        return Counterfactual(reached, target, before, score, tuple(changes), self.columns)

    def _parts(self, codes: Codes, column: int) -> tuple[int, ...]:
        """The row's bin in each of the bins on a column, in the order of `Cells.parts`."""
        found = []
        for i in self.homes[column]:
            bins = self.card.characteristics[i].bins
            if isinstance(bins, PairBins):
                both = divmod(int(codes[i]), len(bins.second.labels))
                found.append(both[bins.columns.index(self.columns[column])])
            else:
                found.append(int(codes[i]))
        return tuple(found)

    def _options(self, column: int, now: tuple[int, ...]) -> tuple[Codes, Floats]:
        """(options, parts) bins and (options,) effort; option 0 is to stay."""
        cells, way = self.cells[column], self.ways[column]
        at, goals = cells.place(now), np.flatnonzero(cells.target)
        if at is None:
            goals = goals if way == "any" else goals[:0]
        else:
            goals = goals[{"up": goals > at, "down": goals < at, "any": goals != at}[way]]
        steps = np.abs(goals - at) if at is not None and cells.numeric else np.ones(len(goals))
        return np.vstack([np.array(now, dtype=np.intp), cells.codes[goals]]), np.append(
            0.0, steps * self.effort[column]
        )

    def _choice(self, codes: Codes, column: int, options: list[tuple[Codes, Floats]]) -> Choice:
        """The options of a column with the points they gain by themselves, but for the pairs that another one shares."""
        held, effort = options[column]
        gain = np.zeros(len(held))
        for i in self.homes[column]:
            if i not in self.joint:
                points = self.card.characteristics[i].points
                gain += points[self._codes_of(i, column, held, int(codes[i]))] - points[codes[i]]
        return Choice(gain, effort)

    def _tables(self, codes: Codes, options: list[tuple[Codes, Floats]]) -> dict[tuple[int, int], Floats]:
        """{two columns: (options of the first, options of the second) points gained in the pairs they share}."""
        tables: dict[tuple[int, int], Floats] = {}
        for i, (a, b) in self.joint.items():
            one = self.card.characteristics[i]
            at_a = self._codes_of(i, a, options[a][0], int(codes[i]))
            at_b = self._codes_of(i, b, options[b][0], int(codes[i]))
            both = at_a[:, None] + at_b[None, :] - codes[i]  # each holds the row's own bin of the other column
            pair = (a, b) if a < b else (b, a)
            gain = one.points[both] - one.points[codes[i]]
            tables[pair] = tables.get(pair, 0.0) + (gain if a < b else gain.T)
        return tables

    def _codes_of(self, characteristic: int, column: int, held: Codes, now: int) -> Codes:
        """(options,) the bins of a characteristic when one of its columns takes each option and the other stays."""
        code = held[:, self.homes[column].index(characteristic)]
        bins = self.card.characteristics[characteristic].bins
        if not isinstance(bins, PairBins):
            return code
        first, second = divmod(now, width := len(bins.second.labels))
        return code * width + second if self.columns[column] == bins.columns[0] else first * width + code

    def _moved(self, codes: Codes, options: list[tuple[Codes, Floats]], picked: list[int]) -> Codes:
        moved = codes.copy()
        for column, option in enumerate(picked):
            for i in self.homes[column]:
                moved[i] = self._codes_of(i, column, options[column][0][[option]], int(moved[i]))[0]
        return moved


def score_at(card: Card, probability: float) -> float:
    """The score whose probability of the event is `probability`: a row with as many points or more is not above it.

    -inf at 1 and above (every score will do), inf at 0 and below (none will).
    """
    if not 0 < probability < 1:
        return math.nan if math.isnan(probability) else math.inf if probability <= 0 else -math.inf
    return float(card.scaling.score(np.array(math.log(probability) - math.log1p(-probability))))


def _check_way(name: str, way: str, names: list[str], protected: Collection[str], *, numeric: bool) -> None:
    _check_name("reasons.changeable", name, names)
    where = f"reasons.changeable.{shown(name)}"
    if name in protected:
        raise ConfigError("a protected column is never changed", where=where, advice="take it out")
    if way not in get_args(Direction):
        raise ConfigError(f"no direction is called {shown(way)}", where=where, advice="write up, down or any")
    if way != "any" and not numeric:
        raise ConfigError(f"levels have no order to go {way} in", where=where, advice="write any")


def _check_name(where: str, name: str, names: list[str]) -> None:
    if name not in names:
        raise ConfigError(f"no column is called {shown(name)}", where=where, advice=nearest(name, names))


def _points(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
