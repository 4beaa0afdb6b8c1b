"""Does adapting help here? Four ways to live with new interactions, judged on the latest ones as they came."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from casestudies.metrics.intervals import Interval
from casestudies.metrics.means import mean_intervals
from casestudies.recommendation.comparison import serving
from casestudies.recommendation.stream import POLICIES, Stream

if TYPE_CHECKING:
    from casestudies.recommendation.conduct import Work

Array = NDArray[np.float64]
_LEAST = 100  # predicted interactions below which nothing can be said
_POINTS = 40  # of the running means that a picture shows


def adaptation_told(work: Work) -> dict[str, Any] | None:
    """What each way would have been worth; None without times, or where too little comes last.

    The stream is the latest share of all rows. Nothing is chosen on it here, but the half-life of the served model was
    chosen on validation rows, some of which may lie in it; the answer says so.
    """
    data, settings = work.data, work.settings
    if data.time is None:
        return None
    asked, k = settings.adapting, settings.judging.k
    stream = Stream.of(
        data, share=asked.share, events=asked.events, refits=asked.refits + 1, moves=asked.moves, seed=settings.seed
    )
    if len(stream.judged) < _LEAST:
        return None
    ranks = stream.ranks(lambda rows: serving(work.comparison, settings).fit(rows))
    gains = np.column_stack([np.where(ranks[name] < k, 1 / np.log2(ranks[name] + 2.0), 0.0) for name in POLICIES])
    hits = np.column_stack([ranks[name] < k for name in POLICIES]).astype(np.float64)
    users = data.user[stream.order[stream.judged]]
    return {
        "k": k,
        "model": work.comparison.champion,
        "half_life": None if work.comparison.recency is None else work.comparison.recency.half_life,
        "known": stream.begins,
        "stream": len(stream.order) - stream.begins,
        "events": len(stream.judged),
        "users": len(np.unique(users)),
        "new_users": stream.new_users,
        "sitting": stream.in_one_sitting,
        "refits": len(stream.refits),
        "moves": len(stream.moves),
        "policies": _policies(gains, hits, users, settings),
        "curves": _curves(gains),
        "parts": _parts(hits, stream),
        "refit_cost": asked.refit_cost,
        "value_per_hit": asked.value_per_hit,
    }


def _policies(gains: Array, hits: Array, users: NDArray[np.int32], settings: Any) -> dict[str, dict[str, Any]]:
    """{policy: NDCG, hit rate, and the NDCG less that of the frozen model}, with intervals over users."""
    columns = np.hstack([gains, hits, gains - gains[:, :1]])
    interval = settings.interval
    found = mean_intervals(columns, groups=users, rounds=interval.rounds, level=interval.level, seed=settings.seed)
    n = len(POLICIES)
    return {
        name: {"ndcg": _told(found[at]), "hit_rate": _told(found[n + at]), "over_frozen": _told(found[2 * n + at])}
        for at, name in enumerate(POLICIES)
    }


def _told(found: Interval) -> dict[str, float]:
    return {"value": found.value, "low": found.low, "high": found.high}


def _curves(gains: Array) -> dict[str, Any]:
    """Running means of NDCG by policy, from where a twentieth of the interactions has passed."""
    counts = np.arange(1, len(gains) + 1)
    at = np.unique(np.linspace(max(1, len(gains) // 20), len(gains), _POINTS).astype(int)) - 1
    running = gains.cumsum(axis=0) / counts[:, None]
    return {"events": (at + 1).tolist(), **{name: running[at, p].tolist() for p, name in enumerate(POLICIES)}}


def _parts(hits: Array, stream: Stream) -> list[Mapping[str, float]]:
    """Between two refits: interactions that came, and the share that each policy would have had in its list.

    The part before the first refit is left out: there the refitted model is the frozen one.
    """
    edges = [*stream.refits.tolist(), len(stream.order)]
    out: list[Mapping[str, float]] = []
    for first, end in pairwise(edges):
        here = (stream.judged >= first) & (stream.judged < end)
        if here.any():
            shares = hits[here].mean(axis=0)
            out.append({"came": end - first, **dict(zip(POLICIES, map(float, shares), strict=True))})
    return out
