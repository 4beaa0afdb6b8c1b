"""The levels of one category as training saw them: which are kept apart, and where all others go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from casestudies.tabular.cells import coded, plain

MOST_LEVELS = 200  # of one column that are kept apart
TOP, LEAST = 10, 10  # levels that a profile prints, and rows that each of them must have


@dataclass(frozen=True)
class Levels:
    """Kept levels in a stable order (numbers by size, else by text), and whether rare ones were merged.

    Codes: 0 .. len(kept) - 1 for the kept, len(kept) for "other" (rare in training, or never seen), -1 for missing.
    Rare levels are not stored: they may name people.
    """

    kept: tuple[str, ...]
    merged: bool

    @classmethod
    def of(cls, values: pd.Series, *, least: int = 1) -> Levels:
        """Levels with at least `least` rows, the 200 most frequent at most; equal counts go by the stable order."""
        codes, levels = coded(values)
        counts = np.bincount(codes[codes >= 0], minlength=len(levels))
        often = [i for i in np.argsort(-counts, kind="stable") if counts[i] >= max(least, 1)]
        kept = sorted(often[:MOST_LEVELS])
        return cls(tuple(levels[i] for i in kept), merged=len(kept) < len(levels))

    @cached_property
    def _number(self) -> dict[str, int]:
        return {level: i for i, level in enumerate(self.kept)}

    def codes(self, values: pd.Series) -> np.ndarray:
        """(rows,) int of any column with such cells: text, categories or numbers."""
        rows, distinct = pd.factorize(values)
        lookup = [self._number.get(plain(value), len(self.kept)) for value in distinct]
        return np.array([*lookup, -1])[rows]

    def strange(self, values: pd.Series) -> dict[str, int]:
        """{level that is not kept: its rows}, most frequent first: new ones, and where `merged` also rare ones."""
        codes, levels = coded(values)
        counts = np.bincount(codes[codes >= 0], minlength=len(levels))
        order = np.argsort(-counts, kind="stable")
        return {levels[i]: int(counts[i]) for i in order if levels[i] not in self._number}

    def to_dict(self) -> dict[str, Any]:
        return {"kept": list(self.kept), "merged": self.merged}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Levels:
        return cls(tuple(told["kept"]), bool(told["merged"]))
