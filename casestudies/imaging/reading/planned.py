"""What is to be read, image by image, before a pixel is: names, labels, patients, parts and masks from tables and folders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import DataError, shown
from casestudies.imaging.preparation import Preparation
from casestudies.imaging.reading.arrays import Arrays
from casestudies.imaging.reading.film import Film, Refused
from casestudies.imaging.reading.formats import decode, of_array
from casestudies.imaging.reading.holdings import Holding, images_of
from casestudies.imaging.reading.labels import Labels, joined
from casestudies.imaging.reading.layout import laid_out, part_of
from casestudies.imaging.reading.matching import matched
from casestudies.imaging.reading.rasters import read_mask
from casestudies.tabular.problems import Code, Problem, Problems


@dataclass(frozen=True, eq=False)
class Planned:
    """Images to be read.

    content: of an image's number, its bytes or array. decode: of these, its name and how films are read, the film; both raise
        Refused. mask: of an image's number, where the lesion is; None where nothing says.
    words, patient: (images,) as tables and folders write them, "" = unknown; None where nothing says.
    part: (images,) as Films has it. beside: (images, columns) of the table. side: longest side, where it is known before.
    """

    names: tuple[str, ...]
    content: Callable[[int], Any]
    decode: Callable[[Any, str, Preparation], Film]
    mask: Callable[[int, Preparation], NDArray[Any] | None]
    masked: bool
    words: list[str] | None
    patient: list[str] | None
    part: list[str]
    beside: pd.DataFrame
    side: int | None = None
    blind: bool = False  # there are no pixels, only what the table says
    notes: list[str] = field(default_factory=list)

    def take(self, rows: list[int]) -> Planned:
        """Some of the images."""
        return replace(
            self,
            names=tuple(self.names[row] for row in rows),
            content=lambda row: self.content(rows[row]),
            mask=lambda row, preparation: self.mask(rows[row], preparation),
            words=None if self.words is None else [self.words[row] for row in rows],
            patient=None if self.patient is None else [self.patient[row] for row in rows],
            part=[self.part[row] for row in rows],
            beside=self.beside.iloc[rows].reset_index(drop=True),
        )


def planned_files(
    holding: Holding, labels: Labels | None, problems: Problems, where: str, *, training: bool
) -> Planned:
    """Of files: those that the table names, else those in folders of classes.

    Raises
    ------
    DataError: there is no image, or in training nothing that says what an image shows.
    """
    layout = laid_out(images_of(holding.names))
    if not layout.images:
        raise DataError("there is no image", where=where, advice="name a folder of DICOM, PNG, JPEG, TIFF or PGM files")
    if labels is None and training and not layout.classes:
        advice = "write data.files: {labels: <your table>}, or put images into folders named after their classes"
        raise DataError("nothing says what an image shows: there is no labels.csv", where=where, advice=advice)
    plan = Planned(
        names=layout.images,
        content=lambda row: holding.read(layout.images[row]),
        decode=decode,
        mask=lambda row, preparation: _union(holding, layout.masks.get(layout.images[row], ()), preparation),
        masked=bool(layout.masks),
        words=[layout.classes[name] for name in layout.images] if layout.classes else None,
        patient=None,
        part=[layout.parts.get(name, "") for name in layout.images],
        beside=pd.DataFrame(index=range(len(layout.images))),
    )
    if layout.classes and labels is None:
        plan.notes.append("the folders' names are the labels")
    if labels is None:
        return plan
    return _with_table(plan, labels, holding, problems, training=training)


def planned_arrays(arrays: Arrays, labels: Labels | None, problems: Problems, *, training: bool) -> Planned:
    """Of an .npz file, with a table beside it where one is given."""
    images = list(arrays)
    plan = Planned(
        names=arrays.names,
        content=lambda row: images[row],
        decode=lambda image, name, preparation: of_array(image, preparation),
        mask=lambda row, preparation: None if arrays.masks is None else arrays.masks[row],
        masked=arrays.masks is not None,
        words=None if arrays.labels is None else list(arrays.labels),
        patient=None if arrays.patient is None else list(arrays.patient),
        part=list(arrays.part),
        beside=pd.DataFrame(index=range(len(arrays.names))),
        side=arrays.sides,
    )
    return plan if labels is None else _with_table(plan, labels, None, problems, training=training)


def planned_rows(labels: Labels) -> Planned:
    """Of a table alone: what its rows name has no pixels here.

    Raises
    ------
    DataError: rows without a name, or two of one name.
    """
    column, source = labels.columns["file"], labels.table.source
    every: list[int | None] = list(range(source.rows))
    names = labels.words("file", every) or []
    first: dict[str, int] = {}
    odd = next((row for row, name in enumerate(names) if not name or first.setdefault(name, row) != row), None)
    if odd is not None:
        what = f"`{column}` names {shown(names[odd])} again" if names[odd] else f"`{column}` is empty"
        raise DataError(what, where=f"{source.name}, row {odd + 1}", advice="give each row a name of its own")

    def nothing(*_: Any) -> Any:
        raise Refused("there is no image")

    split = labels.words("split", every)
    return Planned(
        names=tuple(names),
        content=nothing,
        decode=nothing,
        mask=nothing,
        masked=False,
        words=labels.words("label", every),
        patient=labels.words("patient", every),
        part=[""] * len(names) if split is None else _parts(split, labels.columns["split"]),
        beside=labels.beside(every),
        blind=True,
    )


def _with_table(
    plan: Planned, labels: Labels, holding: Holding | None, problems: Problems, *, training: bool
) -> Planned:
    """What the table says, over what folders and arrays said; in training, images that no row names are left out."""
    rows, way = joined(labels, plan.names, problems, training=training)
    if way:
        plan.notes.append(f"images are found {way}")
    masks = _mask_files(labels, rows, holding)
    images = [place for place, name in enumerate(plan.names) if name not in masks]
    kept = [place for place in images if rows[place] is not None] if training else images
    if lost := len(images) - len(kept):
        rule = f"{lost:,} images have no row in the labels, and are left out"
        problems.add(Problem(Code.LABEL_MISSING, "warning", rule, "add their rows, or take them away", count=lost))
    if len(kept) < len(plan.names):
        plan, rows = plan.take(kept), [rows[place] for place in kept]
    words, patient = labels.words("label", rows), labels.words("patient", rows)
    split = labels.words("split", rows)
    mask, masked = plan.mask, plan.masked
    named = labels.words("mask", rows)
    if named is not None and holding is not None:
        files, _ = matched(named, holding.names)
        masked = masked or any(files)

        def mask(row: int, preparation: Preparation) -> NDArray[Any] | None:
            return _union(holding, (files[row],) if files[row] is not None else (), preparation)

    return replace(
        plan,
        words=plan.words if words is None else words,
        patient=plan.patient if patient is None else patient,
        part=plan.part if split is None else _parts(split, labels.columns["split"]),
        beside=labels.beside(rows),
        mask=mask,
        masked=masked,
    )


def _mask_files(labels: Labels, rows: list[int | None], holding: Holding | None) -> set[str]:
    """Files that the column of masks names."""
    cells = labels.words("mask", [row for row in rows if row is not None])
    if cells is None or holding is None:
        return set()
    return {name for name in matched(cells, holding.names)[0] if name is not None}


def _parts(words: list[str], column: str) -> list[str]:
    """Raises DataError: a word that names no part."""
    parts = [part_of(word) if word else "" for word in words]
    if None in parts:
        row = parts.index(None)
        advice = "write train, validation or test, or data.split: null"
        raise DataError(f"`{column}` says {shown(words[row])}, which is no part", where="data.split", advice=advice)
    return [part or "" for part in parts]


def _union(holding: Holding, names: tuple[str | None, ...], preparation: Preparation) -> NDArray[Any] | None:
    """Several masks of one image are one lesion map."""
    masks = [read_mask(holding.read(name), preparation.most_pixels) for name in names if name is not None]
    if len({mask.shape for mask in masks}) > 1:
        raise Refused("its masks have different sizes")
    return np.logical_or.reduce(masks) if masks else None
