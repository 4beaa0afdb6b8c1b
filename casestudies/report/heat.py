"""Values over a film as colours that can lie on it: nothing is drawn where nothing is said."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casestudies.report.picture import png_of

RIM = (0, 230, 255)  # colour of an outline: cyan is in neither scale of colours
FOR, AGAINST = (222, 40, 30), (30, 90, 230)  # what speaks for the disease, and what against
LEAST, MOST = (
    128,
    256,
)  # pixels a side that films are drawn with: an outline is a line from 128 on; at 256, 16 of them are 1 MB


def film_png(pixels: ArrayLike) -> bytes:
    """A film as PNG of 128 to 256 pixels a side; pixels: (channels, side, side) or (side, side), 0 black to 1 white."""
    film = np.asarray(pixels, dtype=np.float64)
    film = film[None] if film.ndim == 2 else film
    grown = np.stack([_grown(channel) for channel in film], axis=-1)
    whole = np.clip(255 * grown, 0, 255).round().astype(np.uint8)
    return png_of(whole[..., 0] if whole.shape[-1] == 1 else whole[..., :3])


def heat_png(values: ArrayLike, outline: ArrayLike | None = None) -> bytes:
    """A map as a PNG to lie over `film_png` of the same film: the colour is the value, and so is the opacity.

    Parameters
    ----------
    values: (side, side), finite. Without negatives: from dark red to yellow (inferno). With: what speaks for is red,
        what speaks against is blue, alike on both sides of 0. The largest size has the full colour.
    outline: (side, side) bool; its border is drawn in cyan, the true lesion say.
    """
    from matplotlib import colormaps

    grown = _grown(np.asarray(values, dtype=np.float64))
    most = float(np.abs(grown).max())
    share = grown / most if most > 0 else grown
    if np.min(values) < 0:
        colours = np.where((share > 0)[..., None], (*FOR, 0), (*AGAINST, 0)).astype(np.float64)
    else:
        colours = 255 * colormaps["inferno"](0.35 + 0.6 * np.clip(share, 0, 1))
    colours[..., 3] = 255 * np.sqrt(np.abs(share))  # half the value is seen with 71 %: faint parts stay visible
    painted = np.clip(colours.round(), 0, 255).astype(np.uint8)
    if outline is not None:
        painted[_rim(np.asarray(outline, dtype=bool), len(grown))] = (*RIM, 255)
    return png_of(painted)


def _grown(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(side, side) values with 128 to 256 pixels a side, smoothly enlarged or reduced where they have others."""
    from PIL import Image

    side = min(max(len(values), LEAST), MOST)
    if side == len(values):
        return values
    how = Image.Resampling.BICUBIC if side > len(values) else Image.Resampling.BOX
    return np.asarray(Image.fromarray(values.astype(np.float32)).resize((side, side), how), dtype=np.float64)


def _rim(mask: NDArray[np.bool_], side: int) -> NDArray[np.bool_]:
    """A line around an enlarged mask, outside it, so that the place itself stays to be seen."""
    from scipy.ndimage import binary_dilation

    within = _grown(mask.astype(np.float64)) > 0.5 if len(mask) != side else mask
    near = binary_dilation(within, iterations=2)
    return near & ~binary_dilation(within)
