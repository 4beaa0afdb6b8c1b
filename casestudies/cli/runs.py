"""What was done: list, show, compare, verify, rm."""

from __future__ import annotations

from typing import Annotated

import typer

from casestudies.cli.environment import environment, print_table
from casestudies.cli.program import (
    AsJson,
    RunName,
    RunsRoot,
    runs_app,
)
from casestudies.errors import UsageError


@runs_app.command("list")
def runs_list(
    study: Annotated[str | None, typer.Option(help="Only this study's.")] = None,
    runs: RunsRoot = None,
    as_json: AsJson = False,
) -> None:
    """All runs, the newest first."""
    from casestudies.api import list_runs

    rows = list_runs(study, runs=runs)
    out = environment()
    if as_json:
        out.json(rows)
    elif rows:
        print_table(out, rows, ["run", "study", "state", "data", "champion", "headline", "size"])
    else:
        out.note("no runs yet; start one with: casestudies run credit")


@runs_app.command("show")
def runs_show(run: RunName, runs: RunsRoot = None, as_json: AsJson = False) -> None:
    """One run: its state, decision, figures and files."""
    from casestudies.api import open_run

    shown = open_run(run, runs=runs, finished=False)
    out = environment()
    if as_json:
        out.json(shown.to_dict())
        return
    for line in shown.describe():
        out.say(line)


@runs_app.command("compare")
def runs_compare(first: RunName, second: RunName, runs: RunsRoot = None, as_json: AsJson = False) -> None:
    """Two runs: which settings and which figures differ."""
    from casestudies.api import compare_runs

    differences = compare_runs(first, second, runs=runs)
    out = environment()
    if as_json:
        out.json(differences)
        return
    for title in ("config", "metrics"):
        out.say(f"{title}:")
        rows = [{"key": key, **by_run} for key, by_run in differences[title].items()]
        if rows:
            print_table(out, rows, ["key", *differences["runs"]])
        else:
            out.say("  the same")


@runs_app.command("verify")
def runs_verify(run: RunName, runs: RunsRoot = None) -> None:
    """Whether every file of a run is there and has its hash."""
    from casestudies.api import verify_run

    environment().say(verify_run(run, runs=runs))


@runs_app.command("rm")
def runs_remove(
    names: Annotated[list[str], typer.Argument(metavar="RUN...")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    runs: RunsRoot = None,
) -> None:
    """Erase runs with everything in them."""
    from casestudies.runs import RunStore

    store = RunStore.default(runs or environment().variables.get("CASESTUDIES_RUNS"))
    folders = [store.get(name) for name in names]
    if not yes and not typer.confirm(f"Erase {', '.join(folder.id for folder in folders)} for good?"):
        raise UsageError("nothing was erased")
    for folder in folders:
        store.remove(folder)
        environment().say(f"erased {folder.id}")
