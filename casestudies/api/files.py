"""Files that the caller named: written whole or not at all, and their troubles in the caller's words."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casestudies.errors import DataError, RunError, UsageError, shown
from casestudies.runs.disk import write_whole

if TYPE_CHECKING:
    import pandas as pd


def folder_for(path: Path) -> Path:
    """`path` as a folder to write into, made where it is not there.

    Raises
    ------
    UsageError: it cannot be one.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            error.strerror or "cannot be made", where=shown(path, 200), advice="name another folder"
        ) from None
    return path


def write_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    with elsewhere(path):
        write_whole(path, data)


@contextmanager
def elsewhere(path: Path) -> Iterator[None]:
    """Troubles of the disk with a file the user named are the user's to solve."""
    try:
        yield
    except RunError as error:
        if error.where != str(path):
            raise
        raise UsageError(error.what, where=shown(path, 200), advice="choose another place") from None


class as_file:
    """A path as it is; a DataFrame as a Parquet file for as long as it is needed."""

    def __init__(self, data: str | Path | pd.DataFrame | None) -> None:
        self._data = data
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> str | Path | None:
        if self._data is None or isinstance(self._data, (str, Path)):
            return self._data
        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name, "table.parquet")
        try:
            self._data.to_parquet(path, index=False)
        except (ValueError, TypeError, OSError) as error:
            self._folder.cleanup()
            raise DataError(
                f"the DataFrame cannot be kept as a table ({error})", advice="give each column one type"
            ) from None
        return path

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()


def threads(count: int) -> Any:
    from threadpoolctl import threadpool_limits

    return threadpool_limits(count)
