"""What the decisions were worth on rows that nothing was chosen on: figures with intervals, beside what needs no model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from casestudies.decisions import Costs, swap_set
from casestudies.metrics import (
    METRICS,
    Answers,
    Bootstrap,
    GroupRow,
    Interval,
    bootstrap,
    confusion,
    group_table,
    paired,
)
from casestudies.workflow.compare import Comparison, Judged, Sample
from casestudies.workflow.incumbent import Incumbent
from casestudies.workflow.table_settings import TableSettings

INCUMBENT = "incumbent"
NESTED = "choice"  # the champion chosen anew in each training part: what the choosing itself is worth
_CURVE_POINTS = 120


@dataclass(frozen=True, eq=False)
class Evaluation:
    """`metrics` is metrics.json's "models"; `told` is evaluation.json: curves, tests, swap set, groups."""

    metrics: dict[str, dict[str, dict[str, Any]]]
    told: dict[str, Any]


def evaluate(
    comparison: Comparison,
    sample: Sample,
    incumbent: Incumbent | None,
    protected: Mapping[str, pd.Series],
    settings: TableSettings,
    baselines: tuple[str, str],
) -> Evaluation:
    """Judge candidates, constants and the incumbent on the same rows and the same resamples.

    Parameters
    ----------
    sample: all rows of the table; only `comparison.rows` are judged.
    protected: column -> (rows,) values of the whole table, for the groups.
    baselines: names of acting on nobody and on everybody ("accept_all", "decline_all").
    """
    rows = comparison.rows
    judged = dict(comparison.judged)
    if len(set(comparison.chosen)) > 1:
        judged[NESTED] = comparison.nested
    if incumbent is not None:
        whole = incumbent.judged
        judged[INCUMBENT] = Judged(None if whole.p is None else whole.p[rows], whole.act[rows])
    groups = {name: group_labels(values)[rows] for name, values in protected.items()}
    return judge(sample.take(rows), judged, comparison.choice.champion, groups, settings, baselines)


def judge(
    held: Sample,
    judged: Mapping[str, Judged],
    champion: str,
    groups: Mapping[str, np.ndarray],
    settings: TableSettings,
    baselines: tuple[str, str],
) -> Evaluation:
    """The figures of decisions that have been taken; also what a reader's own cut is judged by.

    Parameters
    ----------
    held: the judged rows; its frame is not read. groups: column -> (judged,) labels.
    """
    nobody, everybody = baselines
    everyone = {
        **judged,
        nobody: Judged(None, np.zeros(len(held.y), dtype=bool)),
        everybody: Judged(None, np.ones(len(held.y), dtype=bool)),
    }
    boot = bootstrap(
        held.y,
        {name: Answers(j.p, j.act) for name, j in everyone.items()},
        costs=held.costs,
        weight=held.weight,
        groups=None if held.group is None else held.group.astype(str).to_numpy(),
        rounds=settings.interval.rounds,
        level=settings.interval.level,
        seed=settings.seed,
    )
    best = judged[champion]
    told = {
        "rows": len(held.y),
        "events": int(held.y.sum()),
        "paired": _paired(boot, champion, held.costs is not None),
        "confusion": _confusion(held, best),
        "acted_share": {name: float(np.average(j.act, weights=held.weight)) for name, j in everyone.items()},
        "profit": _profit(held, best),
        "thresholds": _thresholds(held.costs),
        "swap": _swap(held, judged[INCUMBENT], best) if INCUMBENT in judged else None,
        "groups": {
            name: [asdict(row) for row in _groups(held, best, labels, settings)] for name, labels in groups.items()
        },
    }
    return Evaluation(_metrics(boot, settings.cost.currency or "cost units"), told)


def _metrics(boot: Bootstrap, unit: str) -> dict[str, dict[str, dict[str, Any]]]:
    def figure(name: str, interval: Interval) -> dict[str, Any]:
        known = METRICS[name].unit
        out: dict[str, Any] = {"value": interval.value, "low": interval.low, "high": interval.high}
        out["unit"] = known.replace("currency", unit) if known else ""
        return out | ({"reason": interval.reason} if interval.reason else {})

    return {
        model: {name: figure(name, interval) for name, interval in figures.items()}
        for model, figures in boot.intervals.items()
    }


def _paired(boot: Bootstrap, champion: str, money: bool) -> list[dict[str, Any]]:
    """The champion against everybody else, in money and in ranking."""
    out = []
    for rival in boot.draws:
        for metric in (*(("expected_cost",) if money else ("log_loss",)), "auc"):
            if rival != champion and metric in boot.draws[rival] and metric in boot.draws[champion]:
                out.append({"metric": metric, "rival": rival, **asdict(paired(boot, metric, champion, rival))})
    return out


def _confusion(held: Sample, judged: Judged) -> dict[str, Any]:
    """Rows and money in each of the four cells."""
    cells = asdict(confusion(held.y, judged.act, held.weight))
    out: dict[str, Any] = {"rows": cells}
    if held.costs is not None:
        event, act = held.y > 0, judged.act
        masks = {"tp": event & act, "fp": ~event & act, "fn": event & ~act, "tn": ~event & ~act}
        money = {"tp": held.costs.tp, "fp": held.costs.fp, "fn": held.costs.fn, "tn": held.costs.tn}
        out["cost"] = {name: float((money[name] * held.weight)[mask].sum()) for name, mask in masks.items()}
    return out


def _profit(held: Sample, judged: Judged) -> dict[str, Any] | None:
    """Cost at every single cut, beside the cost of the decision that was taken."""
    if held.costs is None or judged.p is None:
        return None
    curve = held.costs.profit_curve(held.y, judged.p, held.weight, points=_CURVE_POINTS)
    total = held.costs.total(held.y, judged.act, held.weight)
    return asdict(curve) | {
        "cost_taken": total,
        "acted_taken": float(np.average(judged.act, weights=held.weight)),
        "constant": held.costs.constant(held.y, held.weight),
    }


def _thresholds(costs: Costs | None) -> dict[str, float] | None:
    """The spread of the rows' own thresholds: where acting always pays (at most 0) or never (at least 1), and between."""
    if costs is None:
        return None
    threshold = costs.threshold()
    told = {"always": float(np.mean(threshold <= 0)), "never": float(np.mean(threshold >= 1))}
    between = threshold[(threshold > 0) & (threshold < 1)]
    if not len(between):
        return told
    low, middle, high = np.quantile(between, [0.05, 0.5, 0.95])
    return {"p05": float(low), "median": float(middle), "p95": float(high), **told}


def _swap(held: Sample, old: Judged, new: Judged) -> dict[str, Any]:
    swap = swap_set(held.y, old.act, new.act, held.costs)
    return {
        "in": asdict(swap.swap_in) | {"event_rate": swap.swap_in.event_rate},
        "out": asdict(swap.swap_out) | {"event_rate": swap.swap_out.event_rate},
        "unchanged": swap.unchanged,
        "saved": swap.saved,
    }


def _groups(held: Sample, judged: Judged, labels: np.ndarray, settings: TableSettings) -> list[GroupRow]:
    if judged.p is None:
        return []
    return group_table(
        held.y,
        judged.p,
        judged.act,
        labels,
        held.costs,
        held.weight,
        rounds=settings.interval.rounds,
        level=settings.interval.level,
        seed=settings.seed,
    )


def group_labels(values: pd.Series, most: int = 8, bands: int = 4) -> np.ndarray:
    """(rows,) labels of a group column: its values, or for many different numbers bands of equal size."""
    if not pd.api.types.is_numeric_dtype(values) or values.nunique() <= most:
        return values.astype("object").to_numpy()
    cuts = np.unique(np.quantile(values.dropna(), np.linspace(0, 1, bands + 1)[1:-1]).round(6))
    band = np.digitize(values.to_numpy(dtype=np.float64, na_value=np.nan), cuts)
    ends = [f"{cut:g}" for cut in cuts]
    names = [
        f"below {ends[0]}",
        *(f"{a} to below {b}" for a, b in pairwise(ends)),
        f"{ends[-1]} or more",
    ]
    labels = np.array(names, dtype=object)[band]
    labels[values.isna().to_numpy()] = None
    return labels
