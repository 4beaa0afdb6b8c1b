"""What is known of items and users, as columns of embeddings: a newcomer's vector is the sum of those it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from scipy import sparse

from casestudies.errors import ConfigError, nearest, shown
from casestudies.optim.factors.tables import Bag
from casestudies.tabular.encode import Encoder, rare_rows
from casestudies.tabular.familiar import present

Side = Literal["user", "item"]
_SEPARATOR = "|"  # of cells that hold several levels, "Comedy|Drama"


@dataclass(frozen=True, eq=False)
class SideFeatures:
    """Numbers centred and scaled, categories as 0/1, cells of several levels ("Comedy|Drama") as shares that sum to 1.

    side: whose table it is. encoder: of the columns with one value a cell; None = there are none. lists: the levels of
    each column of several.
    """

    side: Side
    encoder: Encoder | None
    lists: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, table: pd.DataFrame, names: Sequence[str], side: Side) -> Self:
        """Learns levels and scales from a table with a row for each item (or user)."""
        lists = {name: _levels(table[name]) for name in names if _holds_lists(table[name])}
        single = [name for name in names if name not in lists]
        return cls(side, Encoder().fit(table[single]) if single else None, lists)

    @property
    def names(self) -> list[str]:
        """Of the columns of the matrix: "price", "category = tea", "genre = Comedy"."""
        single = self.encoder.feature_names if self.encoder else []
        return [*single, *(f"{name} = {level}" for name, levels in self.lists.items() for level in levels)]

    @property
    def sources(self) -> list[str]:
        """The column of the table that each column of the matrix is made of."""
        single = self.encoder.origin if self.encoder else []
        return [*single, *(name for name, levels in self.lists.items() for _ in levels)]

    def matrix(self, table: pd.DataFrame) -> sparse.csr_array:
        """(rows, columns) float32; a level that training did not have is a row of zeros.

        Raises
        ------
        DataError: a column is missing (the nearest names are given), or holds infinities.
        """
        present(self.lists, table)
        parts = [] if self.encoder is None else [sparse.csr_array(self.encoder.transform(table).astype(np.float32))]
        for name, levels in self.lists.items():
            parts.append(_shares(table[name], levels))
        return sparse.csr_array(sparse.hstack(parts, format="csr"))

    def bag(self, table: pd.DataFrame, ridge: float) -> Bag:
        """The matrix as a sum of embeddings, each with a bias of its own."""
        matrix = self.matrix(table)
        return Bag(
            f"features of the {self.side}s",
            self.side,
            matrix.indptr.astype(np.int64),
            matrix.indices.astype(np.int32),
            matrix.data.astype(np.float32),
            matrix.shape[1],
            ridge,
            biased=True,
        )

    def to_dict(self) -> dict[str, Any]:
        encoder = None if self.encoder is None else self.encoder.to_dict()
        return {"side": self.side, "encoder": encoder, "lists": {name: list(of) for name, of in self.lists.items()}}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        encoder = None if told["encoder"] is None else Encoder.from_dict(told["encoder"])
        return cls(told["side"], encoder, {name: tuple(of) for name, of in told["lists"].items()})


def side_features(names: Sequence[str], items: pd.DataFrame, users: pd.DataFrame) -> tuple[SideFeatures, ...]:
    """The features of each side that has one of these columns; a column that both tables have serves both.

    Raises
    ------
    ConfigError: a column that neither table has (the nearest names are given), that is named twice, or that cannot be a
        feature.
    """
    if len(set(names)) < len(names):
        twice = next(name for at, name in enumerate(names) if name in names[:at])
        raise ConfigError(f"{shown(twice)} is named twice", where="features", advice="name each column once")
    known = list(dict.fromkeys([*map(str, items.columns), *map(str, users.columns)]))
    for name in names:
        if name not in known:
            advice = nearest(name, known) if known else "bring a table of items or users"
            raise ConfigError(f"there is no column {shown(name)} of items or users", where="features", advice=advice)
    found = []
    sides: tuple[tuple[pd.DataFrame, Side], ...] = ((items, "item"), (users, "user"))
    for table, side in sides:
        mine = [name for name in names if name in table.columns]
        for name in mine:
            _usable(table[name], side)
        if mine:
            found.append(SideFeatures.of(table, mine, side))
    return tuple(found)


def _usable(column: pd.Series, side: Side) -> None:
    """Raises a ConfigError for dates, and for a column without a value."""
    what = f"{shown(column.name)} of the table of {side}s"
    if pd.api.types.is_datetime64_any_dtype(column):
        advice = "leave it out, or bring a column with the age in days"
        raise ConfigError(f"{what} holds dates, which are no feature", where="features", advice=advice)
    if not column.notna().any():
        raise ConfigError(f"{what} has no value at all", where="features", advice="leave it out")


def _holds_lists(column: pd.Series) -> bool:
    """Whether the cells hold several levels each: a separator in at least one cell of ten."""
    if not (pd.api.types.is_string_dtype(column) or pd.api.types.is_object_dtype(column)):
        return False
    texts = column.dropna().astype(str)
    return bool(len(texts)) and bool(texts.str.contains(_SEPARATOR, regex=False).mean() >= 0.1)


def _levels(column: pd.Series) -> tuple[str, ...]:
    """Levels that enough rows have, in alphabetical order."""
    counts = _parts(column).value_counts()
    return tuple(sorted(counts.index[counts >= min(rare_rows(len(column)), counts.max())]))


def _parts(column: pd.Series) -> pd.Series:
    """One row for each level of each cell, under the number of the cell."""
    texts = column.reset_index(drop=True).dropna().astype(str)
    return texts.str.split(_SEPARATOR, regex=False).explode().str.strip()


def _shares(column: pd.Series, levels: tuple[str, ...]) -> sparse.csr_array:
    parts = _parts(column)
    place = pd.Index(levels).get_indexer(pd.Index(parts))
    kept = place >= 0
    rows, columns = parts.index.to_numpy()[kept], place[kept]
    counts = np.bincount(rows, minlength=len(column))
    shape = (len(column), len(levels))
    return sparse.csr_array((1.0 / counts[rows].astype(np.float32), (rows, columns)), shape=shape, dtype=np.float32)
