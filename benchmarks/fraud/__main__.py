"""`python -m benchmarks.fraud [--row NAME] [--list] [--quick]`: each row is measured and stored as JSON.

Peers are installed on first use, in environments under CASESTUDIES_PEERS (else the folder for temporary files), with the
versions of `benchmarks/peers/NAME.txt`; CASESTUDIES_DATA names the folder of the public data sets. All rows take about a
quarter of an hour of one core.
"""

from __future__ import annotations

from benchmarks.fraud import handbook, past, smote, stream, ulb
from benchmarks.rows import Row, main

ROWS = {
    "ulb": Row("Fraud: ULB's card payments", ulb.TEXT, ulb.measure, lambda: ulb.measure(200, quick=True)),
    "handbook": Row(
        "Fraud: the handbook's simulated payments",
        handbook.TEXT,
        handbook.measure,
        lambda: handbook.measure(50, quick=True),
    ),
    "features": Row(
        "Fraud: columns of the past", past.TEXT, past.measure, lambda: past.measure(60_000, 100_000, share=100)
    ),
    "stream": Row(
        "Fraud: single payments", stream.TEXT, stream.measure, lambda: stream.measure(400, kinds=("lightgbm",))
    ),
    "smote": Row(
        "Fraud: what SMOTE before the split pretends",
        smote.TEXT,
        smote.measure,
        lambda: smote.measure(100, quick=True),
    ),
}


if __name__ == "__main__":
    main("fraud", ROWS, __doc__)
