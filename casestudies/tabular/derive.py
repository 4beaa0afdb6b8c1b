"""Which rows are kept and which columns are made, by the analyst's formulas; and columns as formulas read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from casestudies.errors import ConfigError, DataError, shown
from casestudies.formulas import Formula
from casestudies.tabular.cells import clean, is_native, plain
from casestudies.tabular.checked import Checked
from casestudies.tabular.numbers import to_numbers
from casestudies.tabular.problems import Places, ticked
from casestudies.tabular.read import Table

_FEW = 0.01  # share of cells that may be no numbers where data.where leaves their rows out


@dataclass(frozen=True)
class CellColumns:
    """Columns of text or numbers as `formulas.Formula` reads them.

    A number is a cell in the file's own notation, NaN where it is missing; a text is the cell without outer spaces,
    '' where it is missing, and numbers as they are commonly written (1, not 1.0).

    Parameters
    ----------
    frame: the columns. decimal: the decimal sign of numbers in text.
    aliases: {further name: column}: contract names before the table is checked, the analyst's names after.
    unread: given a dict, cells that are not numbers read as NaN, and where they stand is put there by column.
    """

    frame: pd.DataFrame
    places: Places
    decimal: str = "."
    aliases: Mapping[str, str] = field(default_factory=dict)
    unread: dict[str, np.ndarray] | None = None

    @classmethod
    def of_table(cls, table: Table, aliases: Mapping[str, str]) -> CellColumns:
        places = Places(table.frame.index.to_numpy() + 1, table.lines)
        there = {alias: column for alias, column in aliases.items() if column in table.frame.columns}
        return cls(table.frame, places, table.source.decimal or ".", there)

    @classmethod
    def of_checked(cls, checked: Checked) -> CellColumns:
        """Contract names and the analyst's own; for cost formulas."""
        return cls(checked.frame, checked.places, ".", {source: name for name, source in checked.sources.items()})

    def names(self) -> list[str]:
        own = [str(name) for name in self.frame.columns]
        return own + [alias for alias in self.aliases if alias not in own]

    def number(self, name: str) -> np.ndarray:
        """(rows,) float64.

        Raises
        ------
        DataError: cells that are not numbers, with their count, the first row and line.
        """
        cells = self._cells(name)
        if pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_bool_dtype(cells):
            return cells.to_numpy(dtype=np.float64, na_value=np.nan)
        if is_native(cells):
            raise DataError("holds dates, which are no numbers", where=f"column {name}", advice="use another column")
        values, bad = to_numbers(cells, self.decimal)
        if self.unread is not None:
            self.unread[name] = bad
        elif bad.any():
            raise self.refusal(name, bad)
        return values

    def refusal(self, name: str, bad: np.ndarray, key: str = "") -> DataError:
        """The error for cells of a column that are no numbers."""
        first = int(np.argmax(bad))
        row, line = self.places.of(first)
        return DataError(
            f"holds {shown(self._cells(name).iloc[first])}, which is not a number ({bad.sum()} such cells)",
            where=f"{key}row {row} (line {line}), column {name}",
            advice="clean it, state signs for missing in data.read.missing, or compare it with text in quotes",
        )

    def text(self, name: str) -> np.ndarray:
        """(rows,) object of str."""
        cells = self._cells(name)
        if is_native(cells):
            cells = cells.map(plain, na_action="ignore").astype("str")
        return np.asarray(cells.fillna(""), dtype=object)

    def row(self, position: int) -> int:
        return int(self.places.rows[position])

    def _cells(self, name: str) -> pd.Series:
        column = self.frame[name if name in self.frame.columns else self.aliases[name]]
        return clean(column.astype("str") if isinstance(column.dtype, pd.CategoricalDtype) else column)[0]


def keep_where(
    table: Table, condition: str, aliases: Mapping[str, str] | None = None, *, part: bool = False
) -> tuple[Table, str]:
    """The rows for which `data.where` holds, and a sentence with their count; rows keep their numbers in the file.

    A comparison of a number with a missing cell does not hold (but `!=` does). With cells that are not numbers it does
    not hold either, so that `label != 'N' and income > 100` can leave out the rows where both columns hold an N; the
    sentence counts them, and they must be few and all be left out.

    Parameters
    ----------
    aliases: `data.map`, so that the formula may use contract names.
    part: the table is a part of a larger one, of which some other may have the rows that are kept.

    Raises
    ------
    ConfigError: an unknown column, or no condition.
    DataError: no row is left, or a kept row, or more than 1 % of all, hold text where the formula reads numbers.
    """
    columns = replace(CellColumns.of_table(table, aliases or {}), unread={})
    kept = Formula(condition, "data.where").condition(columns, len(table.frame))
    if not kept.any() and not part:
        raise DataError(f"no row is left by {shown(condition, 80)}", where="data.where", advice="loosen it")
    said = f"{int(kept.sum())} of {len(kept)} rows are kept by data.where: {condition}"
    for name, bad in (columns.unread or {}).items():
        if (bad & kept).any() or (bad.mean() > _FEW and not part):
            raise columns.refusal(name, bad & kept if (bad & kept).any() else bad, "data.where, ")
        if bad.any():
            said += f"; in {bad.sum()} rows left out {ticked(name)} is not a number"
    return replace(table, frame=table.frame[kept], lines=table.lines[kept]), said


def with_derived(table: Table, formulas: Mapping[str, str], aliases: Mapping[str, str] | None = None) -> Table:
    """The table with a column of numbers for each entry of `data.derive`, in order; a later one may use an earlier.

    A condition gives 1 where it holds and 0 elsewhere, so `event: "status == 'late'"` makes a label.

    Raises
    ------
    ConfigError: the name is taken already, or a formula names an unknown column.
    DataError: a value is not finite (the formula says what to do), or text stands among numbers.
    """
    for name, source in formulas.items():
        key = f"data.derive.{name}"
        if name in table.frame.columns:
            raise ConfigError(f"the file has a column {shown(name)} already", where=key, advice="choose another name")
        columns = CellColumns.of_table(table, aliases or {})
        values = Formula(source, key).numbers(columns, len(table.frame))
        frame = table.frame.copy(deep=False)
        frame[name] = values
        table = replace(table, frame=frame)
    return table
