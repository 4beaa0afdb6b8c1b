"""What a search has found so far: trial by trial, in the order in which they ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError
from casestudies.tuning.goal import Goal
from casestudies.tuning.space import Point

Floats = NDArray[np.float64]
State = Literal["done", "stopped early", "failed"]


@dataclass(frozen=True, eq=False)
class Tried:
    """One trial.

    Parameters
    ----------
    number: from 0, in the order of the journal. point, settings: what was tried, as the search and as a config know it.
    scores: {goal: (folds,)}; of a trial that was stopped early those of the folds it had. seconds: of processor time.
    first: one of the settings as they were. why: it failed, in words.
    """

    number: int
    point: Point
    settings: Mapping[str, Any]
    state: State
    scores: Mapping[str, Floats]
    seconds: float
    first: bool = False
    why: str = ""

    def mean(self, goal: str) -> float:
        """Over folds; not a number where there is no score."""
        values = self.scores.get(goal)
        return float("nan") if values is None or not len(values) else float(np.mean(values))


@dataclass(frozen=True, eq=False)
class History:
    """All trials of a search. goals: the first one decides where only one can."""

    goals: tuple[Goal, ...]
    trials: tuple[Tried, ...]

    @property
    def done(self) -> tuple[Tried, ...]:
        return tuple(one for one in self.trials if one.state == "done")

    @property
    def searched(self) -> int:
        """Trials beside those of the settings as they were."""
        return sum(not one.first for one in self.trials)

    @property
    def defaults(self) -> Tried:
        """The best of the settings as they were.

        Raises
        ------
        DataError: none of them could be scored.
        """
        first = [one for one in self.done if one.first]
        if not first:
            failed = next((one.why for one in self.trials if one.why), "no trial ended")
            raise DataError(
                f"the settings as they are cannot be scored ({failed})", advice="run the study with them first"
            )
        return self.best(first)

    def best(self, among: Sequence[Tried] | None = None) -> Tried:
        """The least (or the greatest) mean of the first goal; of equal ones the earliest."""
        goal = self.goals[0]
        return min(self.done if among is None else among, key=lambda one: goal.sign * one.mean(goal.name))

    def values(self, among: Sequence[Tried] | None = None) -> Floats:
        """(trials, goals) means, each turned so that less is better."""
        rows = [
            [goal.sign * one.mean(goal.name) for goal in self.goals] for one in (self.done if among is None else among)
        ]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(self.goals))

    def curve(self) -> Floats:
        """(trials,) the best mean of the first goal so far; a trial without one changes nothing."""
        goal, best, out = self.goals[0], np.inf, []
        for one in self.trials:
            if one.state == "done":
                best = min(best, goal.sign * one.mean(goal.name))
            out.append(goal.sign * best)
        return np.array(out)


Told = Callable[[History], None]
