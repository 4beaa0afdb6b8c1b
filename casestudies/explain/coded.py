"""A table of mixed columns as one matrix of numbers and back: what LIME and the tests of explanations draw in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CodedTable:
    """Source columns as one float matrix and back: levels as whole codes, gaps as NaN.

    `levels` holds each category's levels, in the order of the codes.
    """

    columns: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> CodedTable:
        """frame: columns of numbers and of pandas categories."""
        levels = {
            str(name): tuple(map(str, column.cat.categories))
            for name, column in frame.items()
            if isinstance(column.dtype, pd.CategoricalDtype)
        }
        return cls(tuple(map(str, frame.columns)), levels)

    @property
    def categorical(self) -> list[int]:
        return [place for place, name in enumerate(self.columns) if name in self.levels]

    def matrix(self, frame: pd.DataFrame) -> Floats:
        """(rows, columns) float64."""
        out = np.empty((len(frame), len(self.columns)))
        for place, name in enumerate(self.columns):
            if name in self.levels:
                codes = frame[name].cat.codes.to_numpy().astype(np.float64)
                out[:, place] = np.where(codes < 0, np.nan, codes)
            else:
                out[:, place] = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
        return out

    def frame(self, matrix: Floats) -> pd.DataFrame:
        """The table a matrix stands for; a code that was never seen counts as missing."""
        columns: dict[str, Any] = {}
        for place, name in enumerate(self.columns):
            values = matrix[:, place]
            if name in self.levels:
                known = np.isfinite(values) & (values >= 0) & (values < len(self.levels[name]))
                codes = np.where(known, values, -1).astype(np.int64)
                columns[name] = pd.Categorical.from_codes(codes, categories=pd.Index(self.levels[name], dtype="str"))
            else:
                columns[name] = values
        return pd.DataFrame(columns)

    def typical(self, matrix: Floats) -> Floats:
        """(columns,) the mean of each number and the commonest code of each category: "nothing special"."""
        out = np.empty(len(self.columns))
        for place, name in enumerate(self.columns):
            known = matrix[~np.isnan(matrix[:, place]), place]
            if name in self.levels:
                out[place] = np.bincount(known.astype(np.int64)).argmax() if known.size else np.nan
            else:
                out[place] = known.mean() if known.size else np.nan
        return out
