"""Fraud from Python: run, score later payments with what is remembered of the earlier ones, and judge the alerts.

python examples/fraud.py                        SYNTHETIC payments stand in for a file of yours
python examples/fraud.py alerts.per_day=5       further settings, as --set takes them
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pandas as pd

import casestudies

DATA = Path(__file__).resolve().parents[1] / "data"
SETTINGS = {
    "data": {"target": "fraud", "positive": "yes", "id": "transaction", "time": "time", "drop": ["charged_back"]},
    "split": {"delay": 2},
    "cost": {"fn": "amount", "fp": 10, "tp": 10, "currency": "EUR"},
    "alerts": {"per_day": 3, "unit": "card"},
    "model": {"candidates": ["logistic"]},
}


def main(*overrides: str) -> None:
    table = pd.read_csv(DATA / "fraud_demo.csv", dtype=str)
    earlier, later = table[:2400], table[2400:]
    run = casestudies.run("fraud", earlier, SETTINGS, overrides=overrides)
    print(*run.summary(), sep="\n")
    with tempfile.TemporaryDirectory() as folder:  # the state is a file that you keep from one day to the next
        scored = run.predict(later, state=f"{folder}/past.npz").rows
    print(scored[["probability", "decision"]].head())
    judged = run.evaluate(later)
    print(judged.verdict, *judged.summary(), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
