"""Titles and categories that stand beside each interaction, where items have no table of their own."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from casestudies.tabular.contract import Contract
from casestudies.tabular.interaction_columns import ITEMS
from casestudies.tabular.interactions.draft import Draft
from casestudies.tabular.mapping import guess
from casestudies.tabular.problems import ticked
from casestudies.tabular.read import Table

_PARTS = ("title", "category")
_SPELLINGS = 1.3  # cells that an item has at most in the mean; the titles of reviews are as many as the rows


def item_columns(draft: Draft, drop: tuple[str, ...]) -> Table | None:
    """The items with what the rows say of them, the last cell of each that is not empty; None where they say nothing.

    drop: columns that are not looked at.
    """
    frame, item = draft.table.frame, draft.columns["item"]
    free = [str(name) for name in frame.columns if name not in draft.columns.values() and name not in drop]
    contract = Contract(tuple(column for column in ITEMS.columns if column.name in _PARTS))
    found = [told.column for told in guess(contract, frame[free]).values()]
    rows = frame.loc[draft.kept, [item, *found]]
    items = rows[item].nunique()
    steady = [name for name in found if len(rows[[item, name]].dropna().drop_duplicates()) <= _SPELLINGS * items]
    if not steady:
        return None
    last = rows[[item, *steady]].dropna().drop_duplicates(item, keep="last")
    names = " and ".join(map(ticked, steady))
    note = (
        f"what is known of the items is what the rows say last in {names}; data.files.items names a table of their own"
    )
    source = replace(draft.table.source, notes=(note,), rows=len(last), columns=last.shape[1])
    return Table(pd.DataFrame(last), source, draft.table.lines[frame.index.get_indexer(last.index)])
