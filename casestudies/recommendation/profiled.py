"""What the interactions hold, as plain values for profile.json; nothing that belongs to one user alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from casestudies.tabular.interactions import Interactions

_SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
_HEAD = 0.2  # of the items: the part whose share of all rows says how uneven the catalogue is
_LEVELS = 12  # ratings of more different values are told in quantiles
_MONTHS = 60  # that a picture shows


def profiled(data: Interactions) -> dict[str, Any]:
    """Rows, users, items, how full the table is, how uneven, which ratings, and from when to when."""
    users, items = (
        np.bincount(codes, minlength=size) for codes, size in zip((data.user, data.item), data.shape, strict=True)
    )
    known = items[items > 0]
    told: dict[str, Any] = {
        "rows": len(data),
        "users": int(np.count_nonzero(users)),
        "items": len(known),
        "cold_items": int(len(items) - len(known)),
        "explicit": data.explicit,
        "scale": None if data.scale is None else list(data.scale),
        "filled": len(data) / max(1, int(np.count_nonzero(users)) * len(known)),
        "rows_of_users": _quantiles(users[users > 0]),
        "rows_of_items": _quantiles(known),
        "head": {
            "share": _HEAD,
            "rows": float(np.sort(known)[::-1][: max(1, round(_HEAD * len(known)))].sum() / len(data)),
        },
        "ratings": _ratings(data),
        "item_columns": list(map(str, data.items.columns)),
        "user_columns": list(map(str, data.users.columns)),
    }
    return told | _times(data)


def _quantiles(counts: np.ndarray) -> dict[str, float]:
    return {f"{share:g}": float(value) for share, value in zip(_SHARES, np.quantile(counts, _SHARES), strict=True)}


def _ratings(data: Interactions) -> dict[str, Any] | None:
    if data.rating is None:
        return None
    levels, counts = np.unique(data.rating, return_counts=True)
    told: dict[str, Any] = {"mean": float(data.rating.mean(dtype=float)), "sd": float(data.rating.std(dtype=float))}
    if len(levels) <= _LEVELS:
        told["levels"] = {f"{level:g}": int(count) for level, count in zip(levels, counts, strict=True)}
    else:
        told["quantiles"] = _quantiles(data.rating)
    return told


def _times(data: Interactions) -> dict[str, Any]:
    """First and last day, and rows by month: where they are many, the latest."""
    if data.time is None:
        return {"first": None, "last": None, "months": None}
    when = pd.to_datetime(pd.Series(data.time), unit="s", utc=True).dt.tz_convert(data.zone)
    months = when.dt.strftime("%Y-%m").value_counts().sort_index()
    return {
        "first": str(when.min())[:10],
        "last": str(when.max())[:10],
        "months": {str(month): int(count) for month, count in months.tail(_MONTHS).items()},
    }
