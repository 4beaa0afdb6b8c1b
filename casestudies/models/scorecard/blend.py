"""The mean of two cards of the same rows, which is a card too: log-odds of bins add up, so their mean does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from casestudies.models.scorecard.fitted import Codes, Fitted, Floats, fused
from casestudies.tabular.bins import Binned, Bins


@dataclass(frozen=True, eq=False)
class Common:
    """Bins as fine as need be for both of two binnings of a characteristic.

    first, second: (bins,) the bin of each in the one binning and in the other.
    """

    bins: Binned
    first: Codes
    second: Codes

    @classmethod
    def of(cls, one: Binned, other: Binned) -> Self:
        """Both hold the same special values and, of a category, the same levels."""
        if one == other or not (isinstance(one, Bins) and isinstance(other, Bins)):
            return cls(one, *np.repeat(np.arange(len(one.labels))[None, :], 2, axis=0))
        if one.edges is not None and other.edges is not None:
            edges = tuple(sorted({*one.edges, *other.edges}))
            bins = replace(one, edges=edges)
            starts = np.array([-np.inf, *edges])
            first, second = (np.searchsorted(own, starts, side="right") for own in (one.edges, other.edges))
        else:
            place = {level: group for group, levels in enumerate(other.groups or ()) for level in levels}
            held: dict[tuple[int, int], list[str]] = {}
            for group, levels in enumerate(one.groups or ()):
                for level in levels:
                    held.setdefault((group, place[level]), []).append(level)
            bins = replace(one, groups=tuple(map(tuple, held.values())))
            first, second = np.array([*held], dtype=np.intp).reshape(-1, 2).T
        aside = np.arange(len(bins.labels) - bins.values)  # special values, other, missing
        return cls(bins, np.concatenate([first, one.values + aside]), np.concatenate([second, other.values + aside]))

    def codes(self, first: Codes, second: Codes) -> Codes:
        """(rows,) the bin of each row, from those in the two binnings."""
        table = np.zeros((self.first.max() + 1, self.second.max() + 1), dtype=np.intp)
        table[self.first, self.second] = np.arange(len(self.first))
        return table[first, second]


def mean_of(one: Fitted, other: Fitted) -> Fitted:
    """The card halfway between two; C, path and trace are those of the first.

    A characteristic that only one of them keeps counts half.
    """
    places = [{" x ".join(bins.columns): place for place, bins in enumerate(card.bins)} for card in (one, other)]
    parts: list[tuple[Binned, Floats, Codes]] = []
    for name in {**places[0], **places[1]}:
        kept = [_of(card, place[name]) for card, place in zip((one, other), places, strict=True) if name in place]
        if len(kept) == 1:
            (bins, margin, code), *_ = kept
            parts.append((bins, 0.5 * margin, code))
        else:
            parts.append(_halfway(*kept))
    margins = None if one.margins is None or other.margins is None else 0.5 * (one.margins + other.margins)
    return Fitted(
        tuple(bins for bins, _, _ in parts),
        tuple(margin for _, margin, _ in parts),
        np.stack([code for *_, code in parts], axis=1) if parts else one.codes,
        0.5 * (one.intercept + other.intercept),
        margins,
        one.C,
        one.path,
        one.trace,
        (f"the mean of two cards: by steps, C = {one.C:.3g}, and by weights of evidence, C = {other.C:.3g}",),
    )


def _of(card: Fitted, place: int) -> tuple[Binned, Floats, Codes]:
    return card.bins[place], card.margin[place], card.codes[:, place]


def _halfway(one: tuple[Binned, Floats, Codes], other: tuple[Binned, Floats, Codes]) -> tuple[Binned, Floats, Codes]:
    """Bins, log-odds and codes of one characteristic; groups of levels come with rising log-odds."""
    common = Common.of(one[0], other[0])
    bins, code = common.bins, common.codes(one[2], other[2])
    margin = 0.5 * (one[1][common.first] + other[1][common.second])
    if isinstance(bins, Bins) and one[0] != other[0]:
        bins, new, margin = fused(bins, margin)
        code = new[code]
    return bins, margin, code
