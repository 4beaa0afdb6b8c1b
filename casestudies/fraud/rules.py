"""Existing rules beside the model: what each finds alone, how they overlap, what the model adds, which could go.

Rules are columns that say whether each would have alerted; no model reads them. They are held against the model at the
number of alerts that the rules together raise, so that nobody wins by being louder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError, shown
from casestudies.fraud.flags import fired
from casestudies.fraud.judged import Transactions, rounds_of
from casestudies.metrics.intervals import Interval
from casestudies.metrics.means import mean_intervals
from casestudies.workflow.analyses import Work
from casestudies.workflow.named import NamedColumns

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_FEW = 20  # frauds; with fewer nothing is said of which rule could go


def rules_told(work: Work) -> dict[str, Any] | None:
    """analysis/rules.json; None where no rules are named.

    Money needs prices: without them everything is counted in frauds. The last of "lines" is the model, without a name.
    """
    settings: Any = work.settings
    names: list[str] = settings.rules.columns
    if not names:
        return None
    held = Transactions.of(work)
    checked = work.loaded.checked
    alerts = {}
    for name in names:
        column = NamedColumns(checked, {}).own("rules.columns", name)
        hit = fired(checked.frame[column].iloc[held.rows])
        if hit is None:
            raise DataError(
                f"{shown(name)} does not hold 0 and 1 in every row", where="rules.columns", advice="write 0 and 1"
            )
        alerts[name] = hit
    return {"names": names, **_told(held, alerts, settings)}


def _told(held: Transactions, alerts: dict[str, Mask], settings: Any) -> dict[str, Any]:
    rules = np.stack(list(alerts.values()), axis=1)
    any_rule = np.asarray(rules.any(axis=1))
    value = held.p if held.gain is None else held.gain
    model = foremost_by_weight(value, held.weight, float(held.weight[any_rule].sum()))
    every = np.column_stack([rules, model])
    worth, net = _worth(held), _net(held)
    by = every * held.weight[:, None]
    total = float(held.weight @ worth)
    lines = []
    for place, name in enumerate([*alerts, None]):
        alone = every[:, place] & ~np.delete(every, place, axis=1).any(axis=1)
        lines.append(
            {
                "name": name,
                "alerts": float(by[:, place].sum()),
                "precision": _share(float(by[:, place] @ held.y), float(by[:, place].sum())),
                "caught": float(by[:, place] @ worth),
                "share": _share(float(by[:, place] @ worth), total),
                "alone_alerts": float(held.weight[alone].sum()),
                "alone": float((held.weight * worth)[alone].sum()),
            }
        )
    return {
        "rows": len(held.y),
        "events": int(held.y.sum()),
        "money": held.costs is not None,
        "total": total,
        "together": {
            "alerts": float(held.weight[any_rule].sum()),
            "caught": float((held.weight * worth)[any_rule].sum()),
        },
        "lines": lines,
        "overlap": [[_share(by[both, i].sum(), by[:, i].sum()) for both in every.T] for i in range(every.shape[1])],
        "model": _adds(held, any_rule, model, worth, settings),
        "could_go": _could_go(held, list(alerts), rules, model, net, settings) if held.y.sum() >= _FEW else None,
    }


def _worth(held: Transactions) -> Floats:
    """(judged,) what an alert on the row finds: the money of a fraud, or without prices the fraud."""
    return held.y if held.loss is None else held.loss


def _net(held: Transactions) -> Floats:
    """(judged,) what an alert on the row is worth with its own price paid; without prices a fraud counts one, an alarm none."""
    return held.y if held.costs is None else -held.costs.slope(held.y)


def foremost_by_weight(value: Floats, weight: Floats, count: float) -> Mask:
    """(rows,) the foremost rows in the order of `value`, as many as weigh at most `count` together."""
    order = np.argsort(-value, kind="stable")
    taken = np.cumsum(weight[order]) <= count * (1 + 1e-12)
    act = np.zeros(len(value), dtype=bool)
    act[order[taken]] = True
    return act


def _adds(held: Transactions, any_rule: Mask, model: Mask, worth: Floats, settings: Any) -> dict[str, Any]:
    """What the model finds that no rule does, what rules find that it does not, and the difference at equal alerts."""
    columns = np.stack(
        [worth * (model & ~any_rule), worth * (any_rule & ~model), worth * (model * 1.0 - any_rule)], axis=1
    )
    added, lost, difference = _totals(held, columns, settings)
    return {"adds": added, "misses": lost, "difference": difference}


def _could_go(
    held: Transactions, names: Sequence[str], rules: Mask, model: Mask, net: Floats, settings: Any
) -> dict[str, Any]:
    """What each rule adds to the other rules and the model, its alerts paid for; and which could go, one after the other.

    Two rules that repeat each other each look superfluous, so they are left out one by one, always the one that loses
    least, and the rest is judged anew; a rule goes where the interval of what is lost does not lie above 0.
    """
    alone = np.stack([net * _only(rules, model, place) for place in range(len(names))], axis=1)
    each = dict(zip(names, _totals(held, alone, settings), strict=True))
    left, gone = list(range(len(names))), []
    while left:
        kept = rules[:, left]
        lost = np.stack([net * _only(kept, model, place) for place in range(len(left))], axis=1)
        ends = _totals(held, lost, settings)
        least = min(range(len(left)), key=lambda place: (ends[place]["high"], ends[place]["value"]))
        if ends[least]["low"] is None or not ends[least]["low"] <= 0:
            break
        gone.append({"name": names[left.pop(least)], **ends[least]})
    return {"each": each, "gone": gone}


def _only(rules: Mask, model: Mask, place: int) -> Mask:
    """(rows,) alerted by this rule and by nothing else."""
    return rules[:, place] & ~np.delete(rules, place, axis=1).any(axis=1) & ~model


def _totals(held: Transactions, columns: Floats, settings: Any) -> list[dict[str, Any]]:
    """The weighted sum of each column with its interval, by cards where there are any."""
    intervals = mean_intervals(
        columns,
        held.weight,
        groups=held.group,
        rounds=rounds_of(len(held.y), settings.interval.rounds),
        level=settings.interval.level,
        seed=settings.seed,
    )
    return [_scaled(interval, float(held.weight.sum())) for interval in intervals]


def _scaled(interval: Interval, by: float) -> dict[str, Any]:
    return {key: asdict(interval)[key] * by for key in ("value", "low", "high")}


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole > 0 else None
