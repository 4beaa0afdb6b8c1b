"""The shapes of the room, in one place.

Margins are (rows, problems), coefficients (columns, problems), row weights (rows,) or (rows, problems); with several
classes margins and coefficients have a third axis for them. A problem is one fit: a fold, a penalty strength, a cost
setting. Problems that share the rows are solved together, as one block.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]

Kind = TypeVar("Kind", bound=np.generic)


def namespace(*arrays: Any) -> Any:
    """The functions (`exp`, `where`, ...) of the library that the arrays belong to: NumPy's or torch's."""
    return np if all(isinstance(array, np.ndarray) for array in arrays) else array_namespace(*arrays)


def at_hand(array: Any) -> Array:
    """The same numbers as a NumPy array, wherever they are."""
    return array if isinstance(array, np.ndarray) else array.cpu().numpy()


def columns_of(array: NDArray[Kind], problems: Index) -> NDArray[Kind]:
    """The entries of some problems of an array per problem, (problems,) or (something, problems[, classes]).

    The array itself when that is all of them.
    """
    axis = min(1, array.ndim - 1)
    return array if len(problems) == array.shape[axis] else array.take(problems, axis)


def with_columns(array: NDArray[Kind], problems: Index, new: NDArray[Kind]) -> NDArray[Kind]:
    """`array` with the entries of `problems` replaced; `array` itself is left as it was."""
    axis = min(1, array.ndim - 1)
    if len(problems) == array.shape[axis]:
        return new
    out = array.copy()
    out[(slice(None),) * axis + (problems,)] = new
    return out
