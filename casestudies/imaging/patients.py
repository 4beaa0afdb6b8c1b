"""From images to patients: what is decided for a person, from all the images there are of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.imaging.films import UNKNOWN

Floats = NDArray[np.float64]
By = Literal["max", "mean"]


@dataclass(frozen=True, eq=False)
class Patients:
    """The patients of some images, in the order in which they first appear.

    code: (images,) which patient. names: (patients,) their pseudonyms.
    """

    code: NDArray[np.intp]
    names: NDArray[Any]

    @classmethod
    def of(cls, patient: NDArray[Any]) -> Self:
        """patient: (images,) pseudonyms."""
        code, names = pd.factorize(np.asarray(patient, dtype=object))
        return cls(code, np.asarray(names))

    def __len__(self) -> int:
        return len(self.names)

    @property
    def images(self) -> NDArray[np.intp]:
        """(patients,) how many there are of each."""
        return np.bincount(self.code, minlength=len(self))

    @property
    def first(self) -> NDArray[np.intp]:
        """(patients,) the first image of each."""
        return np.unique(self.code, return_index=True)[1]

    def label(self, label: NDArray[Any]) -> NDArray[np.int8]:
        """(patients,) 1 where an image shows the disease, 0 where all are known not to, else -1; label: (images,)."""
        diseased = np.bincount(self.code, label == 1, len(self)) > 0
        unknown = np.bincount(self.code, label == UNKNOWN, len(self)) > 0
        return np.where(diseased, 1, np.where(unknown, UNKNOWN, 0)).astype(np.int8)

    def together(self, probability: Floats, by: By) -> Floats:
        """(patients,) the greatest, or the mean, of the probabilities of a patient's images."""
        if by == "mean":
            return np.bincount(self.code, probability, len(self)) / self.images
        greatest = np.full(len(self), -np.inf)
        np.maximum.at(greatest, self.code, probability)
        return greatest
