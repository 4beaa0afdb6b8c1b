"""Score bands: the rows from the riskiest to the safest in a few groups, and what a cut between two of them would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from casestudies.decisions.costs import Costs
from casestudies.decisions.cuts import Prefixes
from casestudies.errors import ConfigError, DataError
from casestudies.rows import Array, outcomes, scores, weights


@dataclass(frozen=True)
class Band:
    """Rows with above < score <= upto, and what is true of them and all riskier ones. Rates are nan where no row is.

    Parameters
    ----------
    above, upto: ends on the scale of the score; -inf and inf at the ends of the scale.
    rows: counted. weight, events: summed row weights, of all rows and of those with the event.
    share: of all weight.
    score: mean score; what was expected, where the score is a probability.
    event_rate: what came. odds: weight without the event for each with it; inf where none has it.
    reached, caught: share of all rows, and of all events, in this band and the riskier ones: what acting on these is.
    rest_rate, rest_score: event rate and mean score of the safer bands: of the rows left alone by a cut at `above`.
    cost: total cost of a cut at `above`, currency of the costs; None without costs.
    broken: None, unless this band has a lower event rate than the next safer one; then how often chance alone would
        turn two equal rates round as far (one-sided).
    """

    above: float
    upto: float
    rows: int
    weight: float
    events: float
    share: float
    score: float
    event_rate: float
    odds: float
    reached: float
    caught: float
    rest_rate: float
    rest_score: float
    cost: float | None
    broken: float | None

    @property
    def rest(self) -> float:
        """Share of all rows that a cut at `above` leaves alone (credit: the approval rate)."""
        return 1.0 - self.reached


def score_bands(
    y: ArrayLike,
    p: ArrayLike,
    costs: Costs | None = None,
    weight: ArrayLike | None = None,
    *,
    count: int = 10,
    edges: Sequence[float] | None = None,
) -> tuple[Band, ...]:
    """The band table, the riskiest band first.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    p: (rows,) score, larger = riskier; any monotone scale.
    costs: of the same rows.
    weight: (rows,) row weights, default ones.
    count: bands of as nearly equal weight as ties allow; equal scores share a band, so there may be fewer.
    edges: inner ends of the bands instead, on the scale of `p`, in any order; a band without rows is kept.

    Raises
    ------
    DataError: there are no rows, or none has weight.
    ConfigError: `count` is below 2, or an edge is not finite.

    Source of the test for breaks: two proportions with pooled variance, Agresti 2013, "Categorical data analysis",
    section 3.1; with row weights each band counts its effective rows (Kish 1965, "Survey sampling", section 11.7).
    """
    event = outcomes(y)
    rows = len(event)
    score = scores(p, rows)
    given = weights(weight, rows)
    w = np.ones(rows) if given is None else given
    if not (rows and w.sum() > 0):
        raise DataError("there are no rows to put into bands", advice="use more rows")
    inner = _equal(score, w, count) if edges is None else _given(edges)
    place = len(inner) - np.searchsorted(inner, score, side="left")  # 0 = above the highest edge

    def per_band(values: Array | None = None) -> Array:
        return np.bincount(place, values, len(inner) + 1).astype(np.float64)

    mass, events, moment = per_band(w), per_band(w * event), per_band(w * score)
    mean, rate = _ratio(moment, mass), _ratio(events, mass)
    rest_score, rest_rate = (_ratio(_behind(values), _behind(mass)) for values in (moment, events))
    reached, caught = (
        np.cumsum(values) / values.sum() if values.any() else values + np.nan for values in (mass, events)
    )
    broken = _breaks(rate, _ratio(mass**2, per_band(w**2)))
    cost = None if costs is None else (w @ costs.base(y)) + np.cumsum(per_band(w * costs.slope(y)))
    ends = [np.inf, *inner[::-1].tolist(), -np.inf]
    return tuple(
        Band(
            above=ends[i + 1],
            upto=ends[i],
            rows=int(np.count_nonzero(place == i)),
            weight=float(mass[i]),
            events=float(events[i]),
            share=float(mass[i] / mass.sum()),
            score=float(mean[i]),
            event_rate=float(rate[i]),
            odds=float((mass[i] - events[i]) / events[i]) if events[i] > 0 else np.inf if mass[i] > 0 else np.nan,
            reached=float(reached[i]),
            caught=float(caught[i]),
            rest_rate=float(rest_rate[i]),
            rest_score=float(rest_score[i]),
            cost=None if cost is None else float(cost[i]),
            broken=broken[i],
        )
        for i in range(len(mass))
    )


def _equal(score: Array, weight: Array, count: int) -> Array:
    """Ascending inner edges of bands of nearly equal weight: the possible cuts nearest to the wanted shares."""
    if count < 2:
        raise ConfigError(f"{count} is not a number of bands", where="bands.count", advice="write 10, say")
    prefixes = Prefixes.of(score)
    reached = prefixes.cumulated(weight)
    share = reached / reached[-1]  # not the sum of the weights, whose last digit may differ: the last share is 1
    wanted = np.arange(1, count) / count
    after = np.searchsorted(share, wanted).clip(1, len(share) - 1)
    nearest = np.where(wanted - share[after - 1] < share[after] - wanted, after - 1, after)
    held, first = np.unique(share[nearest], return_index=True)
    inside = (held > 0) & (held < 1)  # a cut at either end would leave a band without weight
    return np.sort(prefixes.thresholds(nearest[first[inside]]))


def _given(edges: Sequence[float]) -> Array:
    inner = np.unique(np.asarray(edges, dtype=np.float64))
    if not (inner.size and np.isfinite(inner).all()):
        raise ConfigError("edges are one or more finite numbers", where="bands.edges", advice="write [0.05, 0.1, 0.2]")
    return inner


def _breaks(rate: Array, effective: Array) -> list[float | None]:
    """For each band that is safer than the next safer one, how often chance alone would do that."""
    out: list[float | None] = [None] * len(rate)
    for i in np.flatnonzero(rate[:-1] < rate[1:]):
        a, b = effective[i], effective[i + 1]
        pooled = (a * rate[i] + b * rate[i + 1]) / (a + b)
        error = float(np.sqrt(pooled * (1.0 - pooled) * (1.0 / a + 1.0 / b)))
        # one rate is 0 and the other 1 only where each band is pure: the pooled rate is then still inside 0 to 1
        out[int(i)] = NormalDist().cdf(float(rate[i] - rate[i + 1]) / error)
    return out


def _behind(values: Array) -> Array:
    """(bands,) the sum over the safer bands; summed from their side, so that nothing is left behind the last."""
    return np.append(np.cumsum(values[::-1])[::-1][1:], 0.0)


def _ratio(top: Array, bottom: Array) -> Array:
    """top / bottom where bottom is positive, else nan."""
    return np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0)
