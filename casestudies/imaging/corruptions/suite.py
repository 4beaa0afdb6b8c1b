"""The fourteen corruptions and what severity 1 to 5 means of each, as data."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from casestudies.imaging.corruptions import noise, optics, placing, tone
from casestudies.imaging.corruptions.corruption import SEVERITIES, Corruption

# Levels follow ImageNet-C's idea (Hendrycks & Dietterich 2019): 1 is hardly seen, 5 is a film that ought to be taken again.
_ALL = (
    Corruption("low dose", (400, 200, 100, 50, 25), "photons a white pixel", noise.low_dose),
    Corruption("detector noise", (0.02, 0.04, 0.06, 0.09, 0.13), "sd, share of white", noise.detector),
    Corruption("speckle", (0.05, 0.10, 0.15, 0.22, 0.30), "sd, share of the grey value", noise.speckle),
    Corruption("dead pixels", (0.002, 0.005, 0.01, 0.02, 0.04), "share of pixels", noise.dead_pixels),
    Corruption("blur", (0.6, 0.9, 1.3, 1.8, 2.5), "sd, pixels of 64", optics.blur),
    Corruption("motion", (3, 5, 7, 9, 13), "pixels of 64", optics.motion, trained=False),
    Corruption(
        "coarse pixels", (0.80, 0.65, 0.50, 0.40, 0.30), "share of the resolution", optics.pixelate, trained=False
    ),
    Corruption("JPEG", (60, 40, 25, 15, 8), "quality", optics.jpeg, trained=False),
    Corruption("less contrast", (0.85, 0.70, 0.55, 0.42, 0.30), "share kept", tone.flatter, trained=False),
    Corruption("brighter", (0.05, 0.10, 0.16, 0.23, 0.30), "share of white", tone.brighter, trained=False),
    Corruption("darker", (0.05, 0.10, 0.16, 0.23, 0.30), "share of white", tone.darker, trained=False),
    Corruption("gamma", (0.85, 0.72, 0.60, 0.50, 0.40), "exponent", tone.gamma, trained=False),
    Corruption("rotation", (3, 6, 10, 15, 20), "degrees", placing.rotation, trained=False),
    Corruption("burnt-in label", (0.10, 0.14, 0.18, 0.22, 0.26), "edge, share of the side", placing.label),
)
CORRUPTIONS = {one.name: one for one in _ALL}
TRAINED = tuple(one for one in _ALL if one.trained)


def corrupted(pixels: NDArray[np.float32], name: str, severity: int, seed: int) -> NDArray[np.float32]:
    """Films (n, channels, side, side) in 0..1 as they would be, in 0..1; the same for the same seed, whatever is asked beside it.

    Raises
    ------
    KeyError, ValueError: there is no such corruption, or no such severity.
    """
    one = CORRUPTIONS[name]
    place = SEVERITIES.index(severity)
    stream: Any = np.random.SeedSequence([seed, place, list(CORRUPTIONS).index(name)])
    generator = torch.Generator().manual_seed(int(stream.generate_state(1, np.uint32)[0]))
    films = torch.from_numpy(np.ascontiguousarray(pixels, np.float32))
    return np.asarray(one.of(films, one.levels[place], generator).numpy(), np.float32)
