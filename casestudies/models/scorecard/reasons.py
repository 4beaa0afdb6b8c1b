"""Reason codes: where an applicant lost points, worded for the letter that says no."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import ConfigError, nearest, one_line, shown
from casestudies.models.scorecard.card import Card, Characteristic, Floats
from casestudies.tabular.bins import is_pair

Codes = NDArray[np.intp]

_UNIT = (
    1e-6  # of a point: losses are counted in it as whole numbers, so that equal ones are equal and sums have no order
)
_NOTHING = "no points lost"


@dataclass(frozen=True, eq=False)
class Reasons:
    """The reasons of some rows, the largest loss first; a row that lost points in fewer than k has gaps at its end.

    Parameters
    ----------
    place: (rows, k) the reason as a place in `ReasonTable.concepts`, -1 in a gap.
    lost: (rows, k) points, 0 in a gap.
    text: (rows, k) of str, "" in a gap.
    """

    place: Codes
    lost: Floats
    text: NDArray[np.object_]

    def joined(self) -> list[str]:
        """(rows,) "Too many late payments; purpose: other"; a row without a reason is told so."""
        return ["; ".join(filter(None, row)) or _NOTHING for row in self.text.tolist()]


@dataclass(frozen=True)
class OrderAgreement:
    """How far the order of reasons is that of SHAP values, as means over rows.

    Parameters
    ----------
    overlap: share of the reasons that are also among as many largest SHAP values that raise the risk.
    first: share of rows whose first reason is also the largest SHAP value.
    spearman: rank correlation of points lost and SHAP values over all concepts.
    """

    overlap: float
    first: float
    spearman: float


@dataclass(frozen=True, eq=False)
class ReasonTable:
    """What each bin of a card says in a letter, and what it loses against the reference.

    Ties are settled by the card's order of characteristics (widest span of points first, then the name), so a row has
    the same reasons in any company and in any order of rows.

    Parameters
    ----------
    concepts: in the card's order; what is never a reason is not among them.
    members: characteristics (places on the card) of each concept.
    lost: by characteristic, (bins,) millionths of a point below the reference; negative above it.
    mean: by characteristic, what a training row loses on average, in millionths of a point.
    texts: words of all bins, characteristic after characteristic. start: where each characteristic's begin.
    """

    concepts: tuple[str, ...]
    members: tuple[tuple[int, ...], ...]
    lost: tuple[NDArray[np.int64], ...]
    mean: Floats
    texts: NDArray[np.object_]
    start: Codes

    @classmethod
    def of(
        cls,
        card: Card,
        *,
        against: Floats | None = None,
        words: Mapping[str, str] | None = None,
        concepts: Mapping[str, str] | None = None,
        protected: Collection[str] = (),
        known: Iterable[str] = (),
    ) -> ReasonTable:
        """The table of one card.

        Parameters
        ----------
        against: (characteristics,) points to compare with, e.g. `approved_points`; None = the best bin of each.
        words: {column, pair "a x b" or concept: text}; a concept's words come before those of its columns. A bin
            without words is named: "PAY_0: 2 to below 3".
        concepts: {column or pair: concept}; losses of one concept are added. A pair goes where both its columns go.
        protected: columns that are never a reason, nor is a pair that holds one.
        known: further columns of the table, which may be named in `words` and `concepts` though the card has no use
            for them.

        Raises
        ------
        ConfigError: `words` or `concepts` name what is not there (the nearest names are given), or hold no text.
        """
        words, concepts = dict(words or {}), dict(concepts or {})
        usable = [place for place, one in enumerate(card.characteristics) if not set(one.bins.columns) & set(protected)]
        names = [one.name for one in card.characteristics]
        columns = dict.fromkeys([*names, *card.columns, *map(str, known), *protected])
        _check("reasons.concepts", concepts, columns)
        _check("reasons.words", words, dict.fromkeys([*columns, *concepts.values()]))
        concept_of = {place: _concept(card.characteristics[place], concepts) for place in usable}
        found = tuple(dict.fromkeys(concept_of.values()))
        best = [one.points.max() for one in card.characteristics] if against is None else against
        gaps = [level - one.points for level, one in zip(best, card.characteristics, strict=True)]
        texts: list[str] = []
        start = [0]
        for place, one in enumerate(card.characteristics):
            texts += _texts(one, [concept_of.get(place, ""), one.name, *one.bins.columns], words)
            start.append(len(texts))
        return cls(
            found,
            tuple(tuple(place for place in usable if concept_of[place] == name) for name in found),
            tuple(np.rint(gap / _UNIT).astype(np.int64) for gap in gaps),
            np.array([level - one.mean for level, one in zip(best, card.characteristics, strict=True)]) / _UNIT,
            np.array(texts, dtype=object),
            np.array(start[:-1], dtype=np.intp),
        )

    def reasons(self, codes: Codes, k: int = 4) -> Reasons:
        """At most `k` reasons of each row. A concept is a reason where it lost points against the reference.

        Parameters
        ----------
        codes: (rows, characteristics) as `Card.codes` gives them.

        Raises
        ------
        ConfigError: `k` is below 1.
        """
        if k < 1:
            raise ConfigError(f"{k} reasons are none", where="reasons.k", advice="write 4, say")
        lost, leading = self._losses(codes)
        place, size = _largest(lost, k)
        held = size > 0
        text = np.full(place.shape, "", dtype=object)
        rows, column = np.nonzero(held)
        text[rows, column] = self.texts[leading[rows, place[rows, column]]]
        return Reasons(np.where(held, place, -1), np.where(held, size, 0) * _UNIT, text)

    def agreement(self, codes: Codes, k: int = 4) -> OrderAgreement:
        """The order of reasons against that of SHAP values, which compare with the mean training row instead.

        A card is additive, so the SHAP values of its columns are exact: a concept's log-odds minus their mean.

        Source: Strumbelj & Kononenko 2014, Knowledge and Information Systems 41, the additive case.
        """
        from scipy.stats import rankdata

        lost, _ = self._losses(codes)
        if lost.size == 0:
            return OrderAgreement(np.nan, np.nan, np.nan)
        shap = lost - np.array([self.mean[list(places)].sum() for places in self.members])
        ours, theirs = _largest(lost, k), _largest(shap, k)
        taken, raising = np.zeros((2, *lost.shape), dtype=bool)
        np.put_along_axis(taken, ours[0], ours[1] > 0, axis=1)
        np.put_along_axis(raising, theirs[0], theirs[1] > 0, axis=1)
        both, either = (taken & raising).sum(axis=1), np.minimum(taken.sum(axis=1), raising.sum(axis=1))
        a, b = (rankdata(values, axis=1) - (lost.shape[1] + 1) / 2 for values in (lost, shap))
        length = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
        some, spread = either > 0, length > 0
        return OrderAgreement(
            float(np.mean(both[some] / either[some])) if some.any() else np.nan,
            float(np.mean(ours[0][some, 0] == theirs[0][some, 0])) if some.any() else np.nan,
            float(np.mean((a * b).sum(axis=1)[spread] / length[spread])) if spread.any() else np.nan,
        )

    def _losses(self, codes: Codes) -> tuple[NDArray[np.int64], Codes]:
        """(rows, concepts) the loss of each concept, and where the words of its most losing member stand in `texts`."""
        lost = np.empty((len(codes), len(self.concepts)), dtype=np.int64)
        leading = np.empty(lost.shape, dtype=np.intp)
        for column, places in enumerate(self.members):
            first, *others = places
            most = self.lost[first][codes[:, first]]
            lost[:, column] = most
            leading[:, column] = self.start[first] + codes[:, first]
            for place in others:
                part = self.lost[place][codes[:, place]]
                lost[:, column] += part
                ahead = part > most
                most[ahead] = part[ahead]
                leading[ahead, column] = self.start[place] + codes[ahead, place]
        return lost, leading


def approved_points(
    card: Card, codes: Codes, approved: NDArray[np.bool_], weight: Floats | None = None
) -> NDArray[np.float64]:
    """(characteristics,) mean points of the approved rows: what a letter may compare with in place of the best bin.

    Raises
    ------
    ConfigError: nobody is approved.
    """
    w = approved * (1.0 if weight is None else weight)
    if not w.sum() > 0:
        raise ConfigError("nobody is approved", where="reasons.against", advice="write best")
    # through the bins: a table of rows by characteristics would be as large as the data
    held = [np.bincount(codes[:, i], w, len(one.points)) for i, one in enumerate(card.characteristics)]
    return np.array(
        [rows @ one.points / rows.sum() for rows, one in zip(held, card.characteristics, strict=True)], dtype=np.float64
    )


def _concept(one: Characteristic, concepts: Mapping[str, str]) -> str:
    """Its own, or the one that all its columns share, or itself."""
    shared = {concepts.get(column, column) for column in one.bins.columns}
    return concepts.get(one.name, shared.pop() if len(shared) == 1 else one.name)


def _texts(one: Characteristic, keys: list[str], words: Mapping[str, str]) -> list[str]:
    """(bins,) the first words that are given for one of `keys`; for a pair, the words of one column are not its own."""
    keys = keys[:2] if len(one.bins.columns) > 1 else keys
    given = next((words[key] for key in keys if key in words), None)
    if given is not None:
        return [one_line(given)] * len(one.points)
    column = "" if len(one.bins.columns) > 1 else f"{one.name}: "  # the labels of a pair name its columns
    return [one_line(f"{column}{label}") for label in one.bins.labels]


def _largest(values: NDArray[Any], k: int) -> tuple[Codes, NDArray[Any]]:
    """(rows, k) places and values of each row's largest, of equal ones the first; k is at most the columns there are.

    k passes of argmax are faster than a partial sort that would still have to settle ties: 100,000 x 20, k = 4: 25 ms.
    """
    k = min(k, values.shape[1])
    left, rows = values.copy(), np.arange(len(values))
    place, size = np.empty((len(values), k), dtype=np.intp), np.empty((len(values), k), dtype=values.dtype)
    least = np.iinfo(np.int64).min if values.dtype.kind == "i" else -np.inf
    for turn in range(k):
        place[:, turn] = left.argmax(axis=1)
        size[:, turn] = left[rows, place[:, turn]]
        left[rows, place[:, turn]] = least
    return place, size


def _check(where: str, told: Mapping[str, str], known: Mapping[str, Any]) -> None:
    for name, text in told.items():
        if name not in known and not is_pair(name, known):  # a pair may have left the card
            raise ConfigError(f"no column or concept is called {shown(name)}", where=where, advice=nearest(name, known))
        if not isinstance(text, str) or not text.strip():
            raise ConfigError(f"{shown(name)} has no text", where=where, advice="write words in quotes")
