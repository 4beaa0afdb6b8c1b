"""Files that are either whole or not there, JSON with one spelling, and disk errors in one line."""

from __future__ import annotations

import contextlib
import errno
import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from casestudies.errors import RunError, shown

_ELSEWHERE = "free space, or choose another folder with --runs"
_REASONS = {
    errno.ENOSPC: ("the disk is full", _ELSEWHERE),
    errno.EDQUOT: ("the disk quota of this account is used up", _ELSEWHERE),
    errno.EROFS: ("the disk is read-only", "choose another folder with --runs"),
    errno.EACCES: ("access is not permitted", "choose another folder with --runs, or ask its owner"),
    errno.EPERM: ("access is not permitted", "choose another folder with --runs, or ask its owner"),
    errno.EIO: ("the disk fails to read or write", "check the disk, or choose another folder with --runs"),
}


def write_whole(path: Path, data: bytes) -> None:
    """`path` holds all of `data` or is as it was before, even when the power fails half-way.

    Written beside the target, synced, then renamed over it; the name itself is only safe once the directory is synced
    too (`sync_directory`), which a run does once, before its manifest.

    Raises
    ------
    RunError: the disk is full, read-only or not ours. What was half written is removed, so its space is free again.
    """
    with whole_file(path) as temporary, disk_errors(path):
        temporary.write_bytes(data)


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file beside `path`, to be written piece by piece; it takes the name when the block ends well, else it goes.

    Raises
    ------
    RunError: the disk is full, read-only or not ours. Other errors of the block go on as they are.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with disk_errors(path):
            temporary.touch()
        yield temporary
        with disk_errors(path):
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
    except OSError as error:
        if is_disk_trouble(error):
            raise disk_error(error, path) from error
        raise
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def sync_directory(path: Path) -> None:
    """Make the names in a directory survive a power failure."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def to_json(value: object, indent: int | None = 2) -> bytes:
    """`value` as JSON in UTF-8: keys in their order, shortest exact floats, NaN and infinities as null, one spelling.

    Raises
    ------
    TypeError: a value that is not text, a number, a truth value, None, a mapping, a list, a tuple or an array.
    """
    text = json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, indent=indent)
    # A lone surrogate (a damaged column name) has no UTF-8; its escape \udcff is also JSON's own escape for it.
    return (text + "\n").encode("utf-8", "backslashreplace")


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, (str, int)):
                raise TypeError(f"{shown(key)} cannot be a key in JSON")
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):  # a NumPy array or scalar, without importing NumPy
        return _plain(value.tolist())
    raise TypeError(f"{shown(value)} of type {type(value).__name__} cannot stand in JSON")


def read_json(path: Path) -> Any:
    """The value in a JSON file.

    Raises
    ------
    RunError: the file is missing, not readable or not JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise RunError(f"there is no {path.name}", where=str(path.parent)) from None
    except OSError as error:
        raise disk_error(error, path) from None
    except (ValueError, RecursionError):
        raise RunError("is not whole JSON", where=str(path), advice="the file was changed or damaged") from None


def disk_error(error: OSError, path: Path) -> RunError:
    """The operating system's complaint about `path` as one line a user can act on."""
    what, advice = _REASONS.get(error.errno or 0, (error.strerror or str(error), ""))
    return RunError(what, where=str(path), advice=advice)


def is_disk_trouble(error: OSError) -> bool:
    """Whether the disk itself is the reason, whoever was writing: full, over quota or read-only."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn every `OSError` of the block into a `RunError` that names `path`."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, path) from error
