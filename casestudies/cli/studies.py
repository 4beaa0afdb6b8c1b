"""What is asked of a study: list, schema, template, check, run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from casestudies.cli.environment import Progress, environment, print_table
from casestudies.cli.program import (
    AsJson,
    ConfigFile,
    DataFile,
    EngineName,
    Override,
    Scheduler,
    Seed,
    StudyName,
    app,
)
from casestudies.errors import ExitCode


@app.command("list")
def list_studies(as_json: AsJson = False) -> None:
    """The studies: what each answers, what data it needs."""
    import importlib
    from dataclasses import asdict

    from casestudies.runs import studies

    cards = [importlib.import_module(f"casestudies.{name}").CARD for name in studies()]
    out = environment()
    if as_json:
        out.json([asdict(card) | {"missing": card.missing} for card in cards])
        return
    for card in cards:
        out.say(f"{card.name:<16}{card.question}")
        out.say(f"{'':<16}decides: {card.decision}")
        out.say(f"{'':<16}needs:   {card.needs}")
        if card.missing:
            out.say(f"{'':<16}{card.library} is not installed: pip install 'casestudies[{card.extra}]'")


@app.command()
def schema(study: StudyName, as_json: AsJson = False) -> None:
    """The data contract and the settings of a study."""
    from casestudies.api import describe

    out, described = environment(), describe(study)
    if as_json:
        out.json(described)
        return
    out.say(f"Columns that {study} knows by name; every further column becomes a feature by its kind\n")
    print_table(out, described["columns"], ["column", "kind", "role", "values", "required", "known", "meaning"])
    out.say("\nSettings\n")
    print_table(out, described["settings"], ["key", "default", "rule", "sentence"])


@app.command()
def template(
    study: StudyName, out: Annotated[Path, typer.Option("--out", metavar="DIR", help="A new folder.")]
) -> None:
    """A config and a small example file to start from."""
    from casestudies.api import write_template

    for path in write_template(study, out):
        environment().say(str(path))


@app.command()
def check(
    study: StudyName,
    data: DataFile = None,
    config: ConfigFile = None,
    overrides: Override = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="CSV", help="Write all problems to a file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Problems of a file with row, column, rule and advice; trains nothing."""
    from casestudies.api import check_data

    checked = check_data(study, data, config=config, overrides=overrides or ())
    shell = environment()
    if out is not None:
        checked.write_problems(out)
    if as_json:
        shell.json(checked.to_dict())
    else:
        for line in checked.lines():
            shell.say(line)
    if checked.failed:
        raise typer.Exit(ExitCode.DATA)


@app.command()
def run(
    study: StudyName,
    data: DataFile = None,
    config: ConfigFile = None,
    overrides: Override = None,
    seed: Seed = None,
    out: Annotated[
        Path | None, typer.Option("--out", "--runs", metavar="DIR", help="Where runs are kept [./runs].")
    ] = None,
    reports: Annotated[
        Path | None, typer.Option("--reports", metavar="DIR", help="Copy the reports here as STUDY.html, .pdf.")
    ] = None,
    engine: EngineName = None,
    scheduler: Scheduler = None,
    progress: Annotated[bool, typer.Option(help="A progress bar on standard error.")] = True,
    as_json: AsJson = False,
) -> None:
    """Check, fit, decide, explain and report; writes a run folder."""
    from casestudies.api import folder_for
    from casestudies.api import run as run_study

    shell = environment()
    if reports is not None:
        folder_for(reports)  # said before a training, not after it
    with Progress(shell, progress) as bar:
        done = run_study(
            study,
            data,
            config,
            overrides=overrides or (),
            seed=seed,
            runs=out,
            on_event=bar.show,
            engine=engine,
            scheduler=scheduler,
            variables=shell.variables,
        )
    copies = done.copy_reports(reports) if reports else []
    if as_json:
        shell.json({"run": done.id, "folder": str(done.path), "metrics": done.metrics})
    else:
        for line in done.summary():
            shell.say(line)
        for path in copies or done.reports():
            shell.say(f"report: {path}")
        shell.say(f"run: {done.id}  ({done.path})")
    done.check_gates()
