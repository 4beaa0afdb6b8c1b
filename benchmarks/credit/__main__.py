"""`python -m benchmarks.credit [--row NAME] [--list] [--quick]`: each row is measured and stored as JSON.

Peers are installed on first use, in environments under CASESTUDIES_PEERS (else the folder for temporary files), with the
versions of `benchmarks/peers/NAME.txt`; CASESTUDIES_DATA names the folder of the public data sets. All rows take about a
quarter of an hour of one core.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.credit import cards, money, points, scoring
from benchmarks.optim.__main__ import _plain as plain
from benchmarks.optim.linear_rows import Measurement
from benchmarks.record import store


@dataclass(frozen=True)
class Row:
    """title, text: as in BENCHMARKS.md. measure: the row; quick: the same, small enough for a look."""

    title: str
    text: str
    measure: Callable[[], Measurement]
    quick: Callable[[], Measurement]


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


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.credit", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--row", choices=[*ROWS], action="append", help="only this one; may be given again")
    parser.add_argument("--list", action="store_true", help="name the rows")
    parser.add_argument("--quick", action="store_true", help="small tables, nothing stored")
    options = parser.parse_args()
    if options.list:
        print("\n".join(ROWS))
        return
    for name in options.row or ROWS:
        print(name, flush=True)
        row = ROWS[name]
        tables, peers = row.quick() if options.quick else row.measure()
        for table in tables:
            print(plain(table), flush=True)
        if not options.quick:
            command = f"CASESTUDIES_DATA=FOLDER python -m benchmarks.credit --row {name}"
            store(f"credit-{name}", row.title, row.text.strip(), tables, command, peers)


if __name__ == "__main__":
    main()
