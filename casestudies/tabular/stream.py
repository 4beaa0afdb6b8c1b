"""A table too large for memory as a stream of checked parts: each column's kind is known, and nothing is guessed again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from casestudies.formulas import Formula
from casestudies.tabular.cells import clean, coded
from casestudies.tabular.checked import Checked, check
from casestudies.tabular.contract import Contract
from casestudies.tabular.derive import keep_where, with_derived
from casestudies.tabular.read import Table
from casestudies.tabular.read.groups import RowGroups
from casestudies.tabular.roles import Roles

_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True)
class Selection:
    """Which rows are kept and which columns are made, before anything is checked.

    Parameters
    ----------
    where: `data.where`. derive: `data.derive`. aliases: `data.map`.
    """

    where: str | None = None
    derive: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)

    def of(self, table: Table) -> Table:
        """The rows kept of a part, with its derived columns; it may have no rows."""
        if self.where is not None:
            table, _ = keep_where(table, self.where, self.aliases, part=True)
        return with_derived(table, self.derive, self.aliases) if len(table.frame) else table

    def reads(self, wanted: Collection[str]) -> set[str]:
        """The file's columns that must be read for the wanted ones, formulas included."""
        formulas = [*self.derive.values(), *([self.where] if self.where is not None else [])]
        named = {name for formula in formulas for name in Formula(formula, "data").names}
        return {*wanted, *(self.aliases.get(name, name) for name in named), *named}


@dataclass(frozen=True, eq=False)
class Part:
    """Some rows, checked. `y`: (rows,) 0/1, NaN = missing or a third value, `odd`; None where it is not read.

    `positions`: (rows,) places in the file from 0.
    """

    checked: Checked
    y: np.ndarray | None
    odd: np.ndarray | None
    positions: np.ndarray

    @property
    def frame(self) -> pd.DataFrame:
        return self.checked.frame


@dataclass(frozen=True)
class Label:
    """The outcome as a sample of the rows showed it: its column in the file, the event and the other value, as text."""

    source: str
    event: str
    other: str

    def read(self, column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
        """(rows,) 0/1 with NaN for what is neither, and (rows,) where a third value stands."""
        codes, levels = coded(clean(column)[0])
        worth = {self.event: 1.0, self.other: 0.0}
        y = np.array([*(worth.get(level, np.nan) for level in levels), np.nan])[codes]
        return y, np.isnan(y) & (codes >= 0)


@dataclass(frozen=True)
class Stream:
    """The rows of a Parquet file, block by block, read as a contract says.

    It is small and can be pickled, so that a worker of a cluster reads its rows itself.

    Parameters
    ----------
    groups: the file. selection: rows kept, columns made.
    contract: `Checked.frozen()` of a sample. roles: of its columns, without the label. label: None = is not read.
    """

    groups: RowGroups
    selection: Selection
    contract: Contract
    roles: Roles
    label: Label | None
    dates: Mapping[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> int:
        return len(self.groups.counts)

    def parts(self, block: int) -> Iterator[Part]:
        """The rows of one row group that are kept, a part at a time; parts without rows are left out."""
        for table in self.groups.tables(block, self._read):
            kept = self.selection.of(table)
            if len(kept.frame):
                yield self._part(kept)

    def every(self) -> Iterator[Part]:
        for block in range(self.blocks):
            yield from self.parts(block)

    def only(self, names: Collection[str]) -> Stream:
        """The same rows with some of the contract's columns; the others are not read from the file either."""
        columns = tuple(column for column in self.contract.columns if column.name in names)
        contract = replace(self.contract, columns=columns)
        known = {name for column in columns for name in (column.name, *column.synonyms)}
        return replace(self, contract=contract, roles=_of_columns(self.roles, known))

    @property
    def _read(self) -> set[str]:
        wanted = {name for column in self.contract.columns for name in (column.name, *column.synonyms)}
        return self.selection.reads({*wanted, *([self.label.source] if self.label else [])})

    def _part(self, table: Table) -> Part:
        y, odd = self.label.read(table.frame[self.label.source]) if self.label else (None, None)
        named = {name for column in self.contract.columns for name in (column.name, *column.synonyms)}
        spare = [name for name in table.frame.columns if name not in named]
        positions = table.frame.index.to_numpy()
        rest = replace(table, frame=table.frame.drop(columns=spare))
        checked = check(rest, self.contract, self.roles, labelled=False, dates=self.dates)
        return Part(checked, y, odd, positions)


def _of_columns(roles: Roles, known: Collection[str]) -> Roles:
    """The roles of the known columns; the rest of the rows' roles have no say in how a cell is read."""

    def kept(name: str | None) -> str | None:
        return name if name is not None and (name in known or roles.map.get(name) in known) else None

    return Roles(
        id=kept(roles.id),
        time=kept(roles.time),
        group=kept(roles.group),
        weight=kept(roles.weight),
        protected=tuple(name for name in roles.protected if kept(name)),
        map={name: column for name, column in roles.map.items() if name in known and column in known},
    )


def drawn(groups: RowGroups, selection: Selection, size: int, seed: int) -> tuple[Table, int]:
    """At most `size` of the rows kept, each set of rows as likely as any other, in the file's order; and how many are kept.

    A row has a key that its number and the seed make, and the smallest keys are drawn: the same rows whatever the row
    groups are, in one pass, without knowing ahead how many are kept.
    """
    chosen: list[tuple[np.ndarray, pd.DataFrame]] = []
    held, count, limit = 0, 0, np.uint64(2**64 - 1)
    for block in range(len(groups.counts)):
        for table in groups.tables(block):
            kept = selection.of(table).frame
            count += len(kept)
            keys = keys_of(kept.index.to_numpy(), seed)
            low = keys <= limit
            if low.any():
                chosen.append((keys[low], kept[low]))
                held += int(low.sum())
            if held > 2 * size:
                chosen, limit = _smallest(chosen, size)
                held = size
    chosen, _ = _smallest(chosen, size)
    frame = chosen[0][1] if chosen else pd.DataFrame()
    lines = frame.index.to_numpy(dtype=np.int64) + 1
    return Table(frame, groups.source(), lines), count


def keys_of(positions: np.ndarray, seed: int) -> np.ndarray:
    """(rows,) uint64, as good as random: the finaliser of splitmix64.

    Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", figure 14.
    """
    with np.errstate(over="ignore"):
        z = positions.astype(np.uint64) + np.uint64(seed + 1) * _MIX[0] * np.uint64(0x5851F42D4C957F2D)
        z = z * _MIX[0]
        z = (z ^ (z >> np.uint64(30))) * _MIX[1]
        z = (z ^ (z >> np.uint64(27))) * _MIX[2]
        return z ^ (z >> np.uint64(31))


def _smallest(chosen: list[tuple[np.ndarray, pd.DataFrame]], size: int) -> tuple[list, np.uint64]:
    """The rows of the smallest keys in one piece, in the file's order, and the greatest key among them."""
    if not chosen:
        return [], np.uint64(2**64 - 1)
    keys = np.concatenate([some for some, _ in chosen])
    frame = pd.concat([some for _, some in chosen]) if len(chosen) > 1 else chosen[0][1]
    if len(keys) > size:
        best = np.sort(np.argpartition(keys, size)[:size])
        keys, frame = keys[best], frame.iloc[best]
    return [(keys, frame)], keys.max() if len(keys) else np.uint64(2**64 - 1)
