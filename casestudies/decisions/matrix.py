"""The cost matrix as an analyst writes it: four numbers or formulas, checked before any data is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from casestudies.decisions.costs import Costs
from casestudies.decisions.retention import CELLS, Retention, read_retention
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
    terms: what a retention offer is made of, where `CostMatrix.retention` has written the four formulas: they then read
        clv, accept, offer and contact of `terms`. `asdict` and `CostMatrix(**...)` carry it like the other fields.

    Raises
    ------
    ConfigError: a formula that is not allowed (key cost.fn, ...), a number that is not finite, or four zeros.
    """

    fn: float | str
    fp: float | str
    tp: float | str = 0.0
    tn: float | str = 0.0
    currency: str | None = None
    terms: Retention | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", read_retention(self.terms))
        if self.terms is not None and self._cells != CELLS:
            advice = "write cost.clv, cost.accept, cost.offer and cost.contact, or cost.fn and cost.fp"
            raise ConfigError("a retention offer writes the four costs itself", where="cost.fn", advice=advice)
        for cell, value in self._cells.items():
            if isinstance(value, float) and not np.isfinite(value):
                raise ConfigError(f"{value} is not a cost", where=f"cost.{cell}", advice="write a finite number")
        if not self.names and not any(cell.any() for cell in self.on({}, 1).cells().values()):
            keys = "cost.fn, cost.fp" if self.terms is None else "cost.clv and cost.offer"
            raise ConfigError("every cost is 0, so no decision can matter", where="cost", advice=f"write {keys}")

    @classmethod
    def retention(
        cls,
        clv: float | str,
        accept: float | str,
        offer: float | str,
        contact: float | str,
        currency: str | None = None,
    ) -> CostMatrix:
        """The costs of an offer to customers who may leave (event = leaves, act = contact); each a number or a formula.

        Contacting a customer who would leave costs the contact, the offer if it is accepted, and the customer if not;
        one who would have stayed takes the offer too. So it is expected to gain
        p * (accept * (clv - offer) - contact) - (1 - p) * (contact + offer), and to spend
        contact + offer * (p * accept + 1 - p), which is what a budget pays (`Costs.spend`).

        >>> print(CostMatrix.retention("12 * monthly", accept=0.3, offer=20, contact=2, currency="EUR").in_words()[2])
        A customer who would leave accepts the offer and stays with a chance of 0.3.

        Parameters
        ----------
        clv: what a customer who stays is worth, not negative.
        accept: probability that a customer who would leave accepts and stays.
        offer: cost of the offer when it is taken, not negative.
        contact: cost of contacting, not negative.

        Raises
        ------
        ConfigError: a formula that is not allowed, or a number out of its range (keys cost.clv, cost.accept, ...).

        Source: Neslin, Gupta, Kamakura, Lu and Mason 2006, "Defection detection", Journal of Marketing Research 43(2):
        the profit of a retention campaign, here row by row.
        """
        return cls(**CELLS, currency=currency, terms=Retention(clv, accept, offer, contact))

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
        """The columns the formulas read, in the order they first appear."""
        if self.terms is not None:
            return self.terms.names
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
        DataError: a cost is not finite, or a part of a retention offer out of its range; the message gives the
        formula, the count and the first row.
        """
        # A table may have a column called `number`; only a reader has it as a method.
        reader: Any = columns if callable(getattr(columns, "number", None)) else ArrayColumns(columns)  # type: ignore[arg-type]
        if self.terms is not None:
            return self.terms.on(reader, rows)
        return Costs(**{cell: formula.numbers(reader, rows) for cell, formula in self._formulas.items()})

    def in_words(self) -> list[str]:
        """Four sentences as the report prints them: one per cell, or what a retention offer costs and keeps."""
        if self.terms is not None:
            return self.terms.in_words(self.unit)
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
