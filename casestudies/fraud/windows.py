"""The generic windows in time with what a fraud team counts by: the share of the day's capacity that finds a fraud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from casestudies.fraud.asked import Alerts
from casestudies.fraud.judged import Floats, Index, codes, days, rounds_of
from casestudies.metrics.card_precision import card_precision
from casestudies.workflow.analyses import Work
from casestudies.workflow.windows import Further, windows_told


def fraud_windows_told(work: Work) -> dict[str, Any]:
    """analysis/windows.json with the card precision of each window; without dates, as the generic one."""
    settings: Any = work.settings
    asked: Alerts = settings.alerts
    time, frame = work.loaded.column("time"), work.loaded.checked.frame
    day = None if time is None else days(frame[time])[0]
    if day is None:
        return windows_told(work)
    card = codes(frame["card"]) if "card" in frame else None
    if card is not None and work.sample.group is None:  # intervals by card, and folds that keep a card whole
        work = replace(work, sample=replace(work.sample, group=pd.Series(card, work.sample.frame.index)))
    by_card = asked.unit == "card" and card is not None
    looked_at = card if by_card and card is not None else np.arange(len(day))  # a transaction is a card that pays once
    what = "card" if by_card else "transaction"

    def precision(rows: Index, p: Floats) -> Mapping[str, float]:
        found = card_precision(
            work.sample.y[rows],
            p,
            day[rows],
            looked_at[rows],
            asked.per_day,
            work.sample.weight[rows],
            rounds=rounds_of(len(rows), settings.interval.rounds),
            level=settings.interval.level,
            seed=settings.seed,
        ).value
        return {"value": found.value, "low": found.low, "high": found.high}

    return windows_told(work, Further(f"Precision of {asked.per_day:,} {what} alerts a day", precision))
