"""What is odd about interactions that can be read: busy users, users and items met once, exchanged columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import shown
from casestudies.tabular.interaction_columns import ROWS
from casestudies.tabular.interactions.items import Known
from casestudies.tabular.mapping import Guess, words
from casestudies.tabular.problems import Code, Problem

Codes = NDArray[np.int32]

_BUSY = 0.05  # share of all rows of one user
_TIMES = 5  # its rows as a multiple of the mean
_NAMED = 3  # busy users that are named


def busy(user: Codes, names: pd.Index, column: str, few: int = 20) -> Iterator[Problem]:
    """Users with more than 5 % of the rows: a program, a counter for guests, or a test account."""
    counts = np.bincount(user, minlength=len(names))
    rows = len(user)
    found = np.flatnonzero((counts > _BUSY * rows) & (counts > _TIMES * rows / max(len(names), 1)) & (counts > few))
    if not len(found):
        return
    found = found[np.argsort(-counts[found], kind="stable")]
    named = ", ".join(f"{shown(names[place])} {counts[place] / rows:.0%}" for place in found[:_NAMED])
    rule = f"has users with more than 5 % of all rows ({named}): programs, or a code for guests?"
    advice = f"if so leave them out: data.where: \"{column} != '{str(names[found[0]])[:40]}'\""
    yield Problem(Code.BUSY_USER, "warning", rule, advice, column, count=int(counts[found].sum()))


def once(user: Codes, item: Codes, columns: Mapping[str, str]) -> Iterator[Problem]:
    """Users and items with one row: nothing can be learnt and tested of them at once."""
    for role, codes in (("user", user), ("item", item)):
        counts = np.bincount(codes)
        single, all_ = int((counts == 1).sum()), int((counts > 0).sum())
        if single:
            rule = f"has {single:,} of {all_:,} {role}s with one row"
            severity = "warning" if single > 0.5 * all_ else "note"
            advice = f"reading.{role}_core: 2 leaves them out"
            yield Problem(Code.ONCE_ONLY, severity, rule, advice, columns[role], count=single)  # type: ignore[arg-type]


def exchanged(columns: Mapping[str, Guess], users: pd.Index, items: pd.Index, known: Known | None) -> Iterator[Problem]:
    """Users where items should be: by the names of the columns, or by the table of items."""
    user, item = columns["user"].column, columns["item"].column
    reason = ""
    if known is not None:
        of_users, of_items = (float(ids.isin(known.frame.index).mean()) for ids in (users, items))
        if of_users > of_items + 0.2:
            reason = (
                f"{of_users:.0%} of its values are in the table of items, and {of_items:.0%} of those of {shown(item)}"
            )
    names = {role: {words(role), *map(words, ROWS[role].synonyms)} for role in ("user", "item")}
    if not reason and words(user) in names["item"] and words(item) in names["user"]:
        reason = f"its name is one of items, and {shown(item)} is one of users"
    if reason:
        advice = f"write data.user: {item} and data.item: {user}"
        yield Problem(Code.SWAPPED, "warning", f"is taken for the user, and {reason}", advice, user)
