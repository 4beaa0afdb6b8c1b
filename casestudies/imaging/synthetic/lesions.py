"""Masses and calcifications, benign and malignant; one in ten looks like the other kind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NORMAL = "normal"
BENIGN = ("benign mass", "benign calcifications")
MALIGNANT = ("malignant mass", "malignant calcifications")
KINDS = (NORMAL, *BENIGN, *MALIGNANT)

_OF_HEALTHY = (0.45, 0.35, 0.20)  # shares of KINDS[:3]
_OF_ILL = (0.60, 0.40)  # shares of MALIGNANT
_ALIKE = 0.10  # share that looks like the other class


def drawn_kind(random: np.random.Generator, ill: bool) -> str:
    """What a film shows, by its patient's state."""
    return str(random.choice(MALIGNANT, p=_OF_ILL) if ill else random.choice((NORMAL, *BENIGN), p=_OF_HEALTHY))


def drawn(random: np.random.Generator, kind: str, side: int) -> Floats:
    """(side, side) what the lesion adds to the attenuation; zeros where there is none."""
    if kind == NORMAL:
        return np.zeros((side, side))
    down, across = np.mgrid[:side, :side].astype(np.float64)
    x, y = random.uniform(0.28, 0.72, 2) * side
    looks = (kind in MALIGNANT) ^ (random.random() < _ALIKE)
    draw = _mass if kind.endswith("mass") else _calcifications
    return draw(random, across - x, down - y, side / 64, looks)


def outline(lesion: Floats) -> NDArray[np.bool_]:
    """(side, side) True where the lesion is at least a quarter as strong as at its strongest."""
    return np.asarray(lesion > 0.25 * lesion.max())


def _mass(random: np.random.Generator, dx: Floats, dy: Floats, unit: float, looks: bool) -> Floats:
    """Benign: an oval with an even rim. Malignant: lobulated, indistinct, with spicules. unit: pixels of 1/64 of the side."""
    rho, theta = np.hypot(dx, dy), np.arctan2(dy, dx)
    radius = random.uniform(5.0, 9.5) * unit
    tilt, squeeze = random.uniform(0, np.pi), random.uniform(0.05, 0.22)
    rim = radius * (1 + squeeze * np.cos(2 * (theta - tilt)))
    if looks:
        for lobes in range(3, 8):
            depth = random.normal(0, 0.20 / np.sqrt(lobes))
            rim = rim + radius * depth * np.cos(lobes * theta + random.uniform(0, 2 * np.pi))
    edge = (random.uniform(1.3, 2.6) if looks else random.uniform(0.7, 2.0)) * unit
    body = random.uniform(0.18, 0.34) / (1 + np.exp(-np.clip((rim - rho) / edge, -30, 30)))
    return np.maximum(body, _spicules(random, dx, dy, unit, radius)) if looks else body


def _spicules(random: np.random.Generator, dx: Floats, dy: Floats, unit: float, radius: float) -> Floats:
    """(side, side) the strongest of 9 to 17 rays that run out of the mass and fade."""
    count = int(random.integers(9, 18))
    turn = random.uniform(-np.pi, np.pi, (count, 1, 1))
    reach = radius * random.uniform(1.6, 3.0, (count, 1, 1))
    strength = random.uniform(0.18, 0.34, (count, 1, 1))
    along = dx * np.cos(turn) + dy * np.sin(turn)
    across = dy * np.cos(turn) - dx * np.sin(turn)
    fading = np.clip(1 - along / reach, 0, 1) * (along > 0.6 * radius)
    return np.asarray((strength * np.exp(-0.5 * (across / (0.9 * unit)) ** 2) * fading).max(axis=0))


def _calcifications(random: np.random.Generator, dx: Floats, dy: Floats, unit: float, looks: bool) -> Floats:
    """Benign: few, round, even, apart. Malignant: many, fine, uneven, some elongated, in a tight cluster."""
    count = int(random.integers(8, 22) if looks else random.integers(2, 7))
    spread = (random.uniform(3.0, 6.0) if looks else random.uniform(5.0, 12.0)) * unit
    x, y = random.normal(0, spread, (2, count, 1, 1))
    wide = random.uniform(*((0.45, 0.85) if looks else (0.8, 1.4)), (count, 1, 1)) * unit
    long = wide * (random.uniform(1.0, 2.2, (count, 1, 1)) if looks else 1.0)
    turn = random.uniform(0, np.pi, (count, 1, 1))
    peak = random.uniform(*((0.18, 0.60) if looks else (0.30, 0.50)), (count, 1, 1))
    along = (dx - x) * np.cos(turn) + (dy - y) * np.sin(turn)
    across = (dy - y) * np.cos(turn) - (dx - x) * np.sin(turn)
    return np.asarray((peak * np.exp(-0.5 * (along / long) ** 2 - 0.5 * (across / wide) ** 2)).sum(axis=0))
