"""Pairs of anybody and anything: known rows where there are, features where they are known, else the mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import DataError
from casestudies.models.factorisation.fitted import Fitted
from casestudies.models.factorisation.sidefeatures import Side
from casestudies.models.factorisation.vectors import Floats

_BLOCK = 1 << 14  # pairs whose vectors are gathered at once: 8 MB at 64 factors
_MEAN, _FEATURES, _HISTORY = range(3)
_FROM = np.array(["mean", "features", "history"], dtype=object)


def predicted(
    fitted: Fitted,
    users: Sequence[Any],
    items: Sequence[Any],
    about_users: pd.DataFrame | None,
    about_items: pd.DataFrame | None,
) -> pd.DataFrame:
    """See `MatrixFactorization.predict`."""
    if len(users) != len(items):
        raise DataError(f"{len(users):,} users and {len(items):,} items are no pairs", where="predict")
    parts = [
        _block(fitted, users[begin : begin + _BLOCK], items[begin : begin + _BLOCK], about_users, about_items)
        for begin in range(0, max(len(users), 1), _BLOCK)
    ]
    scores, user_from, item_from = (np.concatenate(column) for column in zip(*parts, strict=True))
    return pd.DataFrame(
        {
            "user": list(users),
            "item": list(items),
            "expected": fitted.within(scores) if fitted.explicit else scores,
            "user_from": _FROM[user_from],
            "item_from": _FROM[item_from],
        }
    )


def _block(
    fitted: Fitted,
    users: Sequence[Any],
    items: Sequence[Any],
    about_users: pd.DataFrame | None,
    about_items: pd.DataFrame | None,
) -> tuple[Floats, NDArray[np.intp], NDArray[np.intp]]:
    """(pairs,) the scores, and where the two parts of each come from."""
    user_vectors, user_bias, user_from = _rows(fitted, "user", users, about_users)
    item_vectors, item_bias, item_from = _rows(fitted, "item", items, about_items)
    product = np.einsum("nk,nk->n", user_vectors, item_vectors)
    return product + user_bias + item_bias + np.float32(fitted.vectors.mean), user_from, item_from


def _rows(
    fitted: Fitted, side: Side, names: Sequence[Any], about: pd.DataFrame | None
) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """(pairs, factors), (pairs,) and where they come from."""
    vectors, data, embedded = fitted.vectors, fitted.data, fitted.of_side(side)
    if side == "user":
        table, biases, counts, ids = vectors.users, vectors.user_bias, fitted.user_counts, data.user_ids
    else:
        table, biases, counts, ids = vectors.items, vectors.item_bias, fitted.item_counts, data.item_ids
    asked = pd.Index(names)
    numbers = ids.get_indexer(asked)
    known = numbers >= 0
    out = np.zeros((len(asked), table.shape[1]), np.float32), np.zeros(len(asked), np.float32)
    out[0][known], out[1][known] = table[numbers[known]], biases[numbers[known]]
    source = np.full(len(asked), _MEAN)
    source[known] = np.where(counts[numbers[known]] > 0, _HISTORY, _MEAN if embedded is None else _FEATURES)
    if about is not None and embedded is not None and not known.all():
        vector, bias = embedded.cold(about)
        place = about.index.get_indexer(asked)
        told = ~known & (place >= 0)
        out[0][told], out[1][told], source[told] = vector[place[told]], bias[place[told]], _FEATURES
    return *out, source
