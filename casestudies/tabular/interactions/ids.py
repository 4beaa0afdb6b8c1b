"""Ids as the analyst writes them: text from files, any value from tables in memory; numbered from 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from casestudies.tabular.cells import MARKS, not_levels

_WHOLE = r"^[0-9]+(\.0+)?$"
_DIGITS = r"^[0-9]{1,18}$"


@dataclass(frozen=True, eq=False)
class Ids:
    """codes: (rows,) int32 places among `names`, -1 = none. mended: distinct ids that lost a fraction such as the ".0" of 17850.0."""

    codes: NDArray[np.int32]
    names: pd.Index
    mended: int = 0


def ids_of(cells: pd.Series, own: bool) -> Ids:
    """The distinct ids, in order (by size where all are whole numbers), and which row has which.

    Parameters
    ----------
    cells: (rows,). own: values of a table in memory, kept as they are; else text, without outer spaces, where empty cells and
        signs such as NA mean none.

    Raises
    ------
    DataError: values that cannot name anything, such as lists.
    """
    try:
        codes, distinct = pd.factorize(cells)
    except TypeError:
        raise not_levels(cells) from None
    names = pd.Index(distinct)
    if isinstance(names.dtype, pd.CategoricalDtype):
        names = names.astype(names.dtype.categories.dtype)
    if own and not _is_text(names):
        whole = _whole_floats(names)
        return _ordered(codes, names if whole is None else whole, 0 if whole is None else len(names))
    texts = names.astype("str")
    if own:
        return _joined(codes, texts, texts == "", 0)
    texts = texts.str.strip()
    none = np.asarray((texts == "") | texts.str.lower().isin(MARKS))
    mended = 0
    held = pa.array(texts[~none], type=pa.large_string())
    if len(held) and pc.all(pc.match_substring_regex(held, _WHOLE)).as_py():
        plain = texts.str.replace(r"\.0+$", "", regex=True)
        mended = int((plain != texts)[~none].sum())
        texts = plain
    return _joined(codes, texts, none, mended)


def _is_text(names: pd.Index) -> bool:
    return pd.api.types.is_string_dtype(names) or (
        names.dtype == object and all(isinstance(name, str) for name in names[:1000])
    )


def _whole_floats(names: pd.Index) -> pd.Index | None:
    """Floats that are all whole: integers that shared their column with a missing one."""
    if not pd.api.types.is_float_dtype(names):
        return None
    values = names.to_numpy(dtype=float)
    return (
        pd.Index(values.astype(np.int64)) if (np.mod(values, 1) == 0).all() and (np.abs(values) < 2**53).all() else None
    )


def _joined(codes: np.ndarray, texts: pd.Index, none: np.ndarray, mended: int) -> Ids:
    """Ids that are one after mending, and none where there is none."""
    places, names = pd.factorize(texts.to_series().mask(none))
    found = _ordered(places, pd.Index(names, dtype="str"), mended)
    lookup = np.append(found.codes, np.int32(-1))  # the last entry serves rows without a cell
    return Ids(lookup[codes], found.names, mended)


def _ordered(codes: np.ndarray, names: pd.Index, mended: int) -> Ids:
    order = in_order(names)
    rank = np.full(len(names) + 1, -1, dtype=np.int32)  # the last entry serves code -1
    rank[order] = np.arange(len(names), dtype=np.int32)
    return Ids(rank[codes], names[order], mended)


def in_order(names: pd.Index) -> np.ndarray:
    """The places of ids by size where all are whole numbers, else by text; as they come where they cannot be compared."""
    try:
        order = np.asarray(names.argsort())
    except TypeError:
        return np.arange(len(names))
    if not len(names) or not pd.api.types.is_string_dtype(names):
        return order
    text = pa.array(names, type=pa.large_string())
    if pc.all(pc.match_substring_regex(text, _DIGITS)).as_py():
        sizes = pc.cast(text, pa.int64()).to_numpy()
        order = order[np.argsort(sizes[order], kind="stable")]
    return order
