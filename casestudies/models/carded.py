"""A scorecard behind the faces of a table model: its bins are the encoder, its points the estimator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.models.scorecard.card import Card
from casestudies.tabular import Problem
from casestudies.tabular.familiar import present, spare
from casestudies.tabular.problems import Code

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CardBins:
    """From source columns to the bin each cell falls into."""

    card: Card

    @property
    def feature_names(self) -> list[str]:
        """The characteristics: a column each, or "a x b" for a pair."""
        return [one.name for one in self.card.characteristics]

    @property
    def columns(self) -> list[str]:
        """The source columns, each once."""
        return list(self.card.columns)

    def transform(self, X: pd.DataFrame) -> NDArray[np.intp]:
        """(rows, characteristics) codes of bins.

        Raises
        ------
        DataError: a column of the card is missing (the nearest names are given), or holds infinities.
        """
        present(self.columns, X)
        return self.card.codes(X)

    def unfamiliar(self, X: pd.DataFrame) -> list[Problem]:
        """Rows in bins that training never met: they earn the points of the average row, and that is said."""
        found = spare(X, self.columns)
        for one in self.card.characteristics:
            unmet = one.rows == 0
            held = unmet[one.bins.codes(X)] if unmet.any() and set(one.bins.columns) <= set(X.columns) else unmet[:0]
            if held.any():
                rule = (
                    f"falls in {int(held.sum())} rows into a bin that training never met, and counts there as average"
                )
                found.append(Problem(Code.UNSEEN_LEVEL, "warning", rule, column=one.name, count=int(held.sum())))
        return found

    def to_dict(self) -> dict[str, Any]:
        return self.card.to_dict()

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        return cls(Card.from_dict(told))


@dataclass(frozen=True, eq=False)
class CardPoints:
    """From codes of bins to the log-odds that their points stand for."""

    card: Card

    def decision_function(self, codes: NDArray[Any]) -> Floats:
        """(rows,) log-odds of the event, of (rows, characteristics) codes of bins."""
        return self.card.margin(np.asarray(codes, dtype=np.intp))
