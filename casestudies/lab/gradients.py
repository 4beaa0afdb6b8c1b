"""Deep networks whose gradients vanish or explode on the way back, and what keeps them from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from casestudies.lab.invented import Floats, rings
from casestudies.optim import Finding, Logistic, Steps, diagnose, minimise
from casestudies.optim.batches import TensorRows
from casestudies.optim.methods import Torch
from casestudies.optim.networks import TorchObjective

ROWS, WIDTH = 200, 20
ACTIVATIONS: Mapping[str, type[nn.Module]] = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
STARTS: Mapping[str, str] = {
    "small": "too small",
    "xavier": "Xavier",
    "he": "He",
    "large": "too large",
}
_SMALL, _LARGE = 0.2, 3.0  # times the spread of Xavier's start


@dataclass(frozen=True)
class Design:
    """A network of `depth` hidden layers of 20 units, and how its weights begin.

    start: of `STARTS`. batch_norm: each hidden layer's inputs to the activation are standardised by the batch.
    skips: each hidden layer but the first adds to what it is given.
    """

    depth: int = 10
    activation: str = "sigmoid"
    start: str = "xavier"
    batch_norm: bool = False
    skips: bool = False


@dataclass(frozen=True)
class Trained:
    """layers: (depth + 1,) root mean square of the entries of each layer's gradient at the first step, first layer first.

    loss: (epochs + 1,) mean log loss. baseline: of the best constant.
    """

    design: Design
    layers: Floats
    loss: Floats
    baseline: float
    findings: tuple[Finding, ...]

    @property
    def ratio(self) -> float:
        """The first hidden layer's gradient over the last hidden one's."""
        return float(self.layers[0] / self.layers[-2]) if self.layers[-2] else float("nan")

    @property
    def learnt(self) -> bool:
        """It took away a tenth of a constant's loss, at the end."""
        return bool(self.loss[-1] < 0.9 * self.baseline)


def trained(design: Design, *, epochs: int = 60, rate: float = 0.1, seed: int = 0) -> Trained:
    """Momentum on all rows at once: the disc inside a ring, which no straight line parts."""
    data = rings(ROWS, seed)
    module = _Deep(design, torch.Generator().manual_seed(seed))
    rows = TensorRows(torch.from_numpy(data.X).float(), torch.from_numpy(data.y).float())
    objective = TorchObjective(module, Logistic(), rows)
    found = minimise(objective, Torch("momentum", rate, seed=seed), stop=(Steps(epochs),))
    trace = found.trace.of(0)
    layers = np.array([column[1] for name, column in trace.items() if name.startswith("gradient_norm/")])
    findings = tuple(diagnose(found.trace, found))
    return Trained(design, layers, trace["value"], float(trace["baseline"][0]), findings)


def by_start(design: Design, *, epochs: int = 60, rate: float = 0.1, seed: int = 0) -> dict[str, Trained]:
    """The same network from each of the starts, by the start's name."""
    return {name: trained(replace(design, start=name), epochs=epochs, rate=rate, seed=seed) for name in STARTS}


class _Deep(nn.Module):
    def __init__(self, design: Design, generator: torch.Generator) -> None:
        super().__init__()
        sizes = [2, *[WIDTH] * design.depth]
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        self.norms = nn.ModuleList(nn.BatchNorm1d(WIDTH) if design.batch_norm else nn.Identity() for _ in self.hidden)
        self.active, self.skips = ACTIVATIONS[design.activation](), design.skips
        self.last = nn.Linear(WIDTH, 1)
        for layer in (*self.hidden, self.last):
            _begin(layer, design.start, generator)

    def forward(self, rows: Tensor) -> Tensor:
        for number, (layer, norm) in enumerate(zip(self.hidden, self.norms, strict=True)):
            new = self.active(norm(layer(rows)))
            rows = rows + new if self.skips and number else new
        out: Tensor = self.last(rows)
        return out


def _begin(layer: nn.Module, start: str, generator: torch.Generator) -> None:
    weight, bias = layer.get_parameter("weight"), layer.get_parameter("bias")
    if start == "he":
        nn.init.kaiming_normal_(weight, nonlinearity="relu", generator=generator)
    else:
        gain = {"small": _SMALL, "large": _LARGE}.get(start, 1.0)
        nn.init.xavier_normal_(weight, gain, generator=generator)
    nn.init.zeros_(bias)
