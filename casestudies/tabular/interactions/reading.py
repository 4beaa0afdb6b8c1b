"""Interactions from a stranger's file: any table of who and what, with ratings or without, checked, every choice said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import ConfigError, DataError, nearest, shown
from casestudies.tabular.derive import keep_where, with_derived
from casestudies.tabular.interaction_columns import ITEMS, USERS
from casestudies.tabular.interactions import core, doubts, orders, ratings, repeats
from casestudies.tabular.interactions.checked import CheckedInteractions
from casestudies.tabular.interactions.draft import Draft
from casestudies.tabular.interactions.finding import columns_of
from casestudies.tabular.interactions.ids import Ids, ids_of
from casestudies.tabular.interactions.inline import item_columns
from casestudies.tabular.interactions.interactions import Interactions
from casestudies.tabular.interactions.items import Given, Known, known_in, known_of
from casestudies.tabular.interactions.numbering import numbered
from casestudies.tabular.interactions.options import LIMITS, Options, SideTable
from casestudies.tabular.interactions.sources import table_of
from casestudies.tabular.interactions.times import Seconds, times_of
from casestudies.tabular.mapping import Guess
from casestudies.tabular.problems import Code, ticked
from casestudies.tabular.read import Limits, ReadOptions, Table


def read_interactions(
    given: Given,
    *,
    user: str | None = None,
    item: str | None = None,
    rating: str | None = None,
    time: str | None = None,
    event: str | None = None,
    quantity: str | None = None,
    weight: str | None = None,
    items: Given | None = None,
    users: Given | None = None,
    options: Options = Options(),  # noqa: B008
    read: ReadOptions = ReadOptions(),  # noqa: B008
    limits: Limits = LIMITS,
) -> CheckedInteractions:
    """Users and items, what they said or did, and when, from any CSV, Excel or Parquet file, or a table in memory.

    Columns that are not named are found by their names and by what they hold, and each guess is said with its reason.
    Nothing is left out in silence: every row that does not count is counted, with the first place it stands in.

    Parameters
    ----------
    given: the table, one row an interaction; a file with or without a header. Ids are kept as they are written; values of a
        table in memory stay of their kind.
    user, item, rating, time, event, quantity, weight: its columns; None = found, or not there.
    items, users: tables with one row for each item or user; ids that no interaction has are cold, and stay.
    options: the rest of what the analyst may say. read: how the file is read.

    Returns
    -------
    CheckedInteractions: `data` raises what has to be mended first.

    Raises
    ------
    DataError: the file cannot be read as a table, or no row is left, with the reason and what to do.
    ConfigError: a named column is not there, or two settings contradict each other.

    Example
    -------
    >>> import pandas as pd
    >>> shop = pd.DataFrame({"customer": ["a", "a", "b"], "sku": ["007", "12", "007"], "stars": [5, 3, 4]})
    >>> found = read_interactions(shop)
    >>> found.data.shape, found.data.scale, found.columns["item"].column
    ((2, 2), (1.0, 5.0), 'sku')
    """
    read = replace(read, skip_broken=True)
    table, named = table_of(given, read, limits, "the table")
    if options.where is not None:
        table, said = keep_where(table, options.where, {})
        table = replace(table, source=replace(table.source, notes=(*table.source.notes, said)))
    table = with_derived(table, options.derive, {})
    stated = {
        "user": user,
        "item": item,
        "rating": rating,
        "time": time,
        "event": event,
        "quantity": quantity,
        "weight": weight,
    }
    found = columns_of(table, stated, named=named, drop=options.drop)
    draft = Draft(table, {role: told.column for role, told in found.items()}, table.source.format == "frame")
    _lacking(draft, table)
    _unmet(draft, table, options)
    if draft.problems.errors:
        return CheckedInteractions(None, found, draft.problems, table.source)
    return _Reading(draft, found, options, items, users, named).done()


def _lacking(draft: Draft, table: Table) -> None:
    lacking = [role for role in ("user", "item") if role not in draft]
    if lacking:
        there = ", ".join(ticked(str(name)) for name in table.frame.columns[:8])
        rule = f"no column could be told to hold the {' and the '.join(f'{role}s' for role in lacking)} among {there}"
        advice = "write " + " and ".join(f"data.{role}: <your column>" for role in lacking)
        draft.say(Code.COLUMN_MISSING, rule, advice, severity="error")


def _unmet(draft: Draft, table: Table, options: Options) -> None:
    """Columns that settings name and that are not there; a file of new rows may lack some.

    Raises
    ------
    ConfigError: the column that says which rows judge is not there.
    """
    there = [str(name) for name in table.frame.columns]
    for key, names in (("data.drop", options.drop), ("data.dates", options.dates)):
        for name in names:
            if name not in there:
                rule = f"{key} names {shown(name)}, and there is no such column"
                draft.say(Code.COLUMN_MISSING, rule, nearest(name, there), severity="warning")
    if options.beside is not None and options.beside not in there:
        what = f"the file has no column {shown(options.beside)}"
        raise ConfigError(what, where="judging.column", advice=nearest(options.beside, there))


@dataclass(eq=False)
class _Reading:
    """One reading, step by step."""

    draft: Draft
    found: Mapping[str, Guess]
    options: Options
    item_table: Given | None
    user_table: Given | None
    named: bool

    def done(self) -> CheckedInteractions:
        draft, options = self.draft, self.options
        user, item = self._ids("user"), self._ids("item")
        pair = user.codes.astype(np.int64) * max(len(item.names), 1) + item.codes
        explicit = self._explicit()
        rated = ratings.ratings_of(draft, options) if explicit else ratings.Ratings(np.empty(0), None)
        explicit = rated.scale is not None
        if explicit:
            self._say_unused()
        time = times_of(draft, options.dates, options.today)
        value = rated.values if explicit else self._counted(pair, time)
        if draft.problems.errors:
            return self._result(None, None, None)
        draft.problems.extend(doubts.busy(user.codes[draft.kept], user.names, draft.columns["user"]))
        one = repeats.join(draft, pair, value, time, options.repeats, explicit=explicit)
        return self._numbered(user, item, one, rated.scale, time)

    def _numbered(
        self, user: Ids, item: Ids, one: repeats.Joined, scale: tuple[float, float] | None, time: Seconds | None
    ) -> CheckedInteractions:
        """What is left, under numbers from 0, with what is known of users and items, and what is odd about it."""
        rows, problems = one.rows, self.draft.problems
        users, items = self._known("user", user), self._known("item", item)
        kept = self._core(user.codes[rows], item.codes[rows])
        rows, of_rows = rows[kept], None if one.value is None else one.value[kept]
        user_codes, user_ids, user_frame = numbered(user, rows, users, problems)
        item_codes, item_ids, item_frame = numbered(item, rows, items, problems)
        floats = None if of_rows is None else of_rows.astype(np.float32)
        data = Interactions(
            user_codes,
            item_codes,
            user_ids,
            item_ids,
            rating=None if scale is None else floats,
            weight=floats if scale is None else None,
            time=None if time is None else time[rows],
            scale=scale,
            items=item_frame,
            users=user_frame,
        )
        problems.extend(doubts.once(data.user, data.item, self.draft.columns))
        problems.extend(doubts.exchanged(self.found, data.user_ids, data.item_ids, items))
        column = self.options.beside
        beside = None if column is None else self.draft.table.frame[column].to_numpy(dtype=object)[rows]
        return self._result(data, items, users, beside)

    def _result(
        self,
        data: Interactions | None,
        items: Known | None,
        users: Known | None,
        beside: NDArray[np.object_] | None = None,
    ) -> CheckedInteractions:
        return CheckedInteractions(data, self.found, self.draft.problems, self.draft.table.source, items, users, beside)

    def _ids(self, role: str) -> Ids:
        draft = self.draft
        ids = ids_of(draft.cells(role), draft.own)
        if ids.mended:
            rule = f"has {ids.mended:,} whole numbers written with a fraction (17850.0); they are read without it"
            draft.say(Code.ID_MENDED, rule, "write them as text in the file", role=role, count=ids.mended)
        who = "customer (guest orders?)" if role == "user" else "item"
        draft.leave_out(ids.codes < 0, Code.NO_ID, f"name no {who}", f"fill the {role}s' ids", role=role)
        if not draft.left:
            raise draft.none_left(
                f"with {'a user' if role == 'user' else 'an item'}", f"name another column in data.{role}"
            )
        return ids

    def _explicit(self) -> bool:
        """Whether there are ratings to read."""
        draft, asked = self.draft, self.options.feedback
        if asked == "explicit" and "rating" not in draft:
            raise DataError(
                "there is no column of ratings",
                where=draft.table.source.name,
                advice="write data.rating, or reading.feedback: implicit",
            )
        explicit = "rating" in draft and asked != "implicit"
        if explicit and self.options.repeats == "sum":
            what = "ratings cannot be added up"
            raise ConfigError(
                what, where="reading.repeats", advice="write last, first or mean, or reading.feedback: implicit"
            )
        return explicit

    def _say_unused(self) -> None:
        draft = self.draft
        unused = [role for role in ("event", "quantity", "weight") if role in draft]
        if unused:
            listed = " and ".join(ticked(draft.columns[role]) for role in unused)
            draft.say(
                Code.EXTRA_COLUMN,
                f"there are ratings, and {listed} does not count",
                "write reading.feedback: implicit to use it",
            )

    def _counted(self, pair: np.ndarray, time: np.ndarray | None) -> np.ndarray | None:
        draft, options = self.draft, self.options
        if draft.problems.errors:
            return None
        if options.feedback == "implicit":
            ratings.acts_of(draft, options)
        event = orders.event_weights(draft, options)
        weight, quantity = orders.weights_of(draft), orders.quantities(draft)
        if quantity is not None and not draft.problems.errors:
            quantity = orders.after_returns(draft, quantity, pair, time)
        return orders.counted(quantity, event, weight, options.logarithm)

    def _known(self, what: str, ids: Ids) -> Known | None:
        given = self.item_table if what == "item" else self.user_table
        contract, options = (ITEMS, self.options.items) if what == "item" else (USERS, self.options.users)
        column = self.draft.columns[what]
        if given is not None:
            return known_of(given, what, ids.names, column, contract, options)
        beside = item_columns(self.draft, self.options.drop) if what == "item" and self.named else None
        return None if beside is None else known_in(beside, what, ids.names, column, contract, SideTable(id=column))

    def _core(self, user: np.ndarray, item: np.ndarray) -> np.ndarray:
        least_user, least_item = self.options.user_core, self.options.item_core
        if max(least_user, least_item) <= 1:
            return np.ones(len(user), dtype=bool)
        kept = core.filtered(user, item, least_user, least_item, self.draft.table.source.name)
        gone = [
            f"{len(np.unique(codes)) - len(np.unique(codes[kept])):,} of {len(np.unique(codes)):,} {name}"
            for codes, name in ((user, "users"), (item, "items"))
        ]
        rule = f"users with fewer than {least_user:,} rows and items with fewer than {least_item:,} are left out: {gone[0]}, {gone[1]} and {int((~kept).sum()):,} of {len(kept):,} rows"
        many = (~kept).mean() > 0.5
        self.draft.say(
            Code.CORE,
            rule,
            "write a smaller reading.user_core or reading.item_core to keep more",
            severity="warning" if many else "note",
            count=int((~kept).sum()),
        )
        return kept
