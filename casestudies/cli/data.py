"""Files of data: list and fetch public sets, convert large tables."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from casestudies.cli.environment import Progress, environment, print_table
from casestudies.cli.program import (
    AsJson,
    Override,
    data_app,
)


@data_app.command("list")
def data_list(as_json: AsJson = False) -> None:
    """Public data sets that the examples read: rows, licence, publisher's page."""
    from casestudies.datasets import DATA_SETS

    shell, sets = environment(), [found.told() for found in DATA_SETS.values()]
    if as_json:
        shell.json(sets)
        return
    rows = [{**told, "rows": f"{told['rows']:,}", "login": "yes" if told["login"] else "no"} for told in sets]
    print_table(shell, rows, ["name", "study", "rows", "login", "licence", "page"])
    shell.say("\nThey stay their publishers'. Get one with: casestudies data fetch NAME")


@data_app.command("fetch")
def data_fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A data set, see: casestudies data list")],
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="What you got from its publisher: archive, file or folder."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where data lie [CASESTUDIES_DATA or ./data].")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace another file of the same name.")] = False,
    progress: Annotated[bool, typer.Option(help="A progress bar on standard error.")] = True,
) -> None:
    """A public data set from its publisher, or from a file you bring, checked and laid where its example reads it."""
    from casestudies.api import fetch_data
    from casestudies.datasets import data_set

    shell, wanted = environment(), data_set(name)
    shell.note(f"{wanted.title}; {wanted.publisher} ({wanted.page})")
    shell.note(f"licence: {wanted.licence}")
    with Progress(shell, progress) as bar:
        done = fetch_data(name, source, out=out, force=force, on_event=bar.show, variables=shell.variables)
    for path in done.files:
        shell.say(f"{path}{'' if done.new else '  (already here)'}")
    where = "" if out is None else f"CASESTUDIES_DATA={shlex.quote(str(out))} "
    shell.say(f"next: {where}casestudies run {wanted.study} --config {wanted.example}")


@data_app.command("convert")
def data_convert(
    data: Annotated[Path, typer.Argument(metavar="FILE", help="A text table of any size, packed as gzip or not.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A .parquet file.")],
    overrides: Override = None,
    progress: Annotated[bool, typer.Option(help="A progress bar on standard error.")] = True,
) -> None:
    """A large CSV as Parquet, once, so that every later step reads it by row group."""
    from casestudies.api import convert
    from casestudies.runs import Event

    shell = environment()
    with Progress(shell, progress) as bar:
        done = convert(
            data,
            out,
            overrides=overrides or (),
            on_part=lambda share: bar.show(Event(0.0, "converting", share)),
        )
    for note in done.notes:
        shell.note(note)
    shell.say(f"{done.rows} rows, {done.columns} columns: {out}")
