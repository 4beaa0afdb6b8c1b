"""The networks that both sides read, by their weights; needs torch alone, so that a peer's environment can load them."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def of_points(weights: list[int]) -> nn.Module:
    """A card of whole points: a linear score without an intercept."""
    layer = nn.Linear(len(weights), 1, bias=False)
    layer.weight.data = torch.tensor([weights], dtype=torch.float32)
    return nn.Sequential(nn.Flatten(), layer).eval()


def of_tables(columns: int, seed: int) -> nn.Module:
    """Two layers on standardised columns; weights drawn, nothing trained: an explanation is of a function, not of a fit."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(columns, 16), nn.Tanh(), nn.Linear(16, 1)).eval()


class OfFilms(nn.Module):
    """Two convolutions and the mean of their maps: how strongly something small and bright stands out."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.body = nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.Conv2d(6, 8, 3, padding=1), nn.ReLU())
        self.head = nn.Linear(8, 1)

    def maps(self, x: Tensor) -> Tensor:
        found: Tensor = self.body(x)
        return found

    def score(self, maps: Tensor) -> Tensor:
        """(n,)"""
        found: Tensor = self.head(maps.mean((2, 3)))[:, 0]
        return found

    def forward(self, x: Tensor) -> Tensor:
        return self.score(self.maps(x))[:, None]
