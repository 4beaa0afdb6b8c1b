"""How many of an item are there: numbers, or words such as yes and no."""

from __future__ import annotations

import numpy as np
import pandas as pd

from casestudies.tabular.cells import clean, is_mark, is_native
from casestudies.tabular.kinds import FLAGS
from casestudies.tabular.numbers import to_numbers
from casestudies.tabular.problems import Code, Places, Problem, Problems

_WORDS = {word: float(at) for pair in FLAGS for at, word in enumerate(pair)}


def in_words(cells: pd.Series) -> bool:
    """Whether a column says yes or no in each cell that says something."""
    cells = clean(cells)[0].dropna()
    return bool(len(cells)) and bool(cells.astype("str").str.casefold().isin(_WORDS).all())


def pieces_of(cells: pd.Series, column: str, decimal: str, places: Places) -> tuple[np.ndarray, Problems]:
    """(rows,) float64 pieces, 1 for yes and 0 for no, NaN where the cell is empty; and what cannot be read.

    An item whose stock is not known is not recommended, so cells that say nothing that is understood are an error.
    """
    cells, problems = clean(cells)[0], Problems()
    if pd.api.types.is_bool_dtype(cells):
        return cells.to_numpy(np.float64, na_value=np.nan), problems
    if not is_native(cells):
        cells = cells.mask(is_mark(cells))
    values, bad = to_numbers(cells, decimal)
    worded = cells[bad].astype("str").str.casefold().map(_WORDS).to_numpy(np.float64)
    values, bad = values.copy(), bad.copy()
    values[bad], bad[bad] = worded, np.isnan(worded)
    rule = f"has {bad.sum():,} of {cells.notna().sum():,} cells that are neither numbers nor yes or no"
    advice = "write how many there are, or leave the column out with data.drop"
    problems.add_rows(Problem(Code.NOT_A_NUMBER, "error", rule, advice, column), bad, places, cells)
    return values, problems
