"""What a fitted card says of rows: points, log-odds, probabilities, reasons; and the forms it is handed on in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from casestudies.errors import ConfigError
from casestudies.models.regularisation import RegularisationPath
from casestudies.models.scorecard.card import Card
from casestudies.models.scorecard.fitted import Floats
from casestudies.models.scorecard.frames import framed
from casestudies.models.scorecard.told import card_table
from casestudies.tabular.familiar import present

if TYPE_CHECKING:
    from sklearn.utils import Tags


class Scoring(ClassifierMixin, BaseEstimator):
    """The faces of a fitted `card_`; see `Scorecard` for its attributes."""

    card_: Card
    classes_: NDArray[Any]
    feature_names_in_: NDArray[np.object_]
    method_: str
    C_: float
    path_: RegularisationPath | None
    notes_: tuple[str, ...]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = tags.input_tags.string = True
        return tags

    def codes(self, X: pd.DataFrame | ArrayLike) -> NDArray[np.intp]:
        """(rows, characteristics) the bin of each row in each characteristic of the card."""
        check_is_fitted(self, "card_")
        frame = framed(self, X, reset=False)
        present(self.card_.columns, frame)
        return self.card_.codes(frame)

    def score_points(self, X: pd.DataFrame | ArrayLike) -> Floats:
        """(rows,) points: more points, less risk."""
        codes = self.codes(X)  # says first that there is no card yet
        return self.card_.score(codes)

    def score(
        self, X: pd.DataFrame | ArrayLike, y: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> Any:
        """Without labels the points (rows,), as on any scorecard; with labels the accuracy, as in scikit-learn."""
        return self.score_points(X) if y is None else super().score(X, y, sample_weight)

    def decision_function(self, X: pd.DataFrame | ArrayLike) -> Floats:
        """(rows,) log-odds of the event that the points stand for."""
        codes = self.codes(X)
        return self.card_.margin(codes)

    def predict_proba(self, X: pd.DataFrame | ArrayLike) -> Floats:
        """(rows, 2) the probability of each class, in the order of `classes_`."""
        event = expit(self.decision_function(X))
        return np.column_stack([1.0 - event, event])

    def predict(self, X: pd.DataFrame | ArrayLike) -> NDArray[Any]:
        """(rows,) the more probable label."""
        likelier = self.decision_function(X) > 0
        return np.asarray(self.classes_[likelier.astype(np.intp)])

    def table(self) -> pd.DataFrame:
        """The card, a row for each bin (`told.card_table`)."""
        check_is_fitted(self, "card_")
        return card_table(self.card_)

    def path(self) -> pd.DataFrame:
        """A row for each C: cross-validated log loss, its standard error, characteristics kept, and which was chosen."""
        check_is_fitted(self, "card_")
        if self.path_ is None:
            raise ConfigError("the card was fitted without folds", where="cv", advice="write 5")
        told = self.path_.to_dict()
        frame = pd.DataFrame({key: told[key] for key in ("C", "loss", "error", "kept")})
        return frame.assign(chosen=frame["C"] == self.C_)

    def reasons(self, X: pd.DataFrame | ArrayLike, k: int = 4, **wording: Any) -> list[str]:
        """(rows,) where each row lost points, worded; see `ReasonTable.of` for `wording`."""
        from casestudies.models.scorecard.reasons import ReasonTable

        codes = self.codes(X)
        return ReasonTable.of(self.card_, **wording).reasons(codes, k).joined()

    def to_sql(self, table: str | Sequence[str] = "applications", **options: Any) -> str:
        """One SELECT that scores every row of a table (`sql.to_sql`)."""
        from casestudies.models.scorecard.sql import to_sql

        check_is_fitted(self, "card_")
        return to_sql(self.card_, table, **options)

    def to_xlsx(self, **options: Any) -> bytes:
        """A workbook with live formulas (`workbook.to_xlsx`)."""
        from casestudies.models.scorecard.workbook import to_xlsx

        check_is_fitted(self, "card_")
        return to_xlsx(self.card_, **options)

    def to_json(self) -> str:
        """The card and the labels as text; `from_json` gives the same scores bit for bit."""
        check_is_fitted(self, "card_")
        told = {
            "format": 1,
            "method": self.method_,
            "C": self.C_,
            "classes": self.classes_.tolist(),
            "columns": self.feature_names_in_.tolist(),
            "notes": list(self.notes_),
            "card": self.card_.to_dict(),
        }
        return json.dumps(told, ensure_ascii=False, allow_nan=False)
