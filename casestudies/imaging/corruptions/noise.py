"""Too few photons, noisy electronics, speckle, pixels that are always black or white."""

from __future__ import annotations

import torch
from torch import Generator, Tensor


def low_dose(films: Tensor, photons: float, generator: Generator) -> Tensor:
    """Photon noise where white is so many photons."""
    return torch.poisson(films * photons, generator) / photons


def detector(films: Tensor, spread: float, generator: Generator) -> Tensor:
    """Gaussian noise, the same everywhere."""
    return films + spread * _normal(films, generator)


def speckle(films: Tensor, spread: float, generator: Generator) -> Tensor:
    """Noise in proportion to the grey value, as in ultrasound."""
    return films * (1 + spread * _normal(films, generator))


def dead_pixels(films: Tensor, share: float, generator: Generator) -> Tensor:
    """Half of the share black, half white; in all channels alike."""
    fate = torch.rand((len(films), 1, *films.shape[2:]), generator=generator, device=films.device)
    return films.masked_fill(fate < share / 2, 0.0).masked_fill(fate > 1 - share / 2, 1.0)


def _normal(films: Tensor, generator: Generator) -> Tensor:
    return torch.randn(films.shape, generator=generator, device=films.device)
