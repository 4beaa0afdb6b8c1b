"""The pointing game: where the true place is known, does a map's greatest value lie on it?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from casestudies.explain.images.seen import Floats

MARGIN = 3 / 64  # of the side, by which the true place is widened: a map of few places cannot point to the pixel


def widened(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(side, side) the true place and a margin around it."""
    from scipy.ndimage import binary_dilation

    found: NDArray[np.bool_] = binary_dilation(mask, iterations=max(1, round(MARGIN * len(mask))))
    return found


def hits(values: Floats, mask: NDArray[np.bool_]) -> bool:
    """Whether the greatest value lies on the mask; values, mask: (side, side). By chance: the mask's share of the image.

    Source: Zhang et al. 2018, "Top-down neural attention by excitation backprop", IJCV 126, section 4.2.
    """
    return bool(mask.ravel()[int(np.argmax(values))])
