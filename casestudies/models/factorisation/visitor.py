"""Somebody to be served: a known user, a returning one with news, a visitor with a basket, or a stranger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import ConfigError
from casestudies.models.factorisation.baskets import Basket, Past
from casestudies.models.factorisation.because import Because, History, because
from casestudies.models.factorisation.features_explained import feature_form
from casestudies.models.factorisation.fitted import Fitted
from casestudies.models.factorisation.ranking import FEATURES, FOLDED, MODEL, POPULARITY, SOURCES
from casestudies.models.factorisation.vectors import Codes, Floats

_ROUNDING = 1e-4  # of a score in single precision


@dataclass(frozen=True, eq=False)
class Explained:
    """A score taken apart: `base` and the parts of the table add up to it.

    item: its id. base: the score of somebody of whom nothing is known. parts: a row for each thing that adds to it,
    the largest first: `id` (of an item, or the name of a feature; None = what was learnt besides), `title`, `part`.
    source: where the score comes from.
    """

    item: object
    score: float
    base: float
    parts: pd.DataFrame
    source: str

    def __str__(self) -> str:
        told = ", ".join(
            f"{title} ({part:+.2f})" for title, part in zip(self.parts.title, self.parts.part, strict=True)
        )
        return f"{self.score:.2f} = {self.base:.2f}" + (f", {told}" if told else "")


@dataclass(frozen=True, eq=False)
class Visitor:
    """Somebody with a row of the model, stored or made on the spot.

    fitted: the model. name: the user's id; None = a visitor. vector: (factors,). bias: of the user.
    source: the place in `SOURCES` of where the row comes from. history: what is known of him or her, oldest first.
    times: (history,) seconds since 1970; None = unknown. about: one row of features, where they made the row.
    """

    fitted: Fitted
    name: object
    vector: Floats
    bias: float
    source: int
    history: History
    times: NDArray[np.int64] | None = None
    about: pd.DataFrame | None = None

    @classmethod
    def stored(cls, fitted: Fitted, number: int) -> Visitor:
        """A user with a number, served from the stored row."""
        name, past = fitted.data.user_ids[number], Past.of_user(fitted, number)
        if not len(past):
            if fitted.of_side("user") is None:
                return cls.stranger(fitted, name)
            return cls.described(fitted, fitted.data.users.iloc[[number]], name)
        served = fitted.served
        source = MODEL if fitted.half_life is None else FOLDED
        row = served.users[number], float(served.user_bias[number])
        return cls(fitted, name, *row, source, past.weighed(fitted.half_life), past.times)

    @classmethod
    def folded(
        cls, fitted: Fitted, basket: Basket, half_life: float | None = None, number: int | None = None
    ) -> Visitor:
        """Somebody known by a history: of a visitor the basket, of user `number` the stored one and the basket after it.

        half_life: in interactions; None = that of the model.
        """
        past, name = Past.of_basket(fitted, basket), None
        if number is not None:
            past = Past.of_user(fitted, number).and_then(past, replaces=fitted.explicit)
            name = fitted.data.user_ids[number]
        history = past.weighed(fitted.half_life if half_life is None else half_life)
        row = fitted.fold.user(history.items, history.values if fitted.explicit else None, history.weights)
        return cls(fitted, name, row.vector, row.bias, FOLDED, history, past.times)

    @classmethod
    def described(cls, fitted: Fitted, about: pd.DataFrame, name: object = None) -> Visitor:
        """Somebody of whom only features are known. about: one row with the columns of the table of users."""
        embedded = fitted.of_side("user")
        if embedded is None:
            raise ConfigError(
                "the model was not taught features of users", where="features", advice="name them when it is fitted"
            )
        vectors, bias = embedded.cold(about)
        return cls(fitted, name, vectors[0], float(bias[0]), FEATURES, Past.none().weighed(None), None, about)

    @classmethod
    def stranger(cls, fitted: Fitted, name: object = None) -> Visitor:
        """Somebody of whom nothing is known."""
        return cls(
            fitted,
            name,
            np.zeros(fitted.vectors.items.shape[1], np.float32),
            0.0,
            POPULARITY,
            Past.none().weighed(None),
        )

    @property
    def scores(self) -> Floats:
        """(items,) of a stranger the mean and the items' biases."""
        items = self.fitted.vectors
        return items.items @ self.vector + items.item_bias + np.float32(items.mean + self.bias)

    @property
    def named(self) -> str:
        """Where the row comes from, in a word."""
        return SOURCES[self.source]

    def reasons(self, items: Codes) -> Because:
        """The scores of some items as sums over the history; see `because`."""
        return because(self.fitted.fold, self.history, items)

    def explain(self, item: object) -> Explained:
        """The exact parts of the score of one item.

        A stored row was learnt along with all others, so its score is not quite that of its history alone; the
        difference stands as a part of its own, "learnt besides".

        Raises
        ------
        DataError: an item that the model does not know; the nearest names are given.
        """
        number = int(self.fitted.item_numbers([item])[0])
        score = float(self.scores[number])
        if self.source == FEATURES:
            base, ids, titles, parts = self._by_features(number)
        else:
            found = self.reasons(np.array([number]))
            order = found.order(0)
            ids = [self.fitted.data.item_ids[at] for at in found.met[order]]
            titles = [self.fitted.titles[at] for at in found.met[order]]
            base, parts = float(found.base[0]), found.parts[0, order].tolist()
        rest = score - base - sum(parts)
        if abs(rest) > _ROUNDING * max(1.0, abs(score)):
            ids, titles, parts = [*ids, None], [*titles, "learnt besides"], [*parts, rest]
        table = pd.DataFrame({"id": pd.Series(ids, dtype=object), "title": titles, "part": np.asarray(parts, float)})
        return Explained(item, score, base, table, self.named)

    def recommend(self, n: int = 10, **asked: Any) -> pd.DataFrame:
        """The n best items as a frame; for what can be asked see `MatrixFactorization.recommend`."""
        from casestudies.models.factorisation.listing import Wishes, listed

        return listed(self.fitted, [self], Wishes(n, **asked))

    def _by_features(self, number: int) -> tuple[float, list[Any], list[str], list[float]]:
        embedded, vectors = self.fitted.of_side("user"), self.fitted.vectors
        if embedded is None or self.about is None:
            raise ConfigError("there are no features to explain by", advice="fold a history in")
        item_bias = float(vectors.item_bias[number])
        form = feature_form(embedded.table, embedded.bias, vectors.items[number], item_bias, vectors.mean)
        held = embedded.features.matrix(self.about).toarray()[0]
        parts = held * form.coef
        order = [int(at) for at in np.argsort(-np.abs(parts), kind="stable") if held[at]]
        names = [embedded.features.names[at] for at in order]
        return form.intercept, list(names), names, [float(parts[at]) for at in order]
