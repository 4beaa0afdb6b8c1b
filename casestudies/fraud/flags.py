"""Columns that say yes or no, however they were read."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def fired(values: pd.Series) -> NDArray[np.bool_] | None:
    """(rows,) bool: where a rule alerts; None where its cells are neither 0 and 1 nor yes and no.

    values: as a checked table holds them.
    """
    column = values
    if not pd.api.types.is_numeric_dtype(column):
        words = column.astype("str").str.strip().str.casefold().where(column.notna(), "")
        known = {"1": 1.0, "yes": 1.0, "true": 1.0, "y": 1.0, "0": 0.0, "no": 0.0, "false": 0.0, "n": 0.0}
        column = words.map(known)
    number = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return number == 1 if np.isin(number, (0.0, 1.0)).all() else None
