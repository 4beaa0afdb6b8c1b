"""A shorter card that scores the same: bins that earn the same whole points are one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from casestudies.models.scorecard.card import Card, Characteristic
from casestudies.models.scorecard.fitted import fused, summed
from casestudies.tabular.bins import Bins


def shortened(card: Card, locked: Collection[str]) -> Card:
    """Neighbouring bins of numbers, and any levels, with the same points become one; every score stays what it was.

    Their log-odds as fitted become those of their mean row. Bins made by hand, and pairs, stay as they are.
    """
    parts = (_shortened(one) if one.name not in locked else one for one in card.characteristics)
    return replace(card, characteristics=tuple(parts))


def _shortened(one: Characteristic) -> Characteristic:
    if not isinstance(one.bins, Bins):
        return one
    bins, new, lost = fused(one.bins, -one.points)  # the riskiest levels last, as they were
    size = len(bins.labels)
    rows = summed(new, one.rows, size)
    margin = np.divide(summed(new, one.rows * one.margin, size), rows, out=np.zeros(size), where=rows > 0)
    return Characteristic(bins, rows, summed(new, one.events, size), margin, -lost)
