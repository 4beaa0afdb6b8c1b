"""Over-fit and under-fit on one wave: by the degree of a polynomial, and by the switches of a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.polynomial.legendre import legvander
from torch import Tensor, nn

from casestudies.lab.invented import Floats, Rows, wave
from casestudies.optim import (
    L1,
    L2,
    Dense,
    Finding,
    NewtonCG,
    Objective,
    Patience,
    Penalty,
    ProxNewton,
    Steps,
    Stop,
    diagnose,
    minimise,
)
from casestudies.optim.batches import TensorRows
from casestudies.optim.losses import Squared
from casestudies.optim.methods import Torch
from casestudies.optim.networks import TorchObjective

ROWS, HELD_OUT, DRAWS = 24, 400, 12
DEGREES = tuple(range(1, 13))
_STEEP = 6.0
_PLACES = np.linspace(-0.95, 0.95, 77)  # where bias and variance are measured


@dataclass(frozen=True)
class Degrees:
    """By degree, (degrees,) each: mean squared error of the rows fitted, of 400 others, and the parts the latter is made of.

    bias, variance: squared distance of the mean fit from the wave, and spread of fits about their mean, over 12 tables of new noise.
    curves: (degrees, places) the fits at `places`. rows: those fitted. noise: variance of what no fit can know.
    """

    degrees: tuple[int, ...]
    fitted: Floats
    others: Floats
    bias: Floats
    variance: Floats
    curves: Floats
    places: Floats
    rows: Rows
    noise: float

    @property
    def best(self) -> int:
        """The degree with the least error on other rows."""
        return self.degrees[int(np.argmin(self.others))]


def by_degree(
    *, rows: int = ROWS, noise: float = 0.3, penalty: str = "none", strength: float = 0.1, seed: int = 0
) -> Degrees:
    """Polynomials of degree 1 to 12, fitted to the same few rows of a wave by the core, to its certified optimum.

    Parameters
    ----------
    penalty: none, l2 or l1, on all coefficients but the constant. strength: of it.
    """
    table, others = wave(rows, noise, seed), wave(HELD_OUT, noise, seed + 1_000)
    fitted, judged, bias, variance, curves = [], [], [], [], []
    for degree in DEGREES:
        weights = _solved(table, degree, penalty, strength)
        fitted.append(np.mean((_basis(table.X, degree) @ weights - table.y) ** 2))
        judged.append(np.mean((_basis(others.X, degree) @ weights - others.y) ** 2))
        there = _basis(_PLACES[:, None], degree)
        curves.append(there @ weights)
        again = np.random.default_rng(seed + 2_000).normal(scale=noise, size=(DRAWS, rows))
        truth = np.sin(np.pi * table.X[:, 0])
        fits = np.array([there @ _solved(Rows(table.X, truth + drawn), degree, penalty, strength) for drawn in again])
        spread = float(np.mean(fits.var(axis=0, ddof=1)))
        off = float(np.mean((fits.mean(axis=0) - np.sin(np.pi * _PLACES)) ** 2))
        bias.append(max(off - spread / DRAWS, 0.0))  # the mean of so few fits has some of their spread
        variance.append(spread)
    errors = np.array(fitted), np.array(judged), np.array(bias), np.array(variance)
    return Degrees(DEGREES, *errors, np.array(curves), _PLACES, table, noise**2)


@dataclass(frozen=True)
class Switches:
    """What holds a network back, each 0 = off.

    l1: price of the sum of sizes of its weights. l2: weight decay. dropout: share of units switched off at a step.
    patience: epochs without a better held-out loss after which it stops.
    """

    width: int = 48
    l1: float = 0.0
    l2: float = 0.0
    dropout: float = 0.0
    patience: int = 0


@dataclass(frozen=True)
class Network:
    """learnt, held_out: (epochs + 1,) mean squared error. curve: (places,) what the network kept says at `places`.

    rows: those learnt from. kept: the epoch whose network is kept: the last, or with patience the best on the held-out rows.
    """

    name: str
    learnt: Floats
    held_out: Floats
    curve: Floats
    places: Floats
    rows: Rows
    kept: int
    reason: str
    findings: tuple[Finding, ...]

    @property
    def best(self) -> int:
        """The epoch with the least held-out error."""
        return int(np.argmin(self.held_out))


def network(
    switches: Switches,
    name: str = "",
    *,
    rows: int = ROWS,
    noise: float = 0.3,
    epochs: int = 200,
    rate: float = 0.02,
    seed: int = 0,
) -> Network:
    """A network of two hidden layers taught the wave by Adam, all rows at once; judged by 400 other rows."""
    table, others = wave(rows, noise, seed), wave(HELD_OUT, noise, seed + 1_000)
    module = _net(switches, torch.Generator().manual_seed(seed))
    objective = TorchObjective(
        module, _Error(module, switches.l1), _tensors(table), _tensors(others), _squared_error, larger_is_better=False
    )
    method = Torch("adamw", rate, settings={"weight_decay": switches.l2}, seed=seed)
    stop: list[Stop] = [Steps(epochs), *([Patience(switches.patience)] if switches.patience else [])]
    found = minimise(objective, method, stop=stop)
    trace = found.trace.of(0)
    objective.put(found.best if switches.patience else found.x)
    module.eval()
    with torch.no_grad():
        curve = module(torch.from_numpy(_PLACES[:, None]).float()).double().numpy()[:, 0]
    kept = int(np.argmin(trace["held_out_loss"])) if switches.patience else len(trace["value"]) - 1
    findings = tuple(diagnose(found.trace, found))
    return Network(
        name, trace["value"], trace["held_out_loss"], curve, _PLACES, table, kept, str(found.reason), findings
    )


def _basis(X: Floats, degree: int) -> Floats:
    """Legendre polynomials of degree 1 up, and the constant last."""
    columns = legvander(X[:, 0], degree)
    return np.column_stack([columns[:, 1:], columns[:, 0]])


def _solved(rows: Rows, degree: int, penalty: str, strength: float) -> Floats:
    free = np.arange(degree + 1) == degree
    kinds: dict[str, tuple[type[Penalty], float]] = {"none": (L2, 0.0), "l2": (L2, strength), "l1": (L1, strength)}
    kind, price = kinds[penalty]
    objective = Objective(
        Dense(_basis(rows.X, degree)[:, :-1]), rows.y, Squared(), kind(np.array([price]), free), np.ones(len(rows.y))
    )
    found = minimise(objective, NewtonCG()) if kind is L2 else minimise(objective, ProxNewton())
    return np.asarray(found.x[:, 0])


def _net(switches: Switches, generator: torch.Generator) -> nn.Module:
    sizes: Sequence[int] = (1, switches.width, switches.width, 1)
    layers: list[nn.Module] = []
    for number in range(3):
        layer = nn.Linear(sizes[number], sizes[number + 1])
        nn.init.xavier_normal_(layer.weight, 5 / 3, generator=generator)
        nn.init.zeros_(layer.bias)
        if number == 0:  # steep units at places all over the interval, so that the network can follow every row
            nn.init.normal_(layer.weight, 0.0, _STEEP, generator=generator)
            nn.init.uniform_(layer.bias, -_STEEP, _STEEP, generator=generator)
        layers.append(layer)
        if number < 2:
            layers += [nn.Tanh(), *([nn.Dropout(switches.dropout)] if switches.dropout else [])]
    return nn.Sequential(*layers)


class _Error:
    """Squared error, and while learning a price on the weights: figures are shown without it."""

    def __init__(self, module: nn.Module, l1: float) -> None:
        self.module, self.l1 = module, l1

    def __call__(self, output: Tensor, labels: Tensor) -> Tensor:
        error = (output.reshape(-1) - labels).square().mean()
        if self.l1 and self.module.training:
            error = error + self.l1 * torch.stack([p.abs().sum() for p in self.module.parameters()]).sum()
        return error


def _tensors(rows: Rows) -> TensorRows:
    return TensorRows(torch.from_numpy(rows.X).float(), torch.from_numpy(rows.y).float())


def _squared_error(output: Any, labels: Any) -> float:
    return float(np.mean((output.reshape(-1) - labels) ** 2))
