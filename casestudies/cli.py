"""The command line: a shell over `casestudies.api`.

Results go to standard output, progress and complaints to standard error. Every exception becomes one line and one exit
code in `main`, and nowhere else; `--debug` adds the traceback. Heavy imports happen inside the commands.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from casestudies.errors import CaseError, ExitCode, UsageError, one_line, shown

if TYPE_CHECKING:
    from casestudies.api import Run


@dataclass
class Environment:
    """The streams, variables and folder a command runs in; tests give their own."""

    stdout: IO[str] = field(default_factory=lambda: sys.stdout)
    stderr: IO[str] = field(default_factory=lambda: sys.stderr)
    variables: Mapping[str, str] = field(default_factory=lambda: os.environ)
    stdin: IO[str] = field(default_factory=lambda: sys.stdin)

    @property
    def colour(self) -> bool:
        return "NO_COLOR" not in self.variables and self.stderr.isatty()

    def say(self, text: str = "") -> None:
        print(text, file=self.stdout)

    def note(self, text: str) -> None:
        print(text, file=self.stderr)

    def json(self, value: Any) -> None:
        from casestudies.runs.disk import to_json

        print(to_json(value).decode("utf-8"), file=self.stdout, end="")


app = typer.Typer(
    name="casestudies",
    help="From a company's table to a decision in money, explained and reported.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
runs_app = typer.Typer(help="What was done: list, show, compare, verify, rm.", rich_markup_mode=None)
app.add_typer(runs_app, name="runs")
data_app = typer.Typer(help="Tables as files: convert.", rich_markup_mode=None)
app.add_typer(data_app, name="data")

StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="A study's name, see: casestudies list")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, its folder, or: latest")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RunsRoot = Annotated[
    Path | None, typer.Option("--runs", metavar="DIR", help="Where runs are kept [CASESTUDIES_RUNS or ./runs].")
]
DataFile = Annotated[
    str | None, typer.Option("--data", metavar="FILE", help="The table; without it the embedded demo.")
]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", metavar="YAML", help="Settings; see: casestudies template")
]
Override = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One setting, e.g. split.test=0.3")
]
EngineName = Annotated[
    str | None, typer.Option("--engine", metavar="local|dask", help="Where all rows are read: here, or on a cluster.")
]
Scheduler = Annotated[
    str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Of the Dask cluster, e.g. tcp://127.0.0.1:8786")
]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of everything random.")]


_current: ContextVar[Environment] = ContextVar("environment")
_Usage: Any = typer.BadParameter.__mro__[1]  # typer's own UsageError, wherever the version at hand keeps it


def environment() -> Environment:
    """The environment of the command that is running."""
    return _current.get(None) or Environment()


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    del debug  # read by main() before anything is parsed
    if version:
        from casestudies import __version__

        environment().say(f"casestudies {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        environment().say(context.get_help())


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
    _print_table(out, described["columns"], ["column", "kind", "role", "values", "required", "known", "meaning"])
    out.say("\nSettings\n")
    _print_table(out, described["settings"], ["key", "default", "rule", "sentence"])


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
    with _Progress(shell, progress) as bar:
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


@app.command()
def report(
    names: Annotated[list[str], typer.Argument(metavar="RUN...", help="Run ids, folders, or: latest")],
    formats: Annotated[str, typer.Option("--format", help="html, pdf or both, with a comma.")] = "html,pdf",
    overrides: Override = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where to write [next to each run].")] = None,
    notes: Annotated[Path | None, typer.Option("--notes", metavar="MD", help="Your words for the sections.")] = None,
    runs: RunsRoot = None,
) -> None:
    """Write the reports of finished runs again, from their folders alone."""
    from casestudies.api import open_run

    for name in names:
        for path in open_run(name, runs=runs).report(
            formats.split(","), out=out, overrides=overrides or (), notes=notes
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
            shell.say(line)
            shell.stdout.flush()


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
    with _Progress(shell, progress) as bar:
        done = convert(
            data,
            out,
            overrides=overrides or (),
            on_part=lambda share: bar.show(Event(0.0, "converting", share)),
        )
    for note in done.notes:
        shell.note(note)
    shell.say(f"{done.rows} rows, {done.columns} columns: {out}")


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
    _print_table(out, found["libraries"], ["library", "version", "for", "get it"])
    out.say("")
    for key, value in found["machine"].items():
        out.say(f"{key}: {value}")


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
        _print_table(out, rows, ["run", "study", "state", "data", "champion", "headline", "size"])
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
            _print_table(out, rows, ["key", *differences["runs"]])
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


class _Progress:
    """A bar on standard error when it is a terminal; one line a stage when it is not."""

    def __init__(self, out: Environment, wanted: bool) -> None:
        self._out, self._wanted, self._stage = out, wanted, ""
        self._bar: Any = None

    def __enter__(self) -> _Progress:
        if self._wanted and self._out.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            console = Console(file=self._out.stderr, no_color=not self._out.colour)
            self._bar = Progress(
                TextColumn("{task.description:<24}"),
                BarColumn(),
                TimeRemainingColumn(),
                console=console,
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task("start", total=1.0)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, event: Any) -> None:
        if self._bar is not None:
            self._bar.update(self._task, description=event.stage, completed=event.fraction or 0.0)
        elif self._wanted and event.stage != self._stage:
            self._out.note(event.stage)
        self._stage = event.stage


def _print_table(out: Environment, rows: Sequence[Mapping[str, Any]], head: list[str]) -> None:
    """Plain columns, as wide as needed; the last one is left ragged."""
    cells = [[one_line("" if row.get(h) is None else str(row[h])) for h in head] for row in rows]
    widths = [max(len(c) for c in column) for column in zip(head, *cells, strict=True)]
    for line in [head, *cells]:
        out.say("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip())


def main(arguments: Sequence[str] | None = None, env: Environment | None = None) -> int:
    """Run one command; returns its exit code. The only place where an exception becomes a line."""
    out = env or Environment()
    token = _current.set(out)
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    try:
        result = typer.main.get_command(app).main(
            [w for w in words if w != "--debug"], prog_name="casestudies", standalone_mode=False
        )
        return int(result) if isinstance(result, int) else ExitCode.DONE
    except typer.Exit as stop:
        if stop.exit_code == ExitCode.INTERRUPTED:  # typer turns Ctrl-C into an exit
            out.note("interrupted")
        return stop.exit_code
    except (KeyboardInterrupt, typer.Abort):
        out.note("interrupted")
        return ExitCode.INTERRUPTED
    except _Usage as error:
        where = f" (see: {error.ctx.command_path} --help)" if error.ctx else ""
        out.note(one_line(error.format_message()) + where)
        return ExitCode.USAGE
    except CaseError as error:
        if debug:
            _trace(out)
        out.note(str(error))
        return error.code
    except BrokenPipeError:
        return ExitCode.DONE
    except OSError as error:
        if debug:
            _trace(out)
        place = f"{shown(error.filename, 200)}: " if error.filename else ""
        out.note(one_line(f"{place}{error.strerror or error}; check the path, the space and the permissions"))
        return ExitCode.USAGE
    except Exception as error:
        if debug:
            _trace(out)
        out.note(
            one_line(
                f"unexpected {type(error).__name__}: {error}; this is our fault: run again with --debug and report it"
            )
        )
        return ExitCode.FAULT
    finally:
        _current.reset(token)


def _trace(out: Environment) -> None:
    import traceback

    traceback.print_exc(file=out.stderr)


def entry() -> None:
    sys.exit(main())
