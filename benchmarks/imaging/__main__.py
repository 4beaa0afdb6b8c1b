"""`python -m benchmarks.imaging [--row NAME] [--list] [--quick]`: each row is measured and stored as JSON.

CASESTUDIES_DATA names the folder of the public data sets. All rows take about twenty minutes of one core.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

from threadpoolctl import threadpool_limits

from benchmarks.imaging import breasts, card, chests, films, head, intervals, pace, planted
from benchmarks.rows import Measurement, Row, main

_FEW = ("model.epochs=1", "model.networks=1")
_TINY = (*_FEW, "demo.rows=300", "robustness.images=40", "explaining.images=4", "report.formats=[]")


def _row(title: str, text: str, measure: Callable[[], Measurement], quick: Callable[[], Measurement]) -> Row:
    """BLAS on one thread here too; the version of torch is told beside those of all studies."""

    def alone(do: Callable[[], Measurement]) -> Callable[[], Measurement]:
        def measured() -> Measurement:
            with threadpool_limits(1):
                tables, peers = do()
            return tables, {"torch": version("torch"), **peers}

        return measured

    return Row(f"Imaging: {title}", text, alone(measure), alone(quick))


ROWS = {
    "pneumonia": _row("PneumoniaMNIST", chests.TEXT, chests.measure, lambda: chests.measure((0,), _FEW)),
    "pace": _row("half the time", pace.TEXT, pace.measure, lambda: pace.measure((0,), _FEW)),
    "demo": _row("the demo", films.TEXT, films.measure, lambda: films.measure(_TINY, 3)),
    "demo-seeds": _row("the demo from other seeds", films.SEEDS, films.seeds, lambda: films.seeds((1,), _TINY)),
    "busi": _row("BUSI", breasts.BUSI, breasts.busi, lambda: breasts.busi(1, _FEW)),
    "mias": _row("mini-MIAS", breasts.MIAS, breasts.mias, lambda: breasts.mias(1, _FEW)),
    "head": _row("the head", head.TEXT, head.measure, lambda: head.measure(400, 20, 100)),
    "shortcut": _row("a planted shortcut", planted.TEXT, planted.measure, lambda: planted.measure(1, _FEW, 300)),
    "intervals": _row("intervals", intervals.TEXT, intervals.measure, lambda: intervals.measure(rounds=100)),
    "gpu": _row("on a graphics card", card.TEXT, card.measure, card.measure),
}


if __name__ == "__main__":
    main("imaging", ROWS, __doc__)
