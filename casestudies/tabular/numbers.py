"""Numbers as people type them: texts to float64, exactly, and which mark stands before the decimals."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_MINUS = "\u2212"  # what word processors and some statistical offices print for a minus sign

# RE2 patterns; [0-9] and not \d, so that only these ten digits count.
_PLAIN = {mark: rf"^[+-]?(?:[0-9]+(?:\{mark}[0-9]*)?|\{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?$" for mark in (".", ",")}


def to_numbers(text: pd.Series, decimal: str = ".") -> tuple[np.ndarray, np.ndarray]:
    """The numbers that a column of texts spells out, in one way only: no thousands separators, signs or units.

    Outer spaces are trimmed and U+2212 counts as a minus. "1e5", ".5" and "+3" are numbers. Not numbers: "1,200" and
    "1.200,5" (unless that is the decimal mark), "12 %", "0x10", "1_000", "inf", "nan", blanks, and what is larger than
    a float64 can hold ("-1e400"); 1e-400 is 0. Each text becomes the nearest float64, as Python's `float` does.

    Parameters
    ----------
    text: (rows,) texts, NaN or NA = missing. A column that is numeric or boolean already passes as it is.
    decimal: "." or ",".

    Returns
    -------
    values: (rows,) float64, NaN where missing or bad.
    bad: (rows,) bool, True where a value is there and is no finite number.
    """
    if pd.api.types.is_numeric_dtype(text) or pd.api.types.is_bool_dtype(text):
        values = text.to_numpy(dtype=np.float64, na_value=np.nan)
        bad = np.isinf(values)
        return np.where(bad, np.nan, values), bad
    cells = pa.array(text, type=pa.large_string(), from_pandas=True)
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks()
    cells = pc.replace_substring(pc.utf8_trim_whitespace(cells), _MINUS, "-")
    good = pc.match_substring_regex(cells, _PLAIN[decimal])
    spelled = pc.if_else(good, cells, None)
    if decimal == ",":
        spelled = pc.replace_substring(spelled, ",", ".")
    # Arrow's cast is correctly rounded and 18 times as fast as Python's float (0.02 s a million texts); beyond the
    # range it gives infinity.
    values = pc.cast(spelled, pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
    large = np.isinf(values)
    bad = pc.fill_null(pc.invert(good), False).to_numpy(zero_copy_only=False) | large
    return np.where(large, np.nan, values), bad


# What a cell says about the decimal mark M when T would then be the thousands separator. "1,234" says nothing: it
# is a thousand or one and a bit.
_SAYS = (
    r"[+-]?(?:[0-9]{1,3}(?:\T[0-9]{3})+\M[0-9]+"  # 1.234,5
    r"|[0-9]*\M(?:[0-9]{1,2}|[0-9]{4,})(?:[eE][+-]?[0-9]+)?"  # 1234,5 and 0,12345
    r"|(?:0[0-9]*|[0-9]{4,})?\M[0-9]{3}"  # 0,123 and 1234,567
    r"|[0-9]{1,3}(?:\T[0-9]{3}){2,})"  # 1.234.567
)
_CERTAIN = {
    mark: re.compile(_SAYS.replace(r"\M", rf"\{mark}").replace(r"\T", rf"\{other}"))
    for mark, other in ((".", ","), (",", "."))
}
_UNCLEAR = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_ODDS = 10  # one mark must be spoken for this many times as often as the other


def decimal_mark(cells: Iterable[str], separator: str | None) -> tuple[str | None, str]:
    """Which mark stands before the decimals, by the evidence of the cells.

    Cells such as "0,5", "12,34" or "1.234,56" speak for the comma, "0.5" or "1,234.56" for the point, "1,234" for
    neither. In a comma-separated file the point is taken unless a cell speaks against it.

    Parameters
    ----------
    cells: texts of the table, any; those that are no numbers say nothing.
    separator: what stands between cells.

    Returns
    -------
    mark: "." or ",", or None when the cells speak for both or could mean both.
    note: a sentence on the choice; empty when the point is taken without doubt.
    """
    votes = {".": 0, ",": 0}
    first = {".": "", ",": "", "unclear": ""}
    for cell in cells:
        trimmed = cell.strip().replace(_MINUS, "-")
        for mark, pattern in _CERTAIN.items():
            if pattern.fullmatch(trimmed):
                votes[mark] += 1
                first[mark] = first[mark] or trimmed
        if not first["unclear"] and _UNCLEAR.fullmatch(trimmed):
            first["unclear"] = trimmed
    points, commas = votes["."], votes[","]
    if commas and commas >= _ODDS * points:
        return ",", f"decimal comma found ('{first[',']}' and {commas - 1:,} more cells looked at)"
    if points and points >= _ODDS * commas:
        return ".", ""
    advice = "the point is taken unless data.read.decimal says otherwise"
    if points or commas:
        return None, f"decimal mark unclear: '{first['.']}' beside '{first[',']}'; {advice}"
    unclear = first["unclear"]
    if unclear and not ("." in unclear and separator == ","):
        return None, f"decimal mark unclear: '{unclear}' may be a thousand or a fraction; {advice}"
    return ".", ""
