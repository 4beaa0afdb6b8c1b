"""Credit from Python: run, read the figures, answer new applications, and judge the answers once outcomes are known.

python examples/credit.py                        SYNTHETIC applications stand in for a file of yours
python examples/credit.py interval.rounds=200    further settings, as --set takes them
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

import casestudies

DATA = Path(__file__).resolve().parents[1] / "data"
SETTINGS = {
    "data": {"target": "default", "positive": "yes", "id": "application", "time": "applied_on", "drop": ["recovered"]},
    "cost": {"fn": "0.75 * credit_line", "fp": "interest_margin", "currency": "EUR"},
    "model": {"candidates": ["scorecard"], "incumbent": "present_score"},
}


def main(*overrides: str) -> None:
    table = pd.read_csv(DATA / "credit_demo.csv", dtype=str)
    earlier, later = table[:1900], table[1900:]
    run = casestudies.run("credit", earlier, SETTINGS, overrides=overrides)
    print(*run.summary(), sep="\n")
    print(run.predict(later).rows[["probability", "decision", "threshold"]].head())
    judged = run.evaluate(later)
    print(judged.verdict, *judged.summary(), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
