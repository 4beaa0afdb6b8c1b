"""The money of keeping customers: what one is worth, what an offer costs, and how often it is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from casestudies.decisions.costs import Costs
from casestudies.errors import CaseError, ConfigError, DataError
from casestudies.formulas import ArrayColumns, Columns, Formula
from casestudies.rows import Array

# The four outcomes, event = leaves and act = contact, and what of a caught event is paid out. Whoever would have stayed
# takes the offer as well; whoever would have left takes it and stays with the probability `accept`.
CELLS: dict[str, str | float] = {
    "fn": "clv",
    "fp": "contact + offer",
    "tp": "contact + accept * offer + (1 - accept) * clv",
    "tn": 0.0,
}
_SPENT = "contact + accept * offer"


@dataclass(frozen=True)
class Retention:
    """One offer to customers who may leave; each part is a number or a formula over columns.

    Parameters
    ----------
    clv: what a customer who stays is worth, in money.
    accept: probability that a customer who would leave accepts the offer and stays.
    offer: what the offer costs when it is taken.
    contact: what contacting a customer costs, whether the offer is taken or not.

    Raises
    ------
    ConfigError: a formula that is not allowed, or a number that cannot be meant (key cost.clv, cost.accept, ...).
    """

    clv: float | str
    accept: float | str
    offer: float | str
    contact: float | str

    def __post_init__(self) -> None:
        for name, formula in self._formulas.items():
            value = getattr(self, name)
            if isinstance(value, float) and not np.isfinite(value):
                raise ConfigError(f"{value} is not a number to reckon with", where=f"cost.{name}", advice="correct it")
            if not formula.names:
                self._check(name, formula.numbers(ArrayColumns({}), 1), None)

    @cached_property
    def _formulas(self) -> dict[str, Formula]:
        return {part.name: Formula(getattr(self, part.name), where=f"cost.{part.name}") for part in fields(self)}

    @cached_property
    def names(self) -> list[str]:
        """The columns the formulas read, in the order they first appear."""
        return list(dict.fromkeys(name for formula in self._formulas.values() for name in formula.names))

    def parts(self, columns: Columns, rows: int) -> Mapping[str, Array]:
        """clv, accept, offer and contact of every row, (rows,) each.

        Raises
        ------
        ConfigError: an unknown column (the nearest names are given).
        DataError: a value that is not finite, money below 0, or an acceptance outside 0 to 1; with their count and the
        first row.
        """
        found = {name: formula.numbers(columns, rows) for name, formula in self._formulas.items()}
        for name, values in found.items():
            self._check(name, values, columns)
        return found

    def on(self, columns: Columns, rows: int) -> Costs:
        """The costs of contacting and of leaving alone, with what contacting is expected to pay out (`Costs.spend`)."""
        parts = ArrayColumns(self.parts(columns, rows))
        written = {**CELLS, "spent": _SPENT}
        return Costs(
            **{cell: Formula(text, where=f"cost.{cell}").numbers(parts, rows) for cell, text in written.items()}
        )

    def in_words(self, unit: str) -> list[str]:
        """Four sentences: who costs what, and what is believed of the offer.

        Parameters
        ----------
        unit: what money is counted in.
        """
        accepted = self._formulas["accept"]
        chance = f"the chance {accepted.source}" if accepted.names else f"a chance of {_number(accepted):.4g}"
        return [
            f"A customer who leaves without having been contacted takes {self._money('clv', unit)} along.",
            f"A contact costs {self._money('contact', unit)}, and the offer {self._money('offer', unit)} when it is taken.",
            f"A customer who would leave accepts the offer and stays with {chance}.",
            "A customer who would have stayed takes the offer too: the contact and the offer are lost there.",
        ]

    def _money(self, part: str, unit: str) -> str:
        formula = self._formulas[part]
        if formula.names:
            return f"{formula.source} ({unit})"
        number = _number(formula)
        return "nothing" if number == 0 else f"{number:,.10g} {unit}"

    @staticmethod
    def _check(name: str, values: Array, columns: Columns | None) -> None:
        """Refuse what no offer can be; a constant (no columns) is a matter of the config, not of a row."""
        bad = np.flatnonzero((values < 0) | (values > (1.0 if name == "accept" else np.inf)))
        if not bad.size:
            return
        rule = "outside 0 to 1" if name == "accept" else "below 0"
        advice = "write a probability, e.g. 0.3" if name == "accept" else "write what it costs or is worth, 0 or more"
        where = f"cost.{name}"
        kind: type[CaseError] = ConfigError if columns is None else DataError
        if columns is None:
            raise kind(f"{values[0]:.6g} is {rule}", where=where, advice=advice)
        first = columns.row(int(bad[0]))
        what = f"is {rule} in {bad.size} of {len(values)} rows, first in row {first} ({values[bad[0]]:.6g})"
        raise kind(what, where=where, advice=advice)


def _number(formula: Formula) -> float:
    return float(formula.numbers(ArrayColumns({}), 1)[0])


def read_retention(value: Retention | Mapping[str, Any] | None) -> Retention | None:
    """As a cost matrix holds it, from itself or from the mapping that `dataclasses.asdict` wrote."""
    return Retention(**value) if isinstance(value, Mapping) else value
