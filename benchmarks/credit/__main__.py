"""`python -m benchmarks.credit [--row NAME] [--list] [--quick]`: each row is measured and stored as JSON.

Peers are installed on first use, in environments under CASESTUDIES_PEERS (else the folder for temporary files), with the
versions of `benchmarks/peers/NAME.txt`; CASESTUDIES_DATA names the folder of the public data sets. All rows take about a
quarter of an hour of one core.
"""

from __future__ import annotations

from benchmarks.credit import cards, money, points, scoring
from benchmarks.rows import Row, main


def _card(name: str, title: str) -> Row:
    return Row(
        f"Credit: the card on {title}", cards.TEXT, lambda: cards.measure(name), lambda: cards.measure(name, 2_000)
    )


def _points(name: str, title: str) -> Row:
    return Row(
        f"Credit: few points on {title}", points.TEXT, lambda: points.measure(name), lambda: points.measure(name, 1_000)
    )


ROWS = {
    "card-taiwan": _card("taiwan", "Taiwan's credit card clients"),
    "card-pakdd": _card("pakdd", "PAKDD 2009"),
    "card-german": _card("german", "German credit"),
    "card-telco": _card("telco", "Telco churn"),
    "points-german": _points("german", "German credit"),
    "points-taiwan": _points("taiwan", "Taiwan's credit card clients"),
    "savings-pakdd": Row("Credit: savings on PAKDD", money.TEXT, money.pakdd, lambda: money.pakdd(100)),
    "cut": Row("Credit: the exact cut", scoring.CUT, scoring.cut, lambda: scoring.cut(100_000, 2)),
    "scoring": Row(
        "Credit: new applications with reasons", scoring.SCORING, scoring.scored, lambda: scoring.scored(10_000)
    ),
}


if __name__ == "__main__":
    main("credit", ROWS, __doc__)
