"""The command line: a shell over `casestudies.api`.

Results go to standard output, progress and complaints to standard error. Every exception becomes one line and one exit
code in `main`, and nowhere else; `--debug` adds the traceback. Heavy imports happen inside the commands.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from casestudies.cli import data, finished, machine, runs, studies, tune
from casestudies.cli.environment import Environment, current, environment
from casestudies.cli.program import app
from casestudies.errors import CaseError, ExitCode, one_line, shown

__all__ = ["Environment", "data", "entry", "finished", "machine", "main", "runs", "studies", "tune"]

_Usage: Any = typer.BadParameter.__mro__[1]  # typer's own UsageError, wherever the version at hand keeps it


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


def main(arguments: Sequence[str] | None = None, env: Environment | None = None) -> int:
    """Run one command; returns its exit code. The only place where an exception becomes a line."""
    out = env or Environment()
    token = current.set(out)
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
    except UnicodeEncodeError as error:  # surrogates stand for bytes of a path; no cell and no config can hold them
        if debug:
            _trace(out)
        out.note(f"{shown(error.object, 200)}: the name is not UTF-8; rename the file or the folder")
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
        current.reset(token)


def _trace(out: Environment) -> None:
    import traceback

    traceback.print_exc(file=out.stderr)


def entry() -> None:
    sys.exit(main())
