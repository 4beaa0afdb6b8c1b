"""T- and X-learner: what contacting changed for each customer, from those who were and those who were not contacted."""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from casestudies.models.uplift.bases import Base, Folded, Predict
from casestudies.models.uplift.campaign import Campaign
from casestudies.models.uplift.learnt import Part

Floats = NDArray[np.float64]


class TLearner(BaseEstimator):
    """Two models, one of each arm; the effect is the difference of what they say.

    Parameters
    ----------
    base: how the chance of leaving is learnt.

    Attributes
    ----------
    without_, with_: (rows,) each customer's chance of leaving if not contacted and if contacted, by models that have
        not seen the customer's fold, whichever arm the customer was in.
    effect_: (rows,) the reduction of that chance by contact; negative = contact drives away.

    Source: Künzel, Sekhon, Bickel and Yu 2019, "Metalearners for estimating heterogeneous treatment effects using
    machine learning", PNAS 116(10), equations 1 to 3.
    """

    def __init__(self, base: Base) -> None:
        self.base = base

    @property
    def name(self) -> str:
        return f"T-learner, {self.base.name}"

    def fit(self, campaign: Campaign) -> Self:
        """Learn both arms."""
        self.X_ = self.base.encoded(campaign.frame)
        self.arms_ = tuple(self._arm(campaign, arm) for arm in (~campaign.treated, campaign.treated))
        self.without_, self.with_ = (arm.held_out(self.X_, campaign.folds) for arm in self.arms_)
        self.effect_ = self.without_ - self.with_
        return self

    @property
    def of_others(self) -> tuple[Part, Part]:
        """What other customers are scored by: the chance of leaving if not contacted, and if contacted."""
        check_is_fitted(self, "arms_")
        without, with_ = (Part(self.base.encoder, arm.whole) for arm in self.arms_)
        return without, with_

    def effect(self, frame: pd.DataFrame) -> Floats:
        """(rows,) the reduction of the chance of leaving, for other customers than those learnt from."""
        without, with_ = (part(frame) for part in self.of_others)
        return without - with_

    def _arm(self, campaign: Campaign, arm: NDArray[np.bool_]) -> Folded:
        return self.base.chances(self.X_[arm], campaign.y[arm], campaign.weight[arm], campaign.folds[arm])


class XLearner(BaseEstimator):
    """The effect on each customer is imputed from the other arm's model, then learnt itself.

    A contacted customer's effect is what the model of the others expected less what happened, and the other way about;
    each arm's imputed effects are learnt from the columns, and the two answers are weighed by the chance of contact, so
    that the answer learnt in the smaller arm with the help of the larger arm's better model counts most.

    Parameters
    ----------
    first: a T-learner fitted on the same campaign; its base learns the imputed effects too.

    Attributes
    ----------
    effect_: (rows,) as of `TLearner`, by models of both stages that have not seen the customer's fold.

    Source: Künzel et al. 2019, equations 6 to 9, with the propensity as g.
    """

    def __init__(self, first: TLearner) -> None:
        self.first = first

    @property
    def name(self) -> str:
        return f"X-learner, {self.first.base.name}"

    def fit(self, campaign: Campaign) -> Self:
        """Learn the imputed effects of both arms."""
        X, treated, y = self.first.X_, campaign.treated, campaign.y
        control, contacted = self.first.arms_
        self.of_treated_ = self._stage(campaign, treated, [m(X[treated]) - y[treated] for m in _models(control)])
        self.of_control_ = self._stage(campaign, ~treated, [y[~treated] - m(X[~treated]) for m in _models(contacted)])
        self.share_ = float(np.average(campaign.propensity, weights=campaign.weight))
        of_control, of_treated = (side.held_out(X, campaign.folds) for side in (self.of_control_, self.of_treated_))
        self.effect_ = _weighed(of_control, of_treated, campaign.propensity)
        return self

    @property
    def of_others(self) -> tuple[Part, Part]:
        """What other customers are scored by: the effect learnt from the control group, and from the contacted."""
        check_is_fitted(self, "of_treated_")
        encoder = self.first.base.encoder
        return Part(encoder, self.of_control_.whole), Part(encoder, self.of_treated_.whole)

    def effect(self, frame: pd.DataFrame) -> Floats:
        """As of `TLearner`; customers outside the campaign count as contacted with its mean chance."""
        of_control, of_treated = (part(frame) for part in self.of_others)
        return _weighed(of_control, of_treated, np.full(len(frame), self.share_))

    def _stage(self, campaign: Campaign, arm: NDArray[np.bool_], imputed: list[Floats]) -> Folded:
        return self.first.base.amounts(self.first.X_[arm], imputed, campaign.weight[arm], campaign.folds[arm])


def _models(arm: Folded) -> list[Predict]:
    """Those without each fold, then that of all rows."""
    return [*arm.without, arm.whole]


def _weighed(of_control: Floats, of_treated: Floats, propensity: Floats) -> Floats:
    return propensity * of_control + (1.0 - propensity) * of_treated
