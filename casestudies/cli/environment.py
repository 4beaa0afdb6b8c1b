"""Where a command speaks: its streams, its variables, its tables and its progress."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from json import dumps
from typing import IO, Any

from casestudies.errors import one_line


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
        """Lines for people; what would steer a terminal, or turn the reading round, is shown and not applied."""
        print(_steady(text), file=self.stdout)

    def note(self, text: str) -> None:
        print(_steady(text), file=self.stderr)

    def json(self, value: Any) -> None:
        from casestudies.runs.disk import to_json

        self.say_json(to_json(value).decode("utf-8").rstrip("\n"))

    def say_json(self, text: str) -> None:
        """JSON for programs, the same value: such characters become its own escapes."""
        print("".join(c if c.isprintable() or c == "\n" else dumps(c)[1:-1] for c in text), file=self.stdout)


def _steady(text: str) -> str:
    return "\n".join(map(one_line, str(text).split("\n")))


current: ContextVar[Environment] = ContextVar("environment")


def environment() -> Environment:
    """The environment of the command that is running."""
    return current.get(None) or Environment()


class Progress:
    """A bar on standard error when it is a terminal; one line a stage when it is not."""

    def __init__(self, out: Environment, wanted: bool) -> None:
        self._out, self._wanted, self._stage = out, wanted, ""
        self._bar: Any = None

    def __enter__(self) -> Progress:
        if self._wanted and self._out.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            console = Console(file=self._out.stderr, no_color=not self._out.colour)
            self._bar = Bar(
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


def print_table(out: Environment, rows: Sequence[Mapping[str, Any]], head: list[str]) -> None:
    """Plain columns, as wide as needed; the last one is left ragged."""
    cells = [[one_line("" if row.get(h) is None else str(row[h])) for h in head] for row in rows]
    widths = [max(len(c) for c in column) for column in zip(head, *cells, strict=True)]
    for line in [head, *cells]:
        out.say("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip())
