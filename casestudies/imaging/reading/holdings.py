"""Where images lie: a folder, a .zip of one, or a single file. Names in, bytes out, nothing larger than it may be."""

from __future__ import annotations

import os
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from casestudies.errors import DataError, shown
from casestudies.imaging.reading.film import Refused

_MOST = 200_000  # files
_BYTES = 2**29  # of one file, unpacked
_PACKED = 1000  # times that a file in an archive may unpack to, once it is larger than a megabyte
_JUNK = frozenset({"__macosx", "thumbs.db", "desktop.ini", "dicomdir"})
# what lies beside images and is none; everything else is looked into, since DICOM files often have no ending
_BESIDE = frozenset(
    {".csv", ".tsv", ".txt", ".md", ".xlsx", ".xls", ".parquet", ".json", ".yaml", ".yml", ".xml", ".html", ".pdf", ".npz", ".npy",
     ".py", ".ipynb", ".zip", ".sha256", ".md5", ".log", ".toml", ".ini", ".cfg", ".rst", ".doc", ".docx"}
)  # fmt: skip


class Holding(Protocol):
    """Files under names: relative to the folder, parted by "/", sorted."""

    @property
    def names(self) -> Sequence[str]: ...

    def read(self, name: str) -> bytes:
        """Everything in a file. Raises Refused: it is too large or cannot be read."""
        ...


@dataclass(frozen=True)
class FolderHolding:
    """The files of a folder; links that lead out of it are left alone."""

    root: Path
    names: tuple[str, ...]

    @classmethod
    def of(cls, root: Path) -> FolderHolding:
        """Raises DataError: it cannot be listed, or holds too many files."""
        found: list[str] = []
        for folder, folders, files in os.walk(root):  # does not follow links to folders
            folders.sort()
            base = Path(folder).relative_to(root)
            found += [(base / file).as_posix() for file in files]
            if len(found) > _MOST:
                raise _too_many(root.name)
        return cls(root, tuple(sorted(name for name in found if not _is_junk(name))))

    def read(self, name: str) -> bytes:
        path = self.root / name
        try:
            if path.is_symlink() and not path.resolve().is_relative_to(self.root.resolve()):
                raise Refused("a link that leads out of the folder")
            if not path.is_file():
                raise Refused("not a plain file")
            size = path.stat().st_size
            if size > _BYTES:
                raise Refused(f"the file has {size:,} bytes; the limit is {_BYTES:,}")
            return path.read_bytes()
        except OSError as error:
            raise Refused(f"it cannot be opened ({error.strerror})") from None


class ZipHolding:
    """The files of a .zip, read in place: nothing is unpacked to the disk, so no name can lead anywhere.

    Raises
    ------
    DataError: it is damaged, holds too many files, a name twice, or a name that leads out of it.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._archive = zipfile.ZipFile(
                path
            )  # open as long as images are read: its list of 7,000 names is read once
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            advice = "copy or download it again"
            raise DataError("the .zip archive is damaged or cut short", where=path.name, advice=advice) from None
        names = [member.filename for member in self._archive.infolist() if not member.is_dir()]
        if len(names) > _MOST:
            raise _too_many(path.name)
        for name in names:
            if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name.split("/")[0]:
                what = f"the archive holds a file whose name leads out of it, {shown(name, 80)}"
                raise DataError(what, where=path.name, advice="make the archive again from the folder")
        if len(set(names)) < len(names):
            twice = Counter(names).most_common(1)[0][0]
            raise DataError(f"the archive holds {shown(twice, 80)} twice", where=path.name, advice="make it again")
        self.names = tuple(sorted(name for name in names if not _is_junk(name)))

    def read(self, name: str) -> bytes:
        member = self._archive.getinfo(name)
        if member.flag_bits & 1:
            raise Refused("it is encrypted", advice="unpack it with its password")
        if member.file_size > _BYTES:
            raise Refused(f"it unpacks to {member.file_size:,} bytes; the limit is {_BYTES:,}")
        if member.file_size > max(2**20, _PACKED * member.compress_size):
            raise Refused(f"it unpacks to more than {_PACKED:,} times its size")
        try:
            return self._archive.read(member)  # never more than the size that was looked at
        except Exception:  # zlib, lzma and bz2 each have errors of their own
            raise Refused("damaged in the archive") from None


@dataclass(frozen=True)
class FileHolding:
    """One file."""

    path: Path

    @property
    def names(self) -> tuple[str, ...]:
        return (self.path.name,)

    def read(self, name: str) -> bytes:
        real = self.path.resolve()  # a link that was named is meant
        return FolderHolding(real.parent, (real.name,)).read(real.name)


def images_of(names: Iterable[str]) -> list[str]:
    """Files that may be images: all but those whose ending says otherwise."""
    return [name for name in names if PurePosixPath(name).suffix.lower() not in _BESIDE]


def _is_junk(name: str) -> bool:
    """Hidden files and what operating systems leave behind."""
    return any(part.startswith(".") or part.lower() in _JUNK for part in name.split("/"))


def _too_many(name: str) -> DataError:
    return DataError(
        f"there are more than {_MOST:,} files", where=name, advice="name the folder of the images themselves"
    )
