"""Tables as files: convert."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from casestudies.cli.environment import Progress, environment
from casestudies.cli.program import (
    Override,
    data_app,
)


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
