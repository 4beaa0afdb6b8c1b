"""A DataFrame of ratings or purchases, one interaction a row, as `Interactions`."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import DataError, nearest, shown
from casestudies.tabular.interactions.interactions import Codes, Floats, Interactions, Seconds


def interactions_of(
    frame: pd.DataFrame,
    *,
    user: str = "user",
    item: str = "item",
    rating: str | None = None,
    weight: str | None = None,
    time: str | None = None,
    scale: tuple[float, float] | None = None,
    items: pd.DataFrame | None = None,
    users: pd.DataFrame | None = None,
) -> Interactions:
    """Numbers users and items in the order in which they appear; a million rows take about 0.1 s.

    For frames that are in order already. A stranger's file goes through `read_interactions`, which repairs and explains.

    Parameters
    ----------
    frame: one interaction a row. user, item, rating, weight, time: names of its columns; None = there is none.
    scale: lowest and highest rating allowed; None = those that occur.
    items, users: what is known of them, with their names as index; rows of others are left out, missing ones are gaps.

    Of several ratings by one user of one item the last one holds: the latest, without times the one further down.

    Raises
    ------
    DataError: no rows, a column that is not there, names or numbers that are missing or not finite, ratings outside
        the scale; the message says which column, how many, and the first row, counted from 1.

    Examples
    --------
    >>> table = pd.DataFrame({"user": ["ann", "bob"], "item": ["tea", "tea"], "stars": [4, 2]})
    >>> data = interactions_of(table, rating="stars")
    >>> data.shape, data.scale
    ((2, 1), (2.0, 4.0))
    """
    for column in (user, item, rating, weight, time):
        if column is not None and column not in frame.columns:
            raise DataError(f"there is no column {shown(column)}", where="frame", advice=nearest(column, frame.columns))
    if not len(frame):
        raise DataError("holds no rows", where="frame", advice="bring at least one interaction of two users")
    user_codes, user_ids = _numbered(frame, user)
    item_codes, item_ids = _numbered(frame, item)
    ratings = None if rating is None else _numbers(frame, rating)
    weights = None if weight is None else _numbers(frame, weight)
    if weights is not None:
        _refuse(weights <= 0, weight, "are not above 0", "leave these rows out")
    seconds = None if time is None else _seconds(frame, time)
    if ratings is not None:
        scale = (float(ratings.min()), float(ratings.max())) if scale is None else scale
        _refuse((ratings < scale[0]) | (ratings > scale[1]), rating, f"are outside {scale[0]:g} to {scale[1]:g}", "")
    data = Interactions(
        user_codes,
        item_codes,
        user_ids,
        item_ids,
        rating=ratings,
        weight=weights,
        time=seconds,
        scale=scale if ratings is not None else None,
        items=pd.DataFrame() if items is None else items.reindex(item_ids),
        users=pd.DataFrame() if users is None else users.reindex(user_ids),
    )
    return data if ratings is None else last_ratings(data)


def last_ratings(data: Interactions) -> Interactions:
    """Without the ratings that the same user has replaced by another of the same item."""
    pair = data.user.astype(np.int64) * len(data.item_ids) + data.item
    ranked = np.sort(pair)
    if not (ranked[1:] == ranked[:-1]).any():
        return data
    order = np.lexsort((pair,) if data.time is None else (data.time, pair))
    last = np.append(pair[order][1:] != pair[order][:-1], True)
    return data.take(np.sort(order[last]))


def _numbered(frame: pd.DataFrame, column: str) -> tuple[Codes, pd.Index]:
    codes, names = pd.factorize(frame[column])
    _refuse(codes < 0, column, "are missing", "drop these rows")
    return codes.astype(np.int32), pd.Index(names)


def _numbers(frame: pd.DataFrame, column: str) -> Floats:
    values = frame[column]
    if not pd.api.types.is_numeric_dtype(values):
        first = next((value for value in values if not isinstance(value, int | float)), values.iloc[0])
        raise DataError(f"holds {shown(first)}, which is no number", where=f"column {column}", advice="make it numbers")
    numbers = values.to_numpy(np.float32, na_value=np.nan)
    _refuse(~np.isfinite(numbers), column, "are missing or not finite", "drop these rows")
    return numbers


def _seconds(frame: pd.DataFrame, column: str) -> Seconds:
    """Dates as seconds since 1970 in UTC, whatever their unit; numbers are seconds already."""
    values = frame[column]
    _refuse(values.isna().to_numpy(), column, "are missing", "drop these rows, or leave the times out")
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    if pd.api.types.is_datetime64_dtype(values):
        return values.to_numpy().astype("datetime64[s]").astype(np.int64)
    if not pd.api.types.is_numeric_dtype(values):
        raise DataError(
            f"holds {shown(values.iloc[0])}, which is no time",
            where=f"column {column}",
            advice="use pandas.to_datetime",
        )
    return values.to_numpy(np.int64)


def _refuse(bad: NDArray[np.bool_], column: str | None, what: str, advice: str) -> None:
    if bad.any():
        raise DataError(
            f"{int(bad.sum()):,} values {what}", where=f"column {column}, row {int(np.argmax(bad)) + 1}", advice=advice
        )
