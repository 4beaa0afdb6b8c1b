"""The place where all runs lie, `<root>/<study>/<id>/`: starting, finding and erasing them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from casestudies.errors import RunError, nearest, shown
from casestudies.runs import manifest
from casestudies.runs.disk import disk_errors, sync_directory, to_json, write_whole
from casestudies.runs.folder import RunFolder
from casestudies.runs.launch import launch
from casestudies.runs.limits import Limits
from casestudies.runs.studies import NAME, check_study
from casestudies.runs.uploads import Uploads
from casestudies.runs.writer import RunWriter

ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{6}")
_LIST = "list them with: casestudies runs list"


class RunStore:
    """All runs under one root, which is made (private to its owner, 0700) when the first run is.

    Parameters
    ----------
    root: the folder; nothing outside it is ever found, started or erased through the store.
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        self._uploads = Uploads(self.root / ".uploads")

    @classmethod
    def default(cls, path: Path | str | None = None) -> RunStore:
        """The store at `path` (`--runs`), else at the variable CASESTUDIES_RUNS, else at ./runs."""
        return cls(path or os.environ.get("CASESTUDIES_RUNS") or "runs")

    def create(self, study: str, request: Mapping[str, Any]) -> RunFolder:
        """A new run folder with its request.json, for nobody else: making the directory is the lock.

        Raises
        ------
        RunError: the disk is full, read-only or not ours.
        ValueError: `study` is not a study's name.
        """
        if not NAME.fullmatch(study):
            raise ValueError(f"{shown(study)} cannot be the name of a study")
        home = self.root / study
        self._make_root()
        with disk_errors(home):
            home.mkdir(mode=0o700, exist_ok=True)
            path = _new_folder(home)
            write_whole(path / manifest.REQUEST, to_json({**request, "study": study}))
            for directory in (path, home, self.root):
                sync_directory(directory)
        return RunFolder(path)

    def start(self, study: str, request: Mapping[str, Any], limit: int = 2) -> RunFolder:
        """Start a run in a process of its own and return at once.

        Counting, creating and claiming happen under one lock, so that two starters never pass the limit together.

        Parameters
        ----------
        limit: how many runs of this store may be active at once.

        Raises
        ------
        UsageError: there is no such study.
        ConfigError: run.threads, run.memory_mb or run.seconds is not a whole number in range.
        RunError: as many runs as allowed are active, or the process cannot be started.
        """
        check_study(study)
        limits = Limits.of(request)
        with self._locked():
            active = self.running()
            if len(active) >= limit:
                names = ", ".join(run.id for run in active[:3])
                raise RunError(
                    f"{len(active)} of {limit} runs are active ({names})", advice="wait for one to end, or cancel one"
                )
            run = self.create(study, request)
            try:
                launch(run, limits)
            except RunError as error:
                with contextlib.suppress(RunError), RunWriter(run) as writer:
                    writer.fail(error)
                raise
        return run

    def get(self, text: str) -> RunFolder:
        """The run that RUN on a command line or in an address means.

        Parameters
        ----------
        text: an id, `<study>/<id>`, `latest`, `<study>/latest`, or the path of a folder in this store.

        Raises
        ------
        RunError: there is no such run here (the nearest ids are given), or the text could lead elsewhere.
        """
        text = text.rstrip("/")
        study, _, last = text.rpartition("/")
        if last == "latest" and (not study or NAME.fullmatch(study)):
            runs = self.all(study or None)
            if not runs:
                raise RunError(f"there is no run{f' of {study}' if study else ''} yet", where=str(self.root))
            return runs[0]
        known = self.all()
        wanted = self._inside(text) if study and not NAME.fullmatch(study) else text
        for run in known:
            if wanted in (run.id, f"{run.study}/{run.id}"):
                return run
        advice = f"{nearest(last, [run.id for run in known])}; {_LIST}"
        raise RunError(f"there is no run {shown(text)}", where=str(self.root), advice=advice)

    def _inside(self, text: str) -> str:
        """`<study>/<id>` of a path, when it is the path of a folder right in this store."""
        path = Path(text)
        refused = RunError(f"{shown(text)} is not the path of a run here", where=str(self.root), advice=_LIST)
        if "\0" in text or ".." in path.parts or not NAME.fullmatch(path.parent.name) or not ID.fullmatch(path.name):
            raise refused
        if path.parent.parent.resolve() != self.root.resolve():
            raise refused
        return f"{path.parent.name}/{path.name}"

    def all(self, study: str | None = None) -> list[RunFolder]:
        """Every run, or every run of one study, newest first. Links are not runs."""
        homes = [home for home in _directories(self.root, NAME) if study in (None, home.name)]
        runs = [RunFolder(path) for home in homes for path in _directories(home, ID)]
        return sorted(runs, key=_age, reverse=True)

    def running(self) -> list[RunFolder]:
        """The runs that a process works on, or is about to, newest first."""
        return [run for run in self.all() if run.state.active]

    def remove(self, run: RunFolder) -> None:
        """Erase a run. It is renamed out of sight first, so that a half-erased folder never reads as a run.

        Raises
        ------
        RunError: the run is active, or is not in this store.
        """
        with self._locked():
            run = self.get(str(run.path))
            if run.state.active:
                raise RunError(f"is {run.state}", where=run.id, advice="cancel it first")
            trash = self.root / ".trash"
            with disk_errors(run.path):
                trash.mkdir(mode=0o700, exist_ok=True)
                run.path.rename(trash / f"{run.id}-{secrets.token_hex(3)}")
                for left in trash.iterdir():  # also what a killed removal left
                    shutil.rmtree(left)

    def keep_upload(self, content: bytes | IO[bytes], name: str) -> Path:
        """Keep a file somebody handed in, at most 50 MB, until its job ends; returns where it lies.

        Raises
        ------
        DataError: it is larger.
        """
        self._make_root()
        arrived, sha256 = self._uploads.receive(content, name)  # outside the lock: it may be slow in coming
        with self._locked():
            self._uploads.sweep(self._data_in_use())
            return self._uploads.place(arrived, sha256, name)

    def drop_upload(self, path: Path) -> None:
        """Erase an upload, unless an active run still reads it; any other path is left alone."""
        if not self._uploads.holds(path):
            return
        with self._locked():
            if path.absolute() not in self._data_in_use():
                self._uploads.drop(path)

    def _data_in_use(self) -> set[Path]:
        found = set()
        for run in self.running():
            with contextlib.suppress(RunError):
                found |= {path.absolute() for path in run.sources()}
        return found

    def _make_root(self) -> None:
        """Raises RunError: it cannot be made, or its name is no UTF-8, which Arrow and others that write into it refuse."""
        try:
            os.fspath(self.root).encode()
        except UnicodeEncodeError:
            advice = "rename the folder, or choose another with --runs"
            raise RunError("the name is not UTF-8", where=os.fspath(self.root), advice=advice) from None
        with disk_errors(self.root):
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone among all processes and threads that start or erase runs here; the system frees it when one dies."""
        self._make_root()
        with disk_errors(self.root):
            descriptor = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _new_folder(home: Path) -> Path:
    while True:
        path = home / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
            return path


def _directories(base: Path, pattern: re.Pattern[str]) -> list[Path]:
    """The directories of `base`, no links, whose names are of the pattern."""
    try:
        entries = list(os.scandir(base))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [Path(entry) for entry in entries if pattern.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)]


def _age(run: RunFolder) -> tuple[str, int]:
    """Orders runs by birth; within one second by the request's own time, since the rest of the id is chance."""
    with contextlib.suppress(OSError):
        return run.id[:15], (run.path / manifest.REQUEST).stat().st_mtime_ns
    return run.id[:15], 0
