"""How an invented scanner sees the tissue: blur, gain, photon noise, 8 bits. Site B has less dose, more blur and less gain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_WHITE = 1.3  # attenuation that is white
_PHOTONS = 900.0  # a pixel of attenuation 1 at dose 1
_LEAST, _MOST = 0.02, 1.6


@dataclass(frozen=True)
class Scanner:
    """One site's machine: means over its films. dose: mean of its logarithm; blur: pixels of a 64-pixel patch, sd."""

    log_dose: float
    blur: float
    gain: float


SCANNERS = {"A": Scanner(0.0, 0.45, 1.0), "B": Scanner(-0.35, 0.75, 0.85)}


def seen(
    random: np.random.Generator, canvas: NDArray[np.float64], site: str
) -> tuple[NDArray[np.uint8], dict[str, float]]:
    """(side, side) grey values of 8 bits, and what the exposure was: `dose` (1 = the usual), `blur` (sd, pixels)."""
    scanner = SCANNERS[site]
    dose = float(np.exp(random.normal(scanner.log_dose, 0.30)))
    blur = abs(float(random.normal(scanner.blur, 0.20))) * canvas.shape[0] / 64
    light = np.clip(ndimage.gaussian_filter(canvas, blur) * scanner.gain, _LEAST, _MOST)
    counted = random.poisson(light * _PHOTONS * dose) / (_PHOTONS * dose)
    grey = np.round(255 * np.clip(counted / _WHITE, 0, 1)).astype(np.uint8)
    return grey, {"dose": dose, "blur": blur}
