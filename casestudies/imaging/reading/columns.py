"""Further columns of the labels as numbers or categories: found in training, the same ever after."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from casestudies.tabular.cells import clean, is_mark, is_native, plain
from casestudies.tabular.kinds import infer
from casestudies.tabular.numbers import to_numbers
from casestudies.tabular.problems import Code, Problem, Problems

NUMBER, CATEGORY = "number", "category"


def typed(
    frame: pd.DataFrame, known: Mapping[str, str], decimal: str, history: Collection[str], problems: Problems
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Columns of texts to float64 or text, missing as NaN.

    Parameters
    ----------
    known: {column: kind} of training; others are found from their cells.
    history: columns that the model reads; dates, free text and names of people among them are errors.

    Returns
    -------
    The table, and {column: kind}.
    """
    kinds: dict[str, str] = {}
    out: dict[str, pd.Series] = {}
    for name in map(str, frame.columns):
        cells, _ = clean(frame[name])
        kinds[name] = known.get(name) or _kind(cells, name, decimal, history, problems)
        out[name] = _numbers(cells, name, decimal, problems) if kinds[name] == NUMBER else _texts(cells)
    return pd.DataFrame(out, index=range(len(frame))), kinds


def _kind(cells: pd.Series, name: str, decimal: str, history: Collection[str], problems: Problems) -> str:
    found = infer(cells, decimal)
    if name in history and found.kind in ("date", "text", "identifier"):
        what = {"date": "dates", "text": "free text", "identifier": "a value of its own in nearly every row"}[
            found.kind
        ]
        rule = f"is named in data.history and holds {what}"
        problems.add(Problem(Code.NOT_A_NUMBER, "error", rule, "name a column of numbers or categories", name))
    if found.kind in ("number", "whole", "money"):
        return NUMBER
    zero_one = found.kind == "flag" and (
        is_native(cells) or set(cells[~is_mark(cells)].dropna().map(plain)) <= {"0", "1"}
    )
    return NUMBER if zero_one else CATEGORY


def _numbers(cells: pd.Series, name: str, decimal: str, problems: Problems) -> pd.Series:
    if not is_native(cells):
        cells = cells.mask(is_mark(cells))
    values, bad = to_numbers(cells, decimal)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        rule = f"has {int(bad.sum()):,} cells that are not numbers; they are read as missing"
        told = Problem(
            Code.NOT_A_NUMBER, "warning", rule, "correct them", name, value=str(cells[row]), count=int(bad.sum())
        )
        problems.add(told)
    return pd.Series(values)


def _texts(cells: pd.Series) -> pd.Series:
    """One spelling for one number: 1, 1.0 and '1' are the same site."""
    return cells.map(plain, na_action="ignore").astype("str")
