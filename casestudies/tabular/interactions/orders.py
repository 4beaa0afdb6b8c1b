"""What an act counts: the kind of event, how many of an order line, and returns that take purchases away."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import ConfigError, nearest, shown
from casestudies.tabular.cells import clean, coded
from casestudies.tabular.interactions.draft import Draft, Mask
from casestudies.tabular.interactions.options import Options
from casestudies.tabular.interactions.ratings import MOST, numbers_of
from casestudies.tabular.mapping import words
from casestudies.tabular.problems import Code

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_USUAL: tuple[tuple[float, frozenset[str]], ...] = (  # what the usual names of events mean
    (1.0, frozenset({"view", "click", "pv", "pageview", "visit", "impression", "detail"})),
    (
        3.0,
        frozenset({"cart", "addtocart", "add", "basket", "fav", "favourite", "favorite", "wishlist", "like", "save"}),
    ),
    (5.0, frozenset({"buy", "purchase", "bought", "order", "transaction", "checkout", "sale"})),
)
_KINDS = 50  # more values than kinds of events


def event_weights(draft: Draft, options: Options) -> Floats | None:
    """(rows,) what each row's event counts; rows of kinds that count nothing are left out. None without a column of events.

    Raises
    ------
    ConfigError: `reading.event_weights` names a kind that is not there, or there is no column of events.
    """
    stated = options.event_weights
    if "event" not in draft:
        if stated:
            raise ConfigError("there is no column of events", where="reading.event_weights", advice="write data.event")
        return None
    cells, _ = clean(draft.cells("event"))
    codes, levels = coded(cells)
    if len(levels) > _KINDS:
        rule = f"has {len(levels):,} values, too many for kinds of events"
        draft.say(
            Code.EVENT_WEIGHTS,
            rule,
            "name another column in data.event",
            role="event",
            severity="error",
            count=draft.left,
        )
        return None
    weights = _stated(levels, stated) if stated else {level: _usual(level) for level in levels}
    told = ", ".join(f"{shown(level)} {weight:g}" for level, weight in weights.items())
    how = "as stated" if stated else "by what their names usually mean"
    draft.say(
        Code.EVENT_WEIGHTS, f"counts {told}, {how}", "write reading.event_weights", role="event", count=draft.left
    )
    value = np.array([*weights.values(), 0.0])[codes]
    draft.leave_out(codes < 0, Code.MISSING, "do not say what kind of event it was", role="event")
    draft.leave_out(value <= 0, Code.EVENT_WEIGHTS, "are of kinds that count nothing", role="event", severity="note")
    if not draft.left:
        raise draft.none_left("of a kind that counts", "write reading.event_weights for the kinds that do")
    return value


def _stated(levels: list[str], stated: Mapping[str, float]) -> dict[str, float]:
    """{level: its weight}, compared without capital letters; kinds without a weight count nothing."""
    by_name = {name.casefold(): weight for name, weight in stated.items()}
    there = {level.casefold() for level in levels}
    for name in stated:
        if name.casefold() not in there:
            what = f"no event is of the kind {shown(name)}"
            raise ConfigError(what, where="reading.event_weights", advice=nearest(name, levels))
    return {level: float(by_name.get(level.casefold(), 0.0)) for level in levels}


def _usual(level: str) -> float:
    named = {*words(level), "".join(words(level))}
    if named & {"remove", "removed", "return", "returned", "refund", "dislike"}:
        return 0.0
    return max((weight for weight, names in _USUAL if names & named), default=1.0)


def quantities(draft: Draft) -> Floats | None:
    """(rows,) how many of each row, below 0 = returned; lines of nothing are left out. None without such a column."""
    if "quantity" not in draft:
        return None
    values = numbers_of(draft, "quantity")
    if draft.problems.errors:
        return values
    draft.leave_out(values == 0, Code.OUT_OF_RANGE, "are 0", "a line of nothing is no purchase", role="quantity")
    missing = np.isnan(values) & draft.kept
    if missing.any():
        draft.say(
            Code.MISSING,
            f"is missing in {missing.sum():,} rows, which count as 1",
            role="quantity",
            count=int(missing.sum()),
        )
    if not (values[draft.kept] > 0).any() and not missing.any():
        raise draft.none_left("with a quantity above 0", "see that data.quantity names the right column")
    return np.where(np.isnan(values), 1.0, values)


def after_returns(draft: Draft, quantity: Floats, pair: Whole, time: Whole | None) -> Floats:
    """(rows,) what is left of each purchase after its returns; rows of nothing are left out.

    A return takes away from the latest purchases of the same user and item before it (the last of several returns counts for
    all), so that what stays is the earliest. Without times the order of the rows is that of time.

    Parameters
    ----------
    pair: (rows,) one number for each user and item. time: (rows,) seconds.
    """
    back: Mask = draft.kept & (quantity < 0)
    if not back.any():
        return quantity
    when = np.arange(len(quantity)) if time is None else time
    order = np.lexsort((np.arange(len(quantity)), when, pair))
    order = order[draft.kept[order]]
    begins = np.flatnonzero(np.diff(pair[order], prepend=pair[order[0]] - 1))
    group = np.repeat(np.arange(len(begins)), np.diff(np.append(begins, len(order))))
    returned = np.bincount(group, np.where(back[order], -quantity[order], 0.0))
    last = np.full(len(begins), -1)  # the place of the last return of each pair
    last[group[back[order]]] = np.flatnonzero(back[order])
    open_to = np.where(~back[order] & (np.arange(len(order)) < last[group]), quantity[order], 0.0)
    total = np.cumsum(open_to)
    behind = total[np.append(begins[1:], len(order)) - 1][group] - total  # what was bought later, and before the return
    taken = np.clip(returned[group] - behind, 0.0, open_to)
    rest = quantity.copy()
    rest[order] -= taken
    lone = returned.sum() - taken.sum()
    gone = draft.kept & ~back & (rest <= 0)
    advice = "nothing to do: what was sent back is no sign of liking"
    unmatched = f", {lone:,.0f} pieces of it without a purchase before" if lone > 0 else ""
    words = f"are below 0: returns, which take {taken.sum():,.0f} pieces off {int((taken > 0).sum()):,} earlier purchases{unmatched}"
    draft.leave_out(back, Code.RETURNED, words, advice, role="quantity", severity="note")
    draft.leave_out(gone, Code.RETURNED, "were sent back as a whole", advice, role="quantity", severity="note")
    if not draft.left:
        raise draft.none_left("after returns", "see that purchases have quantities above 0")
    return rest


def counted(quantity: Floats | None, event: Floats | None, weight: Floats | None, logarithm: bool) -> Floats | None:
    """(rows,) what each row counts: the product of what is known of it; None = 1 each."""
    out = None
    if quantity is not None:
        out = np.log2(1 + np.maximum(quantity, 0)) if logarithm else quantity
    for factor in (event, weight):
        if factor is not None:
            out = factor if out is None else out * factor
    return out


def weights_of(draft: Draft) -> Floats | None:
    """(rows,) the stated weights; rows without one, or that weigh nothing, are left out. None without such a column."""
    if "weight" not in draft:
        return None
    values = numbers_of(draft, "weight")
    if not draft.problems.errors:
        draft.leave_out(~(values >= 1 / MOST), Code.OUT_OF_RANGE, "are no weight above 0", role="weight")
        if not draft.left:
            raise draft.none_left("with a weight above 0", "name another column in data.weight")
    return values
