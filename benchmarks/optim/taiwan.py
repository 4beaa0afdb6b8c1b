"""Real columns in their own units, from years of age to bills in dollars: `CASESTUDIES_DATA` names the public data sets."""

from __future__ import annotations

import os
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.optim.comparison import Table, seconds
from benchmarks.optim.data import Floats
from benchmarks.record import ROOT

TEXT = (
    "Default of credit card clients, Taiwan (Yeh and Lien 2009), columns as they are in the file, C = 1. Off: "
    "the mean log loss minus that of the same penalised problem solved in standardised columns, where the penalty of a column is "
    "divided by its squared scale, by plain Newton steps with the exact Hessian. "
)
_FILE = Path("taiwan_credit_default") / "UCI_Credit_Card.csv.gz"


def measure() -> tuple[list[Table], dict[str, str]]:
    """No tables where the data are not at hand."""
    path = _found()
    if path is None:
        print(f"  left out: {_FILE} is in none of CASESTUDIES_DATA, CASESTUDIES_TEST_DATA, ../shared/data")
        return [], {}
    import pandas as pd
    from sklearn.linear_model import LogisticRegression as Peer
    from threadpoolctl import threadpool_limits

    from casestudies.models.linear import LogisticRegression

    frame = pd.read_csv(path).drop(columns="ID")
    missing = int(frame.isna().any(axis=1).sum())  # copies of the file differ; nobody here takes missing values
    frame = frame.dropna()
    y = frame.pop("default.payment.next.month").to_numpy()
    X = frame.to_numpy(dtype=np.float64)
    units = (X - X.mean(axis=0)) / X.std(axis=0)
    models = {
        "**casestudies**": LogisticRegression(),
        **{f"scikit-learn {name}": Peer(solver=name) for name in ("lbfgs", "newton-cg", "newton-cholesky")},
        "scikit-learn lbfgs, tol 1e-8, 10,000 iterations": Peer(solver="lbfgs", tol=1e-8, max_iter=10_000),
        "scikit-learn newton-cholesky, tol 1e-8": Peer(solver="newton-cholesky", tol=1e-8),
    }
    rows = []
    with threadpool_limits(1):
        best = _log_loss(units, y, _newton(units, y, X.std(axis=0) ** -2))
        LogisticRegression().fit(X[:500], y[:500])  # what the first call imports
        for name, model in models.items():
            rows.append([name, *_fitted(model, X, y, best)])
        scaled = LogisticRegression().fit(units, y)
    other = _log_loss(units, y, np.append(scaled.coef_, scaled.intercept_))
    off, steps = float(rows[0][2]), int(rows[0][3])
    asked = [
        ["log loss off the scaled fit's", "1e-06", f"{off:.0e}", "yes" if abs(off) <= 1e-6 else "no"],
        ["Newton steps", "10", f"{steps}", "yes" if steps <= 10 else "no"],
    ]
    left_out = f", {missing} more left out for a missing value" if missing else ""
    caption = f"{len(y):,} rows{left_out}, {X.shape[1]} raw columns (log loss {best:.7f}; at C = 1 in standardised columns {other:.7f})"
    return [
        {"caption": caption, "head": ["solver", "CPU s", "off", "steps", "warned"], "rows": rows},
        {"caption": "Raw columns: asked and found", "head": ["", "at most", "found", "met"], "rows": asked},
    ], {}


def _fitted(model: Any, X: Floats, y: Any, best: float) -> list[str]:
    """CPU seconds, log loss off the best, steps, warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        used = time.process_time()
        model.fit(X, y)
        used = time.process_time() - used
    off = _log_loss(X, y, np.append(model.coef_, model.intercept_)) - best
    said = sorted({warning.category.__name__ for warning in caught})
    return [seconds(used), f"{off:.1e}", str(int(np.max(model.n_iter_))), ", ".join(said)]


def _newton(X: Floats, y: Any, strength: Floats) -> Floats:
    """The optimum of log loss plus sum of strength · coefficient²/2, the intercept last and free."""
    X, pull = np.column_stack([X, np.ones(len(X))]), np.append(strength, 0.0)
    W = np.zeros(X.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-(X @ W)))
        hessian = X.T @ (X * (p * (1 - p))[:, None]) + np.diag(pull)
        W = W - np.linalg.solve(hessian, X.T @ (p - y) + pull * W)
    return W


def _log_loss(X: Floats, y: Any, W: Floats) -> float:
    margins = X @ W[:-1] + W[-1]
    return float(np.mean(np.logaddexp(0.0, margins) - y * margins))


def _found() -> Path | None:
    folders = [
        os.environ.get("CASESTUDIES_DATA"),
        os.environ.get("CASESTUDIES_TEST_DATA"),
        ROOT.parent / "shared" / "data",
    ]
    return next((Path(folder) / _FILE for folder in folders if folder and (Path(folder) / _FILE).exists()), None)
