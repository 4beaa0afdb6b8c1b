"""Champion against challenger: what each is worth, where they decide differently, and what the difference is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.decisions import Costs, swap_set
from casestudies.metrics import METRICS, Answers, Interval, bootstrap, paired
from casestudies.metrics.calibration_line import calibration_line
from casestudies.metrics.means import mean_intervals
from casestudies.tabular.differences import FEW, Difference, differences, mean_of
from casestudies.workflow.compare import Comparison, Judged, Sample
from casestudies.workflow.table_settings import TableSettings

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

FIGURES = ("auc", "gini", "ks", "brier", "log_loss", "ece", "expected_cost", "savings")
SHOWN = 5  # columns that tell the rows decided differently from the others


def challenger_told(comparison: Comparison, sample: Sample, settings: TableSettings) -> dict[str, Any]:
    """analysis/challenger.json: the champion beside the most flexible candidate, on the judged rows.

    Candidates stand in order of their flexibility, so the challenger is the last of them; if that is the champion, the
    first: what is given up by the simplest.

    Parameters
    ----------
    sample: all rows of the table; only `comparison.rows` are judged.
    """
    choice = comparison.choice
    rivals = [name for name in choice.loss if name != choice.champion and comparison.judged[name].p is not None]
    if not rivals:
        return {"skipped": "there is one candidate only"}
    flexible = list(choice.loss)[-1] != choice.champion
    champion, challenger = choice.champion, rivals[-1 if flexible else 0]
    held = sample.take(comparison.rows)
    pair = {name: comparison.judged[name] for name in (champion, challenger)}
    return {
        "champion": champion,
        "challenger": challenger,
        "rows": len(held.y),
        **_figures(held, pair, settings),
        "lines": {
            name: asdict(calibration_line(held.y, _p(j), held.weight, settings.interval.level))
            for name, j in pair.items()
        },
        "differ": _differ(held, pair[champion].act, pair[challenger].act, settings),
        "who": _who(held.frame, held.weight, pair[champion].act, pair[challenger].act),
    }


def _figures(held: Sample, pair: Mapping[str, Judged], settings: TableSettings) -> dict[str, Any]:
    """Each figure of both with its interval, and the paired difference challenger minus champion."""
    wanted = [name for name in FIGURES if held.costs is not None or "costs" not in METRICS[name].needs]
    boot = bootstrap(
        held.y,
        {name: Answers(j.p, j.act) for name, j in pair.items()},
        costs=held.costs,
        weight=held.weight,
        groups=_groups(held),
        metrics=wanted,
        rounds=settings.interval.rounds,
        level=settings.interval.level,
        seed=settings.seed,
    )
    champion, challenger = pair
    tests = {}
    for metric in wanted:
        test = paired(boot, metric, challenger, champion)
        tests[metric] = {key: getattr(test, key) for key in ("difference", "low", "high", "p_value")}
    models = {name: {metric: _ends(interval) for metric, interval in boot.intervals[name].items()} for name in pair}
    return {"models": models, "paired": tests}


def _differ(held: Sample, old: Mask, new: Mask, settings: TableSettings) -> dict[str, Any]:
    """The swap set from champion to challenger, with what it saves on these rows and its interval."""
    total = float(held.weight.sum())
    sides = {"rested": old & ~new, "acted": new & ~old}
    out: dict[str, Any] = {
        side: {
            "rows": int(rows.sum()),
            "share": float(held.weight[rows].sum()) / total,
            "event_rate": float(np.average(held.y[rows], weights=held.weight[rows]))
            if held.weight[rows].any()
            else None,
        }
        for side, rows in sides.items()
    }
    out["agree"] = int((old == new).sum())
    if held.costs is not None:
        weighed = _weighed(held.costs, held.weight)
        swap = swap_set(held.y, old, new, weighed)
        slope = held.costs.slope(held.y)
        saved = np.stack([slope * sides["rested"], -slope * sides["acted"]], axis=1)
        rows, level, seed = settings.interval.rounds, settings.interval.level, settings.seed
        told = mean_intervals(
            np.column_stack((saved, saved.sum(axis=1))),
            held.weight,
            groups=_groups(held),
            rounds=rows,
            level=level,
            seed=seed,
        )
        for name, value, interval in zip(
            ("rested", "acted", "both"), (swap.swap_in.saved, swap.swap_out.saved, swap.saved), told, strict=True
        ):
            out.setdefault(name, {})["saved"] = {
                "value": value,
                "low": interval.low * total,
                "high": interval.high * total,
            }
    return out


def _weighed(costs: Costs, weight: Floats) -> Costs:
    return Costs(costs.fn * weight, costs.fp * weight, costs.tp * weight, costs.tn * weight)


def _who(frame: pd.DataFrame, weight: Floats, old: Mask, new: Mask) -> list[dict[str, Any]]:
    """The columns in which the rows decided differently differ most from those decided alike (`tabular.differences`)."""
    alike = old == new
    sides = {"rested": old & ~new & (weight > 0), "acted": new & ~old & (weight > 0)}
    sides = {name: rows for name, rows in sides.items() if rows.sum() >= FEW}
    best: dict[str, tuple[str, Difference]] = {}
    for side, rows in sides.items():
        for one in differences(frame, weight, rows, alike):
            if one.clear and (one.column not in best or abs(one.difference) > abs(best[one.column][1].difference)):
                best[one.column] = side, one
    found: list[dict[str, Any]] = []
    for side, one in sorted(best.values(), key=lambda each: -abs(each[1].difference))[:SHOWN]:
        told = {
            "column": one.column,
            "what": one.what,
            "side": side,
            "difference": one.difference,
            "alike": one.outside,
        }
        found.append({**told, "means": {name: mean_of(frame, one, weight, rows) for name, rows in sides.items()}})
    return found


def _p(judged: Judged) -> Floats:
    if judged.p is None:
        raise ValueError("a candidate has probabilities")
    return judged.p


def _groups(held: Sample) -> np.ndarray | None:
    return None if held.group is None else held.group.astype(str).to_numpy()


def _ends(interval: Interval) -> dict[str, float]:
    return {"value": interval.value, "low": interval.low, "high": interval.high}
