"""A study's card: what `casestudies list` shows. It imports nothing, so that the list is quick."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """What a study answers; each study's package `__init__` holds one as `CARD`."""

    name: str
    title: str
    question: str
    decision: str
    needs: str
