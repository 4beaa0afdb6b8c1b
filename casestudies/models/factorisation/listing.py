"""Lists as a frame: who, what, why, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.decisions.margins import by_margin
from casestudies.errors import ConfigError, nearest, shown
from casestudies.models.factorisation.filters import Filters
from casestudies.models.factorisation.fitted import Fitted
from casestudies.models.factorisation.ranking import (
    FEATURES,
    NONE,
    POPULARITY,
    SOURCES,
    Known,
    Lists,
    best,
    filled_up,
)
from casestudies.models.factorisation.vectors import Codes, Floats
from casestudies.models.factorisation.visitor import Visitor
from casestudies.tabular.interactions import DAY

COLUMNS = ("user", "rank", "item", "title", "score", "because", "from")


@dataclass(frozen=True)
class Wishes:
    """What a list should be like; see `MatrixFactorization.recommend`."""

    n: int = 10
    exclude_seen: Literal["all", "days", "none"] = "all"
    days: float = 30
    where: str | None = None
    among: Iterable[object] | None = None
    in_stock: bool = True
    at_most: Mapping[str, int] | None = None
    by: str = "score"
    reasons: int = 3

    def __post_init__(self) -> None:
        if self.n < 1:
            raise ConfigError(f"n is {self.n}", advice="ask for one item or more")
        if self.exclude_seen not in ("all", "days", "none"):
            raise ConfigError(f"exclude_seen is {self.exclude_seen!r}", advice="give 'all', 'days' or 'none'")
        if self.at_most is not None and len(self.at_most) != 1:
            raise ConfigError("at_most names not one column", advice='give one, such as {"category": 2}')

    def filters(self, fitted: Fitted) -> Filters:
        kind, most = next(iter((self.at_most or {}).items()), (None, 1))
        return Filters.of(fitted.data, where=self.where, among=self.among, in_stock=self.in_stock, kind=kind, most=most)


def listed(fitted: Fitted, visitors: Sequence[Visitor], wishes: Wishes) -> pd.DataFrame:
    """The lists of some people, one below the other, with `COLUMNS`.

    Raises
    ------
    ConfigError: a wish that cannot be met: an unknown column, "days" without times, nothing on offer.
    """
    filters = wishes.filters(fitted)
    rows: list[tuple[object, ...]] = []
    for visitor in visitors:
        known = _known(visitor, wishes)
        if visitor.source == POPULARITY:
            lists = Lists(
                np.full((1, wishes.n), NONE, np.int32), np.full((1, wishes.n), np.nan, np.float32), _none(wishes)
            )
        elif wishes.by == "score":
            lists = best(_Row(visitor.scores), np.zeros(1, np.int32), wishes.n, known, filters, visitor.source)
        else:
            lists = _by_margin(fitted, visitor, wishes, known, filters)
        lists = filled_up(lists, fitted.item_counts, np.zeros(1, np.int32), known, filters)
        rows += _rows(fitted, visitor, lists, wishes.reasons)
    return pd.DataFrame(rows, columns=list(COLUMNS))


@dataclass(frozen=True, eq=False)
class _Row:
    """One user's scores, as `best` asks for them."""

    row: Floats

    def scores(self, users: Codes) -> Floats:
        return self.row[None].copy()


def _none(wishes: Wishes) -> NDArray[np.int8]:
    return np.full((1, wishes.n), POPULARITY, np.int8)


def _known(visitor: Visitor, wishes: Wishes) -> Known:
    """What somebody is not shown again."""
    items = visitor.history.items
    if wishes.exclude_seen == "none":
        items = items[:0]
    if wishes.exclude_seen == "days":
        if len(items) and visitor.times is None:
            raise ConfigError("no times are known to count days from", advice="write exclude_seen='all'")
        if visitor.times is not None:
            newest = visitor.fitted.newest
            items = items[visitor.times > newest - wishes.days * DAY]
    items = np.unique(items)
    return Known(np.array([0, len(items)]), items)


def _by_margin(fitted: Fitted, visitor: Visitor, wishes: Wishes, known: Known, filters: Filters) -> Lists:
    """By what a list is expected to bring in: the chance of a take times the margin of a column of the items.

    The chance is the place of a rating within the scale, or the implicit score, between 0 and 1.
    """
    items = fitted.data.items
    if wishes.by not in items or not pd.api.types.is_numeric_dtype(items[wishes.by]):
        advice = nearest(wishes.by, ["score", *map(str, items.select_dtypes("number").columns)])
        raise ConfigError(f"there is no column of numbers {shown(wishes.by)} to rank by", where="by", advice=advice)
    if filters.kind is not None:
        raise ConfigError("at_most goes with by='score' only", where="by", advice="leave one of them out")
    scores = visitor.scores.astype(np.float64)
    low, high = (fitted.data.scale or (0.0, 1.0)) if fitted.explicit else (0.0, 1.0)
    chance = np.clip((scores - low) / ((high - low) or 1.0), 0, 1)
    margin = items[wishes.by].to_numpy(np.float64, na_value=np.nan)
    shown_at_all = np.isfinite(margin) if filters.allowed is None else filters.allowed & np.isfinite(margin)
    shown_at_all[known.items] = False
    chance[~shown_at_all] = np.nan
    count = min(wishes.n, int(shown_at_all.sum()))
    found = np.full((1, wishes.n), NONE, np.int32)
    values = np.full((1, wishes.n), np.nan, np.float32)
    if count:
        found[0, :count] = by_margin(chance[None], (chance * margin)[None], np.inf, count)[0]
        values[0, :count] = scores[found[0, :count]]
    return Lists(found, values, np.full((1, wishes.n), visitor.source, np.int8))


def _rows(fitted: Fitted, visitor: Visitor, lists: Lists, reasons: int) -> list[tuple[object, ...]]:
    items = lists.items[0][lists.filled[0]]
    said = _because(fitted, visitor, items, lists.source[0], reasons)
    return [
        (
            visitor.name,
            place + 1,
            fitted.data.item_ids[item],
            fitted.titles[item],
            float(lists.scores[0, place]),
            said[place],
            SOURCES[lists.source[0, place]],
        )
        for place, item in enumerate(items)
    ]


def _because(
    fitted: Fitted, visitor: Visitor, items: NDArray[np.int32], sources: NDArray[np.int8], most: int
) -> list[str]:
    """A sentence for each item: the largest parts of its score by name, and the rest."""
    said = [f"{fitted.item_counts[item]:,} interactions of others" for item in items]
    own = np.flatnonzero(sources[: len(items)] != POPULARITY)
    if visitor.source == FEATURES:
        for place in own:
            parts = visitor.explain(fitted.data.item_ids[items[place]]).parts.head(most)
            said[place] = ", ".join(
                f"{title} ({part:+.2f})" for title, part in zip(parts.title, parts.part, strict=True)
            )
    elif len(own):
        reasons = visitor.reasons(items[own])
        scores = visitor.scores[items[own]]
        for row, place in enumerate(own):
            said[place] = reasons.sentence(row, fitted.titles, most)
            rest = float(scores[row] - reasons.scores[row])
            said[place] += f", learnt besides ({rest:+.2f})" if abs(rest) >= 0.005 else ""
    return said
