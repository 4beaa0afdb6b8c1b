"""A portfolio within constraints: what to hold, which wishes quarrel, what was promised and what was delivered.

python examples/portfolio.py                                     a made-up market
python examples/portfolio.py prices.csv --cap 0.1 --turnover 0.3 dates in the first column, then a column for each asset
python examples/portfolio.py prices.csv --target 0.12            a return of at least 12 % a year
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from casestudies.errors import CaseError
from casestudies.portfolio import Wishes, study


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="The least risk within constraints.")
    parser.add_argument("file", nargs="?", help="prices or returns; without it a made-up market")
    parser.add_argument("--cap", type=float, default=0.2, help="most weight of an asset, 0.1 = 10 per cent")
    parser.add_argument("--turnover", type=float, help="most share sold and bought anew at a choice")
    parser.add_argument("--target", type=float, help="least return of a year")
    parser.add_argument("--aversion", type=float, help="weigh return against risk: try 1 to 20")
    parser.add_argument("--window", type=int, help="periods that an estimate is learnt from")
    parser.add_argument("--cost", type=float, default=0.001, help="of what is traded, 0.001 = 10 basis points")
    asked = parser.parse_args(arguments)
    try:
        wishes = Wishes(cap=asked.cap, turnover=asked.turnover, target=asked.target, aversion=asked.aversion)
        answer = study(asked.file, wishes, window=asked.window, cost=asked.cost)
    except CaseError as error:
        raise SystemExit(str(error)) from None
    for note in answer.market.notes:
        print(f"- {note}")
    if answer.market.synthetic:
        print("- the market is made up")
    print(answer)
    if answer.portfolio is not None:
        print(answer.table[answer.table["weight"] > 0].round(4).to_string(index=False))
        print(f"The weights are {answer.portfolio.certificate}.")


if __name__ == "__main__":
    main()
