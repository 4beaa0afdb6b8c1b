"""What either way of fitting a card leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from casestudies.models.regularisation import Choose, RegularisationPath
from casestudies.optim import Trace
from casestudies.tabular.bins import Binned, Bins

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

SAME = 1e-9  # of log-odds, 3e-8 points with 20 to double the odds


def summed(codes: Codes, weight: Floats, size: int) -> Floats:
    """(size,) sums of `weight` by code."""
    return np.asarray(np.bincount(codes, weight, size), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Rows:
    """The training rows as a card sees them.

    Parameters
    ----------
    bins: fine bins of each characteristic. codes: (rows, characteristics) the bin of each row.
    y: (rows,) 0/1, 1 = the event. weight: (rows,) above 0. folds: (rows,) from 0, or None.
    """

    bins: tuple[Binned, ...]
    codes: Codes
    y: Floats
    weight: Floats
    folds: Codes | None

    def totals(self, characteristic: int, weight: Floats) -> Floats:
        """(bins,) sums of `weight` (rows,)."""
        return summed(self.codes[:, characteristic], weight, len(self.bins[characteristic].labels))


@dataclass(frozen=True)
class Asked:
    """What the analyst asks of characteristics, by their names, and of the penalty.

    Parameters
    ----------
    signs: {name: 1, the risk rises with the value, or -1}. forced: stays, whatever the penalty. locked: bins by hand.
    Cs: inverse strengths to choose from, ascending.
    """

    penalty: str
    Cs: tuple[float, ...]
    choose: Choose
    signs: dict[str, int]
    forced: frozenset[str]
    locked: frozenset[str]


@dataclass(frozen=True, eq=False)
class Fitted:
    """Log-odds for the bins of a card.

    Parameters
    ----------
    bins, margin: of each characteristic that is kept; (bins,) log-odds, NaN in bins that training never met.
    codes: (rows, kept) the bin of each training row.
    intercept: log-odds when all margins are 0.
    margins: (rows,) log-odds by the fit without the row's fold; None without folds.
    C: the chosen one. path: the loss at every C, with folds.
    """

    bins: tuple[Binned, ...]
    margin: tuple[Floats, ...]
    codes: Codes
    intercept: float
    margins: Floats | None
    C: float
    path: RegularisationPath | None
    trace: Trace
    notes: tuple[str, ...]

    def loss(self, rows: Rows) -> Floats:
        """(folds,) mean log loss of each fold's rows by the fit without them."""
        margins, folds = self.margins, rows.folds
        if margins is None or folds is None:
            raise TypeError("there are no folds")
        each = rows.weight * (np.logaddexp(0.0, margins) - rows.y * margins)
        return summed(folds, each, int(folds.max()) + 1) / summed(folds, rows.weight, int(folds.max()) + 1)

    def parts(self, rows: Rows) -> Iterator[tuple[Binned, Floats, Floats, Floats, float]]:
        """Bins, weight, events, centred margin and its mean for each characteristic."""
        for place, (bins, margin) in enumerate(zip(self.bins, self.margin, strict=True)):
            code, size = self.codes[:, place], len(bins.labels)
            held, events = summed(code, rows.weight, size), summed(code, rows.weight * rows.y, size)
            mean = float(held @ np.nan_to_num(margin) / held.sum())
            yield bins, held, events, np.where(np.isnan(margin), 0.0, margin - mean), mean


def fused(bins: Bins, margin: Floats) -> tuple[Bins, Codes, Floats]:
    """Neighbouring bins of numbers, or any levels, with the same log-odds as one.

    Returns
    -------
    The bins, the new code of every old one, and (new bins,) log-odds. Groups of levels come with rising log-odds.
    """
    values = bins.values
    if bins.edges is not None:
        apart = np.abs(np.diff(margin[:values])) > SAME
        new = np.concatenate([[0], np.cumsum(apart)]).astype(np.intp)
        made = replace(bins, edges=tuple(bins.edges[end] for end in np.flatnonzero(apart)))
    else:
        level = np.where(np.isnan(margin[:values]), 0.0, margin[:values])
        order = np.argsort(level, kind="stable")
        new = np.empty(values, dtype=np.intp)
        new[order] = np.cumsum(np.diff(level[order], prepend=level[order[:1]]) > SAME)
        made = replace(bins, groups=joined(bins, new))
    code = np.concatenate([new, made.values + np.arange(len(margin) - values)])
    told = np.full(len(made.labels), np.nan)
    told[code] = margin
    return made, code, told


def joined(bins: Bins, new: Codes) -> tuple[tuple[str, ...], ...]:
    """Groups of levels, each made of the old ones with its number in `new` (value bins,)."""
    groups = bins.groups or ()
    return tuple(
        tuple(level for old in np.flatnonzero(new == group) for level in groups[old])
        for group in range(int(new.max(initial=-1)) + 1)
    )
