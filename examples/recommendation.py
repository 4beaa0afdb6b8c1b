"""Recommendation from Python: run, make lists, and judge them by what was taken afterwards.

python examples/recommendation.py                    a SYNTHETIC shop stands in for your files
python examples/recommendation.py ranking.k=5        further settings, as --set takes them
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

import casestudies

DATA = Path(__file__).resolve().parents[1] / "data"
SETTINGS = {
    "data": {
        "user": "customer",
        "item": "product",
        "rating": "stars",
        "time": "rated_at",
        "files": {"items": str(DATA / "recommendation_items_demo.csv")},
    },
    "model": {"candidates": ["popularity", "implicit"]},
    "ranking": {"k": 10, "currency": "EUR"},
}


def main(*overrides: str) -> None:
    table = pd.read_csv(DATA / "recommendation_demo.csv", dtype=str)
    earlier, later = table[:7500], table[7500:]
    run = casestudies.run("recommendation", earlier, SETTINGS, overrides=overrides)
    print(*run.summary(), sep="\n")
    print(run.predict(later).rows.head())
    judged = run.evaluate(later)
    print(judged.verdict, *judged.summary(), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
