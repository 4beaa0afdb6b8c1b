"""A fitted model and new interactions: the history grows, newcomers get numbers, what is touched is refreshed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import DataError
from casestudies.models.factorisation.fitted import Fitted
from casestudies.models.factorisation.partial import Half, Ratings, learnt
from casestudies.models.factorisation.recency import Recency
from casestudies.models.factorisation.sidefeatures import Side
from casestudies.models.factorisation.vectors import Codes
from casestudies.tabular.interactions import Interactions

# places, a power of 2 that 32 bits hold: pairs are spread over them, and those that recur are found without sorting
_TABLE = 1 << 20


def grown(fitted: Fitted, new: Interactions) -> Fitted:
    """The model after new interactions, under the old numbers; new users and items come behind them.

    Raises
    ------
    DataError: no ratings for a model of ratings, ratings off its scale or not finite, or a table of items (or users) without the
        columns that the model was taught.
    """
    if not len(new):
        return fitted
    _refuse_unusable(fitted, new)
    old = fitted.data
    data, first = appended(old, new, fitted.explicit)
    after = replace(fitted, data=data)
    users = _half(fitted, data, "user")
    items = _half(fitted, data, "item")
    values = after.history.value - np.float32(fitted.vectors.mean) if fitted.explicit else _weights(data)
    users, items, _ = learnt(users, items, Ratings(data.user, data.item, values), first, fitted.penalties)
    vectors = replace(
        fitted.vectors, users=users.vectors, items=items.vectors, user_bias=users.bias, item_bias=items.bias
    )
    return _recent(replace(after, vectors=vectors), fitted, data.user[first:])


def _refuse_unusable(fitted: Fitted, new: Interactions) -> None:
    if not fitted.explicit:
        return
    if new.rating is None:
        raise DataError("there are no ratings, and the model learnt ratings", where="partial_fit", advice="bring them")
    low, high = fitted.data.scale or (-np.inf, np.inf)
    wrong = ~((new.rating >= low) & (new.rating <= high))
    if wrong.any():
        raise DataError(
            f"{int(wrong.sum()):,} ratings are outside {low:g} to {high:g} or not finite",
            where=f"partial_fit, row {int(np.argmax(wrong)) + 1}",
            advice="correct them, or fit again on the wider scale",
        )


def appended(old: Interactions, new: Interactions, explicit: bool) -> tuple[Interactions, int]:
    """The history with the new rows behind the old ones, and where they begin; a new rating replaces the old one."""
    user_ids, user = _joined(old.user_ids, new.user_ids, new.user)
    item_ids, item = _joined(old.item_ids, new.item_ids, new.item)
    if explicit:
        latest = _latest(new)
        new, user, item = new.take(latest), user[latest], item[latest]
        old = old.take(_kept(old, user, item, len(item_ids)))

    def both(values, more):
        return None if values is None else np.concatenate([values, more.astype(values.dtype)])

    count = len(new)
    newest = 0 if old.time is None else int(old.time.max(initial=0))
    times = np.full(count, newest) if new.time is None else new.time
    rating = np.zeros(count) if new.rating is None else new.rating  # only where the ratings are not used
    weight = np.ones(count) if new.weight is None else new.weight
    data = replace(
        old,
        user=np.concatenate([old.user, user]),
        item=np.concatenate([old.item, item]),
        user_ids=user_ids,
        item_ids=item_ids,
        rating=both(old.rating, rating),
        weight=both(old.weight, weight),
        time=both(old.time, times),
        items=_table(old.items, new.items, item_ids),
        users=_table(old.users, new.users, user_ids),
    )
    return data, len(old)


def _joined(names: pd.Index, more: pd.Index, codes: Codes) -> tuple[pd.Index, NDArray[np.int32]]:
    """All names, the new ones behind the old; and the codes of rows that counted `more`."""
    place = names.get_indexer(more)
    fresh = place < 0
    place[fresh] = len(names) + np.arange(int(fresh.sum()))
    whole = names.append(more[fresh]) if fresh.any() else names
    return whole, place[codes].astype(np.int32)


def _latest(new: Interactions) -> NDArray[np.intp]:
    """The rows that no later row of the same user and item replaces."""
    time = np.zeros(len(new), np.int64) if new.time is None else new.time
    order = np.lexsort((time, new.item, new.user))
    user, item = new.user[order], new.item[order]
    last = np.append((user[1:] != user[:-1]) | (item[1:] != item[:-1]), True)
    return np.sort(order[last])


def _kept(old: Interactions, user: Codes, item: Codes, items: int) -> NDArray[np.bool_]:
    """(rows,) of the history that no new rating replaces."""
    marks = old.user.view(np.uint32) * np.uint32(items)  # numbers of 32 bits from 0, so their bits are the same
    marks += old.item.view(np.uint32)
    marks &= np.uint32(_TABLE - 1)
    pairs = user.astype(np.int64) * items + item
    taken = np.zeros(_TABLE, bool)
    taken[pairs & (_TABLE - 1)] = True
    suspects = np.flatnonzero(taken[marks])
    before = old.user[suspects].astype(np.int64) * items + old.item[suspects]
    kept = np.ones(len(old), bool)
    kept[suspects[np.isin(before, pairs)]] = False
    return kept


def _table(old: pd.DataFrame, new: pd.DataFrame, ids: pd.Index) -> pd.DataFrame:
    """What is known of all of `ids`; of the old ones what was known."""
    if not len(old.columns):
        return new.reindex(ids) if len(new.columns) else old
    if len(old) == len(ids):
        return old
    later = ids[len(old) :]
    more = new.reindex(later) if len(new.columns) else pd.DataFrame(index=later)
    return pd.concat([old, more.reindex(columns=old.columns)])


def _half(fitted: Fitted, data: Interactions, side: Side) -> Half:
    """One side with rows for newcomers, who begin, as all are pulled, at what their features say."""
    vectors, user = fitted.vectors, side == "user"
    count = fitted.user_counts if user else fitted.item_counts
    own = Half(vectors.users, vectors.user_bias, count) if user else Half(vectors.items, vectors.item_bias, count)
    rows = data.shape[0 if user else 1]
    own, before = own.extended(rows), len(count)
    embedded = fitted.of_side(side)
    if embedded is None:
        return own
    table = data.users if user else data.items
    centre, bias = embedded.cold(table)
    own.vectors[before:], own.bias[before:] = centre[before:], bias[before:]
    return replace(own, centre=centre, centre_bias=bias)


def _weights(data: Interactions) -> NDArray[np.float32]:
    return np.ones(len(data), np.float32) if data.weight is None else data.weight


def _recent(grown: Fitted, before: Fitted, touched: Codes) -> Fitted:
    """With a half-life, the touched users folded in anew under their weights."""
    if before.recent is None or before.half_life is None:
        return grown
    users, biases = (
        np.concatenate([old, np.zeros((grown.data.shape[0] - len(old), *old.shape[1:]), np.float32)])
        for old in before.recent
    )
    marked = np.zeros(len(biases), bool)
    marked[touched] = True
    theirs = grown.history.take(marked[grown.data.user])
    vectors, bias = folded_of_late(grown, theirs, before.half_life)
    users[marked], biases[marked] = vectors[marked], bias[marked]
    return replace(grown, recent=(users, biases))


def folded_of_late(
    fitted: Fitted, data: Interactions, half_life: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(users, factors) and (users,): all users of a table, folded in with the newest interactions first in weight."""
    weights = Recency(half_life).weights(data)
    if not fitted.explicit and data.weight is not None:
        weights = weights * data.weight
    return fitted.fold.users(data, weights)
