"""Blur, motion, coarse pixels, JPEG."""

from __future__ import annotations

import io

import numpy as np
import torch
from torch import Generator, Tensor
from torch.nn import functional

from casestudies.imaging.corruptions.corruption import per_64


def blur(films: Tensor, spread: float, _: Generator) -> Tensor:
    """Out of focus: Gaussian, `spread` pixels of a film of 64."""
    sd = per_64(films, spread)
    reach = max(1, round(4 * sd))
    along = torch.arange(-reach, reach + 1, device=films.device, dtype=films.dtype)
    weight = torch.exp(-0.5 * (along / sd) ** 2)
    return _smeared(_smeared(films, weight).transpose(2, 3), weight).transpose(2, 3)


def motion(films: Tensor, length: float, _: Generator) -> Tensor:
    """The patient moved sideways by `length` pixels of a film of 64; parts of a pixel count at the ends."""
    moved = max(per_64(films, length), 1.0)
    reach = int(np.ceil((moved - 1) / 2))
    weight = torch.ones(2 * reach + 1, device=films.device, dtype=films.dtype)
    if reach:
        weight[[0, -1]] = (moved - (2 * reach - 1)) / 2
    return _smeared(films, weight)


def pixelate(films: Tensor, kept: float, _: Generator) -> Tensor:
    """Sampled with `kept` of the resolution, then shown at the old size."""
    small = functional.interpolate(films, size=max(4, round(kept * films.shape[-1])), mode="area")
    return functional.interpolate(small, size=films.shape[-2:], mode="nearest-exact")


def jpeg(films: Tensor, quality: float, _: Generator) -> Tensor:
    """Stored as JPEG of that quality and read again, film by film."""
    from PIL import Image

    grey = (films.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    read = np.empty(grey.shape, np.float32)
    for film, pixels in enumerate(grey):
        file = io.BytesIO()
        Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(file, "JPEG", quality=round(quality))
        read[film] = np.asarray(Image.open(file), np.float32).reshape(pixels.shape) / 255
    return torch.from_numpy(read).permute(0, 3, 1, 2).contiguous().to(films.device)


def _smeared(films: Tensor, weight: Tensor) -> Tensor:
    """Each row of pixels averaged by (width,) weights; beyond the edge the film goes on as it ends.

    One product with a (side, side) table of who counts how much for whom: of one channel a convolution takes ten times as long.
    """
    wide, reach = films.shape[-1], len(weight) // 2
    here = torch.arange(wide, device=films.device)
    whence = (here[:, None] + torch.arange(-reach, reach + 1, device=films.device)).clamp(0, wide - 1)
    table = torch.zeros((wide, wide), device=films.device, dtype=films.dtype)
    return films @ table.scatter_add_(1, whence, (weight / weight.sum()).expand(wide, -1)).T
