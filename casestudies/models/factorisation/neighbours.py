"""Which items, or which customers, are alike: the cosine of their vectors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casestudies.models.factorisation.ranking import with_scores
from casestudies.models.factorisation.vectors import Floats


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Vectors of one side, ready to be compared. vectors: (rows, factors) float32; a row of zeros is like nothing."""

    vectors: Floats

    @cached_property
    def _directions(self) -> Floats:
        length = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        return np.divide(self.vectors, length, out=np.zeros_like(self.vectors), where=length > 0)

    def of(self, row: int, n: int) -> tuple[NDArray[np.intp], Floats]:
        """(up to n,) the rows most like this one, itself left out, and their cosines; equal ones by number."""
        cosine = self._directions @ self._directions[row]
        cosine[row] = -np.inf
        cosine[~self._directions.any(axis=1)] = -np.inf
        rows, found = with_scores(cosine[None], n)
        there = found[0] > -np.inf if self._directions[row].any() else np.zeros(found.shape[1], bool)
        return rows[0][there], found[0][there]

    def like(self, vector: ArrayLike, n: int) -> tuple[NDArray[np.intp], Floats]:
        """The same for a vector that is not among them: a visitor who was folded in."""
        own = np.asarray(vector, np.float32)
        return Neighbours(np.concatenate([self.vectors, own[None]])).of(len(self.vectors), n)
