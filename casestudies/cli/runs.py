"""What was done: list, show, compare, verify, reproduce, rm."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from casestudies.cli.environment import Progress, environment, print_table
from casestudies.cli.program import (
    AsJson,
    RunName,
    RunsRoot,
    runs_app,
)
from casestudies.errors import ExitCode, UsageError


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
    """Two runs: how far their figures lie apart, with intervals, and which settings differ."""
    from casestudies.api import compare_runs

    differences = compare_runs(first, second, runs=runs)
    out = environment()
    if as_json:
        out.json(differences)
        return
    for pair in differences["pairs"]:
        _print_pair(pair)
    for title in ("config", "metrics"):
        out.say(f"{title}:")
        rows = [{"key": key, **by_run} for key, by_run in differences[title].items()]
        if rows:
            print_table(out, rows, ["key", *differences["runs"]])
        else:
            out.say("  the same")


def _print_pair(pair: dict[str, Any]) -> None:
    """The second run beside the first: a line for each figure that both have."""
    out, (first, second) = environment(), pair["runs"]
    for sentence in pair["sentences"]:
        out.say(sentence)
    rows = [
        {
            "figure": name,
            first: _spanned(found["first"]),
            second: _spanned(found["second"]),
            "difference": _spanned(found["difference"]),
            "the second is": found["verdict"],
        }
        for name, found in pair["differences"].items()
    ]
    if rows:
        print_table(out, rows, list(rows[0]))


def _spanned(found: dict[str, float | None]) -> str:
    """ "0.781 (0.768 to 0.793)"."""
    value, low, high = (found[key] for key in ("value", "low", "high"))
    if value is None:
        return "n/a"
    return f"{value:.4g}" if low is None or high is None else f"{value:.4g} ({low:.4g} to {high:.4g})"


@runs_app.command("verify")
def runs_verify(run: RunName, runs: RunsRoot = None) -> None:
    """Whether every file of a run is there and has its hash."""
    from casestudies.api import verify_run

    environment().say(verify_run(run, runs=runs))


@runs_app.command("reproduce")
def runs_reproduce(
    run: RunName,
    runs: RunsRoot = None,
    progress: Annotated[bool, typer.Option(help="A progress bar on standard error.")] = True,
    as_json: AsJson = False,
) -> None:
    """Run it again, and say whether every result file has the same bytes."""
    from casestudies.api import reproduce

    out = environment()
    with Progress(out, progress) as bar:
        done = reproduce(run, runs=runs, on_event=bar.show)
    if as_json:
        out.json(done.to_dict())
    else:
        for line in done.lines():
            out.say(line)
        out.say(f"run: {done.again.id}  ({done.again.path})")
    if not done.same:
        raise typer.Exit(ExitCode.BUSY)


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
