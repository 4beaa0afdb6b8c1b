"""Deletion and insertion: does the score follow when what a map names is taken away, or shown alone?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from casestudies.explain.images.seen import Floats, Pixels, Seen, scores

SHARES = (0.02, 0.05, 0.1, 0.2)  # of the pixels, those that the map names first
_NEAR = 3 / 64  # of the side: amounts this near are read as one
_BLUR = 1 / 8  # of the side: nothing smaller than that is left of the image


def blurred(image: Pixels) -> Pixels:
    """The image without anything small: what is left when a place is taken away. Shape (..., side, side)."""
    from scipy.ndimage import gaussian_filter

    found: Pixels = gaussian_filter(image, _BLUR * image.shape[-1], axes=(-2, -1), mode="nearest")
    return found


def curves(members: Sequence[Seen], image: Pixels, found: Sequence[Floats]) -> tuple[Floats, Floats]:
    """The scores of an image when the first pixels of a map are blurred, and when all others are.

    Parameters
    ----------
    image: (channels, side, side) in 0..1. found: maps (side, side).

    Returns
    -------
    deleted, inserted: (maps, len(SHARES)).

    Source: Petsiuk, Das and Saenko 2018, "RISE", BMVC, with a blurred image for their blurred canvas in both.
    """
    soft = blurred(image)
    masks = np.stack([_first(one, share) for one in found for share in SHARES])[:, None]
    deleted, inserted = np.where(masks, soft, image), np.where(masks, image, soft)
    both = scores(members, np.concatenate([deleted, inserted])).reshape(2, len(found), len(SHARES))
    return both[0], both[1]


def chance_map(side: int, seed: int | Sequence[int]) -> Floats:
    """(side, side) a smooth map that knows nothing of the image: what a real one has to beat."""
    from scipy.ndimage import gaussian_filter

    drawn = np.random.default_rng(seed).standard_normal((side, side))
    found: Floats = gaussian_filter(drawn, _BLUR * side, mode="wrap")
    return found


def contrast_map(image: Pixels) -> Floats:
    """(side, side) how much an image differs from its blurred self: what stands out to anybody, without any network."""
    return smooth(np.abs(image - blurred(image)).sum(axis=0, dtype=np.float64))


def smooth(values: Floats) -> Floats:
    """A map of single pixels as one of places: amounts of neighbours added up, those against with those for."""
    from scipy.ndimage import gaussian_filter

    found: Floats = gaussian_filter(values, _NEAR * values.shape[-1], mode="constant")
    return found


def _first(values: Floats, share: float) -> np.ndarray:
    """(side, side) bool, the given share of pixels with the largest values; ties by place."""
    order = np.argsort(-values, axis=None, kind="stable")
    mask = np.zeros(values.size, dtype=bool)
    mask[order[: max(1, round(share * values.size))]] = True
    return mask.reshape(values.shape)
