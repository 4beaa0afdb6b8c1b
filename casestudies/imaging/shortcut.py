"""Shortcuts: whether the disease could be told from where an image comes from, and whether the score does so.

A shortcut is there to be learnt where the disease is commoner in some groups of the training patients. It is used where,
besides, judged patients of the same class score higher in those groups. Differences of score alone have other reasons:
harder images at a site move the scores of its diseased and of its healthy towards each other, whichever site had more
disease.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.str_]
_ROUNDS = 1999


@dataclass(frozen=True)
class Shortcut:
    """Permutation tests of one column; p values of (exceeding + 1) / (rounds + 1).

    Parameters
    ----------
    learnable: the disease is as common in all groups of the training patients.
    leans: among judged patients of one class, scores do not rise with how common the disease was in the patient's group.
    depends: among judged patients of one class, groups do not differ in score at all, whatever the direction.
    shift: how many standard deviations of a class's scores go with one unit of a group's training log-odds.
    """

    learnable: float
    leans: float
    depends: float
    shift: float

    def there(self, level: float) -> bool:
        """Whether the groups of the training patients say something of the disease."""
        return self.learnable <= level

    def used(self, level: float) -> bool:
        return self.there(level) and self.leans <= level


def shortcut(
    train: tuple[NDArray[np.int8], Labels], judged: tuple[NDArray[np.int8], Labels], score: Floats, seed: int
) -> Shortcut:
    """Three permutation tests, patients permuted; in judged patients within their class.

    Parameters
    ----------
    train: (patients,) label 0/1 and group of the training patients. judged: the same of the judged patients.
    score: (judged patients,) any scale, larger = more likely diseased.

    Source: Good 2005, "Permutation, parametric and bootstrap tests of hypotheses", section 3.2 (within strata).
    """
    generator = np.random.default_rng(seed)
    names = np.unique(np.concatenate([train[1], judged[1]]))
    before, now = np.searchsorted(names, train[1]), np.searchsorted(names, judged[1])
    sick = train[0].astype(np.float64)
    shuffled = generator.permuted(np.tile(sick, (_ROUNDS, 1)), axis=1)
    learnable = _p(
        _spread(sick[None, :] - sick.mean(), before, len(names)), _spread(shuffled - sick.mean(), before, len(names))
    )
    lean = _log_odds(sick, before, len(names))
    standard = np.zeros(len(score))
    shuffles = np.tile(np.arange(len(score)), (_ROUNDS, 1))
    against = np.zeros(len(score))
    for label in (0, 1):
        rows = np.flatnonzero(judged[0] == label)
        if len(rows) < 2:
            continue
        own = score[rows]
        standard[rows] = (own - own.mean()) / (own.std() or 1.0)
        against[rows] = lean[now[rows]] - lean[now[rows]].mean()
        shuffles[:, rows] = generator.permuted(np.tile(rows, (_ROUNDS, 1)), axis=1)
    drawn = standard[shuffles]
    spread = float(against @ against)
    leans = _p(standard[None, :] @ against, drawn @ against)
    depends = _p(_spread(standard[None, :], now, len(names)), _spread(drawn, now, len(names)))
    return Shortcut(learnable, leans, depends, float(standard @ against) / spread if spread > 0 else 0.0)


def _log_odds(sick: Floats, group: NDArray[np.intp], groups: int) -> Floats:
    """(groups,) of the disease in training, half a patient of each kind added; 0 for groups that were not there."""
    with_it, rows = np.bincount(group, sick, groups), np.bincount(group, minlength=groups)
    overall = np.log((sick.sum() + 0.5) / (len(sick) - sick.sum() + 0.5))
    return np.where(rows > 0, np.log((with_it + 0.5) / (rows - with_it + 0.5)) - overall, 0.0)


def _spread(values: Floats, group: NDArray[np.intp], groups: int) -> Floats:
    """(rounds,) sum of squares between groups of (rounds, rows) values of mean 0."""
    member = np.zeros((len(group), groups))
    member[np.arange(len(group)), group] = 1.0
    rows = member.sum(axis=0)
    return np.asarray((np.square(values @ member)[:, rows > 0] / rows[rows > 0]).sum(axis=1))


def _p(seen: Floats, drawn: Floats) -> float:
    """Upper tail; draws that only rounding keeps below what was seen count."""
    return float((1 + np.sum(drawn >= seen[0] - 1e-9 * max(abs(seen[0]), 1.0))) / (len(drawn) + 1))
