"""A study's card: what `casestudies list` shows. It imports nothing, so that the list is quick."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

SYNTHETIC = (
    "Synthetic data: every row was made up by a generator. Nothing here describes real people or a real business."
)


@dataclass(frozen=True)
class Invented:
    """How made-up data are called. banner: at the top of a page. mark: in the running head and under every figure."""

    banner: str = SYNTHETIC
    mark: str = "synthetic data"


@dataclass(frozen=True)
class Card:
    """What a study answers; each study's package `__init__` holds one as `CARD`.

    library, extra: what it needs beside the base install, and the extra it comes with; "" = nothing. invented: what its demo is called.
    """

    name: str
    title: str
    question: str
    decision: str
    needs: str
    library: str = ""
    extra: str = ""
    invented: Invented = Invented()

    @property
    def missing(self) -> bool:
        """Whether its library is not installed; nothing is imported to find out."""
        return bool(self.library) and find_spec(self.library) is None
