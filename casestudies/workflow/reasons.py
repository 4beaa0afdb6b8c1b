"""What raises a row's risk, in words: "income 1,200 (+0.42); ...", and cells as a reader expects them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import one_line
from casestudies.explain import Explanation
from casestudies.explain.table import explain_table
from casestudies.models.mean import MeanModel
from casestudies.models.table import TableModel

Worded = Callable[[str, Any], str | None]  # of a column and its value: a study's own words, where it has any


def reasons_of(
    model: TableModel | MeanModel, frame: pd.DataFrame, k: int = 4, worded: Worded | None = None
) -> list[str]:
    """(rows,) what raises each row's risk most, in words, by the saved model."""
    return reasons(explain_table(model, frame), frame, k, worded)


def reasons(explained: Explanation, frame: pd.DataFrame, k: int = 4, worded: Worded | None = None) -> list[str]:
    """(rows,) the columns that raise each row's risk most, in words: "income 1,200 (+0.42); ...".

    Each column's cells are put into words once a value, not once a row: 100,000 rows of 11 columns take 0.4 s.
    """
    values = explained.values
    k = min(k, values.shape[1])
    order = np.argsort(-values, axis=1, kind="stable")[:, :k]
    size = np.take_along_axis(values, order, axis=1)
    shown = size > 0
    shown[:, 0] = True  # whoever is declined is told something
    words = np.full(order.shape, "", dtype=object)
    for column, name in enumerate(explained.names):
        rows, places = np.nonzero((order == column) & shown)
        if len(rows):
            words[rows, places] = _in_words(name, frame, rows, worded)
    amounts = [f" ({amount:+.2f})" for amount in size[shown].tolist()]
    words[shown] += np.array(amounts, dtype=object)
    return ["; ".join(filter(None, row)) for row in words.tolist()]


def _in_words(name: str, frame: pd.DataFrame, rows: NDArray[np.intp], worded: Worded | None) -> NDArray[np.object_]:
    """(rows,) "income 1,200" of some rows; a name that is no column (a pair of them) stands for itself."""
    if name not in frame.columns:
        return np.full(len(rows), one_line(name), dtype=object)
    codes, distinct = pd.factorize(frame[name].iloc[rows], use_na_sentinel=True)
    texts = [one_line(in_words(name, value, worded) or f"{name} {told(value)}") for value in [*distinct, None]]
    return np.array(texts, dtype=object)[codes]  # the last is for code -1, a gap


def in_words(name: str, value: Any, worded: Worded | None) -> str | None:
    """What the study says of a column and its value; None where it has no words of its own."""
    return None if worded is None else worded(name, value)


def told(value: Any) -> str:
    """A cell as a reader expects it: 1,200 or 0.35 or 'rent', missing where there is none."""
    if pd.isna(value):
        return "missing"
    if isinstance(value, (int, float, np.number)):
        number = float(value)
        whole = number.is_integer() or abs(number) >= 1000
        return f"{number:,.0f}" if whole and abs(number) < 1e12 else f"{number:.4g}"
    return str(value)
