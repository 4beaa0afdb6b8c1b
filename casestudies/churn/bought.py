"""The value of customers without a contract, from their purchases before the date of each row."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from casestudies.churn.transactions import events_of, purchases_of
from casestudies.churn.worth import CLV, Worth
from casestudies.errors import ConfigError, DataError, shown
from casestudies.models.customers import PurchaseModel, holdout
from casestudies.tabular.checked import Checked
from casestudies.tabular.events import Events, dated, days
from casestudies.tabular.histories import Histories, histories
from casestudies.tabular.problems import Code, Problem
from casestudies.workflow.named import NamedColumns

if TYPE_CHECKING:
    from casestudies.churn.valuing import Transactions, Value

KNOWN = ("value_frequency", "value_recency", "value_age", "value_mean")  # a customer's history, days and money
ALIVE = "value_alive"
_DATES = 36  # dates of rows that are looked at one by one; beyond, those of a month share its first day
_MANY_DATES = 240
_AGAIN = 30  # customers who bought again that the parameters are learnt from, at least
_REST = 0.1  # of the time before the date, that the time after it must last to be predicted
_LONE = 0.5  # share of customers without a purchase that is worth a warning


def by_transactions(
    value: Value,
    transactions: Transactions,
    checked: Checked,
    files: Mapping[str, Path],
    *,
    as_of: str | None = None,
    told: Mapping[str, Any] | None = None,
) -> Worth:
    """The purchases to come, from each customer's own before the date of its row.

    Parameters
    ----------
    as_of: the date of a table whose rows have none, and the only one that counts where given by value.as_of; of new
        customers the only one that counts.
    told: learnt before; None: from the file.

    Raises
    ------
    ConfigError: no file, no column of customers, or a date after that of rows. DataError: the file cannot be used.
    """
    events = events_of(transactions, files, "value.way")
    bought = purchases_of(transactions, events)
    column, who = _customers(value, checked)
    when, months, notes = _dates(value, checked, bought.events, as_of, None if told is None else bool(told["months"]))
    notes = [*bought.notes, *notes]
    place = pd.Index(bought.events.names).get_indexer(pd.Index(who))
    if told is None and (place < 0).all():
        raise DataError(
            f"no customer of the table is in it (here {shown(who[0])}, there {shown(bought.events.names[0])})",
            where=bought.events.source.name,
            advice="name the same customers in both, or write value.customer",
        )
    model, learnt = (
        (PurchaseModel.from_dict(told), None) if told is not None else _learnt(bought.events, np.unique(when))
    )
    known = _histories(bought.events, place, when)
    there = np.isfinite(known.age)
    some = Histories(*(getattr(known, name)[there] for name in ("customer", "frequency", "recency", "age", "mean")))
    clv, alive = np.empty(len(who)), np.ones(len(who))
    clv[there], alive[there] = model.value(some, value.terms), model.alive(some)
    mean = float(told["mean"]) if told is not None else float(clv[there].mean()) if there.any() else 0.0
    clv[~there] = mean
    columns = {name: getattr(known, name.removeprefix("value_")) for name in KNOWN}
    facts = _counted(bought.events, place, when, there)
    notes += _joined(facts, mean)
    if learnt is not None:
        notes.append(f"The parameters are learnt from purchases before {dated(learnt)}.")
        if model.left_out:
            notes.append(f"{model.left_out:,} customers bought again for nothing; amounts are learnt from the others.")
        facts |= {"learnt": dated(learnt), "holdout": _checked(value, bought.events, learnt)}
    facts |= {"zero": bought.zero, "refunds": bought.refunds, "refunded": bought.refunded, "mean": mean}
    facts |= {"purchases": len(bought.events), "buyers": len(np.unique(bought.events.customer))}
    odd = []
    if unknown := int((~there).sum()):
        rule = f"names {unknown} customers without a purchase before their date; they get the mean value of the run"
        odd.append(Problem(Code.UNSEEN_LEVEL, "warning", rule, "bring their purchases too", column, count=unknown))
    learned = {**model.to_dict(), "mean": mean, "months": months}
    return Worth({CLV: clv, **columns, ALIVE: np.where(there, alive, np.nan)}, tuple(notes), facts, learned, tuple(odd))


def _customers(value: Value, checked: Checked) -> tuple[str, np.ndarray]:
    """The column that says who each row is of, and (rows,) str its cells."""
    if value.customer is not None:
        name = NamedColumns(checked, {}).own("value.customer", value.customer)
    else:
        found = [*checked.in_role("group"), *checked.in_role("identifier")]
        if not found:
            raise ConfigError(
                "no column of the table says which customer a row is of",
                where="value.customer",
                advice="write data.id, data.group or value.customer",
            )
        name = found[0]
    cells = checked.frame[name]
    if pd.api.types.is_numeric_dtype(cells):
        cells = cells.map(lambda one: f"{one:g}" if np.isfinite(one) else "", na_action="ignore")
    return name, cells.astype("str").fillna("").to_numpy(dtype=object)


def _dates(
    value: Value, checked: Checked, events: Events, as_of: str | None, by_month: bool | None
) -> tuple[np.ndarray, bool, list[str]]:
    """(rows,) the day of each row, whose purchases count when they came before it, in days since 1970; and whether rows of
    one month share its first day.

    by_month: whether those that were learnt from did, so that the other rows of a file do not matter; None: these are they.
    """
    new = by_month is not None
    after = int(events.day.max()) + 1
    time = next((name for name in checked.in_role("time") if checked.kinds[name] == "date"), None)
    asked = as_of if time is None or new else value.as_of
    given = None if asked is None else days(asked, "value.as_of")
    if time is None:
        if given is not None and given > after and not new:
            raise ConfigError(
                f"the purchases end on {dated(after - 1)}, before {dated(given)}",
                where="value.as_of",
                advice=f"write a date up to {dated(after)}",
            )
        said = [] if given is not None or new else [
            f"No date is given for the table (data.time or value.as_of): all purchases up to {dated(after - 1)} are taken for "
            "known. If some came after the table was made, the values look ahead."
        ]  # fmt: skip
        return np.full(len(checked.frame), after if given is None else given), False, said
    cells = checked.frame[time].to_numpy(dtype="datetime64[us]").astype("datetime64[D]").astype(np.int64)
    if given is not None and (cells < given).any():
        early = int((cells < given).sum())
        raise ConfigError(
            f"{early:,} rows are of dates before it, the first of {dated(cells.min())}: their values would look ahead",
            where="value.as_of",
            advice="leave it out, so that each row's own date counts",
        )
    if given is not None:
        return np.full(len(cells), given), False, []
    if not by_month if new else len(np.unique(cells)) <= _DATES:
        return cells, False, []
    months = cells.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    if len(np.unique(months)) > _MANY_DATES:
        raise ConfigError(
            f"the rows are of {len(np.unique(months)):,} months", where="data.time", advice="write value.as_of"
        )
    return (
        months,
        True,
        ["The rows have many dates: what was bought by the first day of a row's month counts as known."],
    )


def _learnt(events: Events, dates: np.ndarray) -> tuple[PurchaseModel, int]:
    """From the purchases before the earliest date that has enough of them, so that no value of a later row looks ahead."""
    for date in dates[:-1]:
        known = histories(events, int(date) - 1)
        if ((known.frequency > 0) & (known.mean > 0)).sum() >= _AGAIN:
            return PurchaseModel.fitted(known), int(date)
    return PurchaseModel.fitted(histories(events, int(dates[-1]) - 1)), int(dates[-1])


def _histories(events: Events, place: np.ndarray, when: np.ndarray) -> Histories:
    """(rows,) of each row's customer up to its day; NaN where it had bought nothing."""
    rows = len(place)
    out = {name: np.full(rows, np.nan) for name in ("frequency", "recency", "age", "mean")}
    for date in np.unique(when):
        known = histories(events, int(date) - 1)
        here = np.flatnonzero((when == date) & (place >= 0))
        at = np.searchsorted(known.customer, place[here])
        at = np.minimum(at, max(len(known) - 1, 0))
        found = known.customer[at] == place[here] if len(known) else np.zeros(len(here), dtype=bool)
        for name, column in out.items():
            column[here[found]] = getattr(known, name)[at[found]]
    return Histories(place, **out)


def _counted(events: Events, place: np.ndarray, when: np.ndarray, there: np.ndarray) -> dict[str, Any]:
    """Who is in both, in one only, and what was cut because it came later."""
    seen = np.zeros(len(events.names), dtype=bool)
    seen[place[place >= 0]] = True
    bought = np.zeros(len(events.names), dtype=bool)
    bought[events.customer] = True
    return {
        "rows": len(place),
        "unknown": int((~there).sum()),
        "elsewhere": int((bought & ~seen).sum()),
        "later": int((events.day >= int(when.max())).sum()),
        "until": dated(int(when.max()) - 1),
        "since": dated(int(events.day.min())),
    }


def _joined(facts: Mapping[str, Any], mean: float) -> list[str]:
    said = []
    if facts["unknown"]:
        share = facts["unknown"] / facts["rows"]
        said.append(
            f"{facts['unknown']:,} rows of {facts['rows']:,} are of customers without a purchase before their date; they get "
            f"the mean value of the others, {mean:,.2f}."
            + (" That is most of the table: look at the customers' names." if share > _LONE else "")
        )
    if facts["elsewhere"]:
        said.append(f"{facts['elsewhere']:,} customers of the transactions are not in the table; all are learnt from.")
    if facts["later"]:
        said.append(f"{facts['later']:,} purchases came after {facts['until']} and are not looked at.")
    return said


def _checked(value: Value, events: Events, until: int) -> dict[str, Any] | None:
    """The model of the first part of the time against what came in the rest; None where that is too short.

    Where purchases after the date are in the file they are the rest: nothing is learnt from them, but they can tell whether
    the model's own predictions came true. Else the last `value.holdout` of the time before the date.
    """
    if value.holdout == 0:
        return None
    start, split, end = int(events.day.min()), until - 1, int(events.day.max())
    if end - split < _REST * (split - start):
        split, end = split - round(value.holdout * (split - start)), split
    if split <= start or split >= end:
        return None
    try:
        return {"split": dated(split), "until": dated(end), **holdout(events, split, end).to_dict()}
    except DataError:
        return None
