"""The card as a table: what each bin holds, what the rows say of it, and what it earns."""

from __future__ import annotations

import numpy as np
import pandas as pd

from casestudies.models.scorecard.card import Card, Characteristic, Floats
from casestudies.models.scorecard.woe import information_value, weight_of_evidence

_SHUFFLES = 200


def card_table(card: Card, seed: int = 0) -> pd.DataFrame:
    """One row for each bin, in the card's order; what `Card.score` adds up.

    Columns: characteristic, bin, rows, share, events, rate (NaN without rows), woe (smoothed), log_odds, points, iv (of
    the bin), iv_total (of the characteristic) and iv_chance, which the total stays below in 95 of 100 shuffles of the
    labels over these bins. Bins that were merged by the labels have seen them, so even more than that is no proof.
    """
    parts = [_rows(one, np.random.default_rng([seed, place])) for place, one in enumerate(card.characteristics)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_COLUMNS)


_COLUMNS = [
    "characteristic",
    "bin",
    "rows",
    "share",
    "events",
    "rate",
    "woe",
    "log_odds",
    "points",
    "iv",
    "iv_total",
    "iv_chance",
]


def _rows(one: Characteristic, rng: np.random.Generator) -> pd.DataFrame:
    held = one.rows > 0
    value = information_value(one.rows, one.events)
    values = (
        one.name,
        one.bins.labels,
        one.rows,
        one.rows / one.rows.sum(),
        one.events,
        np.divide(one.events, one.rows, out=np.full(len(one.rows), np.nan), where=held),
        np.where(held, weight_of_evidence(one.rows, one.events), 0.0),
        one.margin,
        one.points,
        value,
        value.sum(),
        by_chance(one.rows, one.events, rng),
    )
    return pd.DataFrame(dict(zip(_COLUMNS, values, strict=True)))


def by_chance(rows: Floats, events: Floats, rng: np.random.Generator) -> float:
    """What the information value stays below in 95 of 100 shuffles of the labels over the rows of these bins."""
    counts = np.rint(rows).astype(np.int64)
    drawn = rng.multivariate_hypergeometric(counts, min(round(events.sum()), int(counts.sum())), _SHUFFLES)
    return float(np.quantile([information_value(rows, np.minimum(hit, rows)).sum() for hit in drawn], 0.95))
