"""Novelty as a challenger: what alerts on strange transactions would find that the model passes by.

A model finds what its labels have shown it. Whether strangeness finds more is asked at the same price: the same number
of further alerts, once to the strangest rows that the model passes, once to the model's own next ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.fraud.asked import Novelty
from casestudies.fraud.judged import Transactions, rounds_of
from casestudies.fraud.rules import foremost_by_weight
from casestudies.metrics import auc
from casestudies.metrics.means import mean_intervals
from casestudies.models.novelty import has_torch, isolation, reconstruction
from casestudies.tabular.encode import Encoder
from casestudies.workflow.analyses import Work

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Score = Callable[[Floats, Floats, int], Floats]

MOST = 10_000  # training rows that the scores are learnt from
_LEAST = 20  # further alerts, where the model raises hardly any
_PARTS = 3  # training parts at most; out of fold the others are left aside


def novelty_told(work: Work) -> dict[str, Any]:
    """analysis/novelty.json: one entry a score, each beside the model's own next alerts."""
    settings: Any = work.settings
    asked: Novelty = settings.novelty
    held = Transactions.of(work)
    scores: dict[str, Score] = {"isolation": isolation}
    skipped = {}
    if not asked.autoencoder:
        skipped["autoencoder"] = "it is not asked for (novelty.autoencoder: true)"
    elif not has_torch():
        skipped["autoencoder"] = "torch is not installed"
    else:
        scores["autoencoder"] = reconstruction
    told = {name: _strangeness(work, held, score, settings.seed) for name, score in scores.items()}
    return {**_compared(held, told, asked, settings), "known": MOST, "skipped": skipped}


def _strangeness(work: Work, held: Transactions, score: Score, seed: int) -> Floats:
    """(judged,) how unlike the rows that trained each judged row is; nan for parts beyond the first few."""
    place = np.full(len(work.sample.y), -1)
    place[held.rows] = np.arange(len(held.rows))
    out = np.full(len(held.y), np.nan)
    for train, test in work.comparison.parts[:_PARTS]:
        out[place[test]] = _of_part(work.sample.frame, work.kinds, work.sample.weight, train, test, score, seed)
    return out


def _of_part(
    frame: pd.DataFrame,
    kinds: Any,
    weight: Floats,
    train: NDArray[np.intp],
    test: NDArray[np.intp],
    score: Score,
    seed: int,
) -> Floats:
    """(test,) no label is read: training rows are drawn by their weight alone."""
    random = np.random.default_rng([seed, 23])
    own = weight[train]
    if np.ptp(own) > 0 or len(train) > MOST:
        rows = np.sort(random.choice(train, min(MOST, len(train)), p=own / own.sum()))
    else:
        rows = train
    encoder = Encoder({name: kinds[name] for name in map(str, frame)}, log=True).fit(frame.iloc[rows])
    return score(encoder.transform(frame.iloc[rows]), encoder.transform(frame.iloc[test]), seed)


def _compared(held: Transactions, told: dict[str, Floats], asked: Novelty, settings: Any) -> dict[str, Any]:
    """What so many further alerts find, in each order, on the rows that the model passes."""
    known = np.isfinite(next(iter(told.values())))
    passed = known & ~held.act
    if held.costs is not None:
        passed &= held.costs.caught > 0  # an alert on the others would not pay were it sure to be right
    model = float(held.weight[held.act & known].sum())
    extra = float(asked.extra or max(_LEAST, round(model / 10)))
    extra = min(extra, float(held.weight[passed].sum()))
    worth = held.y if held.loss is None else held.loss
    own = _next(held.p if held.gain is None else held.gain, passed, held.weight, extra)
    missed = float((held.weight * worth)[passed].sum())
    orders = {name: _next(score, passed, held.weight, extra) for name, score in told.items()}
    columns = [own * worth, *(column * worth for acts in orders.values() for column in (acts, acts * 1.0 - own))]
    intervals = mean_intervals(
        np.stack(columns, axis=1),
        held.weight,
        groups=held.group,
        rounds=rounds_of(len(held.y), settings.interval.rounds),
        level=settings.interval.level,
        seed=settings.seed,
    )
    total = float(held.weight.sum())
    ends = [{key: asdict(one)[key] * total for key in ("value", "low", "high")} for one in intervals]
    entries = []
    for place, (name, acts) in enumerate(orders.items()):
        found, difference = ends[1 + 2 * place : 3 + 2 * place]
        entries.append(
            {
                "score": name,
                "found": found,
                "frauds": float((held.weight * held.y)[acts].sum()),
                "shared": float(held.weight[acts & own].sum()),
                "difference": difference,
                "auc": auc(held.y[known], told[name][known], held.weight[known]),
            }
        )
    return {
        "rows": int(known.sum()),
        "money": held.costs is not None,
        "alerts": model,
        "extra": extra,
        "passed_frauds": float((held.weight * held.y)[passed].sum()),
        "passed": missed,
        "model": {"found": ends[0], "frauds": float((held.weight * held.y)[own].sum())},
        "scores": entries,
    }


def _next(value: Floats, passed: Mask, weight: Floats, count: float) -> Mask:
    """(judged,) the foremost of the rows that the model passes, as many as weigh so much."""
    act = np.zeros(len(value), dtype=bool)
    act[passed] = foremost_by_weight(value[passed], weight[passed], count)
    return act
