"""What an explained network has to offer, and several networks as one score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.float64]
Pixels = NDArray[np.float32]

BATCH = 64  # images at once, so that their maps stay in the processor's cache


class Seen(Protocol):
    """A network in evaluation mode, cut in two: images to maps, maps to one score an image."""

    def maps(self, x: Tensor) -> Tensor:
        """(n, channels, side, side) in 0..1 to (n, maps, height, width), what an inner layer sees where."""

    def score(self, maps: Tensor) -> Tensor:
        """(n,) log-odds of the disease."""


def scores(members: Sequence[Seen], images: Pixels) -> Floats:
    """(n,) the mean score of the networks; images: (n, channels, side, side) in 0..1."""
    rows = torch.from_numpy(np.ascontiguousarray(images, dtype=np.float32))
    with torch.inference_mode():
        parts = [_mean([seen.score(seen.maps(some)).double() for seen in members]) for some in rows.split(BATCH)]
    found: Floats = torch.cat(parts).cpu().numpy()
    return found


def slopes(members: Sequence[Seen], images: Pixels) -> Floats:
    """(n, channels, side, side) how the mean score of the networks changes with each pixel, to first order."""
    rows = torch.from_numpy(np.ascontiguousarray(images, dtype=np.float32))
    parts = []
    for some in rows.split(BATCH):
        x = some.clone().requires_grad_(True)
        total = _mean([seen.score(seen.maps(x)) for seen in members]).sum()
        parts.append(torch.autograd.grad(total, x)[0].double())
    found: Floats = torch.cat(parts).cpu().numpy()
    return found


def _mean(of_members: list[Tensor]) -> Tensor:
    return torch.stack(of_members).mean(0)
