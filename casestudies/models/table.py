"""A model for a table of mixed columns: encoder, estimator and calibration as one value that saves without a pickle."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import RunError
from casestudies.models.boosting import BoostedTrees
from casestudies.models.calibration import Calibrator
from casestudies.models.carded import CardBins, CardPoints
from casestudies.models.linear import LogisticRegression
from casestudies.models.objectives import LossTrees
from casestudies.models.scorecard.card import Card
from casestudies.tabular import Problem
from casestudies.tabular.codes import CategoryCodes
from casestudies.tabular.engineer import FeatureEncoder

Floats = NDArray[np.float64]
Kind = Literal["scorecard", "logistic", "lightgbm"]

_FORMAT = 1
_CARD, _COEFFICIENTS, _TREES, _LOSS_TREES = "card.json", "coefficients.npz", "trees.txt", "loss-trees.txt"


@dataclass(frozen=True, eq=False)
class TableModel:
    """From a checked frame to the probability of the event.

    Parameters
    ----------
    kind: which estimator.
    encoder: from source columns to the estimator's matrix.
    estimator: fitted; its `decision_function` gives log-odds.
    calibrator: from log-odds to probability.
    centre: (encoded columns,) means of the training matrix, the background of a linear explanation; None for the others.
    decides: the margin was taught what is at stake: above 0 acting pays. It is no log-odds of the event before it is
        calibrated.
    """

    kind: Kind
    encoder: FeatureEncoder | CategoryCodes | CardBins
    estimator: LogisticRegression | BoostedTrees | LossTrees | CardPoints
    calibrator: Calibrator
    centre: Floats | None = None
    decides: bool = False

    @classmethod
    def of_card(cls, card: Card, calibrator: Calibrator) -> Self:
        return cls("scorecard", CardBins(card), CardPoints(card), calibrator)

    @property
    def columns(self) -> list[str]:
        """The source columns the model reads, in the order of its encoder."""
        return self.encoder.columns

    def matrix(self, frame: pd.DataFrame) -> Floats:
        """(rows, encoded columns) what the estimator reads."""
        return np.asarray(self.encoder.transform(frame))

    def margin(self, frame: pd.DataFrame) -> Floats:
        """(rows,) log-odds of the event, before calibration; what explanations take apart."""
        return np.asarray(self.estimator.decision_function(self.matrix(frame)))

    def probability(self, frame: pd.DataFrame) -> Floats:
        """(rows,) calibrated probability of the event."""
        return self.calibrator.probability(self.margin(frame))

    @property
    def card(self) -> Card | None:
        """The scorecard, where the model is one."""
        return self.encoder.card if isinstance(self.encoder, CardBins) else None

    def unfamiliar(self, frame: pd.DataFrame) -> list[Problem]:
        """What new rows hold that training did not: levels, gaps, columns to spare."""
        return self.encoder.unfamiliar(frame)

    def calibrated(self, calibrator: Calibrator) -> Self:
        return replace(self, calibrator=calibrator)

    def files(self) -> dict[str, bytes]:
        """The model as files of open formats, by name; `from_files` gives the same predictions bit for bit."""
        card: dict[str, Any] = {
            "format": _FORMAT,
            "kind": self.kind,
            "encoder": self.encoder.to_dict(),
            "calibrator": self.calibrator.to_dict(),
            **({"decides": True} if self.decides else {}),
        }
        rest: dict[str, bytes] = {}
        if isinstance(self.estimator, LossTrees):
            rest = {_LOSS_TREES: self.estimator.to_text().encode()}
        elif isinstance(self.estimator, BoostedTrees):
            rest = {_TREES: self.estimator.to_text().encode()}
        elif isinstance(self.estimator, LogisticRegression):
            arrays = io.BytesIO()
            np.savez(
                arrays, coef=self.estimator.coef_[0], intercept=self.estimator.intercept_, centre=_given(self.centre)
            )
            rest = {_COEFFICIENTS: arrays.getvalue()}
        return {_CARD: (json.dumps(card, indent=1) + "\n").encode(), **rest}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The model that `files` wrote.

        Raises
        ------
        RunError: a file is missing or not of this format.
        """
        try:
            card = json.loads(files[_CARD])
            if card["format"] != _FORMAT:
                raise RunError(
                    f"format {card['format']} of the saved model is not known", advice="use the version that made it"
                )
            calibrator, decides = Calibrator.from_dict(card["calibrator"]), bool(card.get("decides", False))
            if card["kind"] == "lightgbm":
                trees: BoostedTrees | LossTrees = (
                    LossTrees.from_text(files[_LOSS_TREES].decode(), where=_LOSS_TREES)
                    if _LOSS_TREES in files
                    else BoostedTrees.from_text(files[_TREES].decode(), where=_TREES)
                )
                return cls("lightgbm", CategoryCodes.from_dict(card["encoder"]), trees, calibrator, decides=decides)
            if card["kind"] == "scorecard":
                return cls.of_card(Card.from_dict(card["encoder"]), calibrator)
            arrays = np.load(io.BytesIO(files[_COEFFICIENTS]), allow_pickle=False)
            linear = linear_of(arrays["coef"], arrays["intercept"])
            encoder = FeatureEncoder.from_dict(card["encoder"])
            return cls("logistic", encoder, linear, calibrator, arrays["centre"], decides)
        except (KeyError, ValueError, TypeError, OSError) as error:
            raise RunError(
                f"the saved model is damaged ({error})", advice="verify the run: casestudies runs verify"
            ) from None


def linear_of(coef: Floats, intercept: Floats) -> LogisticRegression:
    """A fitted logistic regression from its numbers, (columns,) and (1,)."""
    model = LogisticRegression()
    model.coef_, model.intercept_ = coef[np.newaxis, :], intercept
    model.classes_, model.n_features_in_ = np.array([0, 1]), len(coef)
    return model


def _given(centre: Floats | None) -> Floats:
    if centre is None:
        raise ValueError("a linear model is saved with the means of its training columns")
    return centre
