"""The loop: propose, score fold by fold, write down, until the budget is spent."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from casestudies.errors import ConfigError, DataError
from casestudies.tuning.budget import Budget
from casestudies.tuning.goal import SECONDS, Goal
from casestudies.tuning.journal import Journal
from casestudies.tuning.lease import ALONE, Lease
from casestudies.tuning.methods import Method
from casestudies.tuning.pruning import hopeless
from casestudies.tuning.space import Point, Space
from casestudies.tuning.tried import History, Told, Tried

Trial = Callable[[Mapping[str, Any]], Iterable[Mapping[str, float]]]


@dataclass(frozen=True)
class Search:
    """A search, ready to go.

    Parameters
    ----------
    space: what is searched. goals: the first one decides where only one can; `SECONDS` is measured here.
    trial: of settings {dotted key: value}: one {goal: score} a fold, made one after the other. It raises a ConfigError or
        a DataError for settings that cannot be used, which ends the trial and not the search.
    budget: trials beside the first ones, or seconds. seed: of what is proposed.
    first: points that are tried before anything is proposed: the settings as they are.
    early: whether a trial may be stopped before its last fold; only with one goal, and where that saves time.

    Raises
    ------
    ConfigError: as `Method`; a goal stands twice.
    """

    space: Space
    goals: tuple[Goal, ...]
    trial: Trial
    budget: Budget
    method: str = "auto"
    seed: int = 0
    first: tuple[Point, ...] = ()
    early: bool = False

    def __post_init__(self) -> None:
        names = [goal.name for goal in self.goals]
        if not names or len(set(names)) < len(names):
            raise ConfigError("no goal, or one stands twice", where="goal", advice="name each goal once")
        self.plan  # noqa: B018  (what is wrong with the method is said now)

    @property
    def plan(self) -> Method:
        return Method(self.method, self.space, len(self.goals), self.budget, self.seed)

    def run(self, journal: Path, told: Told = lambda history: None, lease: Lease = ALONE) -> History:
        """Search until the budget is spent, with what the journal holds already; returns all of it.

        Parameters
        ----------
        told: called before each trial with the history so far; what it raises ends the search, and the journal stays.
        """
        kept = Journal(journal, self.space, self.goals, lease)
        began = time.monotonic()
        while (step := self._next(kept.history, time.monotonic() - began)) is not None:
            told(kept.history)
            self._one(kept, *step)
        return kept.history

    def _next(self, history: History, seconds: float) -> tuple[Point | None, int] | None:
        """The point (None: a sampler's) and how many searched trials have ended; None when the search is over."""
        tried = [one.point for one in history.trials if one.first]
        for point in self.first:
            if point not in tried:
                return point, -1
        ended, plan = history.searched, self.plan
        if ended >= min(n for n in (self.budget.trials, plan.most, np.inf) if n is not None):
            return None
        if self.budget.seconds is not None and seconds >= self.budget.seconds:
            return None
        return plan.point(ended), ended

    def _one(self, kept: Journal, point: Point | None, ended: int) -> None:
        """One trial; whatever ends it, none stays at work."""
        plan = self.plan
        kept.study.sampler = plan.sampler(max(ended, 0), kept.study)
        trial = kept.begin(point, first=ended < 0)
        clock = time.process_time()
        here: Point = {}
        try:
            here = self.space.suggest(trial, all_at_once=plan.all_at_once)
            same = _same(kept.history, here)
            if same is not None:
                kept.end(trial, here, {name: values.tolist() for name, values in same.scores.items()}, same.seconds)
                return
            scores, early = self._scored(here, kept.history)
            kept.end(trial, here, scores, time.process_time() - clock, early=early)
        except (ConfigError, DataError) as error:
            kept.fail(trial, here, str(error), time.process_time() - clock)
        except BaseException:
            with suppress(Exception):  # what is on its way says more
                kept.release(trial.number)
            raise

    def _scored(self, point: Point, history: History) -> tuple[dict[str, list[float]], bool]:
        """{goal: a score a fold; of seconds their sum}, and whether folds were left out."""
        scores: dict[str, list[float]] = {goal.name: [] for goal in self.goals}
        clock = time.process_time()
        lead = self.goals[0]
        others = [lead.sign * one.scores[lead.name] for one in history.done]
        for fold in self.trial(self.space.settings(point)):
            for name, own in scores.items():
                own[:] = [time.process_time() - clock] if name == SECONDS.name else [*own, _finite(fold, name)]
            if self._may_stop and hopeless(lead.sign * np.array(scores[lead.name]), others):
                return scores, True
        return scores, False

    @property
    def _may_stop(self) -> bool:
        return self.early and len(self.goals) == 1


def _finite(fold: Mapping[str, float], name: str) -> float:
    if name not in fold or not np.isfinite(fold[name]):
        raise DataError(f"{name} has no value on a fold", advice="leave these settings out")
    return float(fold[name])


def _same(history: History, point: Point) -> Tried | None:
    """A whole trial of the same point: the same settings give the same scores."""
    text = json.dumps(point, sort_keys=True)
    return next((one for one in history.done if json.dumps(one.point, sort_keys=True) == text), None)
