"""The worker's side of a run folder: the only code that writes into one."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from casestudies.errors import Cancelled, CaseError, ExitCode, RunError, one_line, shown
from casestudies.runs import events, manifest
from casestudies.runs.disk import disk_errors, sync_directory, to_json, write_whole
from casestudies.runs.events import Event, Stages
from casestudies.runs.folder import RunFolder
from casestudies.runs.process import Process

QUOTA_BYTES = 2_000_000_000  # of one run folder


class RunWriter:
    """Write one run: files that are whole or not there, events, and at the end a manifest or an error.

    Leaving the `with` block without `finish` makes the run a failed one; so does an exception, which goes on.

    Parameters
    ----------
    folder: a run that nobody has claimed.
    on_event: called with every event, in this process.
    worker: this process exists for this run alone, so that a cancel may send it SIGTERM.
    quota: bytes that the run may write.

    Raises
    ------
    RunError: the run has ended or belongs to another process; and, from every method that writes, the disk is full or
        read-only, or the quota is used up.
    """

    def __init__(
        self,
        folder: RunFolder,
        *,
        on_event: Callable[[Event], None] | None = None,
        worker: bool = False,
        quota: int = QUOTA_BYTES,
    ) -> None:
        self.folder = folder
        self._on_event = on_event
        self._worker = worker
        self._quota = quota
        self._sizes: dict[str, int] = {}
        self._stages = Stages()
        self._stop: CaseError | None = None
        self._open = False
        self._ending = threading.Lock()  # the worker's guard may fail the run while the main thread finishes it

    def __enter__(self) -> RunWriter:
        for name in (manifest.FILE, manifest.ERROR):
            if (self.folder.path / name).exists():
                raise RunError("has ended and is never changed", where=self.folder.id, advice="start a new run")
        Process.of(os.getpid(), worker=self._worker).claim(self.folder.path)
        self._open = True
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._open:
            # When error.json cannot be written either, the error that is on its way says more than that.
            with contextlib.suppress(RunError):
                self.fail(error or CaseError("the study ended without finishing its run"))

    def path(self, name: str) -> Path:
        """Where `name` lies, its directory made: for libraries that write a file themselves. `finish` syncs it.

        Raises
        ------
        ValueError: the name leaves the folder, is one of the run's own, or its format is not one of ours.
        RunError: the run has ended.
        """
        self._check_open()
        own = manifest.VOLATILE | {manifest.FILE, manifest.ERROR, manifest.REQUEST}
        if not manifest.is_inside(name) or name in own:
            raise ValueError(f"{shown(name)} is not a name a study can write")
        path = self.folder.path / name
        if path.suffix not in manifest.FORMATS:
            raise ValueError(f"{shown(name)} is not one of our formats: {' '.join(sorted(manifest.FORMATS))}")
        with disk_errors(path.parent):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def write_bytes(self, name: str, data: bytes) -> None:
        """Write a file whole; an older one of that name is replaced whole."""
        path = self.path(name)
        self._sizes[name] = len(data)
        self._check_quota(sum(self._sizes.values()), name)
        write_whole(path, data)

    def write_text(self, name: str, text: str) -> None:
        """Write a file in UTF-8, line ends as they are."""
        self.write_bytes(name, text.encode("utf-8"))

    def write_json(self, name: str, value: object) -> None:
        """Write JSON in its one spelling: keys in their order, NaN as null."""
        self.write_bytes(name, to_json(value))

    def event(self, stage: str, fraction: float | None = None, message: str | None = None, **metrics: Any) -> None:
        """Say how far the run is.

        Parameters
        ----------
        stage: what is being done; the first event of a stage starts its clock.
        fraction: share of this stage that is done; beyond 0 to 1 it is cut.
        message: a sentence for the reader.
        metrics: figures of this step.
        """
        self._check_open()
        if fraction is not None:
            fraction = min(1.0, max(0.0, fraction))
        left = self._stages.reach(stage, fraction)
        event = Event(round(time.time(), 3), stage, fraction, left, message, metrics)
        path = self.folder.path / events.FILE
        with disk_errors(path), path.open("ab", buffering=0) as file:
            file.write(event.line())  # one write a line, so readers see at most the last one cut
        if self._on_event is not None:
            self._on_event(event)

    def stop(self, reason: CaseError) -> None:
        """Make the next `poll` raise `reason`; the first reason stays. Safe from another thread."""
        self._stop = self._stop or reason

    def poll(self) -> None:
        """Call often (one stat, 5 microseconds): raises when the run is to end.

        Raises
        ------
        Cancelled: the `cancel` file is there, or SIGTERM came.
        ConfigError: run.seconds are used up.
        """
        if self._stop is None and (self.folder.path / manifest.CANCEL).exists():
            self.stop(Cancelled())
        if self._stop is not None:
            raise self._stop

    def finish(self, extra: Mapping[str, Any] | None = None) -> None:
        """Seal the run: sync and hash every file, then write the manifest, which makes it done. Nothing after that.

        Parameters
        ----------
        extra: what only the study knows, for the manifest: `seed`, `data_sha256`, `result_id`.

        Raises
        ------
        ValueError: `extra` has a key of the manifest's own.
        CaseError: a file in the folder is a link or not one of our formats.
        """
        self._check_open()
        self._stages.reach("seal", None)
        files = manifest.seal(self.folder.path)
        self._check_quota(sum(entry["bytes"] for entry in files.values()), "all files")
        value = {"format": manifest.FORMAT, "study": self.folder.study, "versions": manifest.versions()}
        if clash := (value.keys() | {"seconds", "files"}) & (extra or {}).keys():
            raise ValueError(f"the manifest has its own {', '.join(sorted(clash))}")
        data = to_json(value | dict(extra or {}) | {"seconds": self._stages.seconds(), "files": files})
        with self._ending:
            self._check_open()
            write_whole(self.folder.path / manifest.FILE, data)
            self._open = False
        with disk_errors(self.folder.path):
            sync_directory(self.folder.path)

    def fail(self, error: BaseException) -> None:
        """End the run without a result: one line in error.json; a traceback belongs in worker.log.

        A `Cancelled` or a KeyboardInterrupt makes it cancelled, anything else failed.
        """
        if isinstance(error, KeyboardInterrupt):
            error = Cancelled()
        code, message = ExitCode.FAULT, one_line(f"{type(error).__name__}: {error}")[:500]
        if isinstance(error, CaseError):
            code, message = error.code, str(error)
        kind = "cancelled" if isinstance(error, Cancelled) else "failed"
        with self._ending:
            self._check_open()
            self._open = False
            data = to_json({"kind": kind, "code": int(code), "message": message})
            write_whole(self.folder.path / manifest.ERROR, data)

    def _check_open(self) -> None:
        if not self._open:
            raise RunError("is not open for writing: it has ended, or was never begun", where=self.folder.id)

    def _check_quota(self, size: int, name: str) -> None:
        if size > self._quota:
            raise RunError(
                f"the run would hold more than {self._quota / 1e6:,.0f} MB",
                where=name,
                advice="use fewer rows (explain.rows, demo.rows, or a smaller file)",
            )
