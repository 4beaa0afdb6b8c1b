"""The learning curve of the last layer: heads fitted on nested shares of the training patients, judged on the same images.

Nothing is trained here: the features are those of networks that learnt from all training patients, so a share knows more
than it could alone. The curve says what more patients would do for the head; a network trained on fewer would be worse than
its left end, and one trained on more may be better than its right end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from casestudies.imaging.decision import Decision
from casestudies.imaging.figures import costs_of
from casestudies.imaging.films import UNKNOWN
from casestudies.imaging.fitting import BOTH
from casestudies.imaging.heads.head import fit_head
from casestudies.imaging.heads.linear import Floats
from casestudies.metrics.auc import auc
from casestudies.workflow.doubling import ROUNDS, Measured, Resampling, curve_told
from casestudies.workflow.shares import DRAWS, SHARES, kept

if TYPE_CHECKING:
    from casestudies.imaging.conduct import Work

Rows = NDArray[np.intp]

LEAST = 8  # patients with the disease, and without, that the smallest share must hold


def learning_told(work: Work) -> dict[str, Any]:
    """analysis/learning.json: log loss and cost of test images; see `curve_told`, "rows" are images, "patients" theirs."""
    films, settings = work.films, work.settings
    unit, diseased = films.units[work.parts.train], films.label[work.parts.train] == 1
    sick = len(np.unique(unit[diseased]))
    fewest = min(sick, len(np.unique(unit)) - sick)
    if SHARES[0] * fewest < LEAST:
        return {"none": f"too few to say: {fewest:,} training patients of the rarer kind do not make shares of {LEAST}"}
    test = work.parts.test[films.label[work.parts.test] != UNKNOWN]
    y = films.label[test].astype(np.float64)
    costs = costs_of(settings.decide, len(test))
    points, losses, spent = [], [], []
    for share, draws in zip(SHARES, DRAWS, strict=True):
        work.step(SHARES.index(share) / len(SHARES), f"the head on {100 * share:g} % of the training patients")
        parts = [kept(unit, diseased, share, (settings.seed, draw)) for draw in range(draws)]
        judged = [_judged(work, work.parts.train[part]) for part in parts]
        losses.append(np.stack([_surprise(y, p[test]) for _, p in judged]))
        spent.append(np.stack([costs.base(y) + costs.slope(y) * decision.act(p[test]) for decision, p in judged]))
        own = [
            _surprise(films.label[rows].astype(np.float64), p[rows]).mean()
            for (_, p), rows in zip(judged, (work.parts.train[part] for part in parts), strict=True)
        ]
        points.append({
            "share": share,
            "rows": float(np.mean([len(part) for part in parts])),
            "patients": float(np.mean([len(np.unique(unit[part])) for part in parts])),
            "draws": draws,
            "own": float(np.mean(own)),
            "auc": float(np.mean([auc(y, p[test]) for _, p in judged])),
        })  # fmt: skip
    how = Resampling(min(ROUNDS, settings.interval.rounds), settings.interval.level, settings.seed)
    ones, group = np.ones(len(test)), films.units[test]
    figures = {"log_loss": Measured(losses, ones, group), "cost": Measured(spent, ones, group, best=None)}
    guess = float(_surprise(y, np.full(len(y), y.mean())).mean())
    return {"by": "patient", "judged": len(test), **curve_told(points, figures, guess, how)}


def _judged(work: Work, train: Rows) -> tuple[Decision, Floats]:
    """Heads on some of the training images, and (images,) the calibrated probability of all; ridge, temperature and cut by validation."""
    films, settings, parts = work.films, work.settings, work.parts
    history = films.table[list(films.history)] if work.fitted.champion == BOTH else None
    logits = np.mean(
        [
            fit_head(
                features, history, films.label, films.patient, train, parts.validation, settings.head, settings.seed
            ).logits(features, films.table)
            for features in work.fitted.features
        ],
        axis=0,
    )
    held = parts.validation[films.label[parts.validation] != UNKNOWN]
    decision = Decision.learnt(logits[held], films.label[held], films.patient[held], settings.decide)
    return decision, decision.probability(logits)


def _surprise(y: Floats, p: Floats) -> Floats:
    """(images,) log loss."""
    sure = np.clip(p, 1e-15, 1 - 1e-15)
    return -np.log(np.where(y > 0, sure, 1 - sure))
