"""How training rows fell into a few bins of each column: small enough to be kept with the model, and no row in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.tabular.bins import Bins
from casestudies.tabular.contract import NUMERIC, USABLE
from casestudies.tabular.encode import finite
from casestudies.tabular.levels import Levels

if TYPE_CHECKING:
    from casestudies.tabular.drift.tally import Tally

Floats = NDArray[np.float64]

SCORE = "probability of the event"  # under which the score is told
_PARTS = 10  # bins of equal weight that a column of numbers is cut into
_LEVELS = 50  # of a category that are kept apart
_FEWEST = 10  # rows of a level that is kept by name; rarer ones may name people


@dataclass(frozen=True, eq=False)
class Watched:
    """One column (or the score): its bins, and (bins,) weighed training rows in each."""

    bins: Bins
    counts: Floats

    @property
    def column(self) -> str:
        return self.bins.column


@dataclass(frozen=True, eq=False)
class Reference:
    """What training rows looked like, column by column.

    Parameters
    ----------
    columns: one for each feature; missing, special and unseen values have bins of their own.
    score: of the probability, where there was one.
    rows: how many there were. effective: how many equally weighted rows say as much (Kish).
    """

    columns: tuple[Watched, ...]
    score: Watched | None
    rows: int
    effective: float

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        kinds: Mapping[str, str],
        p: Floats | None = None,
        weight: Floats | None = None,
        special: Mapping[str, Sequence[float]] | None = None,
    ) -> Reference:
        """Cut every usable column into at most 10 or so bins of equal weight (50 levels), and count the rows.

        Parameters
        ----------
        frame: checked rows. kinds: {column: kind}; numbers and categories are watched.
        p: (rows,) probability by models that did not see the row, so that later rows can be held against it.
        weight: (rows,), default ones. special: {column: values with a bin of their own each}.

        Raises
        ------
        DataError: a column holds infinities.
        """
        from casestudies.tabular.drift.tally import Tally

        weights = np.ones(len(frame)) if weight is None else np.asarray(weight, dtype=np.float64)
        apart = special or {}
        bins = []
        for name in (name for name in map(str, frame.columns) if kinds.get(name) in USABLE):
            if kinds[name] in NUMERIC:
                own = tuple(map(float, apart.get(name, ())))
                bins.append(Bins(name, _edges(finite(frame[name], name), weights, own), special=own))
            else:
                levels = _often(frame[name])
                bins.append(Bins(name, groups=tuple((level,) for level in levels)))
        score = None if p is None else Bins(SCORE, _edges(np.asarray(p, dtype=np.float64), weights, ()))
        empty = cls(tuple(map(_empty, bins)), None if score is None else _empty(score), 0, 0.0)
        tally = Tally(empty)
        tally.add(frame, p, weights)
        return empty.counted(tally)

    def counted(self, tally: Tally) -> Reference:
        """The same bins with the tally's rows: for a table that is read in pieces, with bins cut from some of them."""
        return replace(
            self,
            columns=tuple(replace(one, counts=tally.counts[one.column].copy()) for one in self.columns),
            score=None if self.score is None else replace(self.score, counts=tally.score.copy()),
            rows=tally.rows,
            effective=tally.effective,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `from_dict` gives the same drift."""
        return {
            "rows": self.rows,
            "effective": self.effective,
            "score": None if self.score is None else _told(self.score),
            "columns": [_told(one) for one in self.columns],
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Reference:
        """Raises KeyError, TypeError or ValueError for what is no reference."""
        score = None if told["score"] is None else _watched(told["score"])
        return cls(tuple(map(_watched, told["columns"])), score, int(told["rows"]), float(told["effective"]))


def _empty(bins: Bins) -> Watched:
    return Watched(bins, np.zeros(len(bins.labels)))


def _told(one: Watched) -> dict[str, Any]:
    return {"bins": one.bins.to_dict(), "counts": one.counts.tolist()}


def _watched(told: Mapping[str, Any]) -> Watched:
    bins, counts = Bins.from_dict(told["bins"]), np.asarray(told["counts"], dtype=np.float64)
    if counts.shape != (len(bins.labels),) or not (np.isfinite(counts) & (counts >= 0)).all():
        raise ValueError(f"the bins of {bins.column} and their rows do not fit")
    return Watched(bins, counts)


def _often(values: pd.Series) -> tuple[str, ...]:
    """The 50 most frequent levels with at least ten rows, in a stable order."""
    levels = Levels.of(values, least=_FEWEST).kept
    if len(levels) <= _LEVELS:
        return levels
    counts = values.astype("str").value_counts()
    most = sorted(levels, key=lambda level: -int(counts.get(level, 0)))[:_LEVELS]
    return tuple(level for level in levels if level in set(most))


def _edges(values: Floats, weight: Floats, special: Sequence[float]) -> tuple[float, ...]:
    """Where to cut a column of numbers: parts of equal weight, and a value that fills a part alone stands alone."""
    held = ~np.isnan(values) & ~np.isin(values, special) & (weight > 0)
    distinct, place = np.unique(values[held], return_inverse=True)
    if len(distinct) <= _PARTS:
        return tuple(distinct[1:].tolist())
    mass = np.bincount(place, weights=weight[held])
    mass = mass / mass.sum()
    cuts = np.searchsorted(np.cumsum(mass), np.arange(1, _PARTS) / _PARTS)
    after = np.flatnonzero(mass[:-1] >= 1 / _PARTS) + 1
    at = np.unique(np.concatenate([cuts, after]))
    edges = distinct[at[(at > 0) & (at < len(distinct))]]
    span = np.ptp(distinct[cuts])
    if span > 0:  # digits that people can read: a thousandth of the middle four fifths is fine enough
        edges = np.unique(np.round(edges, 3 - int(np.floor(np.log10(span)))))
    return tuple(edges.tolist())
