"""What the sliders of a finished campaign need of the judged customers, small enough to stand in analysis/campaign.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.churn.economics import Customers
from casestudies.rows import Array, Mask

MOST = 10_000  # customers that a slider reckons with; of more, so many evenly through the table, each for several
_PARTS = ("accept", "offer", "contact")
_DIGITS = 7


def some_of(rows: int) -> np.ndarray:
    """Positions of the judged customers that the sliders reckon with."""
    return np.unique(np.linspace(0, rows - 1, min(rows, MOST)).round().astype(np.intp))


def kept_for_trying(customers: Customers, allowed: Mask, limits: Mapping[str, float | None]) -> dict[str, Any]:
    """The offers as `parts_of` reads them, who must be left alone, and where the sliders start."""
    some = some_of(len(customers))
    clv = customers.clv[some]
    offers = [
        {"name": one.name, **{part: _short(one.parts[part][some], clv) for part in _PARTS}} for one in customers.offers
    ]
    shown: dict[str, Any] = {"offers": offers, "left_alone": np.flatnonzero(~allowed[some]).tolist(), **limits}
    if customers.alone:
        shown["p"] = _rows(customers.p[some])
    if customers.read is not None:
        kept, taken = (values[some] for values in customers.read)
        shown["read"] = {"kept": _rows(kept), "taken": _rows(taken)}
    return shown


def parts_of(offer: Mapping[str, Any], clv: Array) -> dict[str, Array]:
    """clv, accept, offer and contact of the customers, (rows,) each."""
    return {"clv": clv, **{part: _long(offer[part], clv) for part in _PARTS}}


def constant(offers: list[Mapping[str, Any]], part: str) -> float | None:
    """The one number that a part is for all customers and offers; None where it is not one."""
    found = {offer[part].get("value") for offer in offers}
    return found.pop() if len(found) == 1 else None


def _short(values: Array, clv: Array) -> dict[str, Any]:
    """A part as one number, as a share of the customer's value, or else customer by customer."""
    if not len(values) or np.ptp(values) == 0:
        return {"value": float(values[0]) if len(values) else 0.0}
    share = values[0] / clv[0] if clv[0] else np.nan
    if np.allclose(values, share * clv, rtol=1e-9, atol=0):
        return {"of_clv": float(share)}
    return {"rows": _rows(values)}


def _rows(values: Array) -> list[float]:
    return [float(f"{value:.{_DIGITS}g}") for value in values.tolist()]


def _long(kept: Mapping[str, Any], clv: Array) -> Array:
    if "value" in kept:
        return np.full(len(clv), kept["value"])
    return kept["of_clv"] * clv if "of_clv" in kept else np.asarray(kept["rows"], dtype=np.float64)
