"""The shapes of the room, in one place.

Margins are (rows, problems), coefficients (columns, problems), row weights (rows,) or (rows, problems). A problem is
one fit: a fold, a penalty strength, a cost setting. Problems that share the rows are solved together, as one block.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]


def columns_of(array: Array, problems: Index) -> Array:
    """The columns `problems` of an array with one column per problem; the array itself when that is all of them."""
    return array if len(problems) == array.shape[-1] else array[..., problems]


def with_columns(array: Array, problems: Index, new: Array) -> Array:
    """`array` with its columns `problems` replaced; `array` itself is left as it was."""
    if len(problems) == array.shape[-1]:
        return new
    out = array.copy()
    out[..., problems] = new
    return out
