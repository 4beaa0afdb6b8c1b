"""Trials on the disk: Optuna's journal, one line of JSON an event, safe against the death of whoever writes it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from casestudies.errors import ConfigError, MissingExtra, RunError
from casestudies.tuning.goal import Goal
from casestudies.tuning.lease import Lease
from casestudies.tuning.space import Point, Space
from casestudies.tuning.tried import History, State, Tried

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial, Trial

LIBRARY, EXTRA = "optuna", "tune"
_NAME = "tuning"
_OWNER, _FIRST, _POINT, _SCORES, _SECONDS, _WHY, _ASKED = "owner", "first", "point", "scores", "seconds", "why", "asked"


class Journal:
    """The trials of one search.

    Parameters
    ----------
    path: the file, made where it is not there. lease: whose trials at work are this process's.

    Raises
    ------
    MissingExtra: Optuna is not installed. ConfigError: the journal is of another space or of other goals.
    RunError: it cannot be read.
    """

    def __init__(self, path: Path, space: Space, goals: Sequence[Goal], lease: Lease) -> None:
        if find_spec(LIBRARY) is None:
            raise MissingExtra(LIBRARY, EXTRA, where="tune")
        self.space, self.goals, self._lease = space, tuple(goals), lease
        self._study = _opened(path, self.goals)
        asked = {"space": space.told, "goals": [[goal.name, goal.direction] for goal in goals]}
        before = self._study.user_attrs.get(_ASKED)
        if before is not None and before != asked:
            raise ConfigError("was made for another space or other goals", where=path.name, advice="start a new search")
        self._study.set_user_attr(_ASKED, asked)
        self._free()

    @property
    def study(self) -> Study:
        return self._study

    @property
    def history(self) -> History:
        """Every trial that ended, in order."""
        told = (self._told(trial) for trial in self._study.get_trials(deepcopy=False))
        return History(self.goals, tuple(one for one in told if one is not None))

    @property
    def waiting(self) -> bool:
        """Whether a point stands in line: one that a dead process was at work on."""
        from optuna.trial import TrialState

        return bool(self._study.get_trials(deepcopy=False, states=(TrialState.WAITING,)))

    def begin(self, point: Mapping[str, Any] | None, *, first: bool) -> Trial:
        """A trial of this process; of a point in line, else of the given one, else of the sampler's."""
        if point is not None and not self.waiting:
            self._study.enqueue_trial(dict(point))
        trial = self._study.ask()
        trial.set_user_attr(_OWNER, self._lease.owner)
        trial.set_user_attr(_FIRST, first)
        return trial

    def end(
        self, trial: Trial, point: Point, scores: Mapping[str, Sequence[float]], seconds: float, *, early: bool = False
    ) -> None:
        """A trial was scored. early: on some of its folds."""
        from optuna.trial import TrialState

        trial.set_user_attr(_POINT, point)
        trial.set_user_attr(_SCORES, {name: list(map(float, values)) for name, values in scores.items()})
        trial.set_user_attr(_SECONDS, round(seconds, 3))
        if early:
            goal = self.goals[0].name
            trial.report(float(np.mean(scores[goal])), len(scores[goal]))  # what TPE learns from it
            self._study.tell(trial, state=TrialState.PRUNED)
        else:
            self._study.tell(trial, [float(np.mean(scores[goal.name])) for goal in self.goals])

    def fail(self, trial: Trial, point: Point, why: str, seconds: float) -> None:
        """These settings cannot be scored."""
        from optuna.trial import TrialState

        trial.set_user_attr(_POINT, point)
        trial.set_user_attr(_WHY, why)
        trial.set_user_attr(_SECONDS, round(seconds, 3))
        self._study.tell(trial, state=TrialState.FAIL)

    def release(self, number: int) -> None:
        """Nobody goes on with this trial: its point stands in line for whoever comes next."""
        from optuna.trial import TrialState

        trial = self._study.get_trials(deepcopy=False)[number]
        self._study.tell(number, state=TrialState.FAIL)
        if set(trial.params) >= set(self.space.active(trial.params)) and self.space.holds(
            self.space.active(trial.params)
        ):
            self._study.enqueue_trial(dict(trial.params), user_attrs={_FIRST: bool(trial.user_attrs.get(_FIRST))})

    def _free(self) -> None:
        """Release the trials of processes that are gone."""
        from optuna.trial import TrialState

        for trial in self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            owner = str(trial.user_attrs.get(_OWNER, ""))
            if not owner or not self._lease.alive(owner):
                self.release(trial.number)

    def _told(self, trial: FrozenTrial) -> Tried | None:
        """None of one that has not ended, or was released."""
        kept = trial.user_attrs
        if _POINT not in kept or not trial.state.is_finished():
            return None
        state: State = "failed" if _WHY in kept else "done" if trial.state.name == "COMPLETE" else "stopped early"
        point = dict(kept[_POINT])
        return Tried(
            trial.number,
            point,
            self.space.settings(point),
            state,
            {name: np.array(values) for name, values in kept.get(_SCORES, {}).items()},
            float(kept[_SECONDS]),
            bool(kept.get(_FIRST)),
            str(kept.get(_WHY, "")),
        )


def _opened(path: Path, goals: Sequence[Goal]) -> Study:
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    path.touch()
    cut_whole(path)
    try:
        return optuna.create_study(
            study_name=_NAME,
            storage=JournalStorage(JournalFileBackend(str(path), cast(Any, _Lock(path)))),
            directions=[goal.optuna for goal in goals],
            load_if_exists=True,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(f"is no journal of a search ({error})", where=path.name, advice="start a new search") from None


def cut_whole(path: Path) -> None:
    """Take off a last line that its writer could not finish; Optuna would write behind it and never read it again."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)


class _Lock:
    """The journal is its own lock, which the system frees when its holder dies; Optuna's stay for half a minute."""

    def __init__(self, path: Path) -> None:
        self._path, self._descriptor = path, -1

    def acquire(self) -> bool:
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        return True

    def release(self) -> None:
        os.close(self._descriptor)
