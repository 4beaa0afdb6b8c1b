"""What the report says of customers' values: where they come from, how they spread, and how sure they and the profit are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from casestudies.churn.bought import ALIVE, KNOWN
from casestudies.churn.worth import CLV, FACTOR, tenures
from casestudies.decisions import Costs
from casestudies.formulas import Formula
from casestudies.metrics.bootstrap import resamples
from casestudies.metrics.intervals import Interval, percentile
from casestudies.metrics.sums import sum_intervals
from casestudies.models.customers import ContractModel, PurchaseModel
from casestudies.models.customers.contracts import Segment
from casestudies.models.customers.staying import Stay
from casestudies.rows import Array
from casestudies.tabular.checked import Checked
from casestudies.tabular.derive import CellColumns
from casestudies.tabular.histories import Histories
from casestudies.tabular.problems import Places
from casestudies.workflow.analyses import Work

_DRAWS = 200  # of the parameters
_FEW = 2_000  # customers whose own uncertainty is measured
_COUNTED = 10  # at risk, so that a survival counts
_CURVE = 120  # periods of a curve that is drawn, at most
_QUANTILES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
_LIMITED = ("bmr", "budget", "capacity")  # rules whose list follows the values


def value_told(work: Work) -> dict[str, Any] | None:
    """The value of the judged customers: way, parameters, check, spread, and what its uncertainty does to the profit.

    None where costs are given without a customer's value.
    """
    settings: Any = work.settings
    found = _values(work)
    if found is None:
        return None
    rows = work.comparison.rows
    clv, weight = found[rows], work.loaded.weight[rows]
    made: Mapping[str, Any] = work.loaded.made if isinstance(work.loaded.made, Mapping) else {"way": "given"}
    told: dict[str, Any] = {
        "way": made["way"],
        "formula": str(settings.cost.clv),
        "rows": len(rows),
        "spread": _spread(clv, weight),
        "notes": list(made.get("notes", ())),
        "facts": dict(made.get("facts", {})),
    }
    drawn = None
    if made["way"] == "transactions":
        model = PurchaseModel.from_dict(made["model"])
        drawn, told["purchases"] = _purchases_drawn(work, model, clv), _purchases(work, model)
    elif made["way"] == "contractual":
        contract = ContractModel.from_dict(made["model"])
        drawn, told["contract"] = _contract_drawn(work, contract, clv), _contract(contract, settings)
    if drawn is not None:
        told["own"] = _own(drawn, len(rows), settings.interval.level, settings.seed)
    told["profit"] = _profit(work, drawn)
    return told


Drawn = Callable[
    [np.random.Generator, np.ndarray], Iterator[Array]
]  # of a generator and some judged rows: their values


def _values(work: Work) -> Array | None:
    """(table rows,) the column `clv`, or what cost.clv says where an offer is priced."""
    checked, settings = work.loaded.checked, work.settings
    if CLV in checked.made:
        values: Array = checked.frame[CLV].to_numpy(dtype=float)
        return values
    cost: Any = settings.cost
    if cost.accept is None or cost.offer is None:
        return None
    return Formula(cost.clv, "cost.clv").numbers(CellColumns.of_checked(checked), len(checked.frame))


def _spread(clv: Array, weight: Array) -> dict[str, Any]:
    order = np.argsort(clv, kind="stable")
    mass = np.cumsum(weight[order])
    at = np.searchsorted(mass, np.array(_QUANTILES) * mass[-1], side="left")
    quantiles = clv[order][np.minimum(at, len(clv) - 1)]
    total = float(weight @ clv)
    best = np.concatenate(([0.0], np.cumsum((weight * clv)[order][::-1])))
    heaviest = np.concatenate(([0.0], np.cumsum(weight[order][::-1])))
    top = float(np.interp(0.1 * mass[-1], heaviest, best))
    return {
        "quantiles": dict(zip(map(str, _QUANTILES), quantiles.tolist(), strict=True)),
        "mean": total / float(mass[-1]),
        "top_tenth": top / total if total > 0 else None,
    }


def _purchases(work: Work, model: PurchaseModel) -> dict[str, Any]:
    """The parameters with their errors, and how many customers are likely to be one still."""
    out: dict[str, Any] = {"correlation": model.correlation, "left_out": model.left_out}
    for name, estimate in (("buying", model.buying), ("spending", model.spending)):
        errors = np.sqrt(np.diag(estimate.covariance)) * estimate.theta
        out[name] = {
            "parameters": estimate.parameters,
            "errors": dict(zip(estimate.names, errors.tolist(), strict=True)),
            "unclear": list(estimate.unclear),
            "customers": estimate.customers,
            "cells": estimate.rows,
        }
    alive = work.loaded.checked.frame[ALIVE].to_numpy(dtype=float)[work.comparison.rows]
    out["alive"] = float(np.nanmean(alive)) if np.isfinite(alive).any() else None
    return out


def _purchases_drawn(work: Work, model: PurchaseModel, clv: Array) -> Drawn:
    """Values by the slopes at the estimate: exp(slope · change of the parameters' logarithms)."""
    settings: Any = work.settings
    frame = work.loaded.checked.frame
    judged = frame[list(KNOWN)].to_numpy(dtype=float)[work.comparison.rows]

    def drawn(rng: np.random.Generator, rows: np.ndarray) -> Iterator[Array]:
        known = Histories(rows, *judged[rows].T)
        there = np.isfinite(known.age)
        some = Histories(rows[there], *judged[rows][there].T)
        slopes = np.zeros((len(rows), 7))
        if there.any():
            slopes[there] = model.slopes(some, settings.value.terms)
            slopes[~there] = (clv[rows][there] @ slopes[there]) / clv[rows][there].sum()  # those get the mean value
        for one in model.draws(rng, _DRAWS):
            yield clv[rows] * np.exp(slopes @ one)

    return drawn


def _contract(model: ContractModel, settings: Any) -> dict[str, Any]:
    """The curves: at risk, left, survival as counted and by the model, a segment each."""
    segments = []
    for name, one in model.segments.items():
        periods = len(one.table)
        counted = Stay.of_table(one.table)
        entry: dict[str, Any] = {
            "name": name,
            "at_risk": float(one.table.at_risk.sum()),
            "left": float(one.table.left.sum()),
            "parameters": None if one.model is None else one.model.parameters,
            "median": _median(one.stay(10_000)),
            "counted": counted.survival(min(periods, _CURVE)).tolist(),
            "curve": one.stay(max(periods, 2)).survival(min(periods, _CURVE)).tolist(),
            "gap": _gap(one, counted),
            "worth": one.stay(model.steps).worth(0, settings.value.horizon / model.window, 0.0)[0] * model.window,
        }
        segments.append(entry)
    value = settings.value
    return {
        "segments": segments,
        "window": model.window,
        "table": value.table,
        "curve": value.curve,
        "period": value.period,
        "horizon": value.horizon,
        "discount": value.discount,
        "too_old": model.segments[""].too_old,
    }


def _gap(one: Segment, counted: Stay) -> float | None:
    """Largest distance of the model's survival from the counted one, while enough are at risk to count."""
    known = int(np.argmax(one.table.at_risk < _COUNTED)) if (one.table.at_risk < _COUNTED).any() else len(one.table)
    if one.model is None or known == 0:
        return None
    return float(np.abs(one.stay(len(one.table)).survival(known) - counted.survival(known)).max())


def _median(stay: Stay) -> int | None:
    """Steps until half of the beginners have left; None where that is never."""
    survival = stay.survival(10_000)
    return int(np.argmax(survival < 0.5)) if (survival < 0.5).any() else None


def _contract_drawn(work: Work, model: ContractModel, clv: Array) -> Drawn:
    """Values by curves as they might have been: of each tenure and segment that occurs, then of each customer."""
    settings: Any = work.settings
    rows_all = work.comparison.rows
    tenure, segment, *_ = tenures(settings.value, work.loaded.checked)
    factor = work.loaded.checked.frame[FACTOR].to_numpy(dtype=float)[rows_all]

    def drawn(rng: np.random.Generator, rows: np.ndarray) -> Iterator[Array]:
        here = rows_all[rows]
        steps = np.floor(tenure[here] / model.window) * model.window
        names = np.full(len(here), "", dtype=object) if segment is None else segment[here]
        keys = pd.MultiIndex.from_arrays([steps, names.astype(str)])
        of, kinds = pd.factorize(keys)
        each = np.array([key[0] for key in kinds], dtype=float)
        which = None if segment is None else np.array([key[1] for key in kinds], dtype=object)
        value = settings.value
        for one in model.drawn(rng, _DRAWS, each, which, value.horizon, value.rate):
            yield clv[rows] * one[of] / factor[rows]

    return drawn


def _own(drawn: Drawn, judged: int, level: float, seed: int) -> dict[str, Any]:
    """How far one customer's value may be off because the parameters are: interval width over value, of some customers."""
    rows = np.unique(np.linspace(0, judged - 1, min(_FEW, judged)).astype(np.intp))
    values = np.stack(list(drawn(np.random.default_rng([seed, 5]), rows)))
    low, middle, high = np.quantile(values, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=0)
    width = np.divide(high - low, 2 * middle, out=np.zeros_like(middle), where=middle > 0)
    return {"customers": len(rows), "half_width": {str(q): float(np.quantile(width, q)) for q in (0.1, 0.5, 0.9)}}


def _profit(work: Work, drawn: Drawn | None) -> dict[str, Any] | None:
    """What acting on the champion's list would have brought, and how sure that is: by the rows, by the values, by both."""
    matrix, comparison = work.loaded.matrix, work.comparison
    costs = work.loaded.costs
    if matrix is None or costs is None:
        return None
    rows, settings = comparison.rows, work.settings
    judged = comparison.judged[comparison.choice.champion]
    y, weight, act = work.loaded.y[rows], work.loaded.weight[rows], judged.act
    group = work.sample.take(rows).group

    def gained(one: Costs) -> Array:
        gain: Array = -one.slope(y) * act
        return gain

    own = gained(costs.take(rows))
    level = settings.interval.level
    asked = None if group is None else group.astype(str).to_numpy()
    by_rows = sum_intervals(
        own[:, None],
        lambda sums: sums,
        weight,
        groups=asked,
        rounds=settings.interval.rounds,
        level=level,
        seed=settings.seed,
    )[0]
    total = float(weight @ own)
    told: dict[str, Any] = {
        "acted": float(weight @ act),
        "value": total,
        "rows": _ends(by_rows),
        "values": None,
        "both": None,
        "kept": None,
    }
    if drawn is None or CLV not in matrix.names:
        return told
    remade = _recosted(work.loaded.checked, matrix, rows)
    decider = work.saved.decider
    p = judged.p if decider.kind in _LIMITED and decider.priced else None
    once = None if p is None else decider.act(p, costs.take(rows))
    chunks = (row for chunk in resamples(len(rows), _DRAWS, settings.seed + 1, asked) for row in chunk)
    alone, both, kept = [], [], []
    values = drawn(np.random.default_rng([settings.seed, 6]), np.arange(len(rows)))
    for clv, drawn_rows in zip(values, chunks, strict=True):
        now = remade(clv)
        gain = weight * gained(now)
        alone.append(gain.sum())
        both.append(drawn_rows @ gain)
        if p is not None and once is not None and once.any():
            kept.append((weight @ (once & decider.act(p, now))) / (weight @ once))
    told["values"] = _ends(percentile(total, np.array(alone), level, "no draws"))
    told["both"] = _ends(percentile(total, np.array(both), level, "no draws"))
    told["kept"] = float(np.mean(kept)) if kept else None
    return told


def _recosted(checked: Checked, matrix: Any, rows: np.ndarray) -> Callable[[Array], Costs]:
    """The costs of some rows had their customers other values."""
    frame = checked.frame.iloc[rows]
    columns = CellColumns.of_checked(checked)
    places = Places(checked.places.rows[rows], checked.places.lines[rows])

    def costs(clv: Array) -> Costs:
        made: Costs = matrix.on(replace(columns, frame=frame.assign(**{CLV: clv}), places=places), len(rows))
        return made

    return costs


def _ends(interval: Interval) -> dict[str, float]:
    return {"low": interval.low, "high": interval.high}
