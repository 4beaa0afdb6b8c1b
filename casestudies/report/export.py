"""Tables that leave for a spreadsheet: a cell that would run as a formula is turned into text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# Full-width forms count too: a spreadsheet with an East Asian keyboard layout reads them as their ASCII twins.
_STARTS = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?([0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?|[0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]+)?%?")


def safe_cell(value: Any) -> Any:
    """`value` as it may stand in a CSV file: text that starts like a formula and is no number gets a `'` before it.

    >>> safe_cell("=HYPERLINK(...)"), safe_cell("-12.5"), safe_cell(7)
    ("'=HYPERLINK(...)", '-12.5', 7)

    Source: OWASP, "CSV Injection".
    """
    if not isinstance(value, str) or not value.startswith(_STARTS):
        return value
    return value if _NUMBER.fullmatch(value) else "'" + value


def csv_safe(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy of `frame` with every text cell, column name and index entry through `safe_cell`; numbers stay."""
    safe = frame.copy()
    for i, kind in enumerate(frame.dtypes):
        if kind.kind not in "biufcmM":
            safe.isetitem(i, frame.iloc[:, i].astype(object).map(safe_cell).to_numpy())
    safe.columns = frame.columns.map(safe_cell)
    safe.index = frame.index.map(safe_cell)
    return safe
