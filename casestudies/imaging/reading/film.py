"""One film as it was decoded, and the reason why one could not be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from casestudies.errors import DataError
from casestudies.imaging.preparation import Facts


class Refused(DataError):
    """A file that is no film of the kind that is wanted; the reason holds no text of the file."""


@dataclass(frozen=True, eq=False)
class Film:
    """pixels: (height, width) grey values, or (height, width, 3) colours, of any number type."""

    pixels: NDArray[Any]
    facts: Facts


def refuse_large(height: int, width: int, most: int) -> None:
    """Raises Refused for what a header declares, before a byte is decoded."""
    if height < 1 or width < 1:
        raise Refused(f"the header declares {width} x {height} pixels")
    if height * width > most:
        raise Refused(f"the header declares {width:,} x {height:,} pixels, more than reading.most_pixels ({most:,})")
