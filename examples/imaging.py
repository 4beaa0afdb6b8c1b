"""Imaging from Python: train on a folder of films, answer films, and judge the answers on films with labels.

python examples/imaging.py                      forty SYNTHETIC films stand in for a folder of yours; too few to learn from
python examples/imaging.py model.epochs=4       further settings, as --set takes them

Judge on films of another site, as examples of use: here the same forty are taken again, so that the figures flatter.
"""

from __future__ import annotations

import sys
from pathlib import Path

import casestudies

FILMS = Path(__file__).resolve().parents[1] / "data" / "imaging_demo"
SETTINGS = {
    "data": {"positive": "cancer"},
    "split": {"test": 0.4, "validation": 0.5},
    "model": {"epochs": 2, "networks": 1},
    "decide": {"miss": 10, "alarm": 1},
}


def main(*overrides: str) -> None:
    run = casestudies.run("imaging", FILMS, SETTINGS, overrides=overrides)
    print(*run.summary(), sep="\n")
    print(run.predict(FILMS).rows.head())
    judged = run.evaluate(FILMS)
    print(judged.verdict, *judged.summary(), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
