"""Which process writes a run, and whether that very process still lives."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

from casestudies.errors import RunError
from casestudies.runs.disk import disk_errors, read_json, to_json

FILE = "process.json"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Process:
    """A process, told apart from every other that will ever have its number.

    Parameters
    ----------
    pid: its number, which the system gives to another process later.
    start: when it started, as `<boot id>:<clock ticks since boot>`; None on a system without /proc (macOS), where only
        the number is known.
    worker: True when the process was started for this run alone and may be sent SIGTERM; False when it is somebody's
        shell, notebook or server that trains in process.
    """

    pid: int
    start: str | None
    worker: bool

    @classmethod
    def of(cls, pid: int, *, worker: bool) -> Process:
        """The process that has this number now."""
        status = _status(pid)
        return cls(pid, status[1] if status else None, worker)

    @classmethod
    def read(cls, folder: Path) -> Process | None:
        """The process that claimed a run folder; None when nobody did (yet), or when the file makes no sense."""
        try:
            value = read_json(folder / FILE)
            pid, start, worker = value["pid"], value["start"], value["worker"]
        except (RunError, KeyError, TypeError):
            return None
        # os.kill takes 0 and negative numbers for whole groups: they must never reach it from a file.
        if type(pid) is not int or not 0 < pid < 2**31 or not isinstance(start, str | None):
            return None
        return cls(pid, start, worker is True)

    def alive(self) -> bool:
        """Whether this process, and not a later one with its number, is there and not a zombie."""
        if Path("/proc/self/stat").exists():
            status = _status(self.pid)
            return status is not None and status[0] not in "ZX" and status[1] == self.start
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def terminate(self) -> None:
        """Ask a worker to stop (SIGTERM); nothing is sent to a process that is not a worker or no longer the same."""
        if self.worker and self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)

    def claim(self, folder: Path) -> None:
        """Write `process.json`, which makes the folder this process's own.

        The starter and the worker both do it, with the same words, so it does not matter who comes first and a slot is
        never free while a worker is on its way. A link, not a rename: it appears whole, and it fails when taken.

        Raises
        ------
        RunError: another process claimed the folder.
        """
        target, temporary = folder / FILE, folder / f".{FILE}.{os.getpid()}.tmp"
        with disk_errors(target):
            temporary.write_bytes(to_json(asdict(self)))
            try:
                target.hardlink_to(temporary)
            except FileExistsError:
                owner = Process.read(folder)
                if owner != self:
                    by = f"by process {owner.pid}" if owner else "already"
                    raise RunError(f"is claimed {by}", where=str(folder), advice="start a new run") from None
            finally:
                temporary.unlink(missing_ok=True)


def _status(pid: int) -> tuple[str, str] | None:
    """(state letter, start) of a process from /proc; None when there is no such process, or no /proc."""
    try:
        # The name in parentheses may hold spaces and parentheses itself; what follows the last one is fixed.
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return None
    try:
        boot = _BOOT.read_text().strip()
    except OSError:
        boot = ""
    return fields[0], f"{boot}:{fields[19]}"
