"""Whose images they are: ids of people become pseudonyms before anything else sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LEAST = 4  # digits


def pseudonyms(ids: Sequence[str]) -> NDArray[Any]:
    """(rows,) p0001, p0002, ... in the order of the sorted ids; an image without an id is a patient of its own.

    Parameters
    ----------
    ids: (rows,) as the table or the header writes them, "" = not known.
    """
    whole = [f"1{who}" if who else f"2{row:09d}" for row, who in enumerate(ids)]  # those without an id come last
    number = {who: count for count, who in enumerate(sorted(set(whole)), start=1)}
    digits = max(_LEAST, len(str(len(number))))
    return np.array([f"p{number[who]:0{digits}d}" for who in whole], dtype=object)
