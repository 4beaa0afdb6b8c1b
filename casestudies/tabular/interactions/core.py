"""The k-core: users and items with few rows left out, again and again until none is left that has too few."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError

Codes = NDArray[np.int32]
Mask = NDArray[np.bool_]

_MOST = 0.9  # share of rows that the advised filter keeps


def core(user: Codes, item: Codes, least_user: int, least_item: int) -> Mask:
    """(rows,) bool: the greatest set of rows in which every user has `least_user` rows and every item `least_item`.

    It is unique, whatever is left out first. Source: Seidman 1983, "Network structure and minimum degree".
    """
    kept = np.ones(len(user), dtype=bool)
    while True:
        users = np.bincount(user[kept], minlength=int(user.max(initial=-1)) + 1)
        items = np.bincount(item[kept], minlength=int(item.max(initial=-1)) + 1)
        stays = kept & (users[user] >= least_user) & (items[item] >= least_item)
        if stays.sum() == kept.sum():
            return kept
        kept = stays


def filtered(user: Codes, item: Codes, least_user: int, least_item: int, file: str) -> Mask:
    """`core`, not empty.

    Raises
    ------
    DataError: nothing is left; the message gives the largest number of rows that keeps 90 %.
    """
    kept = core(user, item, least_user, least_item)
    if kept.any():
        return kept
    asked = max(least_user, least_item)
    low, high = 0, asked
    while high - low > 1:
        middle = (low + high) // 2
        some = core(user, item, min(least_user, middle), min(least_item, middle))
        low, high = (middle, high) if some.mean() >= _MOST else (low, middle)
    keys = [key for key, least in (("user_core", least_user), ("item_core", least_item)) if least > low]
    advice = " and ".join(f"reading.{key}: {low}" for key in keys)
    raise DataError(
        f"no row is left: not one user with {least_user:,} rows or more and item with {least_item:,} or more stay",
        where=file,
        advice=f"write {advice}, the most that keeps 90 % of the {len(user):,} rows",
    )
