"""Breast-like background: a random field with the 1/f^3 spectrum of mammograms, and faint fibres that look like spicules."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SLOPE, _SLOPE_SPREAD = 3.0, 0.2  # exponent of the power spectrum; mammograms have about 3 (Burgess 1999)


class Tissue:
    """Draws backgrounds of one size; what depends on the size alone is made once."""

    def __init__(self, side: int) -> None:
        frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :])
        frequency[0, 0] = 1.0 / side
        self.side = side
        self._octaves = np.log(frequency)
        self._down, self._across = np.mgrid[:side, :side].astype(np.float64)

    def drawn(self, random: np.random.Generator, density: int) -> Floats:
        """(side, side) attenuation, about 0.4 (fatty) to 0.65 (dense); denser tissue is also less even."""
        slope = random.normal(_SLOPE, _SLOPE_SPREAD)
        noise = np.fft.rfft2(random.standard_normal((self.side, self.side)))
        field = np.fft.irfft2(noise * np.exp(-0.5 * slope * self._octaves), s=(self.side, self.side))
        field = (field - field.mean()) / field.std()
        canvas: Floats = 0.38 + 0.09 * density + (0.05 + 0.018 * density) * field
        for _ in range(random.poisson(1.2 + 0.5 * density)):
            canvas += self._fibre(random)
        return canvas

    def _fibre(self, random: np.random.Generator) -> Floats:
        """(side, side) a faint curved line, a duct or a ligament."""
        unit = self.side / 64
        x, y = random.uniform(0, self.side, 2)
        angle, bend = random.uniform(0, np.pi), random.normal(0, 0.010 / unit)
        dx, dy = self._across - x, self._down - y
        along = dx * np.cos(angle) + dy * np.sin(angle)
        across = dy * np.cos(angle) - dx * np.sin(angle) - bend * along**2
        length, width = random.uniform(0.10, 0.35) * self.side, random.uniform(0.6, 1.3) * unit
        return np.asarray(
            random.uniform(0.03, 0.10) * np.exp(-0.5 * (across / width) ** 2 - 0.5 * (along / length) ** 2)
        )
