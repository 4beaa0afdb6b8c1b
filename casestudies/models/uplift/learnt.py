"""The effect of a campaign as it is kept: what other customers are scored by, as plain values that JSON holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import CaseError, RunError
from casestudies.models.boosting import BoostedTrees
from casestudies.models.objectives import LossTrees
from casestudies.models.uplift.bases import Grown, Line, Predict
from casestudies.optim.losses import Squared
from casestudies.tabular.codes import CategoryCodes
from casestudies.tabular.encode import Encoder

Floats = NDArray[np.float64]

CONSTANT, SHARE = "constant", "share of leavers"  # the two views that need one number each
_FORMAT = 1


@dataclass(frozen=True, eq=False)
class Part:
    """One model with how its columns are encoded."""

    encoder: Encoder | CategoryCodes
    predict: Predict

    def __call__(self, frame: pd.DataFrame) -> Floats:
        """(rows,) a chance of leaving, or an amount."""
        return self.predict(np.asarray(self.encoder.transform(frame), dtype=np.float64))

    def to_dict(self) -> dict[str, Any]:
        """Plain values; boosted trees as LightGBM's own text."""
        if isinstance(self.predict, Line):
            model: dict[str, Any] = {"coef": self.predict.coef.tolist(), "chance": self.predict.chance}
        elif isinstance(self.predict, Grown):
            model = {"trees": self.predict.trees.to_text(), "chance": self.predict.chance}
        else:
            raise TypeError(f"{type(self.predict).__name__} cannot be kept")
        return {"encoder": self.encoder.to_dict(), **model}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """Raises RunError where the model does not fit its columns, or is no model."""
        if "coef" in told:
            encoder: Encoder | CategoryCodes = Encoder.from_dict(told["encoder"])
            coef = _finite(told["coef"])
            _same(len(coef), len(encoder.feature_names) + 1)
            return cls(encoder, Line(coef, bool(told["chance"])))
        encoder = CategoryCodes.from_dict(told["encoder"])
        text, chance = str(told["trees"]), bool(told["chance"])
        trees: BoostedTrees | LossTrees = (
            BoostedTrees.from_text(text) if chance else LossTrees.from_text(text, loss=Squared())
        )
        booster = trees.booster_ if isinstance(trees, BoostedTrees) else trees.booster
        _same(booster.num_feature(), len(encoder.feature_names))
        return cls(encoder, Grown(trees))


@dataclass(frozen=True, eq=False)
class LearntEffect:
    """What contacting changes, for customers outside the campaign.

    Parameters
    ----------
    view: its name. line: the numbers that tie it to the campaign: (factor,), or (level, slope) of a learner.
    covariance: theirs. without: the chance of leaving if not contacted.
    own: of a T-learner the chances without and with contact, of an X-learner the effects learnt from the control group
        and from the contacted; () of the views that need no learner. share: of an X-learner, that were contacted.
    """

    view: str
    line: Floats
    covariance: Floats
    without: Part
    own: tuple[Part, ...] = ()
    share: float | None = None

    @property
    def columns(self) -> list[str]:
        """The source columns that are read."""
        return list(dict.fromkeys(name for part in (self.without, *self.own) for name in part.encoder.columns))

    def at(self, frame: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
        """(rows,) effect, its standard error, and the chance of leaving if not contacted."""
        without = self.without(frame)
        own = None
        if self.own:
            first, second = (part(frame) for part in self.own)
            own = first - second if self.share is None else self.share * first + (1.0 - self.share) * second
        return (*said(basis_of(self.view, without, own), self.line, self.covariance, without), without)

    def to_dict(self) -> dict[str, Any]:
        """Plain values; `from_dict` gives the same figures bit for bit."""
        return {
            "format": _FORMAT,
            "view": self.view,
            "line": self.line.tolist(),
            "covariance": self.covariance.tolist(),
            "without": self.without.to_dict(),
            "own": [part.to_dict() for part in self.own],
            "share": self.share,
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """The effect that `to_dict` told.

        Raises
        ------
        RunError: something is missing, not finite, of another size than its columns, or of a format that is not known.
        """
        try:
            _same(told["format"], _FORMAT)
            own = tuple(Part.from_dict(part) for part in told["own"])
            line, covariance = _finite(told["line"]), _finite(told["covariance"])
            share = None if told["share"] is None else float(told["share"])
            _same(len(own), 0 if told["view"] in (CONSTANT, SHARE) else 2)
            _same(line.shape, (2 if own else 1,))
            _same(covariance.shape, line.shape * 2)
            _same(share is None or 0.0 < share < 1.0, True)
            return cls(str(told["view"]), line, covariance, Part.from_dict(told["without"]), own, share)
        except (CaseError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise RunError(
                f"the saved effect of the campaign is damaged ({error})",
                advice="verify the run: casestudies runs verify",
            ) from None


def basis_of(view: str, without: Floats, own: Floats | None) -> Floats:
    """(rows, numbers) what a view is a line over. own: (rows,) a learner's effect."""
    if own is not None:
        return np.column_stack([np.ones(len(own)), own])
    return (np.ones(len(without)) if view == CONSTANT else without)[:, None]


def said(basis: Floats, line: Floats, covariance: Floats, without: Floats) -> tuple[Floats, Floats]:
    """(rows,) effect and standard error. Nobody's chance of leaving is lowered below 0."""
    effect = np.minimum(basis @ line, without)
    return effect, np.sqrt(np.einsum("ij,jk,ik->i", basis, covariance, basis))


def _finite(values: Any) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    if not np.isfinite(found).all():
        raise ValueError("a number is not finite")
    return found


def _same(found: Any, wanted: Any) -> None:
    if found != wanted:
        raise ValueError(f"{found} where {wanted} is wanted")
