"""lifetimes: its BG/NBD and gamma-gamma fitters on given histories, and its way from raw transactions to values."""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter
from lifetimes.utils import ConvergenceError, summary_data_from_transaction_data


def main() -> None:
    """Answers the request named on the command line.

    The request: `sets` {name: .npz with x, last, age and perhaps mean}, `raw` (a file of transactions) or null, `until` (a
    date), `repeats`, `out` (a file).
    """
    warnings.simplefilter("ignore")
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    answer: dict[str, Any] = {"sets": {}, "versions": {"lifetimes": version("Lifetimes")}}
    for name, file in request["sets"].items():
        held = np.load(file)
        times = (held["x"], held["last"], held["age"])
        answer["sets"][name] = measured(partial(fitted, BetaGeoFitter, *times), request["repeats"])
        if "mean" in held:
            some = held["x"] > 0
            x, mean = held["x"][some], held["mean"][some]
            told = measured(partial(fitted, GammaGammaFitter, x, mean), request["repeats"])
            answer["sets"][f"{name}, amounts"] = told
    if request["raw"]:
        answer["raw"] = measured(lambda: raw(request["raw"], request["until"]), 3)
    Path(request["out"]).write_text(json.dumps(answer), encoding="utf-8")


def fitted(kind: type, *history: np.ndarray) -> Any:
    return kind().fit(*history)


def measured(fit: Callable[[], Any], repeats: int) -> dict[str, Any]:
    """Parameters, or the error, and the least CPU seconds."""
    cpu = []
    for _ in range(repeats):
        used = time.process_time()
        try:
            found = fit()
        except ConvergenceError:
            return {"error": "ConvergenceError", "cpu": time.process_time() - used}
        cpu.append(time.process_time() - used)
    return {"parameters": {k: float(v) for k, v in dict(found.params_).items()}, "cpu": min(cpu)}


def raw(file: str, until: str) -> BetaGeoFitter:
    """From the file to a value of each customer, as its documentation does it."""
    names = ["id", "date", "cds", "amount"]
    held = pd.read_csv(file, sep=r"\s+", header=None, names=names, dtype={"id": str, "date": str})
    held["date"] = pd.to_datetime(held["date"], format="%Y%m%d")
    table = summary_data_from_transaction_data(
        held, "id", "date", monetary_value_col="amount", observation_period_end=until, freq="D"
    )
    weeks = table.assign(recency=table["recency"] / 7, T=table["T"] / 7)
    buying = BetaGeoFitter().fit(weeks["frequency"], weeks["recency"], weeks["T"])
    again = weeks[(weeks["frequency"] > 0) & (weeks["monetary_value"] > 0)]
    spending = GammaGammaFitter().fit(again["frequency"], again["monetary_value"])
    spending.customer_lifetime_value(
        buying, weeks["frequency"], weeks["recency"], weeks["T"], weeks["monetary_value"], time=12, freq="W"
    )
    return buying


if __name__ == "__main__":
    main()
