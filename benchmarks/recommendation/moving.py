"""Ratings that move with time: what levels in time are worth, of the past and of what comes."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.recommendation import data
from benchmarks.rows import Measurement
from benchmarks.timing import measured
from casestudies.models.factorisation.estimator import MatrixFactorization
from casestudies.tabular.interactions import Interactions

TEXT = (
    "The first 2,999 users of ML-1M, whose times are known. A random tenth held out is the past with gaps; the newest tenth is what "
    "comes. `timed=True` takes levels of items in time and drifts of users off the ratings before the fit; `auto` does it only where "
    "that clearly lowers the error of ratings set aside. "
)


def _split(rows: Interactions, newest: bool) -> tuple[Interactions, Interactions]:
    if newest and rows.time is not None:
        order = np.argsort(-rows.time, kind="stable")
    else:
        order = np.random.default_rng(0).permutation(len(rows))
    held = len(rows) // 10
    return rows.take(np.sort(order[held:])), rows.take(np.sort(order[:held]))


def _lines(rows: Interactions) -> list[list[str]]:
    lines = []
    for newest in (False, True):
        learn, test = _split(rows, newest)
        for histories in ("none", "both"):
            found = []
            for timed in (False, True):
                model = MatrixFactorization(histories=histories, timed=timed)
                _, cpu, _ = measured(partial(model.fit, learn))
                missed = model.rate(test.user, test.item, test.time) - test.rating
                found += [f"{np.sqrt(np.square(missed, dtype=float).mean()):.4f}", f"{cpu:.1f}"]
            lines.append(["newest tenth" if newest else "random tenth", histories, *found])
    return lines


def measure() -> Measurement:
    return _measured(data.timed())


def quick() -> Measurement:
    rows = data.timed()
    return _measured(rows.take(rows.user < 200))


def _measured(rows: Interactions) -> Measurement:
    head = ["held out", "histories", "RMSE", "CPU s", "RMSE with levels in time", "CPU s"]
    return [{"caption": "ML-1M, 2,999 users: levels in time", "head": head, "rows": _lines(rows)}], {}
