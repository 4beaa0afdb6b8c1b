"""Target encoding: a category as the share of events each of its levels had, pulled towards the overall share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from casestudies.tabular.cells import coded
from casestudies.tabular.levels import Levels

_RARE_ROWS = 10  # a level with fewer has no rate of its own: one row's label would be read off it
_MOST_LEVELS = 5_000  # a rate needs no column of its own, so far more levels than one-hot's 200 can be told apart


@dataclass(frozen=True)
class Rates:
    """How one category is target-encoded: one column, the smoothed rate of the cell's level, centred and scaled.

    Parameters
    ----------
    rates: of each kept level, then of "other" (rare levels and new ones) and of missing cells. Where training had no
        rare level or no missing cell, theirs is the overall rate.
    missing: training had missing cells.
    """

    levels: Levels
    rates: tuple[float, ...]
    centre: float
    scale: float
    missing: bool

    @classmethod
    def of(cls, values: pd.Series, y: np.ndarray, weight: np.ndarray, levels: Levels | None = None) -> Rates:
        """Learn from (rows,) cells, 0/1 labels and weights; `levels` are found (by counts alone) unless given."""
        levels = levels or _levels(values)
        codes = _places(levels, values)
        rates = smoothed_rates(codes, y, weight, len(levels.kept) + 2)
        held = rates[codes]
        total = weight.sum()
        centre = float(weight @ held / total)
        spread = float(np.sqrt(weight @ (held - centre) ** 2 / total))
        scale = spread if spread > 1e-12 else 1.0
        return cls(levels, tuple(rates.tolist()), centre, scale, bool(values.isna().any()))

    def names(self, column: str) -> list[str]:
        return [f"{column} (rate)"]

    def write(self, values: pd.Series, out: np.ndarray) -> None:
        """Fill `out` (rows, 1)."""
        out[:, 0] = (np.asarray(self.rates)[_places(self.levels, values)] - self.centre) / self.scale

    def without(self, values: pd.Series, y: np.ndarray, weight: np.ndarray, folds: np.ndarray) -> np.ndarray:
        """(rows,) what `write` gives, each row's rates learnt from the rows of other folds: no row's own label is in it."""
        codes = _places(self.levels, values)
        out = np.empty(len(codes))
        for fold in np.unique(folds):
            held = folds == fold
            rates = smoothed_rates(codes[~held], y[~held], weight[~held], len(self.rates))
            out[held] = rates[codes[held]]
        return (out - self.centre) / self.scale

    def to_dict(self) -> dict[str, Any]:
        return {"rates": asdict(self) | {"levels": self.levels.to_dict()}}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Rates:
        parts = dict(told["rates"])
        return cls(**parts | {"levels": Levels.from_dict(parts["levels"]), "rates": tuple(parts["rates"])})


def smoothed_rates(codes: np.ndarray, y: np.ndarray, weight: np.ndarray, count: int) -> np.ndarray:
    """(count,) mean of y by code, each drawn towards the overall mean as far as its own rows scatter; as
    scikit-learn's `TargetEncoder(smooth="auto")`, with row weights as counts. A code without rows has the overall mean.

    Source: Micci-Barreca 2001, "A preprocessing scheme for high-cardinality categorical attributes in classification
    and prediction problems", SIGKDD Explorations 3(1), empirical Bayes.
    """
    mean = float(weight @ y / weight.sum())
    variance = float(weight @ (y - mean) ** 2 / weight.sum())
    rows = np.bincount(codes, weight, count)
    held = np.maximum(rows, np.finfo(float).tiny)
    own = np.bincount(codes, weight * y, count) / held
    scatter = np.bincount(codes, weight * (y - own[codes]) ** 2, count) / held
    trust = np.divide(
        variance * rows, variance * rows + scatter, out=np.zeros(count), where=(variance > 0) & (rows > 0)
    )
    return np.asarray(trust * own + (1 - trust) * mean)


def _levels(values: pd.Series) -> Levels:
    codes, levels = coded(values)
    counts = np.bincount(codes[codes >= 0], minlength=len(levels))
    often = [i for i in np.argsort(-counts, kind="stable") if counts[i] >= _RARE_ROWS]
    kept = sorted(often[:_MOST_LEVELS])
    return Levels(tuple(levels[i] for i in kept), merged=len(kept) < len(levels))


def _places(levels: Levels, values: pd.Series) -> np.ndarray:
    """(rows,) the place of each cell's rate: kept levels, other, missing."""
    codes = levels.codes(values)
    return np.where(codes < 0, len(levels.kept) + 1, codes)
