"""Churn from Python: run, take the list within a budget, and judge it a quarter later.

python examples/churn.py                        SYNTHETIC customers stand in for a file of yours
python examples/churn.py decide.budget=300      further settings, as --set takes them
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

import casestudies

DATA = Path(__file__).resolve().parents[1] / "data"
SETTINGS = {
    "data": {
        "target": "left_in_3_months",
        "positive": "yes",
        "time": "as_of",
        "group": "customer",
        "drop": ["final_invoice", "in_trial", "offered", "contacted", "promised"],  # known afterwards
    },
    "cost": {"clv": "12 * monthly_margin", "accept": 0.3, "offer": 25, "contact": 3, "currency": "EUR"},
    "decide": {"rule": "budget", "budget": 500},
    "model": {"candidates": ["scorecard"], "incumbent": "present_score"},
}


def main(*overrides: str) -> None:
    table = pd.read_csv(DATA / "churn_demo.csv", dtype=str)
    earlier, later = table[:1500], table[1500:]
    run = casestudies.run("churn", earlier, SETTINGS, overrides=overrides)
    print(*run.summary(), sep="\n")
    whom = run.predict(later).rows
    print(whom[whom["list"] == "contact"].sort_values("rank")[["offer", "expected_gain", "spend"]].head())
    judged = run.evaluate(later)
    print(judged.verdict, *judged.summary(), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
