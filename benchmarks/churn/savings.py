"""What decisions save where every row has costs of its own: the churn study's default pipeline beside empulse's learners."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.churn.boosting import BARE, BOOST, EMPULSE, GROWN, OURS, SAME
from benchmarks.churn.data import table
from benchmarks.churn.study import pipeline
from benchmarks.credit.data import Loans
from benchmarks.credit.running import Contender, Found, answers, versions
from benchmarks.optim.comparison import Table, seconds
from benchmarks.rows import Measurement

if TYPE_CHECKING:
    from casestudies.decisions import Costs
    from casestudies.workflow.compare import Comparison

TEXT = (
    "Savings are 1 - cost / cost of the better constant decision, of all rows out of fold (five folds); intervals from 1,000 "
    "resamples of rows, the same for everybody, so that differences are paired. Ours is what the churn study does as it comes: "
    "its own candidates, trained, calibrated and decided inside the training part, and of them the champion, chosen there too; "
    "its candidates stand beside it, among them the champion of all training parts together (named in the last line), which a "
    "run's report leads with. empulse's learners of money decide at one half, as published, and with the cut that costs least "
    "on three inner folds where said; every model with probabilities by each row's own threshold. LightGBM is the same "
    "for everybody: 150 trees of 15 leaves at 0.05, but for `CostSensitiveClassifier` as it comes. empulse is AGPL-3.0: "
    "measured in an environment of its own, imported by nothing of ours. "
)
_DEFAULT = "casestudies, the default pipeline"
_LOGIT, _RIDGE = "empulse CSLogit", "empulse CSLogit, L2"
_TUNED, _THRESHOLD = "empulse CSBoost (LightGBM), tuned cut", "empulse CSThreshold(LightGBM)"
_CONTENDERS = (
    BARE,
    SAME,
    Contender(_LOGIT, EMPULSE, {"model": "logit"}),
    Contender(_RIDGE, EMPULSE, {"model": "logit", "l1_ratio": 0.0}),
    BOOST,
    GROWN,
    Contender(_TUNED, EMPULSE, {"model": "boost-lightgbm", "tuned": 3}),
    Contender(_THRESHOLD, EMPULSE, {"model": "threshold"}),
)


def measure(name: str, rows: int | None = None, rounds: int = 1_000) -> Measurement:
    """name: tv, pakdd or bank. rows: the first so many only."""
    from casestudies.decisions import Costs
    from casestudies.metrics import Answers, bootstrap

    given = table(name) if rows is None else table(name).head(rows)
    costs = Costs(**{key: given.money.get(key, np.zeros(len(given.y))) for key in ("fn", "fp", "tp", "tn")})
    found = answers(_CONTENDERS, given, given.folds)
    began = time.process_time()
    ours = pipeline(given, costs, given.folds)
    used = (time.process_time() - began) / len(ours.parts)
    print(f"  {_DEFAULT}: {used:.3g} CPU s a fold", flush=True)
    models = {one.contender.name: Answers(one.p, _acted(one, costs)) for one in found if one.p is not None}
    models |= {f"casestudies candidate: {kind}": Answers(one.p, one.act) for kind, one in ours.judged.items()}
    models[_DEFAULT] = Answers(ours.nested.p, ours.nested.act)
    made = bootstrap(given.y, models, costs=costs, metrics=["savings", "auc"], rounds=rounds)
    cpu = {one.contender.name: seconds(float(one.fit.mean())) for one in found} | {_DEFAULT: seconds(used)}
    tables = [_savings(given, costs, made, cpu, found), _asked(given, made, ours)]
    return tables, versions([one for one in found if one.contender.module != OURS])


def _savings(given: Loans, costs: Costs, made: Any, cpu: Mapping[str, str], found: list[Found]) -> Table:
    from casestudies.metrics import paired

    lines = []
    for name in sorted(made.intervals, key=lambda name: -made.intervals[name]["savings"].value):
        told = made.intervals[name]
        less = "" if name == _DEFAULT else _apart(paired(made, "savings", name, _DEFAULT))
        value = f"{told['savings'].value:.4f} ({told['savings'].low:.4f} to {told['savings'].high:.4f})"
        shown = f"**{name}**" if name == _DEFAULT else name
        lines.append([shown, value, less, f"{told['auc'].value:.3f}", cpu.get(name, "")])
    lines += [[one.contender.name, one.failure, "", "", ""] for one in found if one.p is None]
    free = (costs.threshold() <= 0).mean()
    caption = f"{given.name}: {len(given.y):,} rows, {given.y.mean():.1%} events; a row's threshold is 0 or below in {free:.0%}"
    head = ["decisions", "savings (95 %)", "less our default's (95 %)", "AUC", "fit, CPU s a fold"]
    return {"caption": caption, "head": head, "rows": lines}


def _asked(given: Loans, made: Any, ours: Comparison) -> Table:
    from casestudies.metrics import paired

    there = set(made.intervals)
    logit = max({_LOGIT, _RIDGE} & there, key=lambda name: float(made.intervals[name]["savings"].value))
    better = max({logit, BOOST.name} & there, key=lambda name: float(made.intervals[name]["savings"].value))
    rows = []
    for rival, said, least in (
        (better, f"{better}, the better of CSLogit and default CSBoost", 0.0),
        (_THRESHOLD, _THRESHOLD, 0.0),
        (_TUNED, _TUNED, -0.01),
    ):
        if rival in there:
            apart = paired(made, "savings", _DEFAULT, rival)
            met = "yes" if apart.difference >= least else "no" if apart.high < least else "no, within the interval"
            rows.append([f"our default less {said}", f"at least {least:+.2f}", _apart(apart), met])
    winners = ", ".join(f"{name} {ours.chosen.count(name)}x" for name in dict.fromkeys(ours.chosen))
    rows.append(
        ["champions of the folds; of all training parts together", "", f"{winners}; {ours.choice.champion}", ""]
    )
    return {"caption": f"{given.name}: asked and found", "head": ["", "asked", "found", "met"], "rows": rows}


def _apart(apart: Any) -> str:
    return f"{apart.difference:+.4f} ({apart.low:+.4f} to {apart.high:+.4f})"


def _acted(one: Found, costs: Costs) -> np.ndarray:
    return np.asarray(one.act) if one.act is not None else costs.act(np.asarray(one.p))
