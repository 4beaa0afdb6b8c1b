"""What is asked of a finished run: report, predict, evaluate."""

from __future__ import annotations

from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from casestudies.cli.environment import Progress, environment
from casestudies.cli.program import (
    AsJson,
    EngineName,
    Override,
    RunName,
    RunsRoot,
    Scheduler,
    app,
)
from casestudies.errors import UsageError, shown

if TYPE_CHECKING:
    from casestudies.api import Run


@app.command()
def report(
    names: Annotated[list[str], typer.Argument(metavar="RUN...", help="Run ids, folders, or: latest")],
    formats: Annotated[str, typer.Option("--format", help="html, pdf, xlsx (its tables), with commas.")] = "html,pdf",
    overrides: Override = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where to write [next to each run].")] = None,
    notes: Annotated[Path | None, typer.Option("--notes", metavar="MD", help="Your words for the sections.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="RUN|last", help="Add what has changed since an earlier run.")
    ] = None,
    runs: RunsRoot = None,
) -> None:
    """Write the reports of finished runs again, from their folders alone."""
    from casestudies.api import open_run

    for name in names:
        for path in open_run(name, runs=runs).report(
            formats.split(","), out=out, overrides=overrides or (), notes=notes, since=since
        ):
            environment().say(str(path))


@app.command()
def predict(
    run: RunName,
    data: Annotated[
        str, typer.Option("--data", metavar="FILE|-", help="New rows; -: a JSON object a line, as they come.")
    ],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="A .csv or .parquet file.")] = None,
    state: Annotated[
        Path | None, typer.Option("--state", metavar="FILE", help="What is remembered of past rows, read and written.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option("--labels", metavar="FILE", help="Outcomes of past rows that became known.")
    ] = None,
    files: Annotated[
        list[str] | None, typer.Option("--files", metavar="NAME=FILE", help="A further table of the new rows.")
    ] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="For the new rows alone, e.g. snapshot.date")
    ] = None,
    runs: RunsRoot = None,
    engine: EngineName = None,
    scheduler: Scheduler = None,
) -> None:
    """Scores, decisions and reasons for new rows, by a run's saved model."""
    from casestudies.api import open_run

    opened = open_run(run, runs=runs)
    if data == "-":
        needless = {
            "--out": out,
            "--labels": labels,
            "--files": files,
            "--set": overrides,
            "--engine": engine,
            "--scheduler": scheduler,
        }
        if given := [name for name, value in needless.items() if value is not None]:
            raise UsageError("is for files", where=given[0], advice="scores of single rows go to standard output")
        _score_lines(opened, state)
        return
    if out is None:
        raise UsageError("is needed", where="--out", advice="say where the scores go, e.g. --out scores.csv")
    count, notes = opened.predict_file(
        data,
        out,
        engine=engine,
        scheduler=scheduler,
        files=_named_files(files or ()),
        overrides=overrides or (),
        state=state,
        labels=labels,
    )
    for note in notes:
        environment().note(note)
    environment().say(f"{count} rows: {out}")


@app.command()
def evaluate(
    run: RunName,
    data: Annotated[str, typer.Option("--data", metavar="FILE", help="New rows with their outcomes.")],
    files: Annotated[
        list[str] | None, typer.Option("--files", metavar="NAME=FILE", help="A further table of the new rows.")
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Gates, intervals, the report, how the file is read."),
    ] = None,
    reports: Annotated[
        Path | None, typer.Option("--reports", metavar="DIR", help="Copy the reports here as STUDY.html, .pdf.")
    ] = None,
    runs: RunsRoot = None,
    progress: Annotated[bool, typer.Option(help="A progress bar on standard error.")] = True,
    as_json: AsJson = False,
) -> None:
    """Whether a run's frozen model still holds on new rows with outcomes: keep, recalibrate or refit."""
    from casestudies.api import folder_for, open_run

    shell = environment()
    opened = open_run(run, runs=runs)
    if reports is not None:
        folder_for(reports)
    with Progress(shell, progress) as bar:
        done = opened.evaluate(
            data,
            files=_named_files(files or ()),
            overrides=overrides or (),
            on_event=bar.show,
            variables=shell.variables,
        )
    copies = done.copy_reports(reports) if reports else []
    if as_json:
        told = done.folder.read_json("evaluation.json")["verdict"]
        shell.json(
            {"run": done.id, "folder": str(done.path), "of": opened.id, "verdict": told, "metrics": done.metrics}
        )
    else:
        for line in done.summary():
            shell.say(line)
        for path in copies or done.reports():
            shell.say(f"report: {path}")
        shell.say(f"run: {done.id}  ({done.path})")
    done.check_gates()


def _named_files(texts: Sequence[str]) -> dict[str, str]:
    """{name: file} of texts NAME=FILE.

    Raises
    ------
    UsageError: a text is none, or a name stands there twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, sign, file = text.partition("=")
        if not (name and sign and file) or name in found:
            what = "stands there twice" if name in found else "is not NAME=FILE"
            raise UsageError(what, where=f"--files {shown(text, 200)}", advice="write e.g. transactions=purchases.csv")
        found[name] = file
    return found


def _score_lines(run: Run, state: Path | None) -> None:
    """Standard input to standard output, each line at once; the state is written however it ends."""
    from contextlib import closing

    shell = environment()
    if isinstance(shell.stdin, TextIOWrapper):  # bytes that are no UTF-8 spoil their line, not the stream
        shell.stdin.reconfigure(encoding="utf-8", errors="backslashreplace")
    with closing(run.score_lines(shell.stdin, state=state)) as scored:
        for line in scored:
            shell.say_json(line)
            shell.stdout.flush()
