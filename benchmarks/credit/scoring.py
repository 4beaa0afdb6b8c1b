"""Rows e and f: the exact cut of a million rows, and new applications scored with their reasons."""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.optim.comparison import Table, seconds
from benchmarks.spine import cpu_of
from benchmarks.timing import measured

CUT = (
    "One score threshold for all rows, each with costs of its own: the exact one out of a sort and a cumulative sum, and the best "
    "of 100 thresholds, at equal steps of the score (as scikit-learn's `TunedThresholdClassifierCV` lays them) and at "
    "quantiles. Labels and costs drawn, the score calibrated. "
)
SCORING = (
    "New applications drawn from the demo's generator, scored by the run of the demo: probability, decision, expected money and four "
    "reasons each. In the process: the table is read and typed already. The command: from a CSV file to a CSV file. "
)
_REPEATS = 3
_CUT_SECONDS, _CALL_SECONDS, _COMMAND_SECONDS = 0.2, 1.0, 6.0


def cut(rows: int = 1_000_000, draws: int = 5) -> tuple[list[Table], dict[str, str]]:
    """CPU and wall seconds of the exact cut, and what grids of 100 points cost over it."""
    from casestudies.decisions import Costs

    lines, slowest, worst = [], 0.0, np.inf
    for seed in range(draws):
        random = np.random.default_rng(seed)
        p = random.beta(1.2, 6.0, rows)
        y = (random.random(rows) < p).astype(np.float64)
        amount = random.lognormal(8.0, 1.0, rows)
        costs = Costs(fn=0.75 * amount, fp=0.12 * amount + 20.0, tp=np.zeros(rows), tn=np.zeros(rows))
        with threadpool_limits(1):
            found, cpu, wall = measured(partial(costs.best_cut, y, p), _REPEATS)
        grids = {
            "even": np.linspace(p.min(), p.max(), 100),
            "quantiles": np.quantile(p, np.linspace(0, 1, 100)),
        }
        over = {
            name: min(costs.total(y, p > threshold) for threshold in grid) / found.cost - 1
            for name, grid in grids.items()
        }
        slowest, worst = max(slowest, cpu), min(worst, *over.values())
        lines.append([str(seed), seconds(cpu), seconds(wall), *(f"{100 * value:.4f} %" for value in over.values())])
    head = ["draw", "CPU s", "wall s", "dearer: 100 even steps", "dearer: 100 quantiles"]
    asked = [
        _judged("the slowest draw", _CUT_SECONDS, slowest),
        ["a grid of 100 is never cheaper", "0 % or more", f"{100 * worst:.4f} %", _met(worst >= -1e-12)],
    ]
    caption = f"The exact cut: {rows:,} rows"
    return [
        {"caption": caption, "head": head, "rows": lines},
        {"caption": f"{caption}: asked and found", "head": ["", "asked", "found", "met"], "rows": asked},
    ], {}


def scored(rows: int = 100_000) -> tuple[list[Table], dict[str, str]]:
    """Every candidate of the credit study as the saved model: scoring, reasons, the whole command."""
    import casestudies
    from casestudies.credit.config import Model
    from casestudies.credit.demo import _as_text, applications
    from casestudies.tabular.read import read_table
    from casestudies.workflow.load import read_options

    own = _library(rows)
    lines = [["`Scorecard.predict_proba`, `.reasons(k=4)`", *map(seconds, own), "", "", ""]]
    asked = [_judged("`Scorecard`: scores with reasons", _CALL_SECONDS, own[1])]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fresh = folder / "new.csv"
        _as_text(applications(1, rows)).drop(columns=["default", "recovered"]).to_csv(fresh, index=False)
        for model in Model().candidates:
            more = [f"model.candidates=[{model}]", "report.formats=[]", "explain.rows=50"]
            run = casestudies.run("credit", overrides=more, runs=folder / model)
            predictor = run._model
            checked = predictor.checked(read_table(fresh, read_options(run.config)))
            with threadpool_limits(1):
                _, score, _ = measured(partial(predictor.model.probability, checked.frame), _REPEATS)
                _, both, wall = measured(partial(predictor.scores, checked))
            command = [sys.executable, "-m", "casestudies", "predict", str(run.path)]
            cpu, whole, peak = cpu_of(*command, "--data", str(fresh), "--out", str(folder / "out.csv"), repeats=1)
            lines.append(
                [model, seconds(score), seconds(both), seconds(wall), seconds(cpu), seconds(whole), f"{peak:.0f}"]
            )
            asked += [
                _judged(f"{model}: scores with reasons", _CALL_SECONDS, both),
                _judged(f"{model}: the command", _COMMAND_SECONDS, cpu),
            ]
    caption = f"Scoring {rows:,} new applications"
    head = ["model", "scores, CPU s", "with reasons, CPU s", "wall s", "the command, CPU s", "wall s", "peak MB"]
    return [
        {"caption": caption, "head": head, "rows": lines},
        {"caption": f"{caption}: asked and found", "head": ["", "asked", "found", "met"], "rows": asked},
    ], {}


def _library(rows: int) -> tuple[float, float, float]:
    """CPU seconds of scores, CPU and wall seconds of scores and reasons, by a card fitted on the demo's clean table."""
    from casestudies.credit.demo import ROWS, applications
    from casestudies.models.scorecard.scorecard import Scorecard

    aside = ["application", "applied_on", "probability", "default", "interest_margin", "present_score", "recovered"]
    known, fresh = applications(0, ROWS), applications(1, rows).drop(columns=aside)
    with threadpool_limits(1):
        card = Scorecard().fit(known.drop(columns=aside), known["default"])
        _, score, _ = measured(partial(card.predict_proba, fresh), _REPEATS)
        _, reasons, wall = measured(partial(card.reasons, fresh, k=4), _REPEATS)
    return score, score + reasons, wall


def _judged(what: str, limit: float, found: float) -> list[str]:
    return [what, f"at most {limit:g} CPU s", seconds(found), _met(found <= limit)]


def _met(met: bool) -> str:
    return "yes" if met else "no"
