"""Whose a trial is: a search that was killed leaves trials at work that nobody works on any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Lease:
    """This process's name, and whether the process of a name still lives.

    Parameters
    ----------
    owner: tells this process from every other one there will be, such as its number with its start time.
    alive: of the name that another process wrote.
    """

    owner: str
    alive: Callable[[str], bool]


ALONE = Lease("", lambda owner: False)  # a journal that no other process can be at work on
