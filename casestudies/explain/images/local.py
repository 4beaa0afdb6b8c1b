"""LIME for images: squares of the image blurred at random, and a straight line through the network's answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casestudies.explain.images.curves import blurred
from casestudies.explain.images.seen import Floats, Pixels, Seen, scores

CELLS = 8  # squares a side; a lesion covers one to a few of them
_WIDTH = 0.25  # of the kernel in cosine distance, LIME's own for images
_RIDGE = 1.0  # LIME's own


@dataclass(frozen=True, eq=False)
class LocalLine:
    """What LIME found for one image.

    Parameters
    ----------
    values: (side, side) weight of the square that a pixel lies in. r2: share of the score's variation that the line
        explains. overlap: of the top squares between two halves of the samples; 1 = always the same.
    """

    values: Floats
    r2: float
    overlap: float


def lime_image(members: Sequence[Seen], image: Pixels, samples: int, seed: int) -> LocalLine:
    """The image's score as a straight line in which of its squares are sharp.

    A square that is left out is blurred, not blacked: an edge that no film has would be a sign of its own. Grey and
    colour are alike, and all draws come from the seed.

    Parameters
    ----------
    image: (channels, side, side) in 0..1. samples: altered copies that the network scores, the image itself among them.

    Source: Ribeiro, Singh and Guestrin 2016, "Why should I trust you?", KDD; kernel and ridge are those of the `lime`
    library for images.
    """
    place = squares(image.shape[-1], CELLS)
    kept = np.random.default_rng(seed).random((samples, CELLS**2)) < 0.5
    kept[0] = True
    out = blurred(image)
    altered = np.where(kept[:, place][:, None], image[None], out[None])
    line = local_line(kept, scores(members, altered))
    first, second = (local_line(kept[start::2], line.answers[start::2]).weights for start in (0, 1))
    return LocalLine(line.weights[place], line.r2, _overlap(first, second, count=max(1, CELLS**2 // 10)))


@dataclass(frozen=True, eq=False)
class _Line:
    weights: Floats  # (squares,)
    r2: float
    answers: Floats  # (samples,) that it was fitted to


def local_line(kept: NDArray[np.bool_], answers: Floats) -> _Line:
    """Ridge regression of the answers on what was kept, the copies most like the whole image counting most.

    kept: (samples, squares). The distance of a copy is one minus its cosine with the whole image.
    """
    copies = kept.astype(np.float64)
    distance = 1 - np.sqrt(copies.mean(axis=1))
    weight = np.sqrt(np.exp(-((distance / _WIDTH) ** 2)))
    middle, mean = weight @ copies / weight.sum(), weight @ answers / weight.sum()
    moved, told = copies - middle, answers - mean
    normal = (moved.T * weight) @ moved
    normal[np.diag_indices_from(normal)] += _RIDGE
    found = np.linalg.solve(normal, (moved.T * weight) @ told)
    left, whole = float(weight @ (told - moved @ found) ** 2), float(weight @ told**2)
    return _Line(found, 1 - left / whole if whole > 0 else 0.0, answers)


def squares(side: int, cells: int) -> NDArray[np.intp]:
    """(side, side) number of the square that each pixel lies in, row by row."""
    along = np.arange(side) * cells // side
    return along[:, None] * cells + along[None, :]


def _overlap(ours: Floats, theirs: Floats, count: int) -> float:
    """Share of the squares that speak most for the disease that both name."""
    first, second = (set(np.argsort(-line, kind="stable")[:count].tolist()) for line in (ours, theirs))
    return len(first & second) / count
