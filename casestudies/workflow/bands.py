"""The score-band table, and a third action: which rows a person should look at, and what a look may cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from casestudies.decisions import Costs
from casestudies.decisions.bands import Band, score_bands
from casestudies.decisions.refer import Referral, Review, refer
from casestudies.metrics import Interval
from casestudies.metrics.intervals import wilson
from casestudies.metrics.means import mean_intervals
from casestudies.workflow.compare import Comparison, Sample
from casestudies.workflow.table_settings import Bands, Refer, TableSettings

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_SHARES = (0.01, 0.05, 0.1, 0.2)  # of the rows, the most doubtful first
_ERRING = 0.9  # sensitivity and specificity of the reviewer the gain is tried with where none is stated


def bands_told(
    comparison: Comparison,
    sample: Sample,
    settings: TableSettings,
    bands: Bands | None = None,
    referral: Refer | None = None,
    points: Callable[[Floats], Floats] | None = None,
) -> dict[str, Any]:
    """analysis/bands.json: the champion's probabilities on the judged rows in bands, and with costs the referral.

    Parameters
    ----------
    sample: all rows of the table; only `comparison.rows` are judged.
    points: from log-odds of the event to points of a card (`Scaling.score`), for a second scale of the edges.
    """
    bands, referral = bands or Bands(), referral or Refer()
    judged = comparison.judged[comparison.choice.champion]
    if judged.p is None:
        return {"skipped": "the champion gives no probability"}
    held = sample.take(comparison.rows)
    table = score_bands(held.y, judged.p, held.costs, held.weight, count=bands.count, edges=bands.edges)
    rows = [asdict(band) | {"rest": band.rest} | _rate(held, judged.p, band, settings.interval.level) for band in table]
    for row in rows:
        for end in ("above", "upto"):
            edge = row[end] if np.isfinite(row[end]) else None
            scale = points is not None and edge is not None and 0 < edge < 1
            row[end] = edge
            row[f"{end}_points"] = float(points(np.array([logit(edge)]))[0]) if scale and points else None
    told: dict[str, Any] = {"bands": rows, "breaks": _breaks(table, settings.interval.level), "refer": None}
    if held.costs is not None:
        told["decided"] = held.costs.total(held.y, judged.act, held.weight)
        told["refer"] = _refer(held, held.costs, judged.p, referral, settings)
    return told


def _rate(held: Sample, p: Floats, band: Band, level: float) -> dict[str, float]:
    """Wilson bounds of the band's event rate, on its effective rows."""
    w = held.weight[(p > band.above) & (p <= band.upto)]
    effective = w.sum() ** 2 / (w @ w) if w.any() else 0.0
    low, high = wilson(np.array([band.event_rate]), np.array([effective]), level)
    return {"rate_low": float(low[0]), "rate_high": float(high[0])}


def _breaks(table: Sequence[Band], level: float) -> list[dict[str, Any]]:
    """Neighbours in the wrong order; `beyond` chance when the p value holds for all pairs that were compared."""
    pairs = max(len(table) - 1, 1)
    return [
        {"band": i + 1, "p_value": band.broken, "beyond": band.broken * pairs <= 1.0 - level}
        for i, band in enumerate(table)
        if band.broken is not None
    ]


def _refer(held: Sample, costs: Costs, p: Floats, asked: Refer, settings: TableSettings) -> dict[str, Any]:
    """What looks are worth, the most doubtful rows first; and with a price, what three actions do."""
    free = refer(p, costs, Review(0.0, asked.sensitivity, asked.specificity))
    always_right = asked.sensitivity == asked.specificity == 1.0
    erring = refer(p, costs, Review(0.0, _ERRING, _ERRING)) if always_right else None
    out: dict[str, Any] = {
        "sensitivity": asked.sensitivity,
        "specificity": asked.specificity,
        "most": float(max(free.worth.max(), 0.0)),
        "doubtful": [_doubtful(held, costs, free, share, settings) for share in _SHARES],
        "erring": erring and [_doubtful(held, costs, erring, share, settings) for share in _SHARES],
        "done": None,
    }
    if asked.review_cost is not None:
        review = Review(asked.review_cost, asked.sensitivity, asked.specificity, asked.capacity)
        out["done"] = _done(held, costs, p, review, settings)
    return out


def _doubtful(held: Sample, costs: Costs, free: Referral, share: float, settings: TableSettings) -> dict[str, Any]:
    """The rows worth a look most: what each would save in the mean, as expected and as it came, and the last of them."""
    rows = np.argsort(-free.worth, kind="stable")[: max(1, round(share * len(held.y)))]
    inside = np.zeros(len(held.y))
    inside[rows] = held.weight[rows]
    alone, asked = replace(free, refer=np.ones(len(held.y), dtype=bool)).cost(costs, held.y)
    return {
        "share": share,
        "rows": len(rows),
        "expected": float(np.average(free.worth[rows], weights=held.weight[rows])) if inside.any() else None,
        "saved": _ends(_mean(alone - asked, inside, held, settings)),
        "last": float(max(free.worth[rows[-1]], 0.0)),
    }


def _done(held: Sample, costs: Costs, p: Floats, review: Review, settings: TableSettings) -> dict[str, Any]:
    """Three actions on the judged rows, against the same decisions with nobody asked."""
    told = refer(p, costs, review)
    alone, after = told.cost(costs, held.y)
    mass = float(held.weight.sum())
    gain = _mean(alone - after, held.weight, held, settings)
    low, high = (edge[told.refer] for edge in review.limits(costs))
    actions = {"rested": ~told.refer & ~told.act, "referred": told.refer, "acted": ~told.refer & told.act}
    return {
        "review_cost": review.cost,
        "capacity": review.capacity,
        "paying": int((told.gain > 0).sum()),
        "expected": float(held.weight[told.refer] @ told.gain[told.refer]),
        "gain": {end: value * mass for end, value in _ends(gain).items()},
        "limits": [float(np.median(low)), float(np.median(high))] if told.refer.any() else None,
        "erring": _erring(held, costs, p, review) if review.sensitivity == review.specificity == 1.0 else None,
        "actions": {
            name: {
                "rows": int(rows.sum()),
                "share": float(held.weight[rows].sum()) / mass,
                "event_rate": float(np.average(held.y[rows], weights=held.weight[rows]))
                if held.weight[rows].any()
                else None,
                "alone": float(held.weight[rows] @ alone[rows]),
                "after": float(held.weight[rows] @ after[rows]),
            }
            for name, rows in actions.items()
        },
    }


def _erring(held: Sample, costs: Costs, p: Floats, review: Review) -> dict[str, float]:
    """The same with a reviewer who errs, since nobody is always right: rows that still pay, and the gain as it came."""
    told = refer(p, costs, replace(review, sensitivity=_ERRING, specificity=_ERRING))
    alone, after = told.cost(costs, held.y)
    return {"right": _ERRING, "rows": int(told.refer.sum()), "gain": float(held.weight @ (alone - after))}


def _mean(values: Floats, weight: Floats, held: Sample, settings: TableSettings) -> Interval:
    given = settings.interval
    groups = None if held.group is None else held.group.astype(str).to_numpy()
    [interval] = mean_intervals(
        values[:, None], weight, groups=groups, rounds=given.rounds, level=given.level, seed=settings.seed
    )
    return interval


def _ends(interval: Interval) -> dict[str, float]:
    return {"value": interval.value, "low": interval.low, "high": interval.high}
