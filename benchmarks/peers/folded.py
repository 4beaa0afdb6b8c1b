"""One model, one table, every fold left out in turn, one process: out-of-fold answers, CPU and wall seconds, peak memory.

Runs in the environments of peers, so it needs numpy and pandas alone. `benchmarks.credit.running` writes the request and
reads the answer.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from benchmarks.peers.measured import peak

_WARM, _SCORINGS = 400, 3


@dataclass(frozen=True)
class Money:
    """What the four outcomes cost in each row: (rows,) each, all 0 where a table has no prices."""

    fn: np.ndarray
    fp: np.ndarray
    tp: np.ndarray
    tn: np.ndarray

    def take(self, rows: np.ndarray) -> Money:
        return Money(self.fn[rows], self.fp[rows], self.tp[rows], self.tn[rows])


class Model(Protocol):
    """What is asked of a model. `told`: further facts of a fit, a number each, averaged over the folds."""

    told: dict[str, float]

    def fit(self, X: pd.DataFrame, y: np.ndarray, money: Money) -> None: ...

    def score(self, X: pd.DataFrame) -> np.ndarray:
        """(rows,) the larger, the likelier the event."""
        ...


def main(make: Callable[[Mapping[str, Any]], Model], libraries: tuple[str, ...], text: str = "object") -> None:
    """Answers the request named on the command line: `data` (folder), `options` (of the model), `out` (folder).

    A model may also have `points(X)`, another way to score, of which the faster counts, and `act(X, money)`, the rows it
    would act on.

    Rows of the fold -1 train every model and are judged by none.

    Parameters
    ----------
    text: dtype of columns of categories, "object" or "category".
    """
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    out = Path(request["out"])
    X, y, folds, money = read(Path(request["data"]), text)
    warnings.simplefilter("ignore")
    some = np.flatnonzero(np.arange(len(y)) % max(1, len(y) // _WARM) == 0)
    warm = make(request["options"])
    warm.fit(X.iloc[some], y[some], money.take(some))  # what is imported or compiled at the first call is no part of it
    warm.score(X.iloc[some])
    imports = peak()
    answers = {"p": np.full(len(y), np.nan)}
    fits, walls, scorings, told = [], [], [], []
    for fold in np.unique(folds[folds >= 0]):
        train, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        seen, fresh, paid = X.iloc[train].copy(), X.iloc[held].copy(), money.take(train)
        model = make(request["options"])
        began, used = time.perf_counter(), time.process_time()
        model.fit(seen, y[train], paid)
        fits.append(time.process_time() - used)
        walls.append(time.perf_counter() - began)
        answers["p"][held] = model.score(fresh)
        ways = [model.score, *([model.points] if hasattr(model, "points") else [])]
        scorings.append(min(_seconds(way, fresh) for way in ways for _ in range(_SCORINGS)))
        if hasattr(model, "act"):
            answers.setdefault("act", np.zeros(len(y), dtype=bool))[held] = model.act(fresh, money.take(held))
        told.append(dict(model.told))
    np.savez(out / "answers.npz", **answers)
    measured = {
        "fit": fits,
        "wall": walls,
        "score": scorings,
        "peak": peak() - imports,
        "told": {name: float(np.mean([one[name] for one in told])) for name in told[0]},
        "versions": {name: version(name) for name in libraries},
    }
    (out / "measured.json").write_text(json.dumps(measured), encoding="utf-8")


def write(
    folder: Path, X: pd.DataFrame, y: np.ndarray, folds: np.ndarray, money: Mapping[str, np.ndarray] | None = None
) -> Path:
    """The folder with a table that `read` gives back; columns that are no numbers become categories."""
    folder.mkdir(parents=True, exist_ok=True)
    kinds = []
    for place, name in enumerate(X):
        numeric = pd.api.types.is_numeric_dtype(X[name])
        kinds.append([str(name), "number" if numeric else "category"])
        cells = X[name].to_numpy(np.float64) if numeric else X[name].astype(object).fillna("").astype(str).to_numpy("U")
        np.save(folder / f"{place}.npy", cells)
    (folder / "columns.json").write_text(json.dumps(kinds), encoding="utf-8")
    zeros = np.zeros(len(y))
    np.savez(folder / "rows.npz", y=np.asarray(y, np.int64), folds=folds)
    np.savez(folder / "money.npz", **{key: (money or {}).get(key, zeros) for key in ("fn", "fp", "tp", "tn")})
    return folder


def read(folder: Path, text: str) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, Money]:
    """(columns, labels, folds, costs); an empty text is a missing cell."""
    columns = {}
    for place, (name, kind) in enumerate(json.loads((folder / "columns.json").read_text(encoding="utf-8"))):
        cells = np.load(folder / f"{place}.npy")
        if kind == "category":
            cells = pd.Series(cells.astype(object)).where(cells != "", None).astype(text)
        columns[name] = cells
    rows = np.load(folder / "rows.npz")
    return pd.DataFrame(columns), rows["y"], rows["folds"], Money(**np.load(folder / "money.npz"))


def categories(X: pd.DataFrame) -> list[str]:
    """The columns that are no numbers."""
    return [name for name in X if not pd.api.types.is_numeric_dtype(X[name])]


def _seconds(call: Callable[[pd.DataFrame], Any], X: pd.DataFrame) -> float:
    used = time.process_time()
    call(X)
    return time.process_time() - used
