"""Input quality: which films are unlike those that the model has learnt from, and in what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import DataError
from casestudies.imaging.audit.figures import NAMES, figures
from casestudies.imaging.films import Films

FLAGS = ("blank", "clipped", "blurred", "noisy", "unlike")
_LEVELS = (0.005, 0.05, 0.5, 0.95, 0.995)  # quantiles of the reference that are kept
_RARE, _LOW, _MIDDLE, _HIGH, _TOP = range(5)
BLANK = 0.01  # contrast, of the whole grey scale, below which nothing can be seen
CLIPPED = 0.02  # share of pixels at an end of the scale, beyond what the reference's films have
_SHRINK = (
    0.05  # of the covariance towards its diagonal: few films, or figures that go together, leave no direction empty
)
_LEVEL, _CONTRAST, _GRAIN, _WHITE, _BLACK = range(5)
_SMOOTH = [_LEVEL, _CONTRAST, _GRAIN, *range(5, len(NAMES))]  # figures whose distance makes a film unlike


@dataclass(frozen=True, eq=False)
class QualityReference:
    """What the films of a model's training are like; saved with the model, and asked of every new film.

    Parameters
    ----------
    quantiles: (5, figures) of the training films at 0.5, 5, 50, 95 and 99.5 %.
    centre: (smooth figures,) and inverse: (smooth figures, smooth figures), of their Mahalanobis distance.
    far: the distance that one training film in 200 exceeds when it is itself left out. rows: films it stands on.
    size: pixels on the shorter side, as the files have them, between which nine in ten training films lie; None: not known.
    """

    quantiles: NDArray[np.float64]
    centre: NDArray[np.float64]
    inverse: NDArray[np.float64]
    far: float
    rows: int
    size: tuple[float, float] | None = None

    @classmethod
    def of(cls, films: Films) -> Self:
        """The reference of training films.

        Raises
        ------
        DataError: no film, or films without pixels.
        """
        if not films.pixels.size:
            raise DataError("there are no pixels to measure the films' quality by", advice="use films, not embeddings")
        reference = cls.of_figures(figures(films.pixels))
        shorter = shorter_side(films)
        if not len(shorter):
            return reference
        low, high = (float(np.quantile(shorter, share)) for share in (0.05, 0.95))
        return replace(reference, size=(low, high))

    @classmethod
    def of_figures(cls, held: NDArray[np.float64]) -> Self:
        """The same from `figures`: (rows, figures)."""
        smooth = _straight(held)
        centre = smooth.mean(axis=0)
        away = smooth - centre
        cov: NDArray[np.float64] = away.T @ away / max(len(held) - 1, 1)
        own = np.maximum(np.diag(cov), 1e-6)
        inverse = np.asarray(np.linalg.inv((1 - _SHRINK) * cov + _SHRINK * np.diag(own)), dtype=float)
        apart = _left_out(_distance(smooth, centre, inverse), len(held))
        far = float(np.quantile(apart, _LEVELS[_TOP]))
        return cls(np.quantile(held, np.array(_LEVELS), axis=0), centre, inverse, far, len(held))

    def flags(self, films: Films) -> pd.DataFrame:
        """One row an image: the columns `blank`, `clipped`, `blurred`, `noisy`, `unlike` (bool) and `words` ("" where none).

        Of films like those of training about one in a hundred is flagged.
        """
        if not films.pixels.size:
            return pd.DataFrame({**dict.fromkeys(FLAGS, np.zeros(len(films), dtype=bool)), "words": ""})
        return self.flags_of(figures(films.pixels))

    def flags_of(self, held: NDArray[np.float64], whose: str = "training's") -> pd.DataFrame:
        """The same from `figures`: (rows, figures). whose: what the words call the films of the reference."""
        rare, top = self.quantiles[_RARE], self.quantiles[_TOP]
        blank = held[:, _CONTRAST] < max(BLANK, rare[_CONTRAST] / 4)
        beyond = held - top
        clipped = (beyond[:, _WHITE] > CLIPPED) | (beyond[:, _BLACK] > CLIPPED)
        distance = _distance(_straight(held), self.centre, self.inverse)
        found = {
            "blank": blank,
            "clipped": clipped & ~blank,
            "blurred": (held[:, _GRAIN] < rare[_GRAIN]) & ~blank,
            "noisy": (beyond[:, _GRAIN] > 0) & ~blank,
            "unlike": (distance > self.far) & ~blank,
        }
        table = pd.DataFrame(found)
        table["words"] = [
            "; ".join(self._word(name, held[row], distance[row], whose) for name in FLAGS if found[name][row])
            for row in range(len(held))
        ]
        return table

    def _word(self, flag: str, held: NDArray[np.float64], distance: float, whose: str) -> str:
        """Why one film has a flag."""
        if flag == "blank":
            return f"blank: contrast {100 * held[_CONTRAST]:.1f} % of the grey scale"
        if flag == "clipped":
            end, share = max((("white", held[_WHITE]), ("black", held[_BLACK])), key=lambda told: told[1])
            return f"clipped: {100 * share:.0f} % of the pixels {end}"
        if flag == "unlike":
            return f"unlike most films: {distance / self.far:.1f} times as far out as one in 200"
        return self.grain_words(float(held[_GRAIN]), whose)

    def grain_words(self, grain: float, whose: str = "training's") -> str:
        """Noise, or detail, against that of the films of the reference."""
        low, middle, high = self.quantiles[[_LOW, _MIDDLE, _HIGH], _GRAIN]
        if grain > middle:
            return f"noise {np.exp(grain - high):.1f} times {whose} 95th percentile"
        return f"fine detail {_share(np.exp(grain - low))} of {whose} 5th percentile"

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {
            "figures": list(NAMES),
            "quantiles": self.quantiles.tolist(),
            "centre": self.centre.tolist(),
            "inverse": self.inverse.tolist(),
            "far": self.far,
            "rows": self.rows,
            "size": None if self.size is None else list(self.size),
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """Raises a DataError where the file speaks of other figures than this version measures."""
        if tuple(told["figures"]) != NAMES:
            raise DataError(
                "the model's reference of film quality has other figures than this version measures",
                where="model.json, quality",
                advice="use the version of casestudies that made the model",
            )
        quantiles, centre, inverse = (np.array(told[name], dtype=float) for name in ("quantiles", "centre", "inverse"))
        size = None if told["size"] is None else (float(told["size"][0]), float(told["size"][1]))
        return cls(quantiles, centre, inverse, float(told["far"]), int(told["rows"]), size)


def shorter_side(films: Films) -> NDArray[np.float64]:
    """Pixels on the shorter side of each film as its file has it; empty where the reader does not say."""
    if not {"height", "width"} <= set(films.facts):
        return np.zeros(0)
    shorter = films.facts[["height", "width"]].min(axis=1).to_numpy(dtype=float)
    return shorter[np.isfinite(shorter)]


def _straight(held: NDArray[np.float64]) -> NDArray[np.float64]:
    """The figures that spread evenly: (rows, smooth figures), the contrast as a logarithm."""
    smooth = held[:, _SMOOTH].copy()
    smooth[:, 1] = np.log(np.maximum(smooth[:, 1], 1e-4))
    return smooth


def _distance(
    smooth: NDArray[np.float64], centre: NDArray[np.float64], inverse: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(rows,) Mahalanobis distances."""
    away = smooth - centre
    return np.sqrt(np.einsum("ij,jk,ik->i", away, inverse, away))


def _left_out(distance: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    """Distances as they would be had each film been left out of centre and covariance: a film is near what it is part of.

    Exact without the shrinkage. With 100 films and 9 figures the outermost are a fifth farther than they seem.
    """
    if rows < 4:
        return np.full(rows, np.inf)
    inside = distance**2 * rows / (rows - 1) ** 2
    square = distance**2 * (rows / (rows - 1)) ** 2 * (rows - 2) / (rows - 1)
    return np.asarray(np.sqrt(square / np.maximum(1 - inside, 1e-3)))


def _share(value: float) -> str:
    return f"{100 * value:.0f} %" if value >= 0.01 else "under 1 %"
