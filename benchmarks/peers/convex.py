"""Portfolios by peers: cvxpy with Clarabel, skfolio, PyPortfolioOpt. Answers the request named on the command line.

The request: `problems` (files .npz with H, q, mean, returns, cap, groups, group_cap, target, present, turnover; nan or empty where
there is none), `frontiers` (files with `targets` too), `repeats`, `out` (a file).
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cvxpy as cp
import numpy as np
import pandas as pd

Held = dict[str, np.ndarray]
_TIGHT = {"tol_gap_abs": 1e-13, "tol_gap_rel": 1e-13, "tol_feas": 1e-13}


def clarabel(held: Held, **options: float) -> np.ndarray:
    """Modelled and solved."""
    weights = cp.Variable(len(held["q"]))
    problem = cp.Problem(cp.Minimize(_objective(held, weights)), _within(held, weights))
    problem.solve(solver="CLARABEL", **options)
    return np.asarray(weights.value)


def clarabel_frontier(held: Held) -> np.ndarray:
    """Modelled once, with the target as a parameter."""
    weights, target = cp.Variable(len(held["q"])), cp.Parameter()
    within = [*_within(held, weights), held["mean"] @ weights >= target]
    problem = cp.Problem(cp.Minimize(_objective(held, weights)), within)
    found = []
    for value in held["targets"]:
        target.value = value
        problem.solve(solver="CLARABEL")
        found.append(np.asarray(weights.value))
    return np.array(found)


def _objective(held: Held, weights: Any) -> Any:
    return 0.5 * cp.quad_form(weights, cp.psd_wrap(held["H"])) - held["q"] @ weights


def _within(held: Held, weights: Any) -> list[Any]:
    within = [cp.sum(weights) == 1, weights >= 0, weights <= float(held["cap"])]
    for group in np.unique(held["groups"]):
        within.append(cp.sum(weights[np.flatnonzero(held["groups"] == group)]) <= float(held["group_cap"]))
    if np.isfinite(held["target"]):
        within.append(held["mean"] @ weights >= float(held["target"]))
    if np.isfinite(held["turnover"]):
        within.append(cp.norm1(weights - held["present"]) <= 2 * float(held["turnover"]))
    return within


def skfolio(held: Held) -> np.ndarray:
    """Its variance is of the returns themselves, so it is asked for the least variance alone."""
    from skfolio import RiskMeasure
    from skfolio.optimization import MeanRisk

    frame = pd.DataFrame(held["returns"], columns=[f"a{k}" for k in range(held["returns"].shape[1])])
    model = MeanRisk(risk_measure=RiskMeasure.VARIANCE, max_weights=float(held["cap"]))
    return np.asarray(model.fit(frame).weights_)


def pypfopt(held: Held) -> np.ndarray:
    from pypfopt import EfficientFrontier

    front = EfficientFrontier(held["mean"], held["H"], weight_bounds=(0, float(held["cap"])))
    return np.array(list(front.min_volatility().values()))


WAYS: dict[str, Callable[[Held], np.ndarray]] = {
    "cvxpy + Clarabel, defaults": clarabel,
    "cvxpy + Clarabel, tight": partial(clarabel, **_TIGHT),
    "skfolio": skfolio,
    "PyPortfolioOpt": pypfopt,
}
SIMPLE = ("skfolio", "PyPortfolioOpt")


def main() -> None:
    warnings.simplefilter("ignore")
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    names = ("cvxpy-base", "clarabel", "skfolio", "pyportfolioopt")
    answer: dict[str, Any] = {"problems": {}, "frontiers": {}, "versions": {name: version(name) for name in names}}
    for file in request["problems"]:
        held = dict(np.load(file))
        simple = not held["groups"].size and not np.isfinite(held["target"]) and not np.isfinite(held["turnover"])
        ways = {name: way for name, way in WAYS.items() if simple or name not in SIMPLE}
        answer["problems"][file] = {
            name: measured(partial(way, held), request["repeats"]) for name, way in ways.items()
        }
    for file in request["frontiers"]:
        answer["frontiers"][file] = measured(partial(clarabel_frontier, dict(np.load(file))), request["repeats"])
    Path(request["out"]).write_text(json.dumps(answer), encoding="utf-8")


def measured(solve: Callable[[], np.ndarray], repeats: int) -> dict[str, Any]:
    """Weights, or the error, and the least CPU seconds; the first run warms up."""
    cpu, found = [], None
    for _ in range(repeats + 1):
        used = time.process_time()
        try:
            found = solve()
        except Exception as error:
            return {"error": type(error).__name__}
        cpu.append(time.process_time() - used)
    return {"weights": np.asarray(found).tolist(), "cpu": min(cpu[1:])}


if __name__ == "__main__":
    main()
