"""What the names of files say: folders named after classes and parts, masks beside their images."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

_PARTS = {"train": "train", "training": "train", "val": "validation", "valid": "validation", "validation": "validation", "test": "test", "testing": "test"}  # fmt: skip
_MASK = re.compile(r"(.+?)[_-](?:mask|seg|segmentation|roi)(?:[_-]?\d+)?", re.IGNORECASE)
_FOLDERS = frozenset({"mask", "masks"})


@dataclass(frozen=True)
class Layout:
    """Files that are images, by what their place says.

    images: names, sorted. classes: {image: the folder it lies in}. parts: {image: train, validation or test}.
    masks: {image: the masks beside it}. Images lying in no folder of a class have none.
    """

    images: tuple[str, ...]
    classes: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    masks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def laid_out(names: Sequence[str]) -> Layout:
    """Images with the class of their folder (benign/3.png), their part (train/benign/3.png) and masks (3_mask.png)."""
    masks = _masks(names)
    beside = {mask for found in masks.values() for mask in found}
    images = tuple(name for name in names if name not in beside)
    folders = {name: PurePosixPath(name).parts[:-1] for name in images}
    shared = _shared(list(folders.values()))
    inner = {name: parts[shared:] for name, parts in folders.items()}
    parted = bool(inner) and all(parts and parts[0].lower() in _PARTS for parts in inner.values())
    parts = {name: _PARTS[own[0].lower()] for name, own in inner.items()} if parted else {}
    classed = {name: own[parted:] for name, own in inner.items()}
    classes = {name: own[0] for name, own in classed.items()} if all(classed.values()) else {}
    return Layout(images, classes, parts, masks)


def part_of(word: str) -> str | None:
    """train, validation or test, as people write them; None for another word."""
    return _PARTS.get(word.strip().lower())


def _shared(folders: Sequence[tuple[str, ...]]) -> int:
    """How many folders all images lie in together: names of the data set, and no classes."""
    if not folders:
        return 0
    first, last = min(folders), max(folders)
    count = 0
    while count < min(len(first), len(last)) and first[count] == last[count]:
        count += 1
    return count


def _masks(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Files named as an image is, with "_mask" behind or in a folder of masks, by their image."""
    images = {str(PurePosixPath(name).with_suffix("")): name for name in names}
    found: dict[str, list[str]] = {}
    for name in names:
        image = next((images[key] for key in _imaged(PurePosixPath(name)) if key in images), None)
        if image is not None:
            found.setdefault(image, []).append(name)
    return {image: tuple(masks) for image, masks in found.items()}


def _imaged(path: PurePosixPath) -> Iterator[str]:
    """Where the image of a mask would lie, without its ending."""
    match = _MASK.fullmatch(path.stem)
    if match:
        yield str(path.with_name(match[1]))
    for place, part in enumerate(path.parts[:-1]):
        if part.lower() in _FOLDERS:
            before, behind = path.parts[:place], path.with_suffix("").parts[place + 1 :]
            yield str(PurePosixPath(*before, *behind))
            yield str(PurePosixPath(*before, "images", *behind))
