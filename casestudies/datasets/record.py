"""What is known of a public data set: whose it is, on which terms, and the bytes it must have."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LARGEST = 64 * 2**20  # bytes of a file whose publisher states no size; the largest of them is 4 MB


@dataclass(frozen=True)
class DataFile:
    """One file as its publisher has it.

    Parameters
    ----------
    name: what it is called here, and what `--from` may bring.
    checksum: "sha256:..." of its bytes, or "md5:..." where that is what the publisher prints; several: one of them, as
        the same table is published with two kinds of line ends.
    size: bytes; None where the publisher does not say, or where there are two kinds.
    member: what it is called in the publisher's archive; "" = as here.
    """

    name: str
    checksum: str | tuple[str, ...]
    size: int | None = None
    member: str = ""

    @property
    def most(self) -> int:
        """Bytes beyond which it is not read on."""
        return self.size or LARGEST

    def fits(self, path: Path) -> bool:
        """Whether the bytes at `path` are the publisher's."""
        if self.size is not None and path.stat().st_size != self.size:
            return False
        wanted = (self.checksum,) if isinstance(self.checksum, str) else self.checksum
        return any(_digest(path, text.partition(":")[0]) == text.partition(":")[2] for text in wanted)


def _digest(path: Path, kind: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, kind).hexdigest()


@dataclass(frozen=True)
class DataSet:
    """A public data set that one of the examples reads.

    Parameters
    ----------
    name: also of its config, `examples/<name>.yaml`.
    row, rows: what one row is, and how many there are.
    page: the publisher's own, for people.
    folder: where its files lie, below the folder of data.
    files: each as the publisher has it; `--from` may bring them one by one, in a folder, or in a .zip.
    address: what is downloaded; None where the publisher asks for a login.
    archive: what the address gives, where that is a .zip of the files.
    made: {name: of the first file, the content}: what is made of it, where it cannot be read as it is.
    """

    name: str
    study: str
    title: str
    rows: int
    row: str
    publisher: str
    citation: str
    licence: str
    page: str
    folder: str
    files: tuple[DataFile, ...]
    address: str | None = None
    archive: DataFile | None = None
    made: tuple[tuple[str, Callable[[Path], bytes]], ...] = ()

    @property
    def example(self) -> str:
        return f"examples/{self.name}.yaml"

    @property
    def login(self) -> bool:
        """Whether the publisher gives it only to people who sign in."""
        return self.address is None

    @property
    def download(self) -> DataFile:
        """The one file that is asked for, of the publisher or of the user."""
        return self.archive or self.files[0]

    @property
    def terms(self) -> str:
        """Whose it is and what may be done with it, as it is written beside the files."""
        lines = [self.title, "", f"Publisher: {self.publisher}", f"Page: {self.page}", f"Cite: {self.citation}"]
        lines += [f"Licence: {self.licence}", "", "Files, as their publisher has them:"]
        for file in self.files:
            known = (file.checksum,) if isinstance(file.checksum, str) else file.checksum
            lines += [f"  {file.name}  {text}" for text in known]
        lines += [f"  {name}  made from {self.files[0].name}" for name, _ in self.made]
        return "\n".join([*lines, ""])

    def told(self) -> dict[str, Any]:
        """As plain values, for lists."""
        return {
            "name": self.name,
            "study": self.study,
            "title": self.title,
            "rows": self.rows,
            "row": self.row,
            "publisher": self.publisher,
            "citation": self.citation,
            "licence": self.licence,
            "page": self.page,
            "login": self.login,
            "file": self.download.name,
            "example": self.example,
        }
