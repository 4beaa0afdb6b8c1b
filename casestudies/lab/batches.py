"""The same rows read whole, in small batches, or one by one; and Adam that goes over to plain momentum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from casestudies.lab.invented import Floats, Rows, outcomes
from casestudies.optim import L2, Dense, Finding, Logistic, NewtonCG, Objective, Steps, diagnose, minimise
from casestudies.optim.batches import TensorRows
from casestudies.optim.methods import Switch, Torch
from casestudies.optim.networks import TorchObjective

ROWS, COLUMNS = 128, 8
SIZES = (1, 4, 16, 64, ROWS)
EPOCHS = 15


@dataclass(frozen=True)
class Fit:
    """rows: (epochs + 1,) read so far. above: (epochs + 1,) the mean loss above the best there is.

    noise: (epochs + 1,) how far the batches' gradients spread, as a multiple of their mean; nan where a step reads all rows.
    switched: the epoch after which Adam gave way; None = it did not, or was never meant to.
    rate: of the second method.
    """

    name: str
    rows: Floats
    above: Floats
    noise: Floats
    findings: tuple[Finding, ...]
    switched: int | None = None
    rate: float = float("nan")

    @property
    def settled(self) -> float:
        """The median over the last quarter of the epochs."""
        return float(np.median(self.above[-max(2, len(self.above) // 4) :]))


@dataclass(frozen=True)
class Fits:
    """fits: of one logistic regression on the same rows. least: its least mean loss, by Newton's method."""

    fits: tuple[Fit, ...]
    least: float


def by_size(sizes: Sequence[int] = (1, 16, ROWS), *, rate: float = 0.5, epochs: int = EPOCHS, seed: int = 0) -> Fits:
    """Stochastic gradient descent at one rate, with batches of several sizes.

    Parameters
    ----------
    sizes: rows in a batch, 1 to 128. epochs: how often all rows are read.
    """
    rows = outcomes(ROWS, COLUMNS, seed)
    least = _least(rows)
    made = []
    for size in sizes:
        name = "all rows at once" if size >= ROWS else "one row at a time" if size == 1 else f"batches of {size}"
        made.append(_fit(name, rows, size, Torch("sgd", rate, seed=seed), epochs, least))
    return Fits(tuple(made), least)


def by_method(*, rate: float = 0.05, size: int = 16, epochs: int = 30, seed: int = 0) -> Fits:
    """Adam, momentum, and Adam that switches to momentum at the rate that its own steps amount to."""
    rows = outcomes(ROWS, COLUMNS, seed)
    least = _least(rows)
    adam = Torch("adam", rate, settings={"betas": (0.9, 0.99)}, seed=seed)
    methods: dict[str, Any] = {
        "Adam": adam,
        "momentum": Torch("momentum", rate, seed=seed),
        "Adam, then momentum": Switch(adam, agreement=_AGREEMENT),
    }
    return Fits(tuple(_fit(name, rows, size, way, epochs, least) for name, way in methods.items()), least)


_AGREEMENT = 0.05  # of the two rates: there are few batches here to agree over


def _fit(name: str, rows: Rows, size: int, method: Any, epochs: int, least: float) -> Fit:
    model = nn.Linear(COLUMNS, 1, dtype=torch.float64)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    objective = TorchObjective(model, Logistic(), TensorRows(torch.from_numpy(rows.X), torch.from_numpy(rows.y), size))
    found = minimise(objective, method, stop=(Steps(epochs),))
    trace = found.trace.of(0)
    switched = int(getattr(found.state, "switched", -1))
    return Fit(
        name,
        ROWS * trace["passes"],
        np.maximum(trace["value"] - least, 0.0),
        trace.get("noise", np.full(len(trace["value"]), np.nan)),
        tuple(diagnose(found.trace, found, objective)),
        switched if switched >= 0 else None,
        float(getattr(found.state, "rate", np.nan)),
    )


def _least(rows: Rows) -> float:
    objective = Objective(
        Dense(rows.X), rows.y, Logistic(), L2(np.zeros(1), np.arange(COLUMNS + 1) == COLUMNS), np.ones(ROWS)
    )
    return float(minimise(objective, NewtonCG()).state.value[0]) / ROWS
