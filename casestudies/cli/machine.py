"""This computer: app, doctor."""

from __future__ import annotations

from typing import Annotated

import typer

from casestudies.cli.environment import environment, print_table
from casestudies.cli.program import (
    AsJson,
    RunsRoot,
    app,
)


@app.command("app")
def start_app(
    study: Annotated[str | None, typer.Argument(metavar="[STUDY]", help="Open this study.")] = None,
    port: Annotated[int, typer.Option(help="Port on this computer.")] = 8501,
    address: Annotated[
        str, typer.Option(help="Address to listen on; other than loopback needs sign-in.")
    ] = "127.0.0.1",
    host: Annotated[str | None, typer.Option(help="A further host name it is reached by, e.g. behind a proxy.")] = None,
    runs: RunsRoot = None,
    browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True,
) -> None:
    """The pages, on this computer only."""
    from casestudies.pages.server import serve

    raise typer.Exit(serve(study, port=port, address=address, runs=runs, browser=browser, host=host))


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Versions, extras, threads: what is here, what is missing and how to get it."""
    from casestudies.api import examine_installation

    found = examine_installation()
    out = environment()
    if as_json:
        out.json(found)
        return
    print_table(out, found["libraries"], ["library", "version", "for", "get it"])
    out.say("")
    for key, value in found["machine"].items():
        out.say(f"{key}: {value}")
