"""`python -m benchmarks.churn [--row NAME] [--list] [--quick]`: each row is measured and stored as JSON.

Peers are installed on first use, in environments under CASESTUDIES_PEERS (else the folder for temporary files), with the
versions of `benchmarks/peers/NAME.txt`; CASESTUDIES_DATA names the folder of the public data sets. All rows take about
half an hour of one core.
"""

from __future__ import annotations

from benchmarks.churn import boosting, budget, empc, savings, value
from benchmarks.rows import Row, main


def _savings(name: str, title: str) -> Row:
    return Row(
        f"Churn: savings on {title}",
        savings.TEXT,
        lambda: savings.measure(name),
        lambda: savings.measure(name, 1_500, 50),
    )


ROWS = {
    "savings-tv": _savings("tv", "TV subscriptions"),
    "savings-pakdd": _savings("pakdd", "PAKDD 2009"),
    "savings-bank": _savings("bank", "bank telemarketing"),
    "boosting": Row(
        "Churn: boosting by expected cost", boosting.TEXT, boosting.measure, lambda: boosting.measure(("tv",), 2_000)
    ),
    "empc": Row("Churn: EMPC", empc.TEXT, empc.measure, lambda: empc.measure((2_000,))),
    "budget": Row("Churn: Telco under a budget", budget.TEXT, budget.measure, lambda: budget.measure(2_000, (), ())),
    "value": Row(
        "Churn: customer value from transactions",
        value.TEXT,
        value.measure,
        lambda: value.measure(1, ("CDNOW sample",)),
    ),
}


if __name__ == "__main__":
    main("churn", ROWS, __doc__)
