"""The value of each customer of a table: learnt once, kept as plain values, and given to new customers in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from casestudies.errors import ConfigError, DataError, shown
from casestudies.formulas import Formula
from casestudies.models.customers import ContractModel
from casestudies.tabular.checked import Checked
from casestudies.tabular.contract import NUMERIC, Column
from casestudies.tabular.derive import CellColumns
from casestudies.tabular.problems import Code, Problem
from casestudies.workflow.named import NamedColumns

if TYPE_CHECKING:
    from casestudies.churn.valuing import Value

CLV = "clv"
FACTOR = "value_periods"  # what a margin of 1 a period is worth


@dataclass(frozen=True, eq=False)
class Worth:
    """What a way of valuing has made of a table.

    columns: {made column: (rows,)}. notes: a sentence each. facts: what the report says of it, plain values. model: what
    new customers are valued by, plain values. odd: what was not known of new customers, counted.
    """

    columns: Mapping[str, np.ndarray]
    notes: tuple[str, ...]
    facts: Mapping[str, Any]
    model: Mapping[str, Any]
    odd: tuple[Problem, ...] = ()

    def on(self, checked: Checked, features: bool) -> Checked:
        """The table with the columns; `clv` is money and never a feature, a history is one where asked for."""
        made: list[Column] = [Column(CLV, "money", "money", sentence="What a customer who stays is worth.")]
        for name in self.columns:
            if name != CLV:
                made.append(Column(name, "number", "feature" if features and name != FACTOR else "dropped"))
        return checked.with_made(pd.DataFrame(dict(self.columns)), made)


def by_margin(value: Value, checked: Checked) -> Worth:
    """The margin of so many periods, the same for all tenures."""
    margin, notes = _margin(value, checked)
    return Worth({CLV: margin * value.horizon}, notes, {}, {})


def by_contract(value: Value, checked: Checked, told: Mapping[str, Any] | None = None) -> Worth:
    """The margin of the periods that are left, each by the chance to be there. told: learnt before; None: from these rows.

    Raises
    ------
    ConfigError: value.tenure or value.by is no column of the right kind. DataError: nobody left, or everybody.
    """
    tenure, segment, typical, lacking = tenures(value, checked, None if told is None else float(told["typical"]))
    if told is not None:
        model = ContractModel.from_dict(told)
    else:
        weight = checked.frame[w[0]].to_numpy(dtype=float) if (w := checked.in_role("weight")) else np.ones(len(tenure))
        if checked.y is None:
            raise DataError("the label could not be read", where=checked.source.name)
        model = ContractModel.fitted(
            tenure, checked.y, weight, segment, way=value.table, window=value.window, curve=value.curve
        )
    margin, said = _margin(value, checked)
    worth = model.worth(tenure, segment, value.horizon, value.rate)
    notes, odd = [], []
    if lacking:
        notes.append(f"{lacking:,} customers have no tenure; they are taken for customers of the median one.")
        rule = (
            f"is missing in {lacking} rows; they are valued as customers of the median tenure of the run, {typical:g}"
        )
        odd.append(Problem(Code.NEW_MISSING, "warning", rule, column=value.tenure, count=lacking))
    if model.segments[""].too_old:
        notes.append(
            "Far more customers have been here for long than these chances to leave would let survive: the outcome may cover more "
            "than one period (value.window), or the table holds those who left in all periods (value.table: cohort)."
        )
    return Worth(
        {CLV: margin * worth, FACTOR: worth}, (*notes, *said), {}, {**model.to_dict(), "typical": typical}, tuple(odd)
    )


def tenures(
    value: Value, checked: Checked, typical: float | None = None
) -> tuple[np.ndarray, np.ndarray | None, float, int]:
    """(rows,) tenure and segment of each row, the tenure of those who have none, and how many have none.

    typical: the median of the rows learnt from; None: these are those rows.
    """
    named = NamedColumns(checked, {})
    if value.tenure is None:
        raise ConfigError("the contractual way needs each customer's tenure", where="value.tenure", advice="name it")
    column = named.own("value.tenure", value.tenure)
    if checked.kinds[column] not in NUMERIC:
        what = f"{shown(value.tenure)} is read as {checked.kinds[column]}, and numbers are wanted"
        raise ConfigError(what, where="value.tenure", advice=f"write data.numbers: [{value.tenure}]")
    tenure = checked.frame[column].to_numpy(dtype=float)
    lacking = np.isnan(tenure)
    if typical is None:
        if lacking.all():
            raise DataError("no customer has a tenure", where=checked.source.name, advice="name another column")
        typical = float(np.nanmedian(tenure))
    segment = None
    if value.by is not None:
        cells = checked.frame[named.own("value.by", value.by)]
        segment = cells.astype("str").fillna("missing").to_numpy(dtype=object)
    return np.where(lacking, typical, tenure), segment, typical, int(lacking.sum())


def _margin(value: Value, checked: Checked) -> tuple[np.ndarray, tuple[str, ...]]:
    """(rows,) margin of a period, and what there is to say of it."""
    if value.margin is None:
        raise ConfigError(
            f"value.way: {value.way} needs the margin of a period",
            where="value.margin",
            advice="write a number, a column or a formula, e.g. 0.3 * monthly_price",
        )
    margin = Formula(value.margin, "value.margin").numbers(CellColumns.of_checked(checked), len(checked.frame))
    bad = int((margin <= 0).sum())
    said = (f"{bad:,} customers have a margin of 0 or less: they are worth 0, and losing them costs nothing.",)
    return np.maximum(margin, 0.0), said if bad else ()
