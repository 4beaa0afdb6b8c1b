"""One head by three methods: what each read to get how near the optimum, and whether the answers differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.nn.utils import skip_init

from casestudies.imaging.heads import hidden, linear
from casestudies.imaging.heads.fitted import Head
from casestudies.imaging.heads.head import log_loss
from casestudies.imaging.heads.layers import Floats, Layers
from casestudies.imaging.heads.linear import Given, curve_of
from casestudies.metrics import auc
from casestudies.optim import Steps, Suboptimality, minimise
from casestudies.optim.batches import TensorRows
from casestudies.optim.methods import LBFGS, Torch
from casestudies.optim.methods.schedules import OneCycle
from casestudies.optim.networks import TorchObjective

# of Adam: the usual batch, and of the rates 0.003, 0.01, 0.03 and 0.1 the one that ended lowest on the demo
BATCH, RATE, EPOCHS = 64, 0.03, 30
_CLOSE = 1e-12  # relative distance from the optimum at which L-BFGS stops
_RUNS = 100  # of L-BFGS, 20 iterations each
_FLOOR = 1e-16  # relative; below it values differ by rounding alone


@dataclass(frozen=True, eq=False)
class _Way:
    """Where a method came: curve (points, 2) of passes and objective; the work of its steps beside them, in passes."""

    layers: Layers
    curve: Floats
    extra: float = 0.0


def compared(
    head: Head,
    features: Floats,
    history: pd.DataFrame | None,
    label: NDArray[np.generic],
    train: NDArray[np.intp],
    judged: NDArray[np.intp],
    seed: int,
) -> dict[str, Any]:
    """Adam, L-BFGS and Levenberg-Marquardt on the objective of `head`, begun at the same place.

    Parameters
    ----------
    head: whose columns, hidden units and ridge are taken.
    features, history, label, train: as they were for `fit_head`, without copies. judged: rows to compare answers on.
    seed: of the start of a hidden layer, and of Adam's batches.

    Returns
    -------
    Plain values: rows, unknowns, hidden, ridge, judged; methods: of each passes, work (passes, and the matrices in units of
    them), objective (nats a row), distance (of the objective from the least of the three, relative), curve [[passes,
    distance], ...], and on the judged rows auc, log_loss and apart, the largest difference of a log-odds from LM's.
    """
    part = None if history is None else history.iloc[train]
    y = label.astype(np.float64)
    X = head.columns.matrix(features[train], part)
    given = Given(X, y[train], np.ones(len(train)), train, len(train))
    ridge, units = float(head.told["ridge"]), len(head.layers.bias)
    start = hidden.begun(X.shape[1], units, seed) if units else Layers(None, np.zeros(0), np.zeros(X.shape[1]), 0.0)
    ways = {
        "adam": _adam(given, ridge, start, seed),
        "lbfgs": _lbfgs(given, ridge, start),
        "lm": _lm(given, ridge, start),
    }
    Z = head.columns.matrix(features[judged], None if history is None else history.iloc[judged])
    best = min(way.curve[-1, 1] for way in ways.values())
    exact = ways["lm"].layers.margins(Z)
    return {
        "rows": len(train),
        "unknowns": len(start.unknowns()),
        "hidden": units,
        "ridge": ridge,
        "judged": len(judged),
        "adam": {"batch": BATCH, "rate": RATE, "epochs": EPOCHS},
        "methods": {name: _told(way, best, way.layers.margins(Z), exact, y[judged]) for name, way in ways.items()},
    }


def _told(way: _Way, best: float, margins: Floats, exact: Floats, y: Floats) -> Mapping[str, Any]:
    passes, values = way.curve.T
    distance = np.maximum((values - best) / best, _FLOOR)
    ranked = auc(y, margins)
    return {
        "passes": float(passes[-1]),
        "work": float(passes[-1] + way.extra),
        "objective": float(values[-1]),
        "distance": float(distance[-1]),
        "curve": np.column_stack([passes, distance]).tolist(),
        "auc": ranked if np.isfinite(ranked) else None,
        "log_loss": log_loss(margins, y),
        "apart": float(np.abs(margins - exact).max()),
    }


def _lm(given: Given, ridge: float, start: Layers) -> _Way:
    """The head as it is fitted. A step lays out a matrix and its factor: so many multiplications, in those of a pass."""
    unknowns, rows = len(start.unknowns()), len(given.y)
    matrix = unknowns / 4 + unknowns**2 / (12 * rows)
    if start.inner is None:
        fit = linear.fit(given, ridge, start)
        return _Way(fit.layers, fit.curve, fit.matrices * matrix)
    fit = hidden.fit(given, ridge, start, polish=True)
    return _Way(fit.layers, fit.curve, fit.matrices * (matrix + 2 * unknowns))


def _lbfgs(given: Given, ridge: float, start: Layers) -> _Way:
    units = len(start.bias)
    x = start.unknowns()[:, None]
    stop = (Suboptimality(_CLOSE), Steps(_RUNS))
    task = hidden.objective(given, ridge, units) if units else linear.objective(given, ridge)
    found = minimise(task, LBFGS(tolerance=_CLOSE), x, stop=stop)
    return _Way(Layers.of(found.x[:, 0], given.X.shape[1], units), curve_of(found.trace, given))


def _adam(given: Given, ridge: float, start: Layers, seed: int) -> _Way:
    """Batches in random order under a one-cycle schedule, as heads are usually trained; in double precision."""
    columns, units = given.X.shape[1], len(start.bias)
    sides = [(columns, units), (units, 1)] if units else [(columns, 1)]
    layers = [skip_init(nn.Linear, *side, dtype=torch.float64) for side in sides]
    module = nn.Sequential(layers[0], nn.Tanh(), layers[1]) if units else layers[0]
    *penalised, _ = module.parameters()

    def loss(output: Tensor, labels: Tensor) -> Tensor:
        price = torch.stack([parameter.square().sum() for parameter in penalised]).sum()
        return binary_cross_entropy_with_logits(output[:, 0], labels) + 0.5 * ridge * price

    rows = torch.from_numpy(given.X), torch.from_numpy(given.y)
    task = TorchObjective(module, loss, TensorRows(*rows, batch=BATCH), held_out=TensorRows(*rows))
    method = Torch("adam", RATE, OneCycle(EPOCHS), seed=seed)
    found = minimise(task, method, start.unknowns()[:, None], stop=(Steps(EPOCHS),))
    steps = found.trace.of(0)
    curve = np.column_stack([steps["passes"], steps["held_out_loss"]])
    return _Way(Layers.of(found.x[:, 0], columns, units), curve)
