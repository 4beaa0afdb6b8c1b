"""A file that lists are asked with: new interactions, or only the customers who are to have lists, or nothing at all."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import DataError, shown
from casestudies.models.factorisation.fitted import Fitted
from casestudies.models.factorisation.growing import appended
from casestudies.models.factorisation.vectors import Codes
from casestudies.recommendation.listing import counted
from casestudies.tabular.interaction_columns import NAMES
from casestudies.tabular.interactions import Interactions
from casestudies.tabular.interactions.ids import ids_of
from casestudies.tabular.interactions.options import LIMITS, Options
from casestudies.tabular.interactions.reading import read_interactions
from casestudies.tabular.interactions.sources import table_of
from casestudies.tabular.mapping import words
from casestudies.tabular.problems import Code
from casestudies.tabular.read import ReadOptions

_OF_A_RUN = (Code.BUSY_USER, Code.ONCE_ONLY)  # doubts about the customers of a whole history
_LINE = 65_536  # bytes of a head at most


@dataclass(frozen=True, eq=False)
class Arrivals:
    """history: the stored one with the new rows behind it. users: numbers of those who get lists, in the order of the file.

    news: of those of whom there are new rows. notes: how the file was read and what of it counts. begin: number of the first
    new row of the history.
    """

    history: Interactions
    users: Codes
    news: Codes
    notes: tuple[str, ...]
    begin: int


def everybody(fitted: Fitted) -> Arrivals:
    """All stored customers, of whom there is nothing new."""
    everyone = np.arange(fitted.data.shape[0], dtype=np.int32)
    return Arrivals(fitted.data, everyone, np.empty(0, np.int32), (), len(fitted.data))


def arrived(fitted: Fitted, path: Path, columns: dict[str, str], options: Options, read: ReadOptions) -> Arrivals:
    """What a file asks for.

    A file with a column of items holds interactions: its customers get lists by their stored history and these. One
    without holds customers. One without rows asks for lists for all who are stored.

    Parameters
    ----------
    columns: {role: column} of the run; where the file has no such column, it is found as a run finds it.

    Raises
    ------
    DataError: the file cannot be read, holds no ratings for a model of ratings, or no row of an item that is known.
    """
    if _only_a_head(path, columns):
        return replace(everybody(fitted), notes=("the file names nobody, so all customers of the run have lists",))
    table, _ = table_of(path, replace(read, skip_broken=True), LIMITS, "the table")
    there = [str(name) for name in table.frame.columns]
    if not _has_items(there, columns):
        return _named(fitted, table.frame, columns)
    stated: dict[str, Any] = {role: column for role, column in columns.items() if column in there}
    asked = replace(options, user_core=0, item_core=0, scale=fitted.data.scale)
    asked = replace(asked, feedback="explicit" if fitted.explicit else options.feedback)
    found = read_interactions(path, **stated, options=asked, read=read)
    said = [str(one) for one in found.problems.of("warning") if one.code not in _OF_A_RUN]
    return _joined(fitted, found.data, (*found.notes, *said), path)


def _only_a_head(path: Path, columns: dict[str, str]) -> bool:
    """Whether a file of text holds the name of the users' column and nothing below it."""
    with path.open("rb") as file:
        head, more = file.readline(_LINE).decode("utf-8-sig", errors="replace"), file.read(_LINE)
    usual = {words(name) for name in (*NAMES["user"], columns.get("user", ""))}
    cells = re.split(r"[,;\t|]", head.strip())
    return not more.strip() and any(words(cell.strip().strip('"')) in usual for cell in cells)


def _has_items(there: list[str], columns: dict[str, str]) -> bool:
    """Whether the file says what was taken, and not only who."""
    usual = {words(name) for name in NAMES["item"]}
    return len(there) > 1 and (columns.get("item") in there or any(words(name) in usual for name in there))


def _named(fitted: Fitted, frame: pd.DataFrame, columns: dict[str, str]) -> Arrivals:
    """Customers by their ids; those whom the run does not know are newcomers without a history."""
    usual = {words(name) for name in NAMES["user"]}
    names = [str(name) for name in frame.columns]
    column = next((name for name in names if name == columns.get("user")), None)
    column = column or next((name for name in names if words(name) in usual), names[0])
    items = {words(name) for name in (*NAMES["item"], columns.get("item", "")) if name != "id"}
    if words(column) in items - usual:
        advice = f"add the column of customers, {shown(columns.get('user', 'user'))}"
        raise DataError("names items and no customer", where=f"column {shown(column)}", advice=advice)
    ids = ids_of(frame[column], False)
    wanted = ids.names[_once(ids.codes[ids.codes >= 0])]
    if not len(wanted):
        raise DataError("names no customer", where=f"column {shown(column)}", advice="write one id in each row")
    data = fitted.data
    known = data.user_ids.astype(str).get_indexer(wanted.astype(str))
    new = wanted[known < 0]
    known[known < 0] = data.shape[0] + np.arange(len(new))
    history = replace(data, user_ids=data.user_ids.astype(object).append(pd.Index(new, dtype=object)))
    notes = [f"{shown(column)} names {counted(len(wanted), 'customer')}"]
    if len(new):
        notes.append(f"{len(new):,} of them not known to the run")
    return Arrivals(history, known.astype(np.int32), np.empty(0, np.int32), tuple(notes), len(history))


def _joined(fitted: Fitted, new: Interactions, notes: tuple[str, ...], path: Path) -> Arrivals:
    place = fitted.data.item_ids.astype(str).get_indexer(new.item_ids.astype(str))
    known = place[new.item] >= 0
    users = _once(new.user)
    strange = int(np.count_nonzero(~known))
    if strange:
        items = len(np.unique(new.item[~known]))
        if not known.any():
            advice = "name the column of items as the run does"
            raise DataError("none of its items is known to the run", where=path.name, advice=advice)
        notes = (
            *notes,
            f"{counted(strange, 'row')} of {counted(items, 'item')} that the run does not know do not count",
        )
    rows = replace(
        new.take(known),
        item=place[new.item[known]].astype(np.int32),
        item_ids=fitted.data.item_ids,
        items=pd.DataFrame(),
        user_ids=_as_stored(fitted.data.user_ids, new.user_ids),
    )
    fresh = _fresh(fitted.data, rows)
    if old := int(np.count_nonzero(~fresh)):
        notes = (
            *notes,
            f"{counted(old, 'row')} of it {'is' if old == 1 else 'are'} known to the run and not counted again",
        )
        rows = rows.take(fresh)
    history, begin = appended(fitted.data, rows, fitted.explicit) if len(rows) else (fitted.data, len(fitted.data))
    numbers = history.user_ids.get_indexer(rows.user_ids).astype(np.int32)
    strangers = len(history.user_ids) - fitted.data.shape[0]
    notes = (
        *notes,
        f"{counted(len(users), 'customer')}, {strangers:,} of them not known to the run, with {counted(len(rows), 'new row')}",
    )
    return Arrivals(history, numbers[users], numbers[np.unique(rows.user)], notes, begin)


def _fresh(stored: Interactions, rows: Interactions) -> NDArray[np.bool_]:
    """(rows,) whether a row is not stored yet, so that a shop may give its whole table each night.

    The same are customer, item and time, and rating where there are ratings; where either table has no times, customer
    and item.
    """
    user = stored.user_ids.get_indexer(rows.user_ids)[rows.user]
    theirs = stored.take(np.isin(stored.user, user))
    pairs: list[tuple[Any, Any]] = [(theirs.user, user), (theirs.item, rows.item)]
    for before, now in ((theirs.time, rows.time), (theirs.rating, rows.rating)):
        if before is not None and now is not None:
            pairs.append((before, now))
    old, new = (pd.MultiIndex.from_arrays(columns) for columns in zip(*pairs, strict=True))
    return ~new.isin(old)


def _as_stored(stored: pd.Index, ids: pd.Index) -> pd.Index:
    """Ids of a file, which are text, under the values that the run has for them."""
    place, names = stored.astype(str).get_indexer(ids.astype(str)), ids.to_numpy(dtype=object)
    return pd.Index(np.where(place >= 0, stored.to_numpy(dtype=object)[place], names), dtype=object)


def _once(codes: Codes) -> NDArray[np.intp]:
    """Each code once, in the order of their first appearance."""
    found, first = np.unique(codes, return_index=True)
    return found[np.argsort(first)].astype(np.intp)
