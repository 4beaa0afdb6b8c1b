"""What lies at `data.path`: a folder, a .zip of one, an .npz file, one image, or only a table beside embeddings."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from casestudies.errors import DataError, shown
from casestudies.imaging.reading.arrays import read_arrays
from casestudies.imaging.reading.holdings import FileHolding, FolderHolding, Holding, ZipHolding
from casestudies.imaging.reading.labels import Labels, read_labels
from casestudies.imaging.reading.planned import Planned, planned_arrays, planned_files, planned_rows
from casestudies.tabular.problems import Problems
from casestudies.workflow.load import read_options

_LABELS = "labels"
_TABLES = (".csv", ".tsv", ".xlsx", ".parquet")


@dataclass(frozen=True, eq=False)
class Found:
    """What is to be read. form: "folder", "zip", "npz", "image" or "table". sha256, bytes: of what was read to plan it."""

    plan: Planned
    labels: Labels | None
    form: str
    sha256: tuple[str, ...]
    bytes: int


def found_at(
    path: Path, table: Path | None, settings: Any, problems: Problems, *, training: bool, embedded: bool
) -> Found:
    """Plan the reading of images.

    Parameters
    ----------
    table: of labels; None = labels.csv among the images, where it is. embedded: embeddings of the images lie in another file, so
        that a table of their names is enough.

    Raises
    ------
    DataError: nothing is there, or no images. ConfigError: a setting names a column that is not there.
    """
    if not path.exists():
        raise DataError(f"there is no {shown(path.name, 80)}", where="data.path", advice="check the path")
    labels = None if table is None else read_labels(table, settings, read_options(settings), training=training)
    if path.is_file() and path.suffix.lower() in _TABLES:
        return _of_table(path, settings, training=training, embedded=embedded)
    if path.is_file() and _holds_arrays(path):
        arrays = read_arrays(path, settings.reading.most_pixels)
        plan = planned_arrays(arrays, labels, problems, training=training)
        return Found(plan, labels, "npz", (arrays.sha256, *_hash(labels)), arrays.bytes)
    holding, form = _holding(path)
    if labels is None:
        labels = _labels_among(holding, settings, training=training)
    plan = planned_files(holding, labels, problems, path.name, training=training)
    return Found(plan, labels, form, _hash(labels), 0)


def _holding(path: Path) -> tuple[Holding, str]:
    """By what lies there, whatever it is called."""
    if path.is_dir():
        return FolderHolding.of(path), "folder"
    with path.open("rb") as file:
        packed = file.read(4) == b"PK\x03\x04"
    return (ZipHolding(path), "zip") if packed else (FileHolding(path), "image")


def _holds_arrays(path: Path) -> bool:
    """An .npz file by its name, or by what is packed in it."""
    if path.suffix.lower() == ".npz":
        return True
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    return bool(names) and all(name.endswith(".npy") for name in names)


def _labels_among(holding: Holding, settings: Any, *, training: bool) -> Labels | None:
    """The table among the images: labels.csv, .tsv, .xlsx or .parquet, the one nearest to the top."""
    wanted = {_LABELS + ending for ending in _TABLES}
    names = [name for name in holding.names if PurePosixPath(name).name.lower() in wanted]
    if not names:
        return None
    name = min(names, key=lambda name: (name.count("/"), name))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, PurePosixPath(name).name)
        file.write_bytes(holding.read(name))
        return read_labels(file, settings, read_options(settings), training=training)


def _of_table(path: Path, settings: Any, *, training: bool, embedded: bool) -> Found:
    """Rows without pixels."""
    if not embedded:
        advice = f"write data.path: <the folder of the images> and data.files: {{labels: {path.name}}}"
        raise DataError("this is a table, and images are wanted", where=path.name, advice=advice)
    labels = read_labels(path, settings, read_options(settings), training=training)
    return Found(planned_rows(labels), labels, "table", _hash(labels), labels.table.source.bytes)


def _hash(labels: Labels | None) -> tuple[str, ...]:
    return () if labels is None else (labels.table.source.sha256,)


def digest_of(parts: tuple[str, ...]) -> str:
    """One hash of several; of one it is itself."""
    return parts[0] if len(parts) == 1 else hashlib.sha256("\n".join(parts).encode()).hexdigest()
