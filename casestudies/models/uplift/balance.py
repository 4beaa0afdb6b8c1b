"""Was a past campaign really sent at random? What its two groups have in common says so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from casestudies.metrics import auc
from casestudies.models.uplift.bases import Linear
from casestudies.models.uplift.campaign import Campaign
from casestudies.tabular.differences import Difference, differences
from casestudies.tabular.encode import Encoder

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ROUNDS = 199  # draws of who is contacted; with the one seen they make p values of whole half per cents
SMALL = 0.01  # p value under which chance is no explanation
LARGE = 0.1  # standardised difference that matters (Austin 2009, section 4)
_MOST = 10_000  # rows drawn for the test: 199 draws of 10,000 x 40 take 0.5 s
_RIDGE = 0.01  # of the rows' weight, on standardised columns


@dataclass(frozen=True, eq=False)
class Balance:
    """How alike the contacted and the others are.

    Parameters
    ----------
    columns: the standardised difference of each column, contacted minus others, the largest first.
    auc: how well the columns tell who was contacted, on rows held out; 0.5 = not at all.
    usual: the AUC that 95 of 100 random campaigns stay under.
    p_value: how often a random campaign looks as little random as this one.
    """

    columns: tuple[Difference, ...]
    auc: float
    usual: float
    p_value: float

    @property
    def apart(self) -> tuple[Difference, ...]:
        """Columns in which the groups differ by more than matters and more than chance explains."""
        return tuple(one for one in self.columns if one.clear and abs(one.difference) > LARGE)

    @property
    def random(self) -> bool:
        """Whether nothing speaks against a random campaign."""
        return self.p_value >= SMALL and not self.apart


def balance(campaign: Campaign, seed: int) -> Balance:
    """Compare the two groups column by column, and by a model that tries to tell them apart.

    The model is linear (ridge regression of who was contacted on all columns) and judged on folds it has not seen. How
    well it does by chance is found by doing all of it again for campaigns drawn anew: the contacted are mixed among the
    rows (whole groups, where all rows of a group had the same), or drawn from the known chances where these differ.

    Source: Gagnon-Bartsch and Shem-Tov 2019, "The classification permutation test", Annals of Applied Statistics 13.
    """
    inverse = campaign.weight / np.where(campaign.treated, campaign.propensity, 1.0 - campaign.propensity)
    columns = differences(campaign.frame, inverse, campaign.treated, ~campaign.treated)
    random = np.random.default_rng([seed, 51])
    rows = np.flatnonzero(campaign.weight > 0)
    if len(rows) > _MOST:
        rows = np.sort(random.choice(rows, _MOST, replace=False))
    part = campaign.take(rows)
    X = Encoder(part.kinds, log=True).fit_transform(part.frame)
    drawn = np.column_stack([part.treated.astype(float), *(_drawn(part, random) for _ in range(ROUNDS))])
    scores = _held_out(np.asarray(X), drawn - part.propensity[:, None], part.weight, part.folds)
    area = np.array([auc(z, s, part.weight) for z, s in zip(drawn.T, scores.T, strict=True)])
    usual = area[1:][np.isfinite(area[1:])]
    p_value = (1 + int((usual >= area[0]).sum())) / (1 + len(usual))
    return Balance(tuple(columns), float(area[0]), float(np.quantile(usual, 0.95)), p_value)


def _drawn(part: Campaign, random: np.random.Generator) -> Floats:
    """(rows,) who would have been contacted in another campaign of the same kind."""
    if np.ptp(part.propensity) > 0:
        return (random.random(len(part.treated)) < part.propensity).astype(float)
    if part.group is not None:
        _, first, group = np.unique(part.group, return_index=True, return_inverse=True)
        of_group = part.treated[first]
        if (of_group[group] == part.treated).all():
            return random.permutation(of_group)[group].astype(float)
    return random.permutation(part.treated).astype(float)


def _held_out(X: Floats, labels: Floats, weight: Floats, folds: NDArray[np.intp]) -> Floats:
    """(rows, labels) what ridge regressions that have not seen a row's fold make of it, all labels in one solve."""
    X = X - np.average(X, axis=0, weights=weight)
    out = np.empty_like(labels)
    for fold in np.unique(folds):
        held = folds == fold
        seen, w = X[~held], weight[~held, None]
        gram = seen.T @ (w * seen) + _RIDGE * w.sum() * np.eye(X.shape[1])
        out[held] = X[held] @ cho_solve(cho_factor(gram), seen.T @ (w * labels[~held]))
    return out


def propensities(campaign: Campaign) -> Floats:
    """(rows,) the chance of having been contacted as the columns tell it, cross-fitted; for a campaign that was not random.

    Held between 0.02 and 0.98: beyond, one row would speak for fifty.
    """
    base = Linear(campaign.kinds)
    X = base.encoded(campaign.frame)
    fitted = base.chances(X, campaign.treated.astype(float), campaign.weight, campaign.folds)
    return np.clip(fitted.held_out(X, campaign.folds), 0.02, 0.98)
