"""`python -m benchmarks.recommendation [--row NAME] [--list] [--quick]`: each row is measured and stored as JSON.

Peers are installed on first use, in environments under CASESTUDIES_PEERS (else the folder for temporary files), with the
versions of `benchmarks/peers/NAME.txt`; CASESTUDIES_DATA names the folder of the public data sets. All rows take about
half an hour of one core, two thirds of it samples of myFM; with CASESTUDIES_KEPT=FOLDER what peers answered is kept there
for the next time.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from threadpoolctl import threadpool_limits

from benchmarks.recommendation import card, lists, moving, recency, rmse, serving, speed
from benchmarks.rows import Measurement, Row, main

_RULES = (
    "Every recommender fits in a process of its own, on the same arrays and one thread, after a fit of 100 rows; the least CPU "
    "seconds of its fits count, one where they are long. "
)
if os.environ.get("CASESTUDIES_KEPT"):
    _RULES += "Peers were measured on the same machine earlier that day, and not again. "


def _row(title: str, text: str, measure: Callable[[], Measurement], quick: Callable[[], Measurement]) -> Row:
    """BLAS on one thread here too."""

    def alone(do: Callable[[], Measurement]) -> Callable[[], Measurement]:
        def measured() -> Measurement:
            with threadpool_limits(1):
                return do()

        return measured

    return Row(f"Recommendation: {title}", text, alone(measure), alone(quick))


ROWS = {
    "rmse-ml1m": _row("RMSE on ML-1M", rmse.TEXT, rmse.large, rmse.quick),
    "rmse-ml100k": _row("RMSE on ML-100K", rmse.TEXT, rmse.small, rmse.quick),
    "speed": _row("speed and memory", speed.TEXT, speed.measure, speed.quick),
    "implicit": _row("implicit feedback on ML-1M", lists.TEXT, lists.measure, lists.quick),
    "recency": _row("tastes that change", recency.TEXT, recency.measure, recency.quick),
    "moving": _row("ratings that move with time", moving.TEXT, moving.measure, moving.quick),
    "serving": _row("lists, visitors, new ratings", serving.TEXT, serving.measure, serving.quick),
    "gpu": _row("on a graphics card", card.TEXT, card.measure, card.quick),
}


if __name__ == "__main__":
    main("recommendation", ROWS, __doc__, rules=_RULES)
