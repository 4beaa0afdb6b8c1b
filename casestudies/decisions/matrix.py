"""The cost matrix as an analyst writes it: four numbers or formulas, checked before any data is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from casestudies.decisions.costs import Costs
from casestudies.errors import ConfigError
from casestudies.formulas import ArrayColumns, Columns, Formula

_CELLS = {
    "fn": "A missed event (left alone, and it happened)",
    "fp": "A false alarm (acted on, and nothing would have happened)",
    "tp": "A caught event (acted on, and it would have happened)",
    "tn": "A row rightly left alone (and nothing happened)",
}


@dataclass(frozen=True)
class CostMatrix:
    """What each of the four outcomes costs in one row; `CostMatrix(fn="0.75 * credit_line", fp="interest_margin")`.

    Parameters
    ----------
    fn: a missed event: a number or a formula over columns (`casestudies.formulas`). Negative = money earned.
    fp: a false alarm.
    tp: a caught event.
    tn: a row rightly left alone.
    currency: printed beside amounts; None prints "cost units".

    Raises
    ------
    ConfigError: a formula that is not allowed (key cost.fn, ...), a number that is not finite, or four zeros.
    """

    fn: float | str
    fp: float | str
    tp: float | str = 0.0
    tn: float | str = 0.0
    currency: str | None = None

    def __post_init__(self) -> None:
        for cell, value in self._cells.items():
            if isinstance(value, float) and not np.isfinite(value):
                raise ConfigError(f"{value} is not a cost", where=f"cost.{cell}", advice="write a finite number")
        nothing = ArrayColumns({})
        constant = not self.names
        if constant and not any(formula.numbers(nothing, 1).any() for formula in self._formulas.values()):
            raise ConfigError(
                "every cost is 0, so no decision can matter", where="cost", advice="write cost.fn, cost.fp"
            )

    @property
    def _cells(self) -> dict[str, float | str]:
        return {cell: getattr(self, cell) for cell in _CELLS}

    @cached_property
    def _formulas(self) -> dict[str, Formula]:
        return {cell: Formula(value, where=f"cost.{cell}") for cell, value in self._cells.items()}

    @property
    def unit(self) -> str:
        """What amounts are counted in: the currency, or "cost units"."""
        return self.currency or "cost units"

    @cached_property
    def names(self) -> list[str]:
        """The columns the four formulas read, in the order they first appear."""
        return list(dict.fromkeys(name for formula in self._formulas.values() for name in formula.names))

    def on(self, columns: Columns | Mapping[str, Any], rows: int) -> Costs:
        """The four costs of every row.

        Parameters
        ----------
        columns: `formulas.Columns`, a mapping of arrays or a DataFrame.
        rows: number of rows.

        Raises
        ------
        ConfigError: a formula names an unknown column (the nearest names are given).
        DataError: a cost is not finite; the message gives the formula, the count and the first row.
        """
        # A table may have a column called `number`; only a reader has it as a method.
        reader: Any = columns if callable(getattr(columns, "number", None)) else ArrayColumns(columns)  # type: ignore[arg-type]
        return Costs(**{cell: formula.numbers(reader, rows) for cell, formula in self._formulas.items()})

    def in_words(self) -> list[str]:
        """Four sentences, one per cell, as the report prints them."""
        return [f"{subject} {self._amount(self._formulas[cell])}." for cell, subject in _CELLS.items()]

    def __str__(self) -> str:
        return " ".join(self.in_words())

    def _amount(self, formula: Formula) -> str:
        if formula.names:
            return f"costs {formula.source} ({self.unit})"
        number = formula.numbers(ArrayColumns({}), 1)[0]
        if number == 0:
            return "costs nothing"
        return f"{'costs' if number > 0 else 'earns'} {abs(number):,.10g} {self.unit}"
