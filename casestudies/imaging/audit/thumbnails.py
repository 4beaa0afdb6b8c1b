"""Small pictures of the films: what is left of an image when only its coarse shape counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SIDE = (
    16  # pixels; on BUSI finer thumbnails lose twins that were cropped otherwise: 222 pairs at 16, 195 at 32, 123 at 64
)


def thumbnails(pixels: NDArray[np.float32], side: int = SIDE) -> NDArray[np.float64]:
    """Each image by the means of side x side areas, whatever its size: (rows, channels, side, side).

    An area that cuts a pixel takes its share of it, so films of 28 and of 64 pixels are reduced alike.

    Parameters
    ----------
    pixels: (rows, channels, height, width).
    """
    across, down = (_areas(size, side) for size in (pixels.shape[3], pixels.shape[2]))
    return (down.astype(np.float32) @ pixels @ across.T.astype(np.float32)).astype(np.float64)


def shapes(pixels: NDArray[np.float32]) -> NDArray[np.float64]:
    """Thumbnails as rows of mean 0 and length 1, so that a product of two is their correlation; 0 for a blank image.

    (rows, channels * 256).
    """
    rows = thumbnails(pixels).reshape(len(pixels), -1)
    rows -= rows.mean(axis=1, keepdims=True)
    return unit(rows)


def unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows scaled to length 1; one that is as good as 0 becomes 0."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, length, out=np.zeros_like(rows), where=length > 1e-6)


def _areas(size: int, side: int) -> NDArray[np.float64]:
    """(side, size): the share of each pixel in each area; rows add up to 1."""
    edges = np.linspace(0, side, size + 1)
    place = np.arange(side)[:, None]
    share = np.clip(np.minimum(edges[1:], place + 1) - np.maximum(edges[:-1], place), 0, None)
    return np.asarray(share / share.sum(axis=1, keepdims=True))
