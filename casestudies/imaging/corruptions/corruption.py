"""What a corruption is: a name, five levels, and what it does to a batch of films."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from torch import Generator, Tensor

SEVERITIES = (1, 2, 3, 4, 5)

Change: TypeAlias = Callable[[Tensor, float, Generator], Tensor]  # films, level, random numbers -> films


@dataclass(frozen=True)
class Corruption:
    """One way in which films get worse.

    Parameters
    ----------
    name: as the report says it. levels: what severity 1 to 5 means. unit: of the levels, in words.
    change: of films (n, channels, side, side) in 0..1, one level and a generator on the films' device; may leave 0..1.
    trained: whether augmentation uses it. The others are kept back, so that the report can tell how far robustness carries to what was never trained on.
    """

    name: str
    levels: tuple[float, float, float, float, float]
    unit: str
    change: Change
    trained: bool = True

    def of(self, films: Tensor, level: float, generator: Generator) -> Tensor:
        """The films at a level of its own scale, still in 0..1."""
        return self.change(films, level, generator).clamp(0, 1)

    def between(self, place: float) -> float:
        """The level at a place from 0 (severity 1) to 4 (severity 5), straight lines between them."""
        lower = min(int(place), 3)
        return self.levels[lower] + (place - lower) * (self.levels[lower + 1] - self.levels[lower])


def per_64(films: Tensor, pixels: float) -> float:
    """So many pixels of a film of 64 pixels, in pixels of these."""
    return pixels * films.shape[-1] / 64
