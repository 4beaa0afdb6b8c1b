"""Uplift: whether an order of customers finds those whom the treatment changes, judged on a randomised past campaign.

Conventions differ between libraries (scikit-uplift issue 53, causalml issue 332), so ours are stated. Rows are ranked by the expected
effect, equal ones together; x is the share of all rows, treated or not, that stand above. The Qini curve is Radcliffe's:
outcomes of the treated less those of the others scaled to as many, here per treated row, so that it ends at the effect
of treating everybody. The random order is the straight line to that end, and nothing is divided by a perfect
order, which is known for outcomes of one kind only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casestudies.metrics.bootstrap import resamples
from casestudies.metrics.cases import Array, Case, Index, Mask, weights
from casestudies.metrics.intervals import Interval, percentile
from casestudies.rows import chosen

_UNDEFINED = "everybody or nobody was treated"


@dataclass(frozen=True, eq=False)
class UpliftCurve:
    """What treating the first rows of the order changes, all (points,), from nobody to everybody.

    Parameters
    ----------
    share: of rows treated, 0 to 1.
    qini: outcomes gained by it per row treated in the campaign: (R_t - R_c N_t / N_c) / N_t of all, with R the outcomes
        and N the rows above the point.
    gain: outcomes gained per row of everybody: share x difference of the two rates above the point.
    """

    share: Array
    qini: Array
    gain: Array


@dataclass(frozen=True)
class Uplift:
    """Both figures with intervals from resampled rows; see `qini` and `auuc`."""

    qini: Interval
    auuc: Interval


def qini(y: ArrayLike, effect: ArrayLike, treated: ArrayLike, weight: ArrayLike | None = None) -> float:
    """The area between the Qini curve of an order and that of a random one.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = what the treatment is to bring about (stayed).
    effect: (rows,) expected effect of treating the row, larger = earlier; any scale.
    treated: (rows,) bool, by chance.
    weight: (rows,) row weights, default ones; 1 / the chance of what was done where that differs between rows.

    Returns
    -------
    Outcomes per treated row: 0 = no better than chance, negative = worse; at most 1. nan where everybody or nobody was
    treated.

    Source: Radcliffe 2007, "Using control groups to target on predicted lift", and Radcliffe and Surry 2011, "Real-world
    uplift modelling with significance-based uplift trees", the unscaled measure Q, divided by the number of rows and of treated
    rows.
    """
    return _single(y, effect, treated, weight)[0]


def auuc(y: ArrayLike, effect: ArrayLike, treated: ArrayLike, weight: ArrayLike | None = None) -> float:
    """The area under the uplift curve: what treating the first x of the order gains, averaged over x.

    Parameters as for `qini`.

    Returns
    -------
    Outcomes per row; a random order has half the effect of treating everybody. nan as for `qini`.

    Source: Gutierrez and Gérardy 2017, "Causal inference and uplift modelling: a review of the literature", section 4.
    """
    return _single(y, effect, treated, weight)[1]


def uplift_curve(
    y: ArrayLike, effect: ArrayLike, treated: ArrayLike, weight: ArrayLike | None = None, points: int = 200
) -> UpliftCurve:
    """The two curves, at most `points` points evenly in the share of rows. Parameters as for `qini`."""
    trial = _Trial.of(y, effect, treated)
    own = weights(weight, trial.rows)
    share, qini_, gain = (values[0] for values in trial.curves(own[np.newaxis, :]))
    kept = np.arange(len(share))
    if len(share) > points:
        inner = np.searchsorted(share, np.linspace(0.0, share[-1], points)[1:-1])
        kept = np.unique(np.concatenate((inner, [0, len(share) - 1])))
    return UpliftCurve(share[kept], qini_[kept], gain[kept])


def uplift_intervals(
    y: ArrayLike,
    effect: ArrayLike,
    treated: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    groups: ArrayLike | None = None,
    rounds: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Uplift:
    """Qini coefficient and area under the uplift curve, each with its interval. Parameters as for `qini` and `bootstrap`.

    Raises
    ------
    DataError: arrays of unequal length, values that cannot be used, no rows.
    """
    trial = _Trial.of(y, effect, treated)
    own = weights(weight, trial.rows)
    values = trial.areas(own[np.newaxis, :])
    drawn = [trial.areas(chunk * own) for chunk in resamples(trial.rows, rounds, seed, groups)]
    draws = [np.concatenate(part) for part in zip(*drawn, strict=True)]
    return Uplift(*(percentile(float(v[0]), d, level, _UNDEFINED) for v, d in zip(values, draws, strict=True)))


@dataclass(frozen=True, eq=False)
class _Trial:
    """A randomised campaign in the order of an expected effect.

    Parameters
    ----------
    order: (rows,) row numbers, largest effect first. ends: (blocks,) one past the last place of equal effects.
    hit, treated: (rows,) bool in the order of the file.
    """

    order: Index
    ends: Index
    hit: Mask
    treated: Mask

    @classmethod
    def of(cls, y: ArrayLike, effect: ArrayLike, treated: ArrayLike) -> _Trial:
        case = Case.of(y, effect)
        ranking = case.ranking
        return cls(ranking.order, np.unique(ranking.block_end), case.event, chosen(treated, case.rows))

    @property
    def rows(self) -> int:
        return len(self.order)

    def curves(self, weight: Array) -> tuple[Array, Array, Array]:
        """(rounds, blocks + 1) each: share, Qini curve and gain, under `weight` (rounds, rows), from nobody on.

        Where no row of one group stands above a point yet, its outcomes count 0.
        """
        hit, treated = self.hit[self.order], self.treated[self.order]
        ahead = weight[:, self.order]
        n_t, n_c, r_t, r_c = (self._upto(ahead * mask) for mask in (treated, ~treated, treated & hit, ~treated & hit))
        total = (n_t + n_c)[:, -1:]
        with np.errstate(divide="ignore", invalid="ignore"):
            rate_c = np.where(n_c > 0, r_c / n_c, 0.0)
            rate_t = np.where(n_t > 0, r_t / n_t, 0.0)
            share = (n_t + n_c) / total
            qini_ = (r_t - rate_c * n_t) / n_t[:, -1:]
            gain = share * (rate_t - rate_c)
        unknown = (n_t[:, -1] <= 0) | (n_c[:, -1] <= 0)
        qini_[unknown], gain[unknown] = np.nan, np.nan
        return share, qini_, gain

    def areas(self, weight: Array) -> tuple[Array, Array]:
        """(rounds,) each: Qini coefficient and area under the uplift curve."""
        if not self.rows:
            return np.full(len(weight), np.nan), np.full(len(weight), np.nan)
        share, qini_, gain = self.curves(weight)
        under, area = (np.asarray(np.trapezoid(values, share, axis=1)) for values in (qini_, gain))
        return under - 0.5 * qini_[:, -1], area

    def _upto(self, ahead: Array) -> Array:
        """(rounds, blocks + 1) cumulated at the ends of the blocks, with 0 before the first."""
        return np.concatenate((np.zeros((len(ahead), 1)), np.cumsum(ahead, axis=1)[:, self.ends - 1]), axis=1)


def _single(y: ArrayLike, effect: ArrayLike, treated: ArrayLike, weight: ArrayLike | None) -> tuple[float, float]:
    trial = _Trial.of(y, effect, treated)
    own = weights(weight, trial.rows)
    qini_, area = trial.areas(own[np.newaxis, :])
    return float(qini_[0]), float(area[0])
