"""The steps of a search: check, search, search inside a search where that is asked for, say what came of it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from casestudies.errors import ConfigError
from casestudies.runs import RunWriter
from casestudies.runs.process import Process
from casestudies.tuning import SECONDS, Budget, Goal, History, Lease, Search, importance
from casestudies.tuning.journal import cut_whole
from casestudies.workflow.studies import Study
from casestudies.workflow.tuned.asked import RESUME, TUNE, Asked
from casestudies.workflow.tuned.nested import Nested, searched_inside
from casestudies.workflow.tuned.record import JOURNAL, write
from casestudies.workflow.tuned.told import Outcome
from casestudies.workflow.tuned.tunable import Bench, Prepared, Tunable
from casestudies.workflow.tuned.words import within


def conduct(study: Study, tunable: Tunable, request: Mapping[str, Any], writer: RunWriter) -> Mapping[str, Any]:
    """Search settings for a study, into a run folder of its own.

    Parameters
    ----------
    request: what request.json holds: data, files and config of a run, what is asked of the search under "tune", and
        under "resume" the folder of a search to go on from.

    Returns
    -------
    What the manifest says beside the writer's own entries.
    """
    settings: Any = study.settings.model_validate(request["config"])
    asked = Asked.of(request[TUNE]).checked(tunable, settings)
    with tunable.opened(study, settings, request, writer) as prepared:
        if request.get(RESUME):
            _take_over(Path(request[RESUME]), writer)
        outcome = _searched(tunable, asked, settings, prepared, writer)
        write(prepared.record, writer, study, settings, request, outcome)
    prepared.record.reports()
    return prepared.record.seal(synthetic=prepared.synthetic)


def _searched(tunable: Tunable, asked: Asked, settings: Any, prepared: Prepared, writer: RunWriter) -> Outcome:
    bench, goals = prepared.bench, asked.chosen(tunable.goals(settings))
    _allowed(goals, bench)
    space = asked.space(tunable.space(settings))
    step = prepared.record.stage("search")
    step(0.0, "the settings as they are")
    search = Search(
        space,
        goals,
        bench.trial,
        Budget.of(asked.budget),
        asked.method,
        settings.seed,
        tunable.starts(space),
        bench.early,
    )
    history = search.run(writer.path(JOURNAL), Progress(step, search), _lease())
    nested: Nested | None = None
    if asked.nested:
        outer = bench.outer(asked.nested)
        nested = searched_inside(outer, search, prepared.record.stage("nested"), settings.interval.level)
    return Outcome(
        asked, space, history, bench, settings.interval.level, importance(history, space, settings.seed), nested
    )


def _allowed(goals: tuple[Goal, ...], bench: Bench) -> None:
    """Raises a ConfigError for a goal that these data do not allow."""
    for goal in goals:
        if goal.name != SECONDS.name and goal.name not in bench.goals:
            advice = f"these data allow {', '.join(sorted(bench.goals))}"
            raise ConfigError(f"{goal.name} cannot be scored here", where="goal", advice=advice)


def _take_over(folder: Path, writer: RunWriter) -> None:
    """The journal of an earlier search, as far as it was written, and only if its data were these.

    Raises
    ------
    ConfigError: it has no journal, or searched other data.
    """
    there, here = writer.folder.read_json("data/profile.json"), folder / "data" / "profile.json"
    journal = folder / JOURNAL
    if not journal.is_file() or not here.is_file():
        raise ConfigError("has no journal of a search", where="resume", advice="start a new search")
    if json.loads(here.read_bytes())["source"]["sha256"] != there["source"]["sha256"]:
        raise ConfigError("searched other data than these are now", where="resume", advice="start a new search")
    target = writer.path(JOURNAL)
    target.write_bytes(journal.read_bytes())
    cut_whole(target)


def _lease() -> Lease:
    here = Process.of(os.getpid(), worker=False)

    def alive(owner: str) -> bool:
        pid, _, start = owner.partition("@")
        return pid.isdecimal() and Process(int(pid), start or None, worker=False).alive()

    return Lease(f"{here.pid}@{here.start or ''}", alive)


class Progress:
    """Says before each trial how far a search is."""

    def __init__(self, step: Any, search: Search) -> None:
        self._step, self._search = step, search
        self._most = (search.budget.trials or 0) + len(search.first)

    def __call__(self, history: History) -> None:
        goal, done = history.goals[0], len(history.trials)
        best = goal.said(history.best().mean(goal.name)) if history.done else "none yet"
        whole = f" of {self._most}" if self._search.budget.trials is not None else ""
        self._step(self._share(history), f"trial {done + 1}{whole}; best {within(goal.label)} {best}")

    def _share(self, history: History) -> float:
        return min(0.99, len(history.trials) / self._most) if self._search.budget.trials is not None else 0.0
