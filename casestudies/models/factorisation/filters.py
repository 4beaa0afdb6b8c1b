"""What may be recommended at all: the items on offer, so many of a kind, and a score worth showing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import ConfigError, nearest, shown
from casestudies.formulas import ArrayColumns, Formula
from casestudies.tabular.interactions import Interactions

Mask = NDArray[np.bool_]
_STOCK = "stock"
OWN = -1  # the kind of an item whose kind is not known: no limit counts it


@dataclass(frozen=True, eq=False)
class Filters:
    """What every list must keep to.

    allowed: (items,) bool, the items on offer; None = all.
    kind: (items,) int, the kind of each item, -1 = unknown and counted by nothing; None = no limit by kind.
    most: items of one kind in one list.
    least: the score below which the model's own choice is not shown.
    """

    allowed: Mask | None = None
    kind: NDArray[np.intp] | None = None
    most: int = 1
    least: float | None = None

    @classmethod
    def of(
        cls,
        data: Interactions,
        *,
        where: str | None = None,
        among: Iterable[object] | None = None,
        in_stock: bool = True,
        kind: str | None = None,
        most: int = 1,
        least: float | None = None,
    ) -> Filters:
        """Filters in the analyst's words.

        Parameters
        ----------
        where: a formula over the table of items ("stock > 0 and category != 'gift card'"). An item whose number is
            missing passes no comparison: what is not known to be in stock is not recommended.
        among: ids of the items on offer.
        in_stock: whether only what a column `stock` of that table has more than 0 of is on offer, where there is one.
        kind: a column of the table of items, of whose values at most `most` items each come into one list.

        Raises
        ------
        ConfigError: no such column (the nearest are named), a formula that is none, or no item that passes.
        """
        asked = [where] if where is not None else []
        if in_stock and _STOCK in data.items:
            asked.append(f"{_STOCK} > 0")
        allowed = np.ones(len(data.item_ids), bool)
        for source in asked:
            allowed &= Formula(source, "ranking.where").condition(ArrayColumns(_columns(data)), len(allowed))
        if among is not None:
            numbers = data.codes_of(list(among), items=True)
            allowed &= np.isin(np.arange(len(allowed)), numbers)
        if not allowed.any():
            what = f"none of {len(allowed):,} items passes" + "".join(f" {shown(source)}" for source in asked)
            raise ConfigError(what, where="ranking.where", advice="widen it, or look at the table of items")
        return cls(None if allowed.all() else allowed, None if kind is None else _kinds(data, kind), most, least)


def _columns(data: Interactions) -> dict[str, object]:
    """The table of items as a formula reads it: a missing text is the empty one."""
    words = data.items.select_dtypes(include=["object", "str", "category"]).columns
    return {
        str(name): column.astype(object).where(column.notna(), "") if name in words else column
        for name, column in data.items.items()
    }


def _kinds(data: Interactions, column: str) -> NDArray[np.intp]:
    if column not in data.items:
        what = f"the table of items has no column {shown(column)}"
        raise ConfigError(what, where="ranking.kind", advice=nearest(column, map(str, data.items)))
    return pd.factorize(data.items[column])[0].astype(np.intp)
