"""CPU seconds of one fit of boosted trees to expected cost, ours and empulse's."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmarks.churn.data import table
from benchmarks.credit.running import Contender, answers, versions
from benchmarks.optim.comparison import Table, seconds
from benchmarks.rows import Measurement

TEXT = (
    "One fit of boosted trees to the expected cost of each row, on the training part of each of five folds: CPU seconds, codes of "
    "categories included (one-hot columns for XGBoost, as it takes no levels), the least of two runs of a fold. Fits alone, which "
    "decide by the sign of their score, as CSBoost's do by one half; calibrated, `CostSensitiveClassifier` fits five more times, on "
    "four fifths of the rows, for probabilities that its decisions do not read. As they come XGBoost has 100 trees of depth 6, ours "
    "100 of 15 leaves at 0.075. Decisions and savings as in the rows of savings. "
)
OURS, EMPULSE = "benchmarks.churn.ours", "benchmarks.peers.empulse"
_COST = {"model": "lightgbm", "train": "cost"}
BARE = Contender("casestudies CostSensitiveClassifier (LightGBM), fit alone", OURS, _COST)
SAME = Contender(
    "casestudies CostSensitiveClassifier (LightGBM), 150 trees at 0.05, fit alone",
    OURS,
    {**_COST, "trees": 150, "learning_rate": 0.05},
)
BOOST = Contender("empulse CSBoost (XGBoost)", EMPULSE, {"model": "boost"})
GROWN = Contender("empulse CSBoost (LightGBM), 150 trees at 0.05", EMPULSE, {"model": "boost-lightgbm"})
_CONTENDERS = (BARE, SAME, BOOST, GROWN)
_TIMES = 2.0


def measure(names: tuple[str, ...] = ("tv", "pakdd", "bank"), rows: int | None = None) -> Measurement:
    """rows: the first so many only."""
    from casestudies.decisions import Costs

    lines: list[list[str]] = []
    asked: list[list[str]] = []
    peers: dict[str, str] = {}
    for name in names:
        given = table(name) if rows is None else table(name).head(rows)
        costs = Costs(**{key: given.money.get(key, np.zeros(len(given.y))) for key in ("fn", "fp", "tp", "tn")})
        found = answers(_CONTENDERS, given, given.folds)
        peers |= versions([one for one in found if one.contender.module != OURS])
        cpu: dict[str, float] = {}
        for one in found:
            if one.act is None:
                lines.append([given.name, one.contender.name, one.failure, "", ""])
                continue
            cpu[one.contender.name] = float(one.fit.mean())
            value = f"{costs.savings(given.y, one.act):.4f}"
            lines.append([given.name, one.contender.name, seconds(cpu[one.contender.name]), "", value])
        for line in lines:
            if line[0] == given.name and line[1] in cpu and BOOST.name in cpu:
                line[3] = f"{cpu[BOOST.name] / cpu[line[1]]:.2f}x"
        asked += _asked(given.name, cpu)
    tables: list[Table] = [
        {
            "caption": "Boosting by expected cost",
            "head": ["table", "learner", "fit, CPU s a fold", "less than default CSBoost", "savings"],
            "rows": lines,
        },
        {"caption": "Boosting: asked and found", "head": ["", "asked", "found", "met"], "rows": asked},
    ]
    return tables, peers


def _asked(table: str, cpu: Mapping[str, float]) -> list[list[str]]:
    rows = []
    for rival, own, least in ((BOOST, BARE, _TIMES), (GROWN, SAME, 1.0)):
        if rival.name in cpu and own.name in cpu:
            ratio = cpu[rival.name] / cpu[own.name]
            said = f"{table}: CPU of {rival.name} over {own.name}"
            rows.append([said, f"at least {least:g}x", f"{ratio:.2f}x", "yes" if ratio >= least else "no"])
    return rows
