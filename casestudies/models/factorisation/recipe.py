"""Rates, ridges and the like of a fit to ratings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    factors: int = 64
    epochs: int = 20
    rate: float = 0.004
    ridge: float = 0.05
    bias_ridge: float = 0.01
    batches: int | None = 64
    spread: float = 0.02
    betas: tuple[float, float] = (0.9, 0.999)
    cycles: int = 1
    snapshots: int = 0
    history_ridge: float = 0.15
    feature_ridge: float = 0.01


SMALL = Recipe(ridge=0.1, batches=8, rate=0.01, epochs=25, spread=0.03, betas=(0.9, 0.99), history_ridge=0.3)
