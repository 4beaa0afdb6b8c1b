""".npz files of images and labels: headers checked before anything is unpacked, and no Python object is ever loaded."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from casestudies.errors import DataError, nearest, shown
from casestudies.tabular.cells import plain

_BYTES = 2**32  # of all arrays, unpacked
PARTS = {"train": "train", "val": "validation", "test": "test"}  # as MedMNIST names them, and as Films does
_KEYS = ("images", "labels", "masks", "class_names", "filenames", "patient")


@dataclass(frozen=True, eq=False)
class Arrays:
    """What an .npz file holds, in one order.

    images: arrays (rows, height, width[, 3]) one after the other. names: (rows,) text, unique. labels: (rows,) text or None.
    part: (rows,) as in Films. masks: (rows, height, width) or None. patient: (rows,) text or None. sha256, bytes: of the file.
    """

    images: tuple[NDArray[Any], ...]
    names: tuple[str, ...]
    part: tuple[str, ...]
    labels: tuple[str, ...] | None
    masks: NDArray[np.bool_] | None
    patient: tuple[str, ...] | None
    sha256: str
    bytes: int

    def __iter__(self) -> Iterator[NDArray[Any]]:
        for images in self.images:
            yield from images

    @property
    def sides(self) -> int:
        """The longest side of an image."""
        return max(max(images.shape[1:3]) for images in self.images)


def read_arrays(path: Path, most_pixels: int) -> Arrays:
    """Images and labels by the names MedMNIST has (train_images, train_labels, val_*, test_*), or images, labels and more.

    Raises
    ------
    DataError: no .npz file, no images in it, arrays of objects, of other lengths or shapes, or larger than allowed.
    """
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        with zipfile.ZipFile(path) as archive:
            members = {m.filename.removesuffix(".npy"): m for m in archive.infolist() if m.filename.endswith(".npy")}
            found = _wanted(members, path.name)
            total = sum(members[key].file_size for key in found)
            if total > _BYTES:
                what = f"its arrays unpack to {total:,} bytes; the limit is {_BYTES:,}"
                raise DataError(what, where=path.name, advice="bring smaller images, or a folder of them")
            arrays = {key: _array(archive, members[key], key, path.name) for key in found}
    except DataError:
        raise
    except Exception:  # zipfile, zlib, lzma and the parser of headers each have errors of their own
        raise DataError("the .npz file is damaged or cut short", where=path.name, advice="download it again") from None
    return _joined(arrays, path, sha256, most_pixels)


def _wanted(members: dict[str, Any], where: str) -> list[str]:
    parts = [part for part in PARTS if f"{part}_images" in members]
    if parts:
        keys = [f"{part}_{what}" for part in parts for what in _KEYS]
        return [key for key in [*keys, "class_names"] if key in members]
    if "images" in members:
        return [key for key in _KEYS if key in members]
    listed = ", ".join(map(shown, sorted(members)[:8])) or "nothing"
    advice = "name the images `images`, or train_images, val_images and test_images"
    raise DataError(f"it holds no images, but {listed}", where=where, advice=advice)


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, key: str, where: str) -> NDArray[Any]:
    """One array, its header compared with its size before memory is taken for it."""
    with archive.open(member) as file:
        version = npy.read_magic(file)
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = read_header(file)
        if dtype.hasobject:
            advice = "save it again as numbers or texts (dtype=str)"
            raise DataError(f"{key} holds Python objects, which can run code when loaded", where=where, advice=advice)
        count = int(np.prod(shape, dtype=object))
        if count * dtype.itemsize > member.file_size:
            raise DataError(f"{key} declares more values than it holds", where=where, advice="download it again")
        values = np.frombuffer(file.read(), dtype=dtype, count=count)
    return values.reshape(shape[::-1]).T if fortran else values.reshape(shape)


def _joined(arrays: dict[str, NDArray[Any]], path: Path, sha256: str, most: int) -> Arrays:
    where = path.name
    prefixes = [part for part in PARTS if f"{part}_images" in arrays] or [""]
    images, names, part = [], [], []
    further: dict[str, list[Any]] = {"labels": [], "patient": [], "masks": []}
    for prefix in prefixes:
        lead = f"{prefix}_" if prefix else ""
        block = arrays[f"{lead}images"]
        if block.ndim not in (3, 4) or not len(block):
            shape = " x ".join(map(str, block.shape))
            raise DataError(
                f"{lead}images has shape {shape}", where=where, advice="bring images x height x width (x 3)"
            )
        if block.shape[1] * block.shape[2] > most:
            raise DataError(f"{lead}images are larger than reading.most_pixels ({most:,})", where=where)
        images.append(block)
        names += _names(arrays.get(f"{lead}filenames"), prefix or "images", len(block), where)
        part += [PARTS.get(prefix, "")] * len(block)
        for what, found in further.items():
            if f"{lead}{what}" in arrays:
                found.append(_beside(arrays[f"{lead}{what}"], f"{lead}{what}", block, where))
    classes = arrays.get("class_names")
    labels = _complete(further["labels"], len(prefixes), "labels", where)
    patient = _complete(further["patient"], len(prefixes), "patient", where)
    masks = further["masks"] if len(further["masks"]) == len(prefixes) == 1 else None
    return Arrays(
        tuple(images),
        tuple(names),
        tuple(part),
        None if labels is None else _classes(labels, classes, where),
        None if masks is None else masks[0] > 0,
        None if patient is None else tuple(str(who) for who in patient),
        sha256,
        path.stat().st_size,
    )


def _names(given: NDArray[Any] | None, prefix: str, rows: int, where: str) -> list[str]:
    if given is None:
        return [f"{prefix}[{row}]" for row in range(rows)]
    names = [str(name) for name in given.ravel()]
    if len(names) != rows or len(set(names)) != rows:
        what = f"filenames names {len(set(names)):,} files for {rows:,} images"
        raise DataError(what, where=where, advice="give each image a name of its own")
    return names


def _beside(values: NDArray[Any], key: str, images: NDArray[Any], where: str) -> NDArray[Any]:
    """An array with a row for each image: masks of the same size, else one value each."""
    if len(values) != len(images):
        raise DataError(f"{len(values):,} {key} for {len(images):,} images", where=where, advice="give one each")
    if key.endswith("masks"):
        if values.shape != images.shape[:3]:
            raise DataError(f"{key} are not of the images' size", where=where, advice="give one mask an image")
        return values
    if values.size != len(values):
        what = f"{key} has {values[0].size:,} columns: several diseases at once are not read"
        raise DataError(what, where=where, advice="keep the column of one disease")
    return values.ravel()


def _complete(found: list[NDArray[Any]], parts: int, what: str, where: str) -> NDArray[Any] | None:
    if found and len(found) < parts:
        raise DataError(f"only {len(found)} of {parts} parts have {what}", where=where, advice="give them for all")
    return np.concatenate(found) if found else None


def _classes(labels: NDArray[Any], names: NDArray[Any] | None, where: str) -> tuple[str, ...]:
    """Labels as texts: by their class names where the file has them."""
    if names is None:
        return tuple("" if label != label else plain(label) for label in labels)
    known = [str(name) for name in names.ravel()]
    if labels.dtype.kind not in "ui" or labels.min() < 0 or labels.max() >= len(known):
        what = f"labels go beyond the {len(known)} class_names"
        raise DataError(
            what, where=where, advice=f"number the classes from 0 to {len(known) - 1}; {nearest('', known)}"
        )
    return tuple(known[label] for label in labels)
