"""Squared, absolute, Huber and quantile fits of a table of house prices: `CASESTUDIES_DATA` names the public data sets."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.optim.comparison import Table, seconds
from benchmarks.optim.data import Floats
from benchmarks.record import ROOT
from benchmarks.timing import measured
from casestudies.lab.regression import Regressions, regressions
from casestudies.optim import L2, Dense, Loss, Method, NewtonCG, Objective, Steps, Suboptimality, minimise
from casestudies.optim.losses import Absolute, Huber, Quantile, Squared
from casestudies.optim.methods import LevenbergMarquardt, LinearProgramme

TEXT = (
    "California housing (Pace and Barry 1997): median house value of a block of 1990 by eight figures and the distance to the "
    "sea in five classes, rows without a number of bedrooms left out, columns in standard deviations, labels in dollars. Off: "
    "the sum of the loss over the rows above the least sum found, relative, by one function for all. Nothing is penalised. "
    "scikit-learn's HuberRegressor finds the scale of the errors too; ours is given the delta that this scale makes. "
    "Pulling rows: Cook's distance; without: what the squared fit says of the row when fitted without it, exactly. "
)
_FILE = Path("california_housing") / "housing.csv"
_EXACT = 1e-12
Linear = tuple[Floats, float]


def measure() -> tuple[list[Table], dict[str, str]]:
    """No tables where the data are not at hand."""
    path = _found()
    if path is None:
        print(f"  left out: {_FILE} is in none of CASESTUDIES_DATA, CASESTUDIES_TEST_DATA, ../shared/data")
        return [], {}
    import pandas as pd
    import sklearn
    from threadpoolctl import threadpool_limits

    frame = pd.read_csv(path).dropna()
    y = frame.pop("median_house_value").to_numpy(dtype=np.float64)
    columns = pd.get_dummies(frame, drop_first=True)
    raw = columns.to_numpy(dtype=np.float64)
    X = (raw - raw.mean(axis=0)) / raw.std(axis=0)
    with threadpool_limits(1):
        rows = list(_compared(X, y))
        told, used, _ = measured(lambda: regressions(raw, y, list(columns)))
    head = ["loss", "solver", "CPU s", "sum of the loss", "off", "certificate"]
    losses = {"caption": f"{len(y):,} rows, {X.shape[1]} columns", "head": head, "rows": rows}
    return [losses, _pulling(told), _moved(told), _covered(told, used)], {"scikit-learn": sklearn.__version__}


def _compared(X: Floats, y: Floats) -> Any:
    """A line for each loss and solver."""
    from sklearn.linear_model import HuberRegressor, LinearRegression, QuantileRegressor

    newton, programme = NewtonCG(tolerance=_EXACT), LinearProgramme()
    huber, huber_cpu, _ = measured(lambda: HuberRegressor(alpha=0.0, max_iter=10_000, tol=1e-6).fit(X, y / 1e5))
    delta = float(huber.epsilon * huber.scale_) * 1e5
    line = huber.coef_ * 1e5, float(huber.intercept_) * 1e5
    cases: list[tuple[str, Loss, Method, str, Callable[[], Linear] | None]] = [
        ("squared", Squared(), newton, "LinearRegression", lambda: _line(LinearRegression(), X, y)),
        (f"Huber, delta {delta:,.0f}", Huber(delta), LevenbergMarquardt(), "HuberRegressor, labels / 1e5", None),
        *(
            (
                f"quantile {level}" if level != 0.5 else "absolute",
                Quantile(level) if level != 0.5 else Absolute(),
                programme,
                "QuantileRegressor, highs",
                lambda level=level: _line(QuantileRegressor(quantile=level, alpha=0.0, solver="highs"), X, y),
            )
            for level in (0.1, 0.5, 0.9)
        ),
    ]
    for name, loss, method, peer, fit in cases:
        (x, certificate), cpu, _ = measured(lambda loss=loss, method=method: _ours(X, y, loss, method), 2)
        theirs, peer_cpu = (line, huber_cpu) if fit is None else measured(fit)[:2]
        sums = [float(loss.value((X @ w + b)[:, None], y[:, None]).sum()) for w, b in ((x[:-1], x[-1]), theirs)]
        least = min(sums)
        yield [
            name,
            "**casestudies**",
            seconds(cpu),
            f"{sums[0]:.10g}",
            f"{sums[0] / least - 1:.1e}",
            f"{certificate:.0e}",
        ]
        yield [name, f"scikit-learn {peer}", seconds(peer_cpu), f"{sums[1]:.10g}", f"{sums[1] / least - 1:.1e}", ""]


def _ours(X: Floats, y: Floats, loss: Loss, method: Method) -> tuple[Floats, float]:
    free = np.ones(X.shape[1] + 1, dtype=np.bool_)
    objective = Objective(Dense(X), y, loss, L2(np.zeros(1), free), np.ones(len(y)))
    solution = minimise(objective, method, stop=(Suboptimality(_EXACT), Steps(200)))
    return solution.x[:, 0], float(solution.certificate.suboptimality[0])


def _line(model: Any, X: Floats, y: Floats) -> Linear:
    fitted = model.fit(X, y)
    return fitted.coef_, float(fitted.intercept_)


def _pulling(told: Regressions) -> Table:
    rows = []
    for p in told.pulls:
        dollars = [f"{one:,.0f}" for one in (p.label, p.fitted, p.without)]
        rows.append([f"{p.row:,}", *dollars, f"{p.distance:.2f}", p.column, f"{p.errors:+.1f}", f"{p.weight:.2f}"])
    head = ["row", "label", "fitted", "without", "Cook's distance", "moves most", "standard errors", "weight in Huber"]
    return {"caption": "The rows that pull the squared fit most", "head": head, "rows": rows}


def _moved(told: Regressions) -> Table:
    rows = []
    for name, change in told.removal.moved.items():
        column = int(np.nanargmax(np.abs(change)))
        rows.append([name, f"{told.removal.prices[name]:,.0f}", told.names[column], f"{change[column]:+,.0f}"])
    caption = f"Without the {told.removal.rows} rows that pull most"
    head = ["loss", "mean change of a price", "moves most", "dollars per standard deviation"]
    return {"caption": caption, "head": head, "rows": rows}


def _covered(told: Regressions, used: float) -> Table:
    c = told.coverage
    row = [f"{c.rows:,}", f"{c.below:.3f}", f"{c.inside:.3f} ± {c.error:.3f}", f"{c.above:.3f}", f"{c.width:,.0f}"]
    caption = (
        f"The interval of the 10 % and 90 % fits on rows held out (all of `lab.regression`: {seconds(used)} CPU s)"
    )
    head = ["rows", "below", "inside", "above", "mean width", "crossed"]
    return {"caption": caption, "head": head, "rows": [[*row, f"{c.crossed:.4f}"]]}


def _found() -> Path | None:
    folders = [
        os.environ.get("CASESTUDIES_DATA"),
        os.environ.get("CASESTUDIES_TEST_DATA"),
        ROOT.parent / "shared" / "data",
    ]
    return next((Path(folder) / _FILE for folder in folders if folder and (Path(folder) / _FILE).exists()), None)
