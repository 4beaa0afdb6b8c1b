"""What an image is like before anyone asks what it shows: level, contrast, grain, clipped pixels, spectrum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from casestudies.imaging.audit.thumbnails import thumbnails

BANDS = (0.03, 0.06, 0.12, 0.2, 0.3, 0.4, 0.75)  # edges in cycles a pixel; the last ends beyond the corner
NAMES = ("level", "contrast", "grain", "white", "black", *(f"band {low:g}" for low in BANDS[:-1]))
END = 1 / 255  # of the grey scale: the last step of an 8-bit film
_FLOOR = 1e-4  # grain and contrast below it are none
_BATCH = 256  # images that are measured at a time


def figures(pixels: NDArray[np.float32]) -> NDArray[np.float64]:
    """(rows, figures) in the order of `NAMES`.

    level: mean grey, 0..1. contrast: what lies between the 10 % and the 90 % quantile of 256 areas, so that neither a
    burnt-in label nor noise is contrast. grain: log of the finest detail over the contrast, so that a change of the
    window changes nothing; noise raises it, blur and compression lower it. white, black: share of pixels at an end of
    the scale, without the bars that padding leaves. band: log of the power between two frequencies over the contrast.

    Parameters
    ----------
    pixels: (rows, channels, side, side) in 0..1; channels are averaged.

    Source: Immerkaer 1996, "Fast noise variance estimation", for the detail: mean |difference of two Laplacians|.
    """
    parts = [_figures(pixels[start : start + _BATCH]) for start in range(0, len(pixels), _BATCH)]
    return np.concatenate(parts) if parts else np.zeros((0, len(NAMES)))


def _figures(pixels: NDArray[np.float32]) -> NDArray[np.float64]:
    grey = pixels.mean(axis=1, dtype=np.float32)
    small = thumbnails(grey[:, None]).reshape(len(grey), -1)
    low, high = np.quantile(small, (0.1, 0.9), axis=1)
    contrast = np.maximum(high - low, _FLOOR)
    grain = np.log(np.maximum(_detail(grey), _FLOOR) / contrast)
    bands = np.log(np.maximum(_bands(grey), _FLOOR**2) / contrast[:, None] ** 2)
    level = grey.mean(axis=(1, 2), dtype=float)
    return np.column_stack([level, high - low, grain, *_clipped(grey), bands])


def _detail(grey: NDArray[np.float32]) -> NDArray[np.float64]:
    """Standard deviation of white noise that would leave as much fine detail: (rows,)."""
    across = grey[:, :, 2:] - 2 * grey[:, :, 1:-1] + grey[:, :, :-2]
    both = across[:, 2:] - 2 * across[:, 1:-1] + across[:, :-2]
    return np.asarray(np.abs(both).mean(axis=(1, 2), dtype=float) * np.sqrt(np.pi / 2) / 6)


def _clipped(grey: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of pixels that are white, and that are black, in the rows and columns that are not black all through."""
    dark = grey <= END
    inside = ~dark.all(axis=2, keepdims=True) & ~dark.all(axis=1, keepdims=True)
    held = np.maximum(inside.sum(axis=(1, 2)), 1)
    return (grey >= 1 - END).sum(axis=(1, 2)) / held, (dark & inside).sum(axis=(1, 2)) / held


def _bands(grey: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean power in each band: (rows, bands). A Hann window keeps the film's edges out of it."""
    side = grey.shape[1]
    window = np.hanning(side + 2)[1:-1]
    window = np.outer(window, window)
    window = (window / np.sqrt((window**2).mean())).astype(np.float32)
    power = np.abs(fft.rfft2((grey - grey.mean(axis=(1, 2), keepdims=True)) * window)) ** 2 / side**2
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :]).ravel()
    band = np.digitize(frequency, BANDS) - 1
    one = (band[:, None] == np.arange(len(BANDS) - 1)).astype(np.float32)
    return np.asarray(power.reshape(len(grey), -1) @ (one / np.maximum(one.sum(axis=0), 1)), dtype=float)
