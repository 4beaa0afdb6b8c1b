"""What a fitted factorisation answers: scores, ratings, lists with reasons, visitors, files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from casestudies.errors import ConfigError
from casestudies.models.factorisation.asked import numbers_within
from casestudies.models.factorisation.baskets import Basket
from casestudies.models.factorisation.fitted import Feedback, Fitted
from casestudies.models.factorisation.folding import FoldIn
from casestudies.models.factorisation.listing import Wishes, listed
from casestudies.models.factorisation.predicting import predicted
from casestudies.models.factorisation.saving import to_folder, written
from casestudies.models.factorisation.vectors import Codes, Floats, Times, Vectors
from casestudies.models.factorisation.visitor import Explained, Visitor
from casestudies.tabular.interactions import Interactions


class Served(BaseEstimator):
    """Everything that asks of `fitted_` and changes nothing."""

    feedback: str
    fitted_: Fitted

    @property
    def name(self) -> str:
        """Of the model in tables and figures."""
        explicit = self.fitted_.explicit if hasattr(self, "fitted_") else self.feedback != "implicit"
        return "factorisation" if explicit else "implicit"

    @property
    def rates(self) -> bool:
        """Whether scores are ratings on the scale of the data."""
        check_is_fitted(self, "fitted_")
        return self.fitted_.explicit

    @property
    def vectors_(self) -> Vectors:
        return self.fitted_.served

    @property
    def fold_(self) -> FoldIn:
        return self.fitted_.fold

    @property
    def data_(self) -> Interactions:
        return self.fitted_.data

    @property
    def feedback_(self) -> Feedback:
        return self.fitted_.feedback

    @property
    def half_life_(self) -> float | None:
        return self.fitted_.half_life

    @property
    def settings_(self) -> Mapping[str, Any]:
        return self.fitted_.settings

    @property
    def notes_(self) -> tuple[str, ...]:
        return self.fitted_.notes

    @property
    def findings_(self) -> tuple[str, ...]:
        return self.fitted_.findings

    @property
    def trace_(self) -> Mapping[str, NDArray[np.float64]]:
        return self.fitted_.trace

    @property
    def steps_(self) -> int:
        return self.fitted_.steps

    @property
    def certificate_(self) -> str:
        return self.fitted_.certificate

    def scores(self, users: Codes) -> Floats:
        """(users, items) float32 of users by number; see `Recommender`."""
        check_is_fitted(self, "fitted_")
        return self.fitted_.served.scores(numbers_within(users, self.data_.shape[0], "user"))

    def rate(self, users: Codes, items: Codes, time: Times | None = None) -> Floats:
        """(pairs,) float32 the expected rating within the scale; of implicit feedback the score; see `Recommender`."""
        check_is_fitted(self, "fitted_")
        fitted, (most_users, most_items) = self.fitted_, self.data_.shape
        rows, columns = numbers_within(users, most_users, "user"), numbers_within(items, most_items, "item")
        if not fitted.explicit:
            return fitted.served.pairs(rows, columns)
        return fitted.within(fitted.vectors.pairs(rows, columns) + fitted.then(rows, columns, time))

    def predict(
        self,
        users: Sequence[Any],
        items: Sequence[Any],
        *,
        about_users: pd.DataFrame | None = None,
        about_items: pd.DataFrame | None = None,
    ) -> pd.DataFrame:
        """What users are expected to think of items, pair by pair, known or not.

        Parameters
        ----------
        users, items: (pairs,) ids. about_users, about_items: features of those that are new, ids as index.

        Returns
        -------
        (pairs,) frame: `user`, `item`, `expected` (a rating within the scale; of implicit feedback the score), and where
        the user's and the item's part come from, `user_from` and `item_from`: "history", "features", or "mean", nothing
        being known.

        Raises
        ------
        DataError: columns of different lengths, or features without the columns that the model was taught.
        """
        check_is_fitted(self, "fitted_")
        return predicted(self.fitted_, users, items, about_users, about_items)

    def recommend(
        self,
        users: Any,
        n: int = 10,
        *,
        history: Basket | None = None,
        about: pd.DataFrame | None = None,
        exclude_seen: Literal["all", "days", "none"] = "all",
        days: float = 30,
        where: str | None = None,
        among: Iterable[object] | None = None,
        in_stock: bool = True,
        at_most: Mapping[str, int] | None = None,
        by: str = "score",
        reasons: int = 3,
    ) -> pd.DataFrame:
        """The n best items of a user, or of each of several, and why.

        Who is not known is served by what there is, and `from` says which: the history given ("fold-in"), features
        ("features"), else what is popular ("popularity"); known users come from "model".

        Parameters
        ----------
        users: an id, or a list of ids.
        history: of one user: what came after what is stored, or all of a visitor's; see `fold_in`.
        about: features of users that are not known, ids as index.
        exclude_seen: "all" leaves out what a user knows, "days" what is newer than `days`, "none" nothing.
        where: a formula over the table of items that every item fulfils ("price < 20"). among: ids on offer.
        in_stock: only items with more than 0 in the column `stock`, where there is one.
        at_most: {"category": 2}: so many of one kind in a list.
        by: "score", or a column of the items, such as "margin": the list that should bring in most of it.
        reasons: parts of the score that are named; the rest stands as a sum.

        Returns
        -------
        frame: user, rank (from 1), item, title, score, because, from.

        Raises
        ------
        ConfigError: a wish that cannot be met. DataError: a history that cannot be used.
        """
        check_is_fitted(self, "fitted_")
        wishes = Wishes(n, exclude_seen, days, where, among, in_stock, at_most, by, reasons)
        several = isinstance(users, list | tuple | np.ndarray | pd.Index | pd.Series)
        names = list(users) if several else [users]
        if history is not None and len(names) != 1:
            raise ConfigError(
                f"one history for {len(names)} users", where="history", advice="ask for one user at a time"
            )
        return listed(self.fitted_, [self._visitor(name, history, about) for name in names], wishes)

    def fold_in(self, history: Basket, *, half_life: float | None = None, user: Any = None) -> Visitor:
        """Somebody known by a history, at once and without touching the model.

        Parameters
        ----------
        history: oldest first: {item: rating}, items alone (implicit feedback), or `Interactions`.
        half_life: in interactions, of the weights; None = that of the model.
        user: id of a returning customer: the stored history comes before the one given, so that the news are enough.

        Raises
        ------
        DataError: an unknown user or item (the nearest are given), no ratings for a model of ratings, or ratings off the scale.
        ConfigError: a half-life that is not above 0.
        """
        check_is_fitted(self, "fitted_")
        number = None if user is None else self.fitted_.user_number(user)
        return Visitor.folded(self.fitted_, history, half_life, number)

    def explain(self, user: Any, item: Any) -> Explained:
        """The exact parts of the score of an item for a user.

        Raises
        ------
        DataError: a user or an item that is not known; the nearest names are given.
        """
        check_is_fitted(self, "fitted_")
        return Visitor.stored(self.fitted_, self.fitted_.user_number(user)).explain(item)

    def files(self) -> dict[str, bytes]:
        """The model as files of open formats, by name; the same bytes for the same model. See `saving`."""
        check_is_fitted(self, "fitted_")
        return written(self.fitted_, self.get_params(deep=False))

    def save(self, folder: Path | str) -> None:
        """Writes `files` into a folder, which is made where there is none.

        Raises
        ------
        RunError: the disk is full or not ours.
        """
        to_folder(folder, self.files())

    def _visitor(self, name: Any, history: Basket | None, about: pd.DataFrame | None) -> Visitor:
        fitted = self.fitted_
        number = int(fitted.data.codes_of([name])[0])
        if history is not None:
            return replace(Visitor.folded(fitted, history, None, number if number >= 0 else None), name=name)
        if number >= 0:
            return Visitor.stored(fitted, number)
        if about is not None and name in about.index and fitted.of_side("user") is not None:
            return Visitor.described(fitted, about.loc[[name]], name)
        return Visitor.stranger(fitted, name)
