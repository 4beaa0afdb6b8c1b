"""The numbers of users and items that somebody asks about."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casestudies.errors import DataError


def numbers_within(asked: ArrayLike, count: int, what: str) -> NDArray[np.intp]:
    """The same numbers as an index, once it is sure that each has a row: NumPy would read -1, "unknown", as the last.

    Raises
    ------
    DataError: a number that is not from 0 to count - 1; the message names the first. `what`: "user" or "item".
    """
    numbers = np.asarray(asked)
    wrong = (numbers < 0) | (numbers >= count)
    if wrong.any():
        raise DataError(
            f"{what} number {numbers[wrong][0]} is not one of the {count} that the model was fitted on",
            advice=f"fit with this {what}, or fold its history in" if what == "user" else "fit with this item",
        )
    return numbers.astype(np.intp)
