"""Files that people hand in through the pages: kept under their hash until the job that reads them ends."""

from __future__ import annotations

import contextlib
import hashlib
import io
import secrets
import time
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from casestudies.errors import DataError, one_line
from casestudies.runs.disk import disk_errors

LIMIT_BYTES = 50 * 2**20
_STALE_SECONDS = 24 * 3600.0
_CHUNK_BYTES = 2**20
_NAME_CHARACTERS = 60  # at most 240 bytes in UTF-8, below the 255 of every file system


@dataclass(frozen=True)
class Uploads:
    """The waiting room `<root>/.uploads/<sha256>/<name>`, private to its owner.

    `place`, `drop` and `sweep` are for one caller at a time: the store holds its lock around them.

    Parameters
    ----------
    folder: `<root>/.uploads`, made when first needed.
    limit: bytes of one file; counted while reading, so that nobody's word about the length is taken.
    """

    folder: Path
    limit: int = LIMIT_BYTES

    def receive(self, content: bytes | IO[bytes], name: str) -> tuple[Path, str]:
        """Take in a file, as slowly as it comes; returns where it waits to be placed, and its SHA-256.

        Raises
        ------
        DataError: it is larger than the limit.
        RunError: the disk fails.
        """
        stream = io.BytesIO(content) if isinstance(content, bytes) else content
        digest = hashlib.sha256()
        with disk_errors(self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            arriving = self.folder / f".{secrets.token_hex(8)}.tmp"
            try:
                with arriving.open("xb") as file:
                    while chunk := stream.read(_CHUNK_BYTES):
                        if file.tell() + len(chunk) > self.limit:
                            raise DataError(
                                f"is larger than {self.limit / 2**20:g} MB",
                                where=one_line(name),
                                advice="run it from the command line: casestudies run STUDY --data FILE",
                            )
                        digest.update(chunk)
                        file.write(chunk)
            except BaseException:
                arriving.unlink(missing_ok=True)
                raise
        return arriving, digest.hexdigest()

    def place(self, arrived: Path, sha256: str, name: str) -> Path:
        """Give a received file its place; the same bytes under the same name are one file.

        Parameters
        ----------
        name: what its owner calls it; letters, digits and `._-` of it stay, for messages and for its suffix.
        """
        target = self.folder / sha256 / safe_name(name)
        with disk_errors(target):
            target.parent.mkdir(mode=0o700, exist_ok=True)
            arrived.replace(target)
        return target

    def drop(self, path: Path) -> None:
        """Erase a kept file, and its directory when it was the last one there."""
        with disk_errors(path):
            path.unlink(missing_ok=True)
            if path.parent.is_dir() and not any(path.parent.iterdir()):
                path.parent.rmdir()

    def holds(self, path: Path) -> bool:
        """Whether a path is, by its name, that of a file kept here; the file may be gone."""
        return ".." not in path.parts and path.absolute().parent.parent == self.folder.absolute()

    def sweep(self, used: Collection[Path]) -> None:
        """Erase what has waited for a day and is not in `used` (absolute): its page was closed before a job began."""
        before = time.time() - _STALE_SECONDS
        for path in self.folder.glob("*/*"):
            if path.stat().st_mtime < before and path.absolute() not in used:
                self.drop(path)
        for path in self.folder.glob(".*.tmp"):
            with contextlib.suppress(FileNotFoundError):  # it may be placed or given up at this moment
                if path.stat().st_mtime < before:
                    path.unlink()


def safe_name(name: str) -> str:
    """A file name that means nothing to any file system, still recognisable: its end, where the suffix is."""
    base = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    kept = "".join(c if c.isalnum() or c in "._-" else "_" for c in base)
    return kept[-_NAME_CHARACTERS:].lstrip(".") or "upload"
