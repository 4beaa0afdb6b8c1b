"""One run as everybody but its writer sees it: read from the disk each time, never held."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from casestudies.errors import ExitCode, RunError, shown
from casestudies.runs import events, manifest
from casestudies.runs.disk import disk_errors, read_json
from casestudies.runs.events import Event
from casestudies.runs.process import Process

RUN = "run"
_STARTING_SECONDS = 10.0  # from the folder's birth to its claim; the starter takes milliseconds


class State(StrEnum):
    """What the files say about a run."""

    STARTING = "starting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"  # its process is gone and left neither a result nor an error

    @property
    def active(self) -> bool:
        """Whether a process works on the run, or is about to."""
        return self in (State.STARTING, State.RUNNING)


@dataclass(frozen=True)
class RunFolder:
    """A run folder, `<root>/<study>/<id>/`; opening one reads nothing yet."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def study(self) -> str:
        return self.path.parent.name

    @property
    def state(self) -> State:
        """Where the run stands now."""
        # The process first: when it is found dead, all it ever wrote is there to be read. The other way round a run
        # that ends between the two looks would seem lost.
        process = Process.read(self.path)
        alive = process is not None and process.alive()
        if (self.path / manifest.FILE).is_file():
            return State.DONE
        error = self.error()
        if error is not None:
            return State.CANCELLED if error.get("kind") == State.CANCELLED else State.FAILED
        if alive:
            return State.RUNNING
        if process is None and self._is_new():
            return State.STARTING
        # A worker that got SIGTERM before it could handle it leaves no error.json, but it was asked to go.
        return State.CANCELLED if (self.path / manifest.CANCEL).exists() else State.LOST

    def _is_new(self) -> bool:
        with contextlib.suppress(OSError):
            # in both directions: where the clock was set back, a folder of the future is no newer than any other
            return abs(time.time() - self.path.stat().st_mtime) < _STARTING_SECONDS
        return False

    @property
    def verb(self) -> str:
        """What was asked of the study: "run", or one of its further verbs ("evaluate", "tune")."""
        return str(self.request().get("verb", RUN))

    def request(self) -> dict[str, Any]:
        """Who asked for what: study, verb, data path, config, origins, overrides."""
        value = self.read_json(manifest.REQUEST)
        if not isinstance(value, dict):
            raise RunError("is not a request", where=str(self.path / manifest.REQUEST))
        return value

    def sources(self) -> list[Path]:
        """The files that were read: the table, then further ones; none for the embedded example."""
        request = self.request()
        data, files = request.get("data"), request.get("files", {})
        paths = [data, *(files.values() if isinstance(files, dict) else [])]
        return [Path(path) for path in paths if isinstance(path, str)]

    def events(self) -> list[Event]:
        """The progress so far, oldest first; empty before the first event."""
        try:
            return events.parse((self.path / events.FILE).read_bytes())
        except FileNotFoundError:
            return []

    def error(self) -> dict[str, Any] | None:
        """`kind` (failed or cancelled), `code` (exit code) and `message` (one line) of a run that ended without a
        result; None for every other run."""
        if not (self.path / manifest.ERROR).exists():
            return None
        with contextlib.suppress(RunError):
            value = read_json(self.path / manifest.ERROR)
            if isinstance(value, dict):
                return value
        return {"kind": "failed", "code": int(ExitCode.FAULT), "message": f"{manifest.ERROR} is not readable"}

    def cancel(self) -> None:
        """Ask the run to stop: a `cancel` file for its next poll, and SIGTERM when it has a process of its own.

        Raises
        ------
        RunError: nothing is running; a folder that has ended is never changed.
        """
        state = self.state
        if not state.active:
            raise RunError(f"is {state}, so there is nothing to cancel", where=self.id)
        with disk_errors(self.path):
            (self.path / manifest.CANCEL).touch()
        process = Process.read(self.path)
        if process is not None:
            process.terminate()

    def read_json(self, name: str) -> Any:
        """The value in a JSON file of the folder ("metrics.json", "explain/global.json").

        Raises
        ------
        RunError: the name leaves the folder, or the file is missing or not JSON.
        """
        path = self.path / name
        if not manifest.is_inside(name) or not path.resolve().is_relative_to(self.path.resolve()):
            raise RunError(f"{shown(name)} is not a file of the run", where=str(self.path))
        return read_json(path)

    def manifest(self) -> dict[str, Any]:
        """Versions, seed, data hash, seconds of each stage, size and SHA-256 of each file.

        Raises
        ------
        RunError: the run is not done.
        """
        if self.state != State.DONE:
            raise RunError(f"is {self.state}, so there is no manifest yet", where=self.id)
        value = self.read_json(manifest.FILE)
        if not isinstance(value, dict):
            raise RunError("is not a manifest", where=str(self.path / manifest.FILE))
        return value

    def verify(self) -> list[str]:
        """What is wrong with the finished run, one line each; an empty list says that every file is as it was made."""
        return manifest.problems(self.path)

    def size(self) -> int:
        """Bytes on the disk, all files together."""
        total = 0
        for base, _, names in os.walk(self.path):
            for name in names:
                with contextlib.suppress(FileNotFoundError):  # a temporary file of a run at work
                    total += Path(base, name).lstat().st_size
        return total
