"""Twins: two images that show the same thing, and would judge what they have taught."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from casestudies.errors import DataError
from casestudies.imaging.audit.thumbnails import shapes, unit

Rows = NDArray[np.intp]
COPY = 0.995  # correlation of thumbnails from which no shared anatomy explains it: two women's mammograms reach 0.991
COMMON = 10  # leading components of all thumbnails: what films of one body part share (87 % of mini-MIAS, 63 % of BUSI)
ENOUGH = 200  # films from which those components can be told from the twins themselves
# Correlation of what remains without the shared components. Twins of BUSI are frames of one scan: 0.63 and more, nine in
# ten above 0.93. Chest films that look alike and are no copies have 0.62 to 0.92, mammograms of two women up to 0.90.
ALIKE = 0.6
SURE = 0.92
_CELLS = 1 << 24  # correlations held at a time
_MOST = 200  # twins an image, beyond which the films are not told apart by thumbnails at all


@dataclass(frozen=True, eq=False)
class Twins:
    """Pairs of images that are the same, or frames of the same.

    Parameters
    ----------
    first, second: (pairs,) row numbers, first < second, rising. likeness: (pairs,) correlation of their thumbnails.
    sure: (pairs,) bool, alike beyond what films of one body part share; the others may be two persons.
    """

    first: Rows
    second: Rows
    likeness: NDArray[np.float64]
    sure: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.first)

    def take(self, some: NDArray[np.bool_]) -> Twins:
        return Twins(self.first[some], self.second[some], self.likeness[some], self.sure[some])


def twins(pixels: NDArray[np.float32], cut: float) -> Twins:
    """All pairs of images whose thumbnails correlate by `cut` or more, less those that only share their anatomy.

    One matrix product over blocks of rows. Chest films, or mammograms, of two persons can look alike in 256 areas; what
    all films share is therefore taken away (ten principal components), and what remains must correlate too.

    Parameters
    ----------
    pixels: (rows, channels, side, side); no twins where there are none.

    Raises
    ------
    DataError: the images have so much in common that their thumbnails do not tell them apart.
    """
    if not pixels.size:
        return Twins(*(np.zeros(0, dtype=np.intp),) * 2, np.zeros(0), np.zeros(0, dtype=bool))
    rows = shapes(pixels)
    first, second = _close(rows, cut)
    likeness = np.einsum("ij,ij->i", rows[first], rows[second])
    keep = likeness >= cut - 1e-9
    first, second, likeness = first[keep], second[keep], likeness[keep]
    rest = _beyond_anatomy(rows, first, second)
    copies = likeness >= COPY
    return Twins(first, second, likeness, copies | (rest >= SURE)).take(copies | (rest >= ALIKE))


def _close(rows: NDArray[np.float64], cut: float) -> tuple[Rows, Rows]:
    """Candidates, in single precision and a little below the cut: (pairs,) and (pairs,) row numbers."""
    fast = rows.astype(np.float32)
    step = max(1, _CELLS // len(fast))
    found: list[tuple[Rows, Rows]] = []
    for start in range(0, len(fast), step):
        near = fast[start : start + step] @ fast[start:].T >= cut - 1e-4
        i, j = near.nonzero()
        found.append((i[j > i] + start, j[j > i] + start))
        if sum(len(i) for i, _ in found) > _MOST * len(fast):
            raise DataError(
                f"each image has more than {_MOST} twins on average at a correlation of {cut:g}",
                where="audit.twins",
                advice="raise it: films of one body part look alike as thumbnails",
            )
    return np.concatenate([i for i, _ in found]), np.concatenate([j for _, j in found])


def _beyond_anatomy(rows: NDArray[np.float64], first: Rows, second: Rows) -> NDArray[np.float64]:
    """Correlation of each pair without what all films share: (pairs,); 1 where too few films say what that is.

    An image weighs less the more candidates it has, or sixty copies of one would be taken for anatomy.
    """
    weight = 1 / (1 + np.bincount(np.concatenate([first, second]), minlength=len(rows)))
    if not len(first) or weight.sum() ** 2 / (weight**2).sum() < ENOUGH:
        return np.ones(len(first))
    own = rows - np.average(rows, axis=0, weights=weight)
    axes = np.linalg.eigh(own.T @ (weight[:, None] * own))[1][:, -COMMON:]
    own = unit(own - own @ axes @ axes.T)
    return np.asarray(np.einsum("ij,ij->i", own[first], own[second]))


def families_of(rows: int, first: Rows, second: Rows) -> Rows:
    """(rows,) numbers from 0: whoever is joined by a chain of pairs has the same."""
    graph = coo_array((np.ones(len(first), dtype=bool), (first, second)), shape=(rows, rows))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)
