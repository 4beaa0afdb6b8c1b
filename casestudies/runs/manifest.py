"""The manifest: written last, it is the promise that a run is whole, and the means to check it."""

from __future__ import annotations

import hashlib
import os
import platform
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from casestudies import __version__
from casestudies.errors import CaseError, RunError, one_line, shown
from casestudies.runs import events, process
from casestudies.runs.disk import disk_errors, read_json, sync_directory

FILE = "manifest.json"
FORMAT = 1
ERROR, REQUEST, CANCEL, LOG = "error.json", "request.json", "cancel", "worker.log"
# Outside the promise: they tell how the run went, not what came out, and may still change when it is over (a warning
# at interpreter exit goes to the log, a late cancel leaves its file).
VOLATILE = frozenset({events.FILE, process.FILE, CANCEL, LOG})
# No pickle, and nothing else that runs code when it is opened.
FORMATS = frozenset(
    (
        *(".json", ".jsonl", ".yaml", ".csv", ".parquet", ".npz", ".safetensors", ".skops"),
        *(".txt", ".log", ".md", ".svg", ".png", ".html", ".pdf", ".sql", ".xlsx"),
    )
)
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,99}")
# What can change a figure or a drawn byte.
_LIBRARIES = (
    *("numpy", "scipy", "scikit-learn", "pandas", "pyarrow", "lightgbm", "lime", "numba"),
    *("altair", "vl-convert-python", "typst", "matplotlib"),
)


def is_inside(name: str) -> bool:
    """Whether a name, with forward slashes, stays inside the folder it is relative to, on any system."""
    return all(_PART.fullmatch(part) for part in name.split("/"))


def versions(more: Iterable[str] = ()) -> dict[str, str]:
    """The versions that the same bytes depend on: Python, this package, and each library that is installed.

    more: libraries that only one study's figures depend on.
    """
    from importlib.metadata import PackageNotFoundError, version  # 18 ms, so not at start-up

    found = {"python": platform.python_version(), "casestudies": __version__}
    for name in (*_LIBRARIES, *more):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def seal(folder: Path) -> dict[str, dict[str, Any]]:
    """Make every result file durable and describe it: {name: {"bytes": n, "sha256": hex}}, by name.

    Raises
    ------
    CaseError: a link, a device or a file of a format that is not ours lies in the folder.
    RunError: the disk fails.
    """
    files, strange = _files(folder)
    if strange:
        raise CaseError(strange[0], where=str(folder))
    described = {}
    for name, path in files.items():
        with disk_errors(path), path.open("rb") as file:
            os.fsync(file.fileno())  # files that a library wrote itself; the others are synced already
            described[name] = {
                "bytes": os.fstat(file.fileno()).st_size,
                "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
            }
    for base, _, _ in os.walk(folder):
        with disk_errors(folder):
            sync_directory(Path(base))
    return described


def problems(folder: Path) -> list[str]:
    """What is wrong with a finished run, one line each; an empty list says that it is whole.

    Every listed file must be there with its size and SHA-256, nothing else may lie beside them, and no name may leave
    the folder. Links are not followed.
    """
    try:
        listed = _listed(folder)
    except RunError as error:
        return [str(error)]
    files, found = _files(folder)
    for name, entry in listed.items():
        if not is_inside(name) or name in VOLATILE or name == FILE:
            found.append(f"{FILE} lists {shown(name)}, which is not a name inside the folder; do not use this run")
        elif name not in files:
            found.append(f"{one_line(name)}: is missing")
        elif problem := _difference(files[name], entry):
            found.append(f"{one_line(name)}: {problem}")
    found += [f"{one_line(name)}: is not listed in {FILE}" for name in files if name not in listed]
    return found


def _listed(folder: Path) -> dict[str, Any]:
    value = read_json(folder / FILE)
    if not isinstance(value, dict) or not isinstance(value.get("files"), dict):
        raise RunError("lists no files", where=str(folder / FILE), advice="the file was changed or damaged")
    if value.get("format") != FORMAT:
        raise RunError(f"has format {shown(value.get('format'))}, not {FORMAT}", where=str(folder / FILE))
    return value["files"]


def _difference(path: Path, entry: Any) -> str:
    """How a file differs from its entry, or nothing."""
    size = path.stat().st_size
    if not isinstance(entry, dict) or {"bytes", "sha256"} - entry.keys():
        return f"has no size and SHA-256 in {FILE}"
    if size != entry["bytes"]:
        return f"has {size} bytes, not {one_line(entry['bytes'])}"
    try:
        with path.open("rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == entry["sha256"]
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return "" if same else "was changed: another SHA-256"


def _files(folder: Path) -> tuple[dict[str, Path], list[str]]:
    """The result files of a folder by name, and a line for each thing in it that is none."""
    files, strange = {}, []
    for base, directories, names in os.walk(folder):
        for name in [*directories, *names]:
            path = Path(base, name)
            relative = path.relative_to(folder).as_posix()
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                strange.append(f"{one_line(relative)}: is a link or a device, not a file of ours")
            elif path.is_dir() or relative in VOLATILE or relative == FILE:
                continue
            elif not is_inside(relative) or path.suffix not in FORMATS:
                strange.append(f"{one_line(relative)}: is not a file format of ours")
            else:
                files[relative] = path
    return dict(sorted(files.items())), sorted(strange)
