"""Where the files of a data set come from: a .zip, a folder or a single file; by name, and never more than they may be."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from casestudies.datasets.record import DataFile, DataSet
from casestudies.errors import DataError, shown

_CHUNK = 2**20


class Holding(Protocol):
    def copy(self, file: DataFile, to: Path) -> None:
        """Write the bytes of a file of the set to a path.

        Raises
        ------
        DataError: it is not in here, is damaged, or larger than it may be. OSError: the disk.
        """
        ...


@contextmanager
def opened(path: Path, wanted: DataSet) -> Iterator[Holding]:
    """What lies at `path`, for as long as the block.

    Raises
    ------
    DataError: there is nothing, a .zip that is damaged or has names that lead out of its folder, or one of several files.
    """
    if path.is_dir():
        yield _Folder(path)
    elif not path.is_file():
        raise DataError(f"there is no file {shown(path, 200)}", where="--from", advice="check the path")
    elif zipfile.is_zipfile(path) and not _is_array(path, wanted):
        try:
            with zipfile.ZipFile(path) as archive:
                yield _Zip(path, archive)
        except zipfile.BadZipFile:
            raise _damaged(path) from None
    elif len(wanted.files) > 1:
        names = ", ".join(file.name for file in wanted.files)
        raise DataError(
            f"is one file, and {names} are needed", where=shown(path, 200), advice="bring the archive, or their folder"
        )
    else:
        yield _Single(path)


def _is_array(path: Path, wanted: DataSet) -> bool:
    """Whether a .zip is the file itself: arrays of NumPy (.npz) are packed so."""
    return path.suffix.lower() == ".npz" or any(file.fits(path) for file in wanted.files)


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path

    def copy(self, file: DataFile, to: Path) -> None:
        found = next((p for p in (self._path / file.name, self._path / file.member) if p.is_file()), None)
        if found is None:
            raise DataError(f"holds no {file.name}", where=shown(self._path, 200), advice="name the folder that does")
        _Single(found).copy(file, to)


class _Single:
    def __init__(self, path: Path) -> None:
        self._path = path

    def copy(self, file: DataFile, to: Path) -> None:
        with self._path.open("rb") as content:
            _limited(content, file, to, self._path.name)


class _Zip:
    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path, self._archive = path, archive
        for name in archive.namelist():
            place = PurePosixPath(name.replace("\\", "/"))
            if place.is_absolute() or ".." in place.parts or ":" in name:
                raise DataError(
                    f"has a member {shown(name)} that leads out of its folder",
                    where=path.name,
                    advice="this is not the publisher's archive; get it from there",
                )

    def copy(self, file: DataFile, to: Path) -> None:
        member = self._member(file)
        if member.file_size > file.most:
            raise _too_large(file, f"{self._path.name}, {shown(member.filename)}")
        try:
            with self._archive.open(member) as content:
                _limited(content, file, to, f"{self._path.name}, {shown(member.filename)}")
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            raise _damaged(self._path) from error
        except Exception as error:  # zlib and lzma have errors of their own, under no common name
            if type(error).__module__ not in {"zlib", "lzma", "_lzma"}:
                raise
            raise _damaged(self._path) from error

    def _member(self, file: DataFile) -> zipfile.ZipInfo:
        """The member of that name; whatever folders are around it, where there is one alone."""
        infos = self._archive.infolist()
        exact = [i for i in infos if i.filename == (file.member or file.name)]
        named = exact or [i for i in infos if PurePosixPath(i.filename).name == file.name and not i.is_dir()]
        if len(named) != 1:
            said = "no" if not named else f"{len(named)} files of the name"
            raise DataError(f"holds {said} {file.name}", where=self._path.name, advice="bring the publisher's archive")
        return named[0]


def _limited(content: IO[bytes], file: DataFile, to: Path, where: str) -> None:
    """Copy up to as many bytes as the file may have; a member's own word for its size is not taken."""
    left = file.most
    with to.open("wb") as out:
        while chunk := content.read(min(_CHUNK, left + 1)):
            left -= len(chunk)
            if left < 0:
                raise _too_large(file, where)
            out.write(chunk)


def _too_large(file: DataFile, where: str) -> DataError:
    what = f"is larger than the {file.most:,} bytes that {file.name} has"
    return DataError(what, where=where, advice="this is another file; see the publisher's page")


def _damaged(path: Path) -> DataError:
    return DataError("the .zip archive is damaged or locked", where=path.name, advice="get it again from its publisher")
