"""The decision by protected group: rates, gaps, proxies, and what the decision would be without a proxy.

Everything is measured and nothing is adjusted: no threshold depends on a group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.metrics.fairness import fairness
from casestudies.metrics.groups import FEW, labels_of
from casestudies.models.proxies import Proxies, find_proxies
from casestudies.workflow.compare import Comparison, Judged, Sample, Trained
from casestudies.workflow.evaluate import group_labels
from casestudies.workflow.load import Loaded
from casestudies.workflow.table_settings import TableSettings

Floats = NDArray[np.float64]

_LISTED = 6  # proxies told of
_TRIED = 2  # proxies without which the decision is taken again
_SHUFFLES = 3
_ROWS = 4_000  # rows decided anew


def fairness_told(
    loaded: Loaded, comparison: Comparison, sample: Sample, settings: TableSettings, points: Floats | None = None
) -> dict[str, Any]:
    """By protected column: the group table, gaps with intervals, proxies, and the decision without them.

    Parameters
    ----------
    sample: all rows of the table. points: (judged,) the card's points of the judged rows, where there is a card.
    """
    rows, champion = comparison.rows, comparison.choice.champion
    held, judged = sample.take(rows), comparison.judged[champion]
    told: dict[str, Any] = {}
    for name in loaded.checked.in_role("protected"):
        labels = labels_of(group_labels(loaded.checked.frame[name]), len(sample.y))
        proxies = find_proxies(
            sample.frame,
            loaded.checked.kinds,
            labels,
            sample.weight,
            seed=settings.seed,
            threads=settings.run.threads,
        )
        told[name] = by_group(held, judged, labels[rows], settings, points) | {
            "proxies": None if proxies is None else _proxies(proxies),
            "without": [] if proxies is None else _without(proxies, comparison, sample, labels, settings.seed),
        }
    return told


def by_group(
    held: Sample, judged: Judged, labels: np.ndarray, settings: TableSettings, points: Floats | None = None
) -> dict[str, Any]:
    """The group table and the gaps of one protected column; also for a cut that a reader chose.

    Parameters
    ----------
    held: the judged rows; its frame is not read. labels: (judged,) the group of each.
    """
    if judged.p is None:
        return {}
    found = fairness(
        held.y,
        judged.p,
        judged.act,
        labels,
        held.costs,
        held.weight,
        score=points,
        clusters=None if held.group is None else held.group.astype(str).to_numpy(),
        rounds=settings.interval.rounds,
        level=settings.interval.level,
        seed=settings.seed,
    )
    return asdict(found)


def _proxies(found: Proxies) -> dict[str, Any]:
    return {
        "named": [asdict(proxy) for proxy in found.named[:_LISTED]],
        "more": max(0, len(found.named) - _LISTED),
        "asked": len(found.columns),
        "joint": found.joint,
        "joint_noise": found.joint_noise,
        "rows": found.rows,
    }


def _without(
    found: Proxies, comparison: Comparison, sample: Sample, labels: np.ndarray, seed: int
) -> list[dict[str, Any]]:
    """The decision of the first part's judged rows, taken again with a proxy's cells dealt out at random.

    The model is the one that judged these rows, so nothing is fitted again; what it reads in other columns stays.
    """
    random = np.random.default_rng([seed, 10])
    rows = comparison.parts[0][1]
    rows = np.sort(random.permutation(rows)[:_ROWS])
    held, trained = sample.take(rows), comparison.trained[comparison.choice.champion]
    before = _act(trained, held)
    out = []
    for proxy in found.named[:_TRIED]:
        shuffled = []
        for _ in range(_SHUFFLES):
            dealt = held.frame[proxy.column].iloc[random.permutation(len(rows))].set_axis(held.frame.index)
            shuffled.append(_act(trained, held, {proxy.column: dealt}))
        after = np.stack(shuffled, axis=1).astype(float)
        out.append(
            {
                "column": proxy.column,
                "rows": len(rows),
                "changed": float(np.average((after != before[:, None]).mean(axis=1), weights=held.weight)),
                "before": _spread(before.astype(float), labels[rows], held.weight),
                "after": _spread(after.mean(axis=1), labels[rows], held.weight),
                "cost_before": _cost(held, before.astype(float)),
                "cost_after": _cost(held, after.mean(axis=1)),
            }
        )
    return out


def _act(trained: Trained, held: Sample, columns: Mapping[str, Any] | None = None) -> NDArray[np.bool_]:
    frame = held.frame if columns is None else held.frame.assign(**columns)
    return trained.decider.act(trained.model.probability(frame), held.costs)


def _spread(act: Floats, labels: np.ndarray, weight: Floats) -> float | None:
    """Greatest minus least share not acted on, over groups of enough rows."""
    rates = [
        float(np.average(act[labels == name], weights=weight[labels == name]))
        for name, count in zip(*np.unique(labels, return_counts=True), strict=True)
        if count >= FEW and weight[labels == name].sum() > 0
    ]
    return max(rates) - min(rates) if len(rates) >= 2 else None


def _cost(held: Sample, act: Floats) -> float | None:
    """Mean cost a row, of a decision or of the mean of several."""
    if held.costs is None:
        return None
    spent = held.costs.base(held.y) + held.costs.slope(held.y) * act
    return float(np.average(spent, weights=held.weight))
