"""Bringing a data set here: downloaded or brought, checked against the publisher's bytes, then laid in its folder."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from casestudies.datasets.download import download, forget
from casestudies.datasets.holding import opened
from casestudies.datasets.record import DataFile, DataSet
from casestudies.errors import DataError, RunError, UsageError, shown
from casestudies.runs.disk import disk_error, write_whole
from casestudies.runs.events import Event

TERMS = "LICENCE.txt"
_PART = ".download"  # the unfinished download, in the set's folder


@dataclass(frozen=True)
class Fetched:
    """A data set that is here.

    files: where they lie, those of the publisher first. new: whether anything was written.
    """

    data_set: DataSet
    files: tuple[Path, ...]
    new: bool


def fetch(
    wanted: DataSet,
    root: Path,
    *,
    source: Path | None = None,
    force: bool = False,
    offline: bool = False,
    on_event: Callable[[Event], None] = lambda event: None,
) -> Fetched:
    """Lay the files of a data set into `root / wanted.folder`, with its licence beside them.

    Parameters
    ----------
    source: what you brought: the publisher's archive, its files in a folder or a .zip, or the one file. None = download.
    force: replace a file of that name which is another. offline: download nothing.

    Raises
    ------
    UsageError: a login or a connection is needed, another file is in the place, or the disk refuses.
    DataError: the bytes are not the publisher's, or cannot be had.
    """
    folder = root / wanted.folder
    places = [folder / file.name for file in wanted.files]
    made = [folder / name for name, _ in wanted.made]
    here = [_is_here(place, file, force) for place, file in zip(places, wanted.files, strict=True)]
    if all(here) and all(path.is_file() for path in made):
        return Fetched(wanted, (*places, *made), new=False)
    if source is None and not all(here):
        _refuse_download(wanted, offline)
    with _disk(folder), _kept_if_filled(folder):
        if not all(here):
            if source is None:
                source = _downloaded(wanted, folder / _PART, on_event)
            on_event(Event(time.time(), "checking"))
            _lay(wanted, source, folder)
            forget(folder / _PART)
        for path, (_, make) in zip(made, wanted.made, strict=True):
            write_whole(path, make(places[0]))
        write_whole(folder / TERMS, wanted.terms.encode())
    return Fetched(wanted, (*places, *made), new=True)


def _is_here(place: Path, file: DataFile, force: bool) -> bool:
    """Whether the publisher's file is in its place; raises a UsageError where another is, unless it is to go."""
    if not place.exists():
        return False
    with _disk(place):
        if place.is_file() and file.fits(place):
            return True
    if force and place.is_file():
        return False
    advice = "--force replaces it, --out DIR goes elsewhere"
    raise UsageError("is there already and is not the publisher's file", where=shown(place, 200), advice=advice)


def _refuse_download(wanted: DataSet, offline: bool) -> None:
    """Raises a UsageError where nothing can be downloaded; it says what to bring."""
    bring = f"casestudies data fetch {wanted.name} --from {wanted.download.name}"
    if wanted.login:
        advice = f"get {wanted.download.name} from {wanted.page} and run: {bring}"
        raise UsageError("its publisher asks for a login", where=wanted.name, advice=advice)
    if offline:
        advice = f"get {wanted.download.name} from {wanted.page} on another computer and run: {bring}"
        raise UsageError("CASESTUDIES_OFFLINE is set, so nothing is downloaded", where=wanted.name, advice=advice)


def _downloaded(wanted: DataSet, part: Path, on_event: Callable[[Event], None]) -> Path:
    """The publisher's file, whole and checked."""
    address, expected = wanted.address or "", wanted.download

    def tell(share: float | None) -> None:
        on_event(Event(time.time(), "downloading", share))

    try:
        download(address, part, most=expected.most, on_share=tell)
    except DataError as error:
        if "cannot be reached" not in error.what:
            raise
        bring = f"casestudies data fetch {wanted.name} --from {expected.name}"
        advice = f"without a connection, get {expected.name} from {wanted.page} on another computer and run: {bring}"
        raise DataError(error.what, where=error.where, advice=advice) from None
    if not expected.fits(part):
        size = part.stat().st_size
        forget(part)
        raise DataError(
            f"the download ({size:,} bytes) is not the file that is known; its publisher may have changed it",
            where=address,
            advice=f"see {wanted.page}; `--data FILE` reads any file, checked or not",
        )
    return part


def _lay(wanted: DataSet, source: Path, folder: Path) -> None:
    """All files of the set from where they were brought, each under its name once its bytes are right."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch, opened(source, wanted) as holding:
        for file in wanted.files:
            holding.copy(file, Path(scratch, file.name))
            if not Path(scratch, file.name).stat().st_size or not file.fits(Path(scratch, file.name)):
                raise DataError(
                    f"is not {file.name} as its publisher has it (another checksum)",
                    where=shown(source, 200),
                    advice=f"see {wanted.page}; `--data FILE` reads any file, checked or not",
                )
        for file in wanted.files:
            Path(scratch, file.name).replace(folder / file.name)


@contextmanager
def _kept_if_filled(folder: Path) -> Iterator[None]:
    """A folder that goes again when nothing came to lie in it."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        with suppress(OSError):
            folder.rmdir()


@contextmanager
def _disk(place: Path) -> Iterator[None]:
    """Troubles of the disk as one line with what can be done here."""
    try:
        yield
    except (OSError, RunError) as error:
        told = disk_error(error, place) if isinstance(error, OSError) else error
        advice = "free space, or choose another folder with --out"
        raise UsageError(told.what, where=shown(place, 200), advice=advice) from None
