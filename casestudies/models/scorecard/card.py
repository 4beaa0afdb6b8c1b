"""The card itself: one fitted binning table that is printed, plotted, exported and scored."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import ConfigError, shown
from casestudies.tabular.binning import is_number
from casestudies.tabular.bins import Binned, Bins, PairBins

Floats = NDArray[np.float64]

_LEAST, _MOST = 1e-9, 1e9  # beyond them a score has no digits left for what the bins add
_USUAL = "write pdo 20, odds 50 and points 600, say"


@dataclass(frozen=True)
class Scaling:
    """How log-odds become points: `points` at `odds` good for one bad, and `pdo` more for odds twice as good.

    Raises
    ------
    ConfigError: `pdo` or `odds` is not above 0, or a number is so large or small that points would say nothing.
    """

    pdo: float = 20.0
    odds: float = 50.0
    points: float = 600.0

    def __post_init__(self) -> None:
        for key in ("pdo", "odds", "points"):
            if not is_number(getattr(self, key)):
                raise ConfigError(f"{shown(getattr(self, key))} is no number", where=key, advice=_USUAL)
        for key in ("pdo", "odds"):
            if not getattr(self, key) > 0:
                raise ConfigError(f"{getattr(self, key):g} is not above 0", where=key, advice=_USUAL)
        for key, least in (("pdo", _LEAST), ("odds", _LEAST), ("points", 0.0)):
            if not least <= abs(getattr(self, key)) <= _MOST:
                raise ConfigError(f"{getattr(self, key):g} is no scale to read points on", where=key, advice=_USUAL)

    @property
    def factor(self) -> float:
        """Points for each unit of log-odds."""
        return self.pdo / math.log(2.0)

    @property
    def offset(self) -> float:
        """Points at even odds."""
        return self.points - self.factor * math.log(self.odds)

    def score(self, margin: Floats) -> Floats:
        """Points of log-odds of the event: more points, less risk."""
        return self.offset - self.factor * margin

    def margin(self, score: Floats) -> Floats:
        """Log-odds of the event that a score stands for."""
        return (self.offset - score) / self.factor


@dataclass(frozen=True, eq=False)
class Characteristic:
    """One column of the card (or a pair of columns) with its bins.

    Parameters
    ----------
    bins: how cells fall into bins.
    rows, events: (bins,) weighed training rows, and events among them; 0 in a bin that training never met.
    margin: (bins,) log-odds of the event that the bin adds, as fitted; their mean over the training rows is 0, and a
        bin that training never met has 0: it says nothing.
    points: (bins,) what the bin earns: the affine of `margin`, or whole numbers near it. The least is 0.
    """

    bins: Binned
    rows: Floats
    events: Floats
    margin: Floats
    points: Floats

    @property
    def name(self) -> str:
        return " x ".join(self.bins.columns)

    @property
    def mean(self) -> float:
        """Points of the mean training row."""
        return float(self.rows @ self.points / self.rows.sum())


@dataclass(frozen=True, eq=False)
class Card:
    """Points for each bin of each characteristic, and a base; their sum is the score.

    The probability is that of the score: what is printed is what decides, also after rounding to whole points.

    Parameters
    ----------
    characteristics: in the order of their weight, the widest span of points first.
    intercept: log-odds of the event before any bin speaks, as fitted.
    base: points everybody starts with.
    scaling: from points to log-odds.
    whole: points are whole numbers.
    """

    characteristics: tuple[Characteristic, ...]
    intercept: float
    base: float
    scaling: Scaling
    whole: bool

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The source columns the card reads, each once."""
        return tuple(dict.fromkeys(name for one in self.characteristics for name in one.bins.columns))

    def codes(self, frame: pd.DataFrame) -> NDArray[np.intp]:
        """(rows, characteristics) the bin of each row in each characteristic."""
        out = np.empty((len(frame), len(self.characteristics)), dtype=np.intp, order="F")  # written column by column
        for place, one in enumerate(self.characteristics):
            out[:, place] = one.bins.codes(frame)
        return out

    def points(self, codes: NDArray[np.intp]) -> Floats:
        """(rows, characteristics) points earned in each characteristic."""
        out = np.empty(codes.shape)
        for place, one in enumerate(self.characteristics):
            out[:, place] = one.points[codes[:, place]]
        return out

    def score(self, codes: NDArray[np.intp]) -> Floats:
        """(rows,) points."""
        total = np.full(len(codes), self.base)
        for place, one in enumerate(self.characteristics):
            total += one.points[codes[:, place]]
        return total

    def margin(self, codes: NDArray[np.intp]) -> Floats:
        """(rows,) log-odds of the event that the points stand for."""
        return self.scaling.margin(self.score(codes))

    def fitted_margin(self, codes: NDArray[np.intp]) -> Floats:
        """(rows,) log-odds of the event before points were rounded."""
        total = np.full(len(codes), self.intercept)
        for place, one in enumerate(self.characteristics):
            total += one.margin[codes[:, place]]
        return total

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `from_dict` gives the same scores bit for bit."""
        return {
            "scaling": asdict(self.scaling),
            "intercept": self.intercept,
            "base": self.base,
            "whole": self.whole,
            "characteristics": [
                {
                    "pair": len(one.bins.columns) > 1,
                    "bins": one.bins.to_dict(),
                    **{key: getattr(one, key).tolist() for key in ("rows", "events", "margin", "points")},
                }
                for one in self.characteristics
            ],
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Card:
        """Raises KeyError, TypeError or ValueError for what is not a card."""
        characteristics = []
        for entry in told["characteristics"]:
            bins = PairBins.from_dict(entry["bins"]) if entry["pair"] else Bins.from_dict(entry["bins"])
            arrays = [np.asarray(entry[key], dtype=np.float64) for key in ("rows", "events", "margin", "points")]
            if any(array.shape != (len(bins.labels),) or not np.isfinite(array).all() for array in arrays):
                raise ValueError(f"the bins of {' x '.join(bins.columns)} and their points do not fit")
            characteristics.append(Characteristic(bins, *arrays))
        scaling = Scaling(**told["scaling"])
        return cls(tuple(characteristics), float(told["intercept"]), float(told["base"]), scaling, bool(told["whole"]))


def pointed(
    parts: list[tuple[Binned, Floats, Floats, Floats]], intercept: float, scaling: Scaling, whole: bool
) -> Card:
    """The card of fitted log-odds.

    Every characteristic's worst bin earns 0 points and the base takes the rest, so that all points are gains and the
    points lost against the best can be read off.

    Parameters
    ----------
    parts: bins, rows, events and margin of each characteristic, as in `Characteristic`.
    whole: round points and base; the score is then at most (characteristics + 1) / 2 points from the exact one.
    """
    base = scaling.offset - scaling.factor * intercept
    characteristics = []
    for bins, rows, events, margin in parts:
        worst = margin.max()
        points = scaling.factor * (worst - margin)
        base -= scaling.factor * worst
        characteristics.append(Characteristic(bins, rows, events, margin, np.rint(points) if whole else points))
    characteristics.sort(key=lambda one: (-np.ptp(one.margin), one.name))
    return Card(tuple(characteristics), intercept, float(np.rint(base)) if whole else base, scaling, whole)
