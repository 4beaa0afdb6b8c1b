"""What a table holds, column by column, as plain values for profile.json; nothing that belongs to one row alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from casestudies.tabular.checked import Checked
from casestudies.tabular.contract import NUMERIC, Column
from casestudies.tabular.levels import LEAST, TOP

_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)  # no smallest and largest: they are somebody's


def profile(checked: Checked) -> dict[str, Any]:
    """Rows, the label and every column: kind, role, missing cells, distinct values, and a summary where that is safe.

    Numbers give mean, standard deviation and quantiles from 1 % to 99 %; categories their ten most frequent levels,
    each of at least ten rows; dates the first and last day. Identifiers, groups and texts give counts only. Where the
    table is a sample of a larger one, what all rows add up to takes the place of the sample's figures.
    """
    columns = {}
    for name, column in checked.columns.items():
        values = checked.frame[name]
        held = values.dropna()
        entry: dict[str, Any] = {
            "source": checked.sources[name],
            "kind": column.kind,
            "role": column.role,
            "missing": int(len(values) - len(held)),
            "distinct": int(held.nunique()),
        }
        columns[name] = entry | _summary(held, column)
    y = checked.y
    label = None if y is None else {"events": int(y.sum()), "others": int(len(y) - y.sum())}
    told = {"rows": len(checked.frame), "label": label, "columns": columns}
    return told if checked.totals is None else checked.totals.profile(told)


def _summary(held: pd.Series, column: Column) -> dict[str, Any]:
    if not len(held) or column.role in ("identifier", "group"):
        return {}
    if column.kind in NUMERIC:
        number = held.to_numpy(dtype=np.float64)
        points = np.quantile(number, _QUANTILES)
        quantiles = {f"{share:g}": float(value) for share, value in zip(_QUANTILES, points, strict=True)}
        return {"mean": float(number.mean()), "sd": float(number.std()), "quantiles": quantiles}
    if column.kind == "date":
        # str, not strftime: Parquet holds years beyond 9999
        return {"first": str(held.min())[:10], "last": str(held.max())[:10]}
    if column.kind == "category":
        counts = held.value_counts().head(TOP)
        return {"levels": {str(level): int(count) for level, count in counts.items() if count >= LEAST}}
    return {}
