"""A film that lies askew, and a label burnt into its corner."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional


def rotation(films: Tensor, degrees: float, generator: Generator) -> Tensor:
    """Turned to the one side or the other; what comes in at the corners continues the edge."""
    turn = math.radians(degrees) * (2.0 * _coins(films, generator)[:, 0] - 1)
    sine, cosine, none = turn.sin(), turn.cos(), torch.zeros_like(turn)
    matrix = torch.stack([cosine, -sine, none, sine, cosine, none], 1).reshape(-1, 2, 3)
    grid = functional.affine_grid(matrix, list(films.shape), align_corners=False)
    return functional.grid_sample(films, grid, mode="bilinear", padding_mode="border", align_corners=False)


def label(films: Tensor, share: float, generator: Generator) -> Tensor:
    """A white square whose edge is that share of the film's, one pixel off one of the corners."""
    side = films.shape[-1]
    edge = max(2, round(share * side))
    place = torch.arange(side, device=films.device)
    near = (place >= 1) & (place < 1 + edge)
    coins = _coins(films, generator)
    down, across = (torch.where(coins[:, axis, None] > 0.5, near, near.flip(0)) for axis in (0, 1))
    return films.masked_fill((down[:, :, None] & across[:, None, :])[:, None], 1.0)


def _coins(films: Tensor, generator: Generator) -> Tensor:
    """(n, 2) each 0.0 or 1.0."""
    return torch.randint(0, 2, (len(films), 2), generator=generator, device=films.device).to(films.dtype)
