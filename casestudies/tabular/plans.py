"""How one source column becomes columns of a matrix: numbers centred and scaled, categories as 0/1 indicators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from casestudies.tabular.levels import Levels

_HEAVY = 2.0  # skewness above which a column is taken for heavy-tailed
_USUAL = 0.05  # share of the values other than 0 below the unit of a logarithm


@dataclass(frozen=True)
class Numbers:
    """How one column of numbers is encoded: (log1p of) the value with its median for missing, centred and scaled.

    `missing`: a column "is missing" follows, because training had missing cells.
    `unit`: what the value is counted in before the logarithm is taken: its smallest usual size, so that the column says
        the same in cents and in euros.
    """

    median: float
    centre: float
    scale: float
    log: bool
    missing: bool
    unit: float = 1.0

    @classmethod
    def of(cls, values: np.ndarray, *, flag: bool, log: bool) -> Numbers:
        held = values[~np.isnan(values)]
        unit = _unit(held)
        logged = log and not flag and _is_heavy(held, unit)
        if logged:
            held = _signed_log(held / unit)
        median = float(np.median(held)) if held.size else 0.0
        filled = np.where(np.isnan(values), median, _signed_log(values / unit) if logged else values)
        if flag or not held.size:
            return cls(median, 0.0, 1.0, False, held.size < values.size)
        scale = float(np.std(filled))
        return cls(median, float(np.mean(filled)), scale if scale > 0 else 1.0, logged, held.size < values.size, unit)

    def names(self, column: str) -> list[str]:
        return [column, f"{column} is missing"] if self.missing else [column]

    def write(self, values: pd.Series, out: np.ndarray) -> None:
        """Fill `out` (rows, len(names))."""
        number = values.to_numpy(dtype=np.float64, na_value=np.nan)
        gap = np.isnan(number)
        held = _signed_log(number / self.unit) if self.log else number
        out[:, 0] = (np.where(gap, self.median, held) - self.centre) / self.scale
        if self.missing:
            out[:, 1] = gap

    def to_dict(self) -> dict[str, Any]:
        return {"numbers": asdict(self)}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Numbers:
        return cls(**told["numbers"])


@dataclass(frozen=True)
class Indicators:
    """How one category is encoded: a 0/1 column a kept level, then "other" (rare ones and new ones) and "missing".

    "other" and "missing" are there only where training had such rows: a column of zeros would have no coefficient.
    Without them, such a cell is a row of zeros.
    """

    levels: Levels
    missing: bool

    def names(self, column: str) -> list[str]:
        tail = [f"{column} = (other)"] * self.levels.merged + [f"{column} is missing"] * self.missing
        return [f"{column} = {level}" for level in self.levels.kept] + tail

    def write(self, values: pd.Series, out: np.ndarray) -> None:
        """Fill `out` (rows, len(names))."""
        codes = self.levels.codes(values)
        kept = len(self.levels.kept)
        at = np.where(codes < 0, kept + self.levels.merged if self.missing else -1, codes)
        at[(codes == kept) & (not self.levels.merged)] = -1
        out[:] = 0.0
        rows = np.flatnonzero(at >= 0)
        out[rows, at[rows]] = 1.0

    def to_dict(self) -> dict[str, Any]:
        return {"levels": self.levels.to_dict(), "missing": self.missing}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Indicators:
        return cls(Levels.from_dict(told["levels"]), told["missing"])


def _signed_log(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


def _unit(held: np.ndarray) -> float:
    """The size that 95 of 100 values other than 0 exceed; 1 where there is none."""
    sizes = np.abs(held[held != 0])
    return float(np.quantile(sizes, _USUAL, method="higher")) if sizes.size else 1.0


def _is_heavy(held: np.ndarray, unit: float) -> bool:
    before = abs(_skewness(held))
    return before > _HEAVY and abs(_skewness(_signed_log(held / unit))) < before


def _skewness(held: np.ndarray) -> float:
    apart = held - held.mean() if held.size else held
    spread = float(np.std(apart)) if held.size else 0.0
    return float(np.mean((apart / spread) ** 3)) if spread > 0 else 0.0
