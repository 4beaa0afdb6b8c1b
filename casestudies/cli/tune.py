"""Better settings for a study: tune."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from casestudies.cli.environment import Progress, environment
from casestudies.cli.program import AsJson, ConfigFile, DataFile, Override, Seed, StudyName, app


@app.command()
def tune(
    study: StudyName,
    data: DataFile = None,
    config: ConfigFile = None,
    overrides: Override = None,
    seed: Seed = None,
    budget: Annotated[
        str | None, typer.Option("--budget", metavar="N|TIME", help="Trials, or a time: 30, 90s, 5min, 1h.")
    ] = None,
    goals: Annotated[
        list[str] | None, typer.Option("--goal", metavar="NAME", help="cost, log_loss, auc, seconds, ...; repeatable.")
    ] = None,
    method: Annotated[str, typer.Option("--method", help="auto|grid|random|sobol|tpe|gp|nsga2|cmaes|hybrid")] = "auto",
    search: Annotated[
        list[str] | None,
        typer.Option("--search", metavar="KEY[=A..B]", help="Search this alone, or in a range of yours; repeatable."),
    ] = None,
    nested: Annotated[int, typer.Option("--nested", metavar="K", help="Outer folds, for the honest figure.")] = 0,
    resume: Annotated[str | None, typer.Option("--resume", metavar="RUN", help="Go on from an earlier search.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "--runs", metavar="DIR", help="Where runs are kept [./runs].")
    ] = None,
    progress: Annotated[bool, typer.Option(help="A progress bar on standard error.")] = True,
    as_json: AsJson = False,
) -> None:
    """Search settings on the training rows; writes tuned.yaml and a report."""
    from casestudies.api import tune as tune_study

    shell = environment()
    with Progress(shell, progress) as bar:
        done = tune_study(
            study,
            data,
            config,
            budget=budget,
            method=method,
            goals=goals or (),
            nested=nested,
            search=search or (),
            resume=resume,
            overrides=overrides or (),
            seed=seed,
            runs=out,
            on_event=bar.show,
            variables=shell.variables,
        )
    if as_json:
        shell.json({"run": done.id, "folder": str(done.path), "metrics": done.metrics})
        return
    for line in done.summary():
        shell.say(line)
    shell.say(f"config: {done.path / 'tuned.yaml'}")
    for path in done.reports():
        shell.say(f"report: {path}")
    shell.say(f"run: {done.id}  ({done.path})")
