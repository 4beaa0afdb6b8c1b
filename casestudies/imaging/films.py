"""Images as the study holds them: prepared pixels with what is known of each, row by row."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import DataError

UNKNOWN = -1  # label of an image whose label is not known


@dataclass(frozen=True, eq=False)
class Films:
    """Images of one size, ready for a network.

    Parameters
    ----------
    pixels: (rows, channels, side, side) float32 in 0..1, 0 the darkest; (rows, 0, 0, 0) where only embeddings are known.
    names: (rows,) text: the file's name within its folder, or its place in the .npz file ("test[17]"); unique.
    label: (rows,) int8: 1 the disease (the class named by `data.positive`), 0 not, -1 unknown.
    patient: (rows,) text pseudonyms (p0001, ...); images of one patient share one. Without patient ids, one an image.
    patients_known: whether patient ids were given.
    part: (rows,) "train", "validation" or "test" as the file itself says, else "".
    table: (rows,) further columns by name (site, age, density, view, laterality, ...), of any dtype.
    history: columns of `table` that are given to the model. groups: columns of `table` that figures are told by.
    facts: (rows,) what the reader found: height, width, bits, inverted, format, spacing (mm of one pixel of `pixels`, nan).
    masks: (rows, side, side) bool, True on the lesion; None where no masks are known.
    embeddings: (rows, features) float64 that were made elsewhere; None = the network makes them.
    classes: names of class 0 and class 1 as the labels write them.
    family: (rows,) numbers of what the audit joined (patients, twins); None before the audit.
    """

    pixels: NDArray[np.float32]
    names: NDArray[Any]
    label: NDArray[np.int8]
    patient: NDArray[Any]
    patients_known: bool
    part: NDArray[Any]
    table: pd.DataFrame
    facts: pd.DataFrame
    history: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    masks: NDArray[np.bool_] | None = None
    embeddings: NDArray[np.float64] | None = None
    classes: tuple[str, str] = ("0", "1")
    family: NDArray[np.intp] | None = None

    def __post_init__(self) -> None:
        rows = len(self.pixels)
        for name in (field.name for field in fields(self)):
            value = getattr(self, name)
            if isinstance(value, np.ndarray | pd.DataFrame) and len(value) != rows:
                raise DataError(
                    f"{len(value)} entries of {name} for {rows} images", advice="give one of each for each image"
                )

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def side(self) -> int:
        return int(self.pixels.shape[-1])

    @property
    def channels(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def units(self) -> NDArray[Any]:
        """(rows,) what intervals resample as one: the patient; where no patients are known, twins together."""
        return self.patient if self.patients_known or self.family is None else self.family

    def take(self, rows: NDArray[np.intp]) -> Self:
        """Some of the images, by number or by a mask (rows,) bool."""
        some: dict[str, Any] = {}
        for name in (field.name for field in fields(self)):
            value = getattr(self, name)
            if isinstance(value, np.ndarray):
                some[name] = value[rows]
            elif isinstance(value, pd.DataFrame):
                some[name] = (
                    value.loc[rows].reset_index(drop=True)
                    if rows.dtype == bool
                    else value.iloc[rows].reset_index(drop=True)
                )
        return replace(self, **some)

    def with_pixels(self, pixels: NDArray[np.float32]) -> Self:
        """The same images, seen otherwise (corrupted, say)."""
        return replace(self, pixels=pixels)
