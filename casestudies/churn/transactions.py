"""The file of transactions or events beside the table: reading it, and what in it counts as a purchase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from casestudies.churn.valuing import Transactions
from casestudies.errors import ConfigError, DataError
from casestudies.tabular.events import Events, read_events
from casestudies.tabular.read import ReadOptions, read_table

FILE = "transactions"  # its name under data.files


@dataclass(frozen=True, eq=False)
class Purchases:
    """The events that are purchases, and what was set aside, a sentence each.

    zero: purchases for nothing, which are kept. refunds: events with a negative amount, which are not; refunded: their
    sum, and sold: that of the others.
    """

    events: Events
    zero: int
    refunds: int
    refunded: float
    sold: float
    notes: tuple[str, ...]


def events_of(transactions: Transactions, files: Mapping[str, Path], key: str) -> Events:
    """The file's events, sorted.

    Parameters
    ----------
    key: the setting that needs them, for the message.

    Raises
    ------
    ConfigError: no such file is named. DataError: it cannot be read.
    """
    if FILE not in files:
        raise ConfigError(
            "there is no file of transactions", where=key, advice=f"write data.files: {{{FILE}: transactions.csv}}"
        )
    file = files[FILE]
    state = file.stat() if file.exists() else None  # a file that is not there is refused by the reader
    seen = (0, 0) if state is None else (state.st_size, state.st_mtime_ns)
    return _read(transactions.model_dump_json(), file, seen)


@lru_cache(maxsize=1)
def _read(told: str, file: Path, seen: tuple[int, int]) -> Events:
    """Read once for the snapshot, the values and every part of a file of new customers.

    told: the settings. seen: size and time of the file, so that another file of that name is another file.
    """
    t = Transactions.model_validate_json(told)
    read = t.read
    options = ReadOptions(
        separator=read.separator,
        decimal=read.decimal,
        encoding=read.encoding,
        header=read.header,
        names=None if read.names is None else tuple(read.names),
        missing=tuple(read.missing),
        sheet=read.sheet,
    )
    table = read_table(file, options)
    return read_events(table, t.customer, t.time, t.amount, t.kind, t.format)


def purchases_of(transactions: Transactions, events: Events) -> Purchases:
    """The purchases among the events: of the kinds asked for, without refunds.

    Raises
    ------
    ConfigError: there are no amounts, or no such kind.
    DataError: nothing is left.
    """
    if events.amount is None:
        raise ConfigError(
            "a customer's value needs the amounts of purchases",
            where="transactions.amount",
            advice="name the column with the money",
        )
    events = events.of_kinds(transactions.purchases, "transactions.purchases")
    amount: Any = events.amount
    refund, zero, missing = amount < 0, amount == 0, np.isnan(amount)
    notes = []
    if missing.any():
        notes.append(f"{missing.sum():,} purchases have no amount; they count as purchases for nothing.")
    if zero.any():
        notes.append(
            f"{zero.sum():,} purchases of {len(events):,} are for nothing; they count as purchases and lower the mean amount "
            "of their customers."
        )
    refunded, sold = -float(amount[refund].sum()), float(np.nansum(amount[~refund]))
    if refund.any():
        part = f" ({refunded / sold:.1%} of sales: lower value.share by as much if they go on)" if sold > 0 else ""
        notes.append(
            f"{refund.sum():,} events have a negative amount, {refunded:,.2f} in all{part}: refunds are no purchases and are "
            "left out."
        )
    kept = events.where(~refund)
    if not len(kept):
        raise DataError(
            "no purchase is left", where=events.source.name, advice="look at transactions.purchases and the amounts"
        )
    return Purchases(kept, int(zero.sum()), int(refund.sum()), refunded, sold, tuple(notes))
