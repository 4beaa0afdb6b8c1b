"""Which view of a campaign's effect holds on customers it was not learnt from: one number for all, or one for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casestudies.models.uplift.bases import Base
from casestudies.models.uplift.campaign import Campaign
from casestudies.models.uplift.learners import TLearner, XLearner
from casestudies.models.uplift.learnt import CONSTANT, SHARE, LearntEffect, Part, basis_of, said

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Candidate:
    """One view of the effect.

    Parameters
    ----------
    name: "constant" (the same reduction for all), "share of leavers" (of those who would leave the same share stays), or
        a learner.
    level: how much it asks of the data: 0 = one number, then the learners in the order of their bases.
    loss: mean R-loss of a customer, held out. worse: loss less that of the best; error: its standard error.
    """

    name: str
    level: int
    loss: float
    worse: float
    error: float

    @property
    def one_number(self) -> bool:
        return self.level == 0


@dataclass(frozen=True, eq=False)
class Uplift:
    """What contacting changes, for the customers of the campaign and for others.

    Parameters
    ----------
    candidates: the simpler first; chosen: the simplest within one standard error of the best.
    without, with_: (rows,) chance of leaving if not contacted and if contacted, cross-fitted; without the chosen view.
    effect: (rows,) the reduction of the chance of leaving by contact, as the chosen view has it.
    error: (rows,) its standard error: of the mean effect among customers for whom the view says the same.
    scores: (rows,) an unbiased if noisy value of each customer's effect; means of them are mean effects.
    leaving: (rows,) the same of the chance of leaving if not contacted.
    learnt: what other customers are scored by.
    """

    candidates: tuple[Candidate, ...]
    chosen: Candidate
    without: Floats
    with_: Floats
    effect: Floats
    error: Floats
    scores: Floats
    leaving: Floats
    learnt: LearntEffect

    @property
    def line(self) -> tuple[float, ...]:
        """The numbers that tie the view to the campaign: (factor,), or (level, slope) of a learner."""
        return tuple(map(float, self.learnt.line))


def learn(campaign: Campaign, bases: Sequence[Base]) -> Uplift:
    """Learn the effect in every way, and take the simplest that is as good as the best on customers held out.

    How good a view is says its R-loss: what remains of who left, beyond what was expected of the customer, once the
    effect of being contacted more, or less, than was expected is taken away. Every view is first tied to the campaign by
    one number, or two (level and slope of a learner), fitted without the fold that judges.

    Parameters
    ----------
    bases: what learners stand on, the simpler first; that with the least log loss says what was expected.

    Source: Nie and Wager 2021, "Quasi-oracle estimation of heterogeneous treatment effects", Biometrika 108 (R-loss, its
    use in cross-validation, and lines over other learners, section 4.2); Schuler et al. 2018, arXiv 1804.05146 (the
    R-loss chose best among nine ways); scores: Robins, Rotnitzky and Zhao 1994, JASA 89 (augmented inverse propensity).
    """
    firsts = [TLearner(base).fit(campaign) for base in bases]
    learners: list[tuple[TLearner | XLearner, ...]] = [(one, XLearner(one).fit(campaign)) for one in firsts]
    nuisance = min(firsts, key=lambda first: _log_loss(first, campaign))
    views: list[tuple[str, int, TLearner | XLearner | None]] = [(CONSTANT, 0, None), (SHARE, 0, None)]
    views += [(one.name, level, one) for level, pair in enumerate(learners, 1) for one in pair]
    without = np.asarray(nuisance.without_)
    bases_of = {name: basis_of(name, without, None if one is None else one.effect_) for name, _, one in views}
    rows = _Residuals.of(campaign, nuisance)
    losses = {name: rows.losses(basis, without, campaign.folds) for name, basis in bases_of.items()}
    candidates = _compared([(name, level) for name, level, _ in views], losses, campaign)
    chosen = _simplest(candidates)
    line, covariance = rows.line(bases_of[chosen.name], np.ones(len(without), dtype=bool))
    effect, error = said(bases_of[chosen.name], line, covariance, without)
    learner = next(one for name, _, one in views if name == chosen.name)
    return Uplift(
        candidates,
        chosen,
        without,
        np.asarray(nuisance.with_),
        effect,
        error,
        *_scores(campaign, nuisance),
        LearntEffect(chosen.name, line, covariance, nuisance.of_others[0], *_of_others(learner)),
    )


def _of_others(learner: TLearner | XLearner | None) -> tuple[tuple[Part, ...], float | None]:
    """The parts of a learner, and the share contacted where they are weighed by it."""
    if learner is None:
        return (), None
    return learner.of_others, learner.share_ if isinstance(learner, XLearner) else None


@dataclass(frozen=True, eq=False)
class _Residuals:
    """(rows,) what remained of the outcome and of the contact once both were expected; and what weighs a row."""

    outcome: Floats
    contact: Floats
    weight: Floats
    group: NDArray[np.intp]

    @classmethod
    def of(cls, campaign: Campaign, nuisance: TLearner) -> _Residuals:
        e = campaign.propensity
        expected = e * nuisance.with_ + (1.0 - e) * nuisance.without_
        rows = len(campaign.y)
        group = np.arange(rows) if campaign.group is None else campaign.group
        return cls(campaign.y - expected, campaign.treated - e, campaign.weight, group)

    def line(self, basis: Floats, rows: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """The numbers that make least R-loss on some rows, and their covariance (sandwich, by group).

        A slope below 0 would turn a learner's order round. Held-out figures of pure noise lean to that side (rows left out
        of a mean pull it away from themselves), so it is noise, and the level alone is fitted.
        """
        if basis.shape[1] == 2:
            numbers, covariance = self._line(basis, rows)
            if numbers[1] >= 0:
                return numbers, covariance
            level, variance = self._line(basis[:, :1], rows)
            return np.append(level, 0.0), np.pad(variance, (0, 1))
        return self._line(basis, rows)

    def _line(self, basis: Floats, rows: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        moved = -self.contact[rows, None] * basis[rows]
        w = self.weight[rows, None]
        inverse = np.linalg.pinv(moved.T @ (w * moved))
        numbers = inverse @ (moved.T @ (w[:, 0] * self.outcome[rows]))
        left = self.outcome[rows] - moved @ numbers
        _, group = np.unique(self.group[rows], return_inverse=True)
        pulls = np.zeros((group.max() + 1, basis.shape[1]))
        np.add.at(pulls, group, w * moved * left[:, None])
        return numbers, inverse @ (pulls.T @ pulls) @ inverse

    def losses(self, basis: Floats, without: Floats, folds: NDArray[np.intp]) -> Floats:
        """(rows,) R-loss of each row by a line fitted without its fold."""
        out = np.empty(len(basis))
        for fold in np.unique(folds):
            held = folds == fold
            numbers, _ = self.line(basis, ~held)
            effect = np.minimum(basis[held] @ numbers, without[held])
            out[held] = (self.outcome[held] + self.contact[held] * effect) ** 2
        return out


def _compared(views: Sequence[tuple[str, int]], losses: dict[str, Floats], campaign: Campaign) -> tuple[Candidate, ...]:
    w = campaign.weight
    mean = {name: float(np.average(loss, weights=w)) for name, loss in losses.items()}
    best = min(mean, key=mean.__getitem__)
    group = np.arange(len(w)) if campaign.group is None else campaign.group
    out = []
    for name, level in views:
        apart = w * (losses[name] - losses[best] - (mean[name] - mean[best]))
        error = float(np.sqrt(np.square(np.bincount(group, weights=apart)).sum()) / w.sum())
        out.append(Candidate(name, level, mean[name], mean[name] - mean[best], error))
    return tuple(sorted(out, key=lambda one: (one.level, one.loss)))


def _simplest(candidates: Sequence[Candidate]) -> Candidate:
    """The simplest within one standard error of the best; of equally simple ones the better."""
    return next(one for one in candidates if one.worse <= one.error)


def _scores(campaign: Campaign, nuisance: TLearner) -> tuple[Floats, Floats]:
    """(rows,) doubly robust scores of the reduction by contact, and of leaving without it."""
    e, y, z = campaign.propensity, campaign.y, campaign.treated
    without = nuisance.without_ + np.where(z, 0.0, (y - nuisance.without_) / (1.0 - e))
    with_ = nuisance.with_ + np.where(z, (y - nuisance.with_) / e, 0.0)
    return without - with_, without


def _log_loss(first: TLearner, campaign: Campaign) -> float:
    p = np.clip(np.where(campaign.treated, first.with_, first.without_), 1e-12, 1.0 - 1e-12)
    return -float(np.average(np.log(np.where(campaign.y > 0, p, 1.0 - p)), weights=campaign.weight))
