"""Contrast, brightness and the curve of the grey scale."""

from __future__ import annotations

from torch import Generator, Tensor


def flatter(films: Tensor, kept: float, _: Generator) -> Tensor:
    """Less contrast about each film's mean."""
    mean = films.mean((2, 3), keepdim=True)
    return mean + kept * (films - mean)


def brighter(films: Tensor, more: float, _: Generator) -> Tensor:
    return films + more


def darker(films: Tensor, less: float, _: Generator) -> Tensor:
    return films - less


def gamma(films: Tensor, exponent: float, _: Generator) -> Tensor:
    """Grey values to a power; below 1 the dark parts come up."""
    return films.pow(exponent)
