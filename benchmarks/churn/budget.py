"""Telco under a budget: what lists earn, in which order they are made, and how much the folds have to do with it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.churn.study import pipeline
from benchmarks.credit.data import FOLDS, folder, table
from benchmarks.optim.comparison import Table
from benchmarks.record import ROOT
from benchmarks.rows import Measurement
from benchmarks.timing import measured

if TYPE_CHECKING:
    from casestudies.decisions import Costs
    from casestudies.workflow.compare import Comparison

TEXT = (
    "Whom of IBM's Telco customers to contact: a customer is worth 12 months of charges, the offer costs 10 % of that and is accepted by "
    "30 % of those who would leave, a contact costs 2. Probabilities out of fold (five folds) by the churn study's default pipeline, "
    "whose champion is starred, lists within a budget of expected spending. Earned: with the outcomes known, a leaver being kept with "
    "a chance of 30 %; intervals resample customers. The bound is that of the linear programme in which the last customer may be "
    "contacted in part. The folds of the first two tables are those of the other rows (seed 7); the third has others, and whole runs of "
    "`examples/telco_churn.yaml` (no protected column is a feature, folds of its own), so that nobody takes one draw for the answer. "
)
_MONTHS, _ACCEPT, _OFFER, _CONTACT = 12, 0.3, 0.1, 2.0
_BUDGET, _LEAST = 10_000.0, 53_000.0
_DECIDE = {"rule": "budget", "budget": _BUDGET}
_SHOWN = ("scorecard", "lightgbm")  # beside the champion
_SEED, _OTHERS, _RUNS = 7, (0, 1, 2, 3, 4), (0, 1, 2)
_QUICK = (
    "explain.rows=60",
    "explain.lime.samples=200",
    "explain.lime.seeds=2",
    "analyse=[campaign]",
    "report.formats=[html]",
)


def measure(rows: int | None = None, others: Sequence[int] = _OTHERS, runs: Sequence[int] = _RUNS) -> Measurement:
    """rows: the first so many only. others: further seeds of folds. runs: seeds of whole runs."""
    telco = table("telco") if rows is None else table("telco").head(rows)
    clv = _MONTHS * telco.X["MonthlyCharges"].to_numpy()
    costs = _costs(clv)
    earned = -costs.slope(telco.y)
    lists: list[list[str]] = []
    asked: list[list[str]] = []
    draws: list[list[str]] = []
    for seed in (_SEED, *others):
        for name, p in _candidates(pipeline(telco, costs, _folds(telco.y, seed), _DECIDE)):
            if seed == _SEED:
                lists += _lists(name, p, clv, costs, earned)
                asked += _asked(name, p, costs, earned)
            act = _campaign(p, costs).act
            draws.append([f"seed {seed}", name, *_verdict(*_interval(earned * act))])
        print(f"  folds of seed {seed}", flush=True)
    for seed in runs:
        draws.append(_run(seed))
        print(f"  run of seed {seed}", flush=True)
    caption = f"Telco: {len(clv):,} customers, budget {_BUDGET:,.0f}"
    head = ["probabilities", "order", "contacts", "expected spending", "expected gain", "earned"]
    tables: list[Table] = [
        {"caption": caption, "head": head, "rows": lists},
        {"caption": f"{caption}: asked and found", "head": ["", "asked", "found", "met"], "rows": asked},
        {
            "caption": f"{caption}: earned by other folds",
            "head": ["folds", "probabilities", "earned (95 %)", f"at least {_LEAST:,.0f}"],
            "rows": draws,
        },
    ]
    return tables, {}


def _costs(clv: np.ndarray) -> Costs:
    from casestudies.decisions import CostMatrix

    matrix = CostMatrix.retention("clv", accept=_ACCEPT, offer=f"{_OFFER} * clv", contact=_CONTACT)
    return matrix.on({"clv": clv}, len(clv))


def _folds(y: np.ndarray, seed: int) -> np.ndarray:
    """(rows,) the fold that each row is held out in."""
    from sklearn.model_selection import StratifiedKFold

    held = np.empty(len(y), dtype=np.int64)
    for fold, (_, rows) in enumerate(StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(y[:, None], y)):
        held[rows] = fold
    return held


def _candidates(made: Comparison) -> Iterator[tuple[str, np.ndarray]]:
    """Names and probabilities of the champion and of the two that are always shown."""
    champion = made.choice.champion
    for name in dict.fromkeys((champion, *_SHOWN)):
        yield f"{name}*" if name == champion else name, np.asarray(made.judged[name].p)


def _campaign(p: np.ndarray, costs: Costs) -> Any:
    from casestudies.decisions import campaign

    return campaign(costs.gain(p)[:, None], costs.spend(p)[:, None], _BUDGET)


def _lists(name: str, p: np.ndarray, clv: np.ndarray, costs: Costs, earned: np.ndarray) -> list[list[str]]:
    gain, spend = costs.gain(p), costs.spend(p)
    orders = {"probability": p, "probability x value": p * clv, "expected gain": np.where(gain > 0, gain, -np.inf)}
    acts: Mapping[str, np.ndarray] = {
        "gain per unit spent (ours)": _campaign(p, costs).act,
        **{order: _first(value, spend, _BUDGET) for order, value in orders.items()},
        "no budget: every gain": gain > 0,
    }
    return [
        [name, order, *(f"{one:,.0f}" for one in (act.sum(), spend[act].sum(), gain[act].sum(), earned[act].sum()))]
        for order, act in acts.items()
    ]


def _asked(name: str, p: np.ndarray, costs: Costs, earned: np.ndarray) -> list[list[str]]:
    made, cpu, _ = measured(partial(_campaign, p, costs), 5)
    largest = float(costs.gain(p)[made.act].max())
    met = "yes" if made.gap < largest else "no"
    return [
        [f"{name}: earned (95 %)", f"at least {_LEAST:,.0f}", *_verdict(*_interval(earned * made.act))],
        [f"{name}: gap to the bound", f"below one customer ({largest:,.0f})", f"{made.gap:.2f}", met],
        [f"{name}: bound, and the next unit's gain", "", f"{made.bound:,.0f}, {made.price:.2f}", ""],
        [f"{name}: CPU of the list, ms", "", f"{1e3 * cpu:.1f}", ""],
    ]


def _run(seed: int) -> list[str]:
    """A line of the study's own run."""
    import casestudies

    place = folder()
    with tempfile.TemporaryDirectory() as runs:
        data = place / "telco_churn/WA_Fn-UseC_-Telco-Customer-Churn.csv" if place else None
        config = ROOT / "examples/telco_churn.yaml"
        run = casestudies.run("churn", data, config, overrides=_QUICK, seed=seed, runs=runs, variables={})
        came = run.folder.read_json("analysis/campaign.json")["came"]
        champion = str(run.metrics["champion"])
    return [f"run of seed {seed}", f"{champion}*", *_verdict(came["value"], came["low"], came["high"])]


def _interval(values: np.ndarray) -> tuple[float, float, float]:
    """(rows,) amounts: their sum and its interval."""
    from casestudies.metrics.means import mean_intervals

    one = mean_intervals((values * len(values))[:, None])[0]
    return one.value, one.low, one.high


def _verdict(value: float, low: float, high: float) -> tuple[str, str]:
    met = "yes" if value >= _LEAST else "no" if high < _LEAST else "no, within the interval"
    return f"{value:,.0f} ({low:,.0f} to {high:,.0f})", met


def _first(value: np.ndarray, spend: np.ndarray, budget: float) -> np.ndarray:
    """(rows,) bool: those of largest value, until the next no longer fits; none of value -inf."""
    order = np.argsort(-value, kind="stable")
    order = order[: int(np.searchsorted(np.cumsum(spend[order]), budget, side="right"))]
    act = np.zeros(len(value), dtype=bool)
    act[order[np.isfinite(value[order])]] = True
    return act
