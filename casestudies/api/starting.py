"""Runs and searches in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casestudies.api.files import as_file, threads
from casestudies.api.finished import Run
from casestudies.api.requests import prepare, prepare_tuning
from casestudies.models.engine import Engine
from casestudies.runs import Event, RunStore, execute
from casestudies.workflow.studies import get_study

if TYPE_CHECKING:
    import pandas as pd


def run(
    study: str,
    data: str | Path | pd.DataFrame | None = None,
    config: str | Path | Mapping[str, Any] | None = None,
    *,
    overrides: Iterable[str] = (),
    seed: int | None = None,
    runs: str | Path | None = None,
    on_event: Callable[[Event], None] | None = None,
    engine: str | None = None,
    scheduler: str | None = None,
    variables: Mapping[str, str] = os.environ,
) -> Run:
    """Run a study in this process: check, fit, decide, explain, report.

    Parameters
    ----------
    study: its name, see `casestudies list`.
    data: a file or a DataFrame; None is `data.path` of the config, else the embedded synthetic demo.
    config: a YAML file, or nested settings.
    overrides: "key=value" texts, as `--set` takes them.
    runs: where the run folder goes: here, else $CASESTUDIES_RUNS, else ./runs.
    on_event: called with every progress event.
    engine: "dask" fits the saved model on the workers of the cluster at `scheduler`; a Parquet file is asked for.

    Raises
    ------
    CaseError: with one line that says what, where and what to do; its `code` is the command line's exit code.
    """
    told = get_study(study)
    where = Engine.of(engine, scheduler)
    store = RunStore.default(runs or variables.get("CASESTUDIES_RUNS"))
    with as_file(data) as file:
        request = prepare(told, file, config, overrides=overrides, seed=seed, engine=where, variables=variables)
        folder = store.create(study, request)
        with threads(request["config"]["run"]["threads"]):
            execute(folder.request(), folder, on_event)
    return Run(folder)


def tune(
    study: str,
    data: str | Path | pd.DataFrame | None = None,
    config: str | Path | Mapping[str, Any] | None = None,
    *,
    budget: int | str | None = None,
    method: str = "auto",
    goals: Iterable[str] = (),
    nested: int = 0,
    search: Iterable[str] = (),
    resume: str | None = None,
    overrides: Iterable[str] = (),
    seed: int | None = None,
    runs: str | Path | None = None,
    on_event: Callable[[Event], None] | None = None,
    variables: Mapping[str, str] = os.environ,
) -> Run:
    """Search better settings for a study on its training rows, in this process; tuned.yaml in the folder holds them.

    Parameters
    ----------
    study, data, config, overrides, seed, runs, on_event: as `run` takes them.
    budget: trials beside those of the settings as they are (30), or a time ("5min"); None is the study's own.
    method: auto, grid, random, sobol, tpe, gp, nsga2, cmaes or hybrid. goals: names such as "cost" or "seconds"; the study's
        first where none is given. nested: outer folds of a search inside a search; 0 = none.
    search: settings to search alone ("model.trees"), or ranges of your own ("model.trees.leaves=4..63").
    resume: a search to go on from, whatever ended it: its data, settings and trials; the budget counts those, too.

    Raises
    ------
    CaseError: as `run`; MissingExtra where the extra `tune` is not installed.
    """
    told = get_study(study)
    store = RunStore.default(runs or variables.get("CASESTUDIES_RUNS"))
    asked = {
        "budget": str(budget or ""),
        "method": method,
        "goals": list(goals),
        "nested": nested,
        "search": list(search),
    }
    with as_file(data) as file:
        if resume is None:
            request = prepare_tuning(told, file, config, asked, overrides=overrides, seed=seed, variables=variables)
        else:
            from casestudies.workflow.tuned.request import resumed

            given = {"data": data, "config": config, "seed": seed, "overrides": tuple(overrides) or None}
            request = resumed(
                told, store.get(resume), asked, [name for name, value in given.items() if value is not None]
            )
        folder = store.create(study, request)
        with threads(request["config"]["run"]["threads"]):
            execute(folder.request(), folder, on_event)
    return Run(folder)
